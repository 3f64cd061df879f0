"""A packet log on PostgreSQL, for several servers: a row a packet, a transaction a group.

Each group looks at the leases of its sessions and holds them until it is committed: a session that has gone to another
server meanwhile is not written to, and one that is written to can't go before the rows are there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from uuid import UUID

from paceline.domain.errors import PacketError
from paceline.keep.database import PostgresDatabase, schema_of
from paceline.keep.leases import LASTS, DatabaseLeases, Leases
from paceline.keep.packets import Entry, Kept
from paceline.record.packets import packet

BATCH = 2000
"""Rows that are read at a time."""

_TABLE = (
    "CREATE TABLE IF NOT EXISTS packets (position BIGSERIAL PRIMARY KEY, session UUID NOT NULL, device TEXT NOT NULL,"
    " number BIGINT NOT NULL, packet BYTEA NOT NULL, UNIQUE (session, device, number))"
)
_LEASES = "SELECT session, token FROM leases WHERE session = ANY(?) FOR SHARE"
_INSERT = (
    "INSERT INTO packets (session, device, number, packet)"
    " SELECT * FROM unnest(?::uuid[], ?::text[], ?::bigint[], ?::bytea[])"
    " ON CONFLICT (session, device, number) DO UPDATE SET number = excluded.number"
    " RETURNING session, device, number, position"
)


class PostgresLog:
    """Packets in a table; see `PacketLog`."""

    def __init__(self, place: str, *, organisation: str, lasts: float = LASTS) -> None:
        self._database = PostgresDatabase(place, schema=schema_of(organisation, "packets"))
        self._database.run(_TABLE, "CREATE INDEX IF NOT EXISTS packets_of ON packets (session, position)")
        self.leases: Leases = DatabaseLeases(self._database, lasts=lasts)

    def commit(self, entries: Sequence[Entry]) -> list[int]:
        """See `PacketLog`."""
        asked = sorted({str(entry.lease.session) for entry in entries})
        with self._database.transaction() as rows:
            tokens = {UUID(session): int(token) for session, token in rows.rows(_LEASES, asked)}
            good = [entry for entry in entries if tokens.get(entry.lease.session) == entry.lease.token]
            columns = zip(*((e.lease.session, e.device, e.number, e.packet) for e in good), strict=True)
            kept = rows.rows(_INSERT, *map(list, columns)) if good else []
        positions = {(session, device, number): int(position) for session, device, number, position in kept}
        return [positions.get((e.lease.session, e.device, e.number), -1)
                if tokens.get(e.lease.session) == e.lease.token else -1 for e in entries]  # fmt: skip

    def read(self, session: UUID, *, after: int = -1) -> Iterator[Kept]:
        """See `PacketLog`."""
        statement = "SELECT position, packet FROM packets WHERE session = ? AND position > ? ORDER BY position LIMIT ?"
        while found := self._database.rows(statement, session, after, BATCH):
            for position, content in found:
                yield Kept(int(position), bytes(content))
            after = int(found[-1][0])

    def sessions(self) -> frozenset[UUID]:
        """See `PacketLog`."""
        return frozenset(UUID(str(row[0])) for row in self._database.rows("SELECT DISTINCT session FROM packets"))

    def let_go(self, session: UUID) -> None:
        """See `PacketLog`."""
        with self._database.transaction() as rows:
            rows.run("DELETE FROM packets WHERE session = ?", session)

    def forget(self, session: UUID) -> None:
        """See `PacketLog`; the table is written anew, since the server keeps deleted rows for a while."""
        self.let_go(session)
        self._database.shrink("packets")

    def verify(self) -> Iterator[str]:
        """See `PacketLog`."""
        yield from self._database.verify()
        for session in sorted(self.sessions()):
            for kept in self.read(session):
                try:
                    packet(kept.packet)
                except PacketError:
                    yield f"Packet log, row {kept.position:,}: it is not as it was kept."

    def close(self) -> None:
        """See `PacketLog`."""
        try:
            self.leases.close()
        finally:
            self._database.close()
