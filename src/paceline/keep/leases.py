"""Leases: a live session is one server's at a time, and another's once that one is dead.

A lease carries a token that grows with every change of hands. What writes a packet shows its token; a server that was
taken for dead and comes back shows an old one and is turned away, so that no session is ever written by two.
"""

from __future__ import annotations

import fcntl
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from uuid import UUID, uuid4

from paceline.domain.errors import LeaseLost, SessionLeased, StoreUnavailable
from paceline.keep.database import Database, Transaction

LASTS = 10.0
"""Seconds that a lease on a database lasts without being renewed: how long a dead server's sessions wait."""


@dataclass(frozen=True, slots=True)
class Lease:
    """A session in one server's hands; of two tokens the higher one counts."""

    session: UUID
    token: int


class Leases(Protocol):
    """Who takes which session's packets."""

    def take(self, session: UUID) -> Lease:
        """The session into this server's hands; taken again it is the same lease.

        Raises:
            SessionLeased: it is in another server's hands, and that one was alive a moment ago.
        """
        ...

    def give_back(self, session: UUID) -> None:
        """The session out of this server's hands; what was not in them is no error."""
        ...

    def renew(self) -> frozenset[UUID]:
        """Say that this server lives; gives the sessions that it has lost to another one."""
        ...

    def close(self) -> None:
        """Give everything back."""
        ...


class FolderLeases:
    """All sessions of a folder are in the hands of the process that holds its lock: the system drops a dead one's."""

    def __init__(self, folder: Path) -> None:
        self._place = folder / "lock"
        try:
            self._lock: int | None = os.open(self._place, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            self.token = self._locked(self._lock)
        except OSError as error:
            raise StoreUnavailable(str(folder), reason=error.strerror or type(error).__name__) from error

    def _locked(self, descriptor: int) -> int:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(descriptor, 80, 0).decode("ascii", "replace").strip()
            os.close(descriptor)
            raise SessionLeased(str(self._place.parent), holder=holder or "unknown") from None
        said = os.pread(descriptor, 80, 0).split(b" ")
        token = 1 + (int(said[0]) if said[0].isdigit() else 0)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, b"%d process %d\n" % (token, os.getpid()), 0)
        os.fsync(descriptor)
        return token

    def take(self, session: UUID) -> Lease:
        """See `Leases`."""
        if self._lock is None:
            raise LeaseLost(str(session))
        return Lease(session, self.token)

    def give_back(self, session: UUID) -> None:
        """See `Leases`."""

    def renew(self) -> frozenset[UUID]:
        """See `Leases`."""
        return frozenset()

    def close(self) -> None:
        """See `Leases`."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


class DatabaseLeases:
    """Leases as rows that expire."""

    def __init__(
        self, database: Database, *, holder: str = "", lasts: float = LASTS, clock: Callable[[], float] = time.time
    ) -> None:
        self._database, self._lasts, self._clock = database, lasts, clock
        self.holder = holder or f"{os.uname().nodename}-{os.getpid()}-{uuid4().hex[:8]}"
        self._held: dict[UUID, int] = {}
        self._guard = threading.Lock()
        database.run(
            "CREATE TABLE IF NOT EXISTS leases (session TEXT PRIMARY KEY, holder TEXT NOT NULL, token BIGINT NOT NULL,"
            " until DOUBLE PRECISION NOT NULL)"
        )

    def take(self, session: UUID) -> Lease:
        """See `Leases`."""
        with self._guard:
            if session in self._held:
                return Lease(session, self._held[session])
        now = self._clock()
        with self._database.transaction() as rows:
            taken = rows.rows(
                "INSERT INTO leases (session, holder, token, until) VALUES (?, ?, 1, ?) ON CONFLICT (session) DO UPDATE"
                " SET holder = excluded.holder, token = leases.token + 1, until = excluded.until"
                " WHERE leases.until < ? RETURNING token",
                str(session), self.holder, now + self._lasts, now,
            )  # fmt: skip
            holder = "" if taken else _holder(rows, session)
        if not taken:
            raise SessionLeased(f"Session {session}", holder=holder)
        with self._guard:
            self._held[session] = int(taken[0][0])
            return Lease(session, self._held[session])

    def give_back(self, session: UUID) -> None:
        """See `Leases`; the row stays, so that the token goes on growing."""
        with self._guard:
            token = self._held.pop(session, None)
        if token is not None:
            with self._database.transaction() as rows:
                rows.run("UPDATE leases SET until = 0 WHERE session = ? AND token = ?", str(session), token)

    def renew(self) -> frozenset[UUID]:
        """See `Leases`."""
        with self._guard:
            held = dict(self._held)
        if not held:
            return frozenset()
        with self._database.transaction() as rows:
            rows.run(
                "UPDATE leases SET until = ? WHERE holder = ? AND until > 0", self._clock() + self._lasts, self.holder
            )
            mine = {UUID(key): int(token) for key, token in rows.rows(
                "SELECT session, token FROM leases WHERE holder = ?", self.holder)}  # fmt: skip
        lost = frozenset(session for session, token in held.items() if mine.get(session) != token)
        with self._guard:
            for session in lost:
                self._held.pop(session, None)
        return lost

    def close(self) -> None:
        """See `Leases`."""
        with self._guard:
            held = list(self._held)
        for session in held:
            self.give_back(session)


def _holder(rows: Transaction, session: UUID) -> str:
    found = rows.rows("SELECT holder FROM leases WHERE session = ?", str(session))
    return str(found[0][0]) if found else "unknown"
