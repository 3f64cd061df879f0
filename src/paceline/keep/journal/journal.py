"""The journal: what happened, in the order in which it happened, and nothing twice.

One organisation's facts lie at one place, a SQLite file or a schema of a PostgreSQL server. A command comes back when
its facts are on the disk. Commands that say so are idempotent; all can be given by any number of threads, processes and
machines at the same time.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from types import TracebackType
from typing import Self, TypeVar, cast
from uuid import UUID

from paceline.domain.errors import Absent
from paceline.keep import checks
from paceline.keep.database import Database, folder_of, is_server, open_database, schema_of
from paceline.keep.journal import forgetting, recorders
from paceline.keep.journal.athlete_commands import AthleteCommands
from paceline.keep.journal.commands import Texts
from paceline.keep.journal.facts import Fact, Thing
from paceline.keep.journal.product_commands import ProductCommands
from paceline.keep.journal.projections.following import Follower
from paceline.keep.journal.projections.listing import Listing, listed
from paceline.keep.journal.recording_commands import RecordingCommands
from paceline.keep.journal.recordings import Recording
from paceline.keep.journal.session_commands import SessionCommands
from paceline.keep.journal.sessions import Session
from paceline.keep.journal.things import TABLES, Things

Kind = TypeVar("Kind", bound=Thing)


class Journal(RecordingCommands, SessionCommands, AthleteCommands, ProductCommands):
    """One organisation's facts."""

    def __init__(
        self, place: str, *, organisation: str, database: Database, things: Things, texts: Texts | None
    ) -> None:
        super().__init__(things, organisation=organisation, texts=texts)
        self._place, self._database = place, database
        self._listing = Follower(Listing(), things=things, database=database)

    @classmethod
    def open(
        cls,
        place: str,
        *,
        organisation: str,
        texts: Texts | None = None,
        now: Callable[[], int] = time.time_ns,
    ) -> Self:
        """The journal at a place, made where there is none.

        Args:
            place: a SQLite file or a `postgresql://` URL.
            organisation: whose facts these are; on a server they have a schema of their own.
            texts: where free texts lie: `People`. Without it, commands with a free text are refused.
            now: the clock, int64 ns UTC.

        Raises:
            StoreUnavailable: it can't be opened or written.
            StoreDamaged: what lies there is no database.
            ExtraMissing: a server was named and its driver is not installed.
        """
        folder_of(place)
        schema = schema_of(organisation)
        database = open_database(place, schema=schema)
        database.run(*TABLES)
        with database.transaction(alone="opening") if is_server(place) else database.reading():
            recorder = recorders.open_recorder(place, schema=schema)  # two that open it at once take turns
        things = Things(recorder, database, now=now)
        return cls(place, organisation=organisation, database=database, things=things, texts=texts)

    def close(self) -> None:
        """Give connections back."""
        recorders.close(self._things.recorder)
        self._database.close()

    def __enter__(self) -> Self:
        """The journal itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        self.close()

    def facts(self, after: int = 0) -> Iterator[Fact]:
        """All facts from behind a position, in the order in which they were written."""
        return self._things.facts(after)

    def position(self) -> int:
        """The position of the last fact; 0 where there is none."""
        return self._things.last()

    def history(self, key: UUID) -> tuple[Fact, ...]:
        """One thing's facts, in order."""
        return tuple(self._things.facts_of(key))

    def session(self, key: UUID | str) -> Session:
        """A session, in whatever state.

        Raises:
            Absent: there is none of that id, or it was forgotten.
        """
        return self._there(Session, key)

    def sessions(
        self, subject: str | None = None, *, after: UUID | str | None = None, limit: int = 100, closed: bool = False
    ) -> tuple[Session, ...]:
        """Sessions, the latest first; those without a time come last.

        Args:
            subject: one pseudonym's only.
            after: the last session of the page before.
            limit: how many at most.
            closed: with those that were deleted or merged, too.
        """
        states = () if closed else ("running", "ended", "abandoned")
        return self._listed(Session, subject=subject, states=states, after=after, limit=limit)

    def recordings(self, session: UUID | str) -> tuple[Recording, ...]:
        """The recordings that belong to a session, in the order in which they were placed."""
        known = self.session(session)
        shas = self.diary(known.subject).of(known.id)
        return tuple(self.recording(subject=known.subject, sha256=sha256) for sha256 in shas)

    def listed(
        self, kind: type[Kind], *, subject: str | None = None, states: Sequence[str] = (), limit: int = 1000
    ) -> tuple[Kind, ...]:
        """Plans, devices, models, recordings, packets: those of a subject, those in certain states, or all."""
        return self._listed(kind, subject=subject, states=states, limit=limit)

    def rebuild(self) -> int:
        """Make all projections anew from the facts. Returns the position up to which they hold."""
        return self._listing.rebuild()

    def holdings(self, subjects: Iterable[str]) -> list[Fact]:
        """Every fact that is held on these subjects: the journal's part of an export."""
        return forgetting.facts_on(self._things, subjects)

    def forget(self, subjects: Iterable[str], *, by: str) -> int:
        """Empty every fact of these subjects; the journal stays valid. Returns how many things that were.

        It is `People.forget` that a person is forgotten with: it knows all pseudonyms and asks every store.
        """
        self._listing.follow()
        asked = [checks.subject("forget", subject) for subject in subjects]
        found = forgetting.forget(
            self._things, asked, organisation=self.organisation, database=self._database, place=self._place, by=by
        )
        self._listing.follow()
        return found

    def verify(self) -> tuple[str, ...]:
        """What is wrong with the journal, one sentence each: unreadable facts, gaps, lists that don't fit the facts."""
        from paceline.keep.journal.verifying import faults

        return (*self._database.verify(), *faults(self._things, self._listing, self._database))

    def _listed(
        self,
        kind: type[Kind],
        *,
        subject: str | None,
        states: Sequence[str],
        limit: int,
        after: UUID | str | None = None,
    ) -> tuple[Kind, ...]:
        self._listing.follow()
        conditions, values = ["kind = ?"], [cast("object", kind.KIND)]
        if subject is not None:
            conditions.append("subject = ?")
            values.append(subject)
        if states:
            conditions.append(f"state IN ({', '.join('?' * len(states))})")
            values += states
        if after is not None:
            moment = self._moment(kind, after)
            conditions.append("(moment < ? OR (moment = ? AND thing > ?))")
            values += [moment, moment, checks.key(kind.KIND, after).hex]
        statement = f"SELECT body FROM listing WHERE {' AND '.join(conditions)} ORDER BY moment DESC, thing LIMIT ?"  # noqa: S608
        found = self._database.rows(statement, *values, limit)
        return tuple(cast("Kind", listed(kind.KIND, body)) for (body,) in found)

    def _moment(self, kind: type[Thing], key: UUID | str) -> int:
        found = self._database.rows("SELECT moment FROM listing WHERE thing = ?", checks.key(kind.KIND, key).hex)
        if not found:
            raise Absent(kind.KIND, key)
        return int(found[0][0])
