"""A packet log that is opened when it is first asked for: most of what opens a store never asks for live packets."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from uuid import UUID

from paceline.keep.database import is_server
from paceline.keep.leases import Leases
from paceline.keep.packets import Entry, Kept, PacketLog, open_log


class LaterLog:
    """See `PacketLog`; each call opens the log where it is not open."""

    def __init__(self, place: str, *, organisation: str) -> None:
        self._place, self._organisation = place, organisation
        self._log: PacketLog | None = None
        self._guard = threading.Lock()

    @property
    def opened(self) -> PacketLog:
        """The log itself.

        Raises:
            SessionLeased: it is a folder in another server's hands.
            StoreUnavailable: it can't be opened.
        """
        with self._guard:
            if self._log is None:
                self._log = open_log(self._place, organisation=self._organisation)
            return self._log

    @property
    def leases(self) -> Leases:
        """See `PacketLog`."""
        return self.opened.leases

    @leases.setter
    def leases(self, leases: Leases) -> None:
        self.opened.leases = leases

    def commit(self, entries: Sequence[Entry]) -> list[int]:
        """See `PacketLog`."""
        return self.opened.commit(entries)

    def read(self, session: UUID, *, after: int = -1) -> Iterator[Kept]:
        """See `PacketLog`."""
        return self.opened.read(session, after=after)

    def sessions(self) -> frozenset[UUID]:
        """See `PacketLog`."""
        return self.opened.sessions()

    def let_go(self, session: UUID) -> None:
        """See `PacketLog`."""
        self.opened.let_go(session)

    def forget(self, session: UUID) -> None:
        """See `PacketLog`."""
        self.opened.forget(session)

    def verify(self) -> Iterator[str]:
        """See `PacketLog`; a folder need not be taken for that, and another server may have it."""
        with self._guard:
            log = self._log
        if log is None and not is_server(self._place):
            from paceline.keep.packets.folder import verified

            return verified(Path(self._place))
        return self.opened.verify()

    def close(self) -> None:
        """Close it, if it was opened; asked again, it is opened again."""
        with self._guard:
            log, self._log = self._log, None
        if log is not None:
            log.close()
