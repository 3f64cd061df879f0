"""The packet log: where live packets are on the disk before the device that sent them is told so.

A log takes packets of many sessions in groups, each group with one wait for the disk. It is not the last place: when a
session ends its packets are sealed into a blob, and the log lets go of them. Two adapters keep it, a folder for one
server and PostgreSQL for several; one contract suite holds for both.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol
from uuid import UUID

from paceline.keep.leases import Lease, Leases

__all__ = ["Entry", "Kept", "PacketLog", "open_log"]


class Entry(NamedTuple):
    """One packet on its way into the log."""

    lease: Lease
    device: str
    number: int
    packet: bytes


class Kept(NamedTuple):
    """One packet in the log, and where it stands there: later ones of a session stand at higher positions."""

    position: int
    packet: bytes


class PacketLog(Protocol):
    """Where live packets are kept until their session is sealed."""

    leases: Leases
    """Which sessions this server takes."""

    def commit(self, entries: Sequence[Entry]) -> list[int]:
        """Keep a group; once this returns all of it outlives a power cut. It waits for the disk.

        Returns:
            The position of each entry; -1 where the session has gone to another server meanwhile: it is not kept.

        Raises:
            StoreUnavailable: the place is full, read-only or out of reach; nothing of the group was kept.
        """
        ...

    def read(self, session: UUID, *, after: int = -1) -> Iterator[Kept]:
        """The packets of a session that stand behind a position, in the order in which they were kept."""
        ...

    def sessions(self) -> frozenset[UUID]:
        """The sessions of which packets are kept here."""
        ...

    def let_go(self, session: UUID) -> None:
        """Forget a session that has been sealed; what is not there is no error."""
        ...

    def forget(self, session: UUID) -> None:
        """Forget a session and overwrite its packets: none of their bytes is left in the log's files or tables."""
        ...

    def verify(self) -> Iterator[str]:
        """A sentence for each thing that is not as it was kept."""
        ...

    def close(self) -> None:
        """Give everything back, the leases too."""
        ...


def open_log(place: str, *, organisation: str) -> PacketLog:
    """The packet log of a place: a folder's path, or a `postgresql://` URL.

    Args:
        place: where.
        organisation: whose it is; on a server it names the schema.

    Raises:
        StoreUnavailable: the place can't be written to.
        SessionLeased: the folder is in another server's hands.
        StoreUnavailable: the database can't be reached.
    """
    from paceline.keep.database import is_server

    if is_server(place):
        from paceline.keep.packets.postgres import PostgresLog

        return PostgresLog(place, organisation=organisation)
    from paceline.keep.packets.folder import FolderLog

    return FolderLog(place)
