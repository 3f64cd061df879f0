"""Who read or changed whose data, and when: one event for every access to personal data.

An event holds pseudonyms and the id of a token, never a name or what was read. It is on the disk before the data are
handed out.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

from paceline.keep import checks
from paceline.keep.database import Database, folder_of, open_database, schema_of

TABLES = (
    "CREATE TABLE IF NOT EXISTS audit (id TEXT PRIMARY KEY, at BIGINT NOT NULL, by TEXT NOT NULL, "
    "action TEXT NOT NULL, subject TEXT NOT NULL, thing TEXT NOT NULL, allowed BIGINT NOT NULL)",
    "CREATE INDEX IF NOT EXISTS audit_by_time ON audit (at, id)",
    "CREATE INDEX IF NOT EXISTS audit_by_subject ON audit (subject, at)",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEvent:
    """One access.

    Attributes:
        at: int64 ns UTC.
        by: a token's id, or "owner" for whoever sits at the machine.
        action: one of `access.ACTIONS`.
        subject: whose data; empty for nobody's, or for somebody's who was forgotten.
        thing: which of them: a session's id, a table's name.
        allowed: False where the rules refused it.
    """

    at: int
    by: str
    action: str
    subject: str
    thing: str
    allowed: bool


class Audit:
    """One organisation's audit events."""

    def __init__(self, database: Database, *, now: Callable[[], int]) -> None:
        self._database, self._now = database, now
        database.run(*TABLES)

    @classmethod
    def open(cls, place: str, *, organisation: str, now: Callable[[], int] = time.time_ns) -> Self:
        """The audit events at a place, made where there are none.

        Args:
            place: a SQLite file or a `postgresql://` URL.
            organisation: whose events these are; on a server they have a schema of their own.
            now: the clock, int64 ns UTC.

        Raises:
            StoreUnavailable: it can't be opened or written.
        """
        folder_of(place)
        return cls(open_database(place, schema=schema_of(organisation, "audit")), now=now)

    def close(self) -> None:
        """Give connections back."""
        self._database.close()

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        self.close()

    def record(
        self, *, by: str, action: str, subjects: Iterable[str] = ("",), thing: str = "", allowed: bool = True
    ) -> None:
        """Somebody accessed these subjects' data, or tried to. It is on the disk when this comes back."""
        checks.word("record", "who asks (by)", by)
        checks.word("record", "an action", action)
        checks.word("record", "a thing", thing, empty=True)
        now = self._now()
        with self._database.transaction() as transaction:
            for subject in subjects:
                values = (uuid4().hex, now, by, action, subject, thing, int(allowed))
                transaction.run("INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?, ?)", *values)

    def events(
        self, *, subject: str | None = None, since: int = -checks.MOMENT, limit: int = 1000
    ) -> tuple[AuditEvent, ...]:
        """Events from a moment on, the oldest first; of one subject, or all."""
        condition, values = ("subject = ? AND ", (subject,)) if subject is not None else ("", ())
        statement = f"SELECT at, by, action, subject, thing, allowed FROM audit WHERE {condition}at >= ? ORDER BY at, id LIMIT ?"  # noqa: S608, E501
        found = self._database.rows(statement, *values, since, limit)
        return tuple(
            AuditEvent(at=int(at), by=by, action=action, subject=of, thing=thing, allowed=bool(allowed))
            for at, by, action, of, thing, allowed in found
        )

    def holdings(self, subjects: Iterable[str]) -> list[dict[str, Any]]:
        """Who accessed the data of these subjects: the audit's part of an export."""
        return [asdict(event) for subject in subjects for event in self.events(subject=subject, limit=10**9)]

    def forget(self, subjects: Iterable[str]) -> int:
        """That there was an access stays; whose data it was, and which, goes. Returns how many events that were."""
        with self._database.transaction() as transaction:
            statement = "UPDATE audit SET subject = ?, thing = ? WHERE subject = ?"
            found = sum(transaction.run(statement, "", "", subject) for subject in subjects)
        self._database.shrink("audit")
        return found

    def verify(self) -> tuple[str, ...]:
        """What is wrong, one sentence each."""
        return self._database.verify()
