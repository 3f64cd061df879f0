"""Names, profiles, consents, and the pseudonyms under which everything else knows a person.

One organisation's people lie in a database of their own, so that it can be kept, backed up and locked away apart from
the journal. Free texts that others keep by their ids lie here, too: a note easily names somebody, and here it goes when
its subject goes. Why: docs/why/forgetting.md.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from types import TracebackType
from typing import Any, Self
from uuid import UUID, uuid4

from paceline.domain.errors import Absent
from paceline.domain.text import storable
from paceline.keep import checks
from paceline.keep.database import Database, Transaction, folder_of, open_database, schema_of
from paceline.keep.people.forgetting import Erasures, Part
from paceline.keep.people.persons import (
    Consent,
    Forgetting,
    Person,
    Profile,
    checked_name,
    checked_purpose,
)
from paceline.keep.subjects import mark_of, pseudonym

TABLES = (
    "CREATE TABLE IF NOT EXISTS people (subject TEXT PRIMARY KEY, name TEXT NOT NULL, profile TEXT NOT NULL, "
    "unstable BIGINT NOT NULL, since BIGINT NOT NULL, by TEXT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS aliases (alias TEXT PRIMARY KEY, subject TEXT NOT NULL, session TEXT NOT NULL, "
    "start BIGINT, until BIGINT, UNIQUE (subject, session))",
    "CREATE TABLE IF NOT EXISTS alias_recordings (subject TEXT NOT NULL, sha256 TEXT NOT NULL, alias TEXT NOT NULL, "
    "PRIMARY KEY (subject, sha256))",
    "CREATE TABLE IF NOT EXISTS consents (id TEXT PRIMARY KEY, subject TEXT NOT NULL, purpose TEXT NOT NULL, "
    "given BIGINT NOT NULL, at BIGINT NOT NULL, by TEXT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS texts (id TEXT PRIMARY KEY, subject TEXT NOT NULL, body TEXT NOT NULL, "
    "at BIGINT NOT NULL)",
    "CREATE INDEX IF NOT EXISTS texts_by_subject ON texts (subject)",
    "CREATE INDEX IF NOT EXISTS consents_by_subject ON consents (subject, at)",
)


class People:
    """One organisation's people."""

    def __init__(self, database: Database, *, now: Callable[[], int]) -> None:
        self._database, self._now = database, now
        database.run(*TABLES)
        self._erasures = Erasures(database, now=now)

    @classmethod
    def open(cls, place: str, *, organisation: str, now: Callable[[], int] = time.time_ns) -> Self:
        """The people at a place, made where there are none.

        Args:
            place: a SQLite file or a `postgresql://` URL.
            organisation: whose people these are; on a server they have a schema of their own.
            now: the clock, int64 ns UTC.

        Raises:
            StoreUnavailable: it can't be opened or written.
            StoreDamaged: what lies there is no database.
        """
        folder_of(place)
        return cls(open_database(place, schema=schema_of(organisation, "people")), now=now)

    def close(self) -> None:
        """Give connections back."""
        self._database.close()

    def __enter__(self) -> Self:
        """The people themselves."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close them."""
        self.close()

    def enrol(self, *, name: str, profile: Profile | None = None, by: str) -> str:
        """A new person; returns the pseudonym. Two people may have one name, so this is never the same person."""
        subject, held = pseudonym(), json.dumps(asdict(profile or Profile()))
        values = (subject, checked_name(name), held, 0, self._now(), by)
        with self._database.transaction() as transaction:
            transaction.run("INSERT INTO people VALUES (?, ?, ?, ?, ?, ?)", *values)
        return subject

    def person(self, subject: str) -> Person:
        """Who is behind a pseudonym, or behind one of a single session.

        Raises:
            Absent: nobody is, or nobody any more.
        """
        found = self._database.rows(f"{_SELECT} WHERE subject = ?", self.owner(subject))
        if not found:
            raise Absent("person", subject)
        return _person(found[0])

    def people(self, *, after: str = "", limit: int = 1000) -> tuple[Person, ...]:
        """Everybody, by pseudonym; `after` is the last of the page before."""
        statement = f"{_SELECT} WHERE subject > ? ORDER BY subject LIMIT ?"
        return tuple(_person(row) for row in self._database.rows(statement, after, limit))

    def named(self, name: str) -> tuple[Person, ...]:
        """Everybody of exactly that name."""
        found = self._database.rows(f"{_SELECT} WHERE name = ? ORDER BY subject", checked_name(name))
        return tuple(_person(row) for row in found)

    def change(self, subject: str, *, name: str | None = None, profile: Profile | None = None) -> Person:
        """Another name or another profile, in the place of the old one, which is not kept."""
        with self._database.transaction(alone="people") as transaction:
            known = self._known(transaction, subject)
            kept = checked_name(name) if name is not None else known.name
            held = json.dumps(asdict(profile or known.profile))
            transaction.run("UPDATE people SET name = ?, profile = ? WHERE subject = ?", kept, held, known.subject)
        return self.person(subject)

    def unstable(self, subject: str, *, wanted: bool) -> None:
        """From now on a new pseudonym each session, or one for all; what is recorded keeps the one it has."""
        with self._database.transaction(alone="people") as transaction:
            known = self._known(transaction, subject)
            transaction.run("UPDATE people SET unstable = ? WHERE subject = ?", int(wanted), known.subject)

    def subject_for_session(self, subject: str, session: UUID) -> str:
        """The pseudonym that a session's data are kept under; asked again for the same session, the same."""
        with self._database.transaction(alone="people") as transaction:
            known = self._known(transaction, subject)
            statement = "SELECT alias FROM aliases WHERE subject = ? AND session = ?"
            for (alias,) in transaction.rows(statement, known.subject, session.hex):
                return str(alias)
            return self._alias(transaction, known.subject, session, None, None) if known.unstable else known.subject

    def session_at(self, subject: str, *, sha256: str, start: int | None, end: int | None) -> tuple[str, UUID | None]:
        """Where a recording belongs, decided here for those whose pseudonym changes every session.

        A diary under one pseudonym would link what is not to be linked, so for them the diary is here. Asked again for
        the same recording, the answer is the same.

        Args:
            subject: the person's own pseudonym.
            sha256: the recording's.
            start, end: int64 ns UTC; what overlaps is of one session, what has no time is a session by itself.

        Returns:
            The pseudonym to keep it under, and the session it belongs to; None where the journal's diary settles it.
        """
        checks.sha256("session_at", sha256)
        checks.period("session_at", start, end)
        with self._database.transaction(alone="people") as transaction:
            known = self._known(transaction, subject)
            if (found := self._placed(transaction, known.subject, sha256, start, end)) is None:
                if not known.unstable:
                    return known.subject, None
                session = uuid4()
                found = self._alias(transaction, known.subject, session, start, end), session
            statement = "INSERT INTO alias_recordings VALUES (?, ?, ?) ON CONFLICT (subject, sha256) DO NOTHING"
            transaction.run(statement, known.subject, sha256, found[0])
        return found

    @staticmethod
    def _placed(
        transaction: Transaction, subject: str, sha256: str, start: int | None, end: int | None
    ) -> tuple[str, UUID] | None:
        """The session that a recording was placed in before, or the one that was going on at its time."""
        known = "SELECT alias, session FROM aliases WHERE alias IN "
        before = f"{known}(SELECT alias FROM alias_recordings WHERE subject = ? AND sha256 = ?)"  # noqa: S608
        for alias, session in transaction.rows(before, subject, sha256):
            return str(alias), UUID(session)
        if start is None or end is None:
            return None
        during = "SELECT alias, session FROM aliases WHERE subject = ? AND start < ? AND ? < until ORDER BY start"
        for alias, session in transaction.rows(during, subject, end, start):
            grown = (
                "UPDATE aliases SET start = CASE WHEN start < ? THEN start ELSE ? END, "
                "until = CASE WHEN until > ? THEN until ELSE ? END WHERE alias = ?"
            )
            transaction.run(grown, start, start, end, end, alias)
            return str(alias), UUID(session)
        return None

    def owner(self, subject: str) -> str:
        """The person's own pseudonym, given theirs or that of one session; unchanged where neither is known."""
        found = self._database.rows("SELECT subject FROM aliases WHERE alias = ?", subject)
        return str(found[0][0]) if found else subject

    def subjects_of(self, subject: str) -> tuple[str, ...]:
        """All pseudonyms of a person, their own first."""
        own = self.owner(subject)
        found = self._database.rows("SELECT alias FROM aliases WHERE subject = ? ORDER BY alias", own)
        return (own, *(str(alias) for (alias,) in found))

    def consent(self, subject: str, *, purpose: str, given: bool, by: str) -> None:
        """Somebody agrees to a purpose, or does so no more. Every change is kept.

        Raises:
            UnknownName: there is no such purpose.
            Absent: there is no such person.
        """
        checked_purpose(purpose)
        with self._database.transaction(alone="people") as transaction:
            known = self._known(transaction, subject)
            values = (uuid4().hex, known.subject, purpose, int(given), self._now(), by)
            transaction.run("INSERT INTO consents VALUES (?, ?, ?, ?, ?, ?)", *values)

    def consents(self, subject: str) -> Mapping[str, Consent]:
        """What somebody last said about each purpose; what they said nothing about is not in it."""
        return {consent.purpose: consent for consent in self.consented(subject)}

    def consented(self, subject: str) -> tuple[Consent, ...]:
        """Everything that somebody ever said about purposes, the oldest first."""
        statement = "SELECT purpose, given, at, by FROM consents WHERE subject = ? ORDER BY at, id"
        found = self._database.rows(statement, self.owner(subject))
        return tuple(Consent(purpose=p, given=bool(given), at=at, by=by) for p, given, at, by in found)

    def given(self, subject: str) -> frozenset[str]:
        """The purposes that somebody agrees to now."""
        return frozenset(purpose for purpose, consent in self.consents(subject).items() if consent.given)

    def keep_text(self, subject: str, text: str) -> str:
        """Keep a text of a subject (empty: of the organisation); returns the id that others hold instead."""
        key = uuid4().hex
        with self._database.transaction() as transaction:
            transaction.run("INSERT INTO texts VALUES (?, ?, ?, ?)", key, subject, storable(text), self._now())
        return key

    def text(self, key: str) -> str:
        """The text of an id; "" where there is none, or none any more."""
        found = self._database.rows("SELECT body FROM texts WHERE id = ?", key)
        return str(found[0][0]) if found else ""

    def export(
        self, subject: str, *, parts: Mapping[str, Callable[[tuple[str, ...]], Any]] | None = None
    ) -> dict[str, Any]:
        """Everything that is held on a person, as JSON can hold it.

        Args:
            subject: the person.
            parts: store → a function that gives what it holds on these pseudonyms.
        """
        known = self.person(subject)
        subjects = self.subjects_of(known.subject)
        marks = ", ".join("?" * len(subjects))
        texts = self._database.rows(f"SELECT id, body, at FROM texts WHERE subject IN ({marks}) ORDER BY at", *subjects)  # noqa: S608
        here = {
            "person": asdict(known),
            "pseudonyms": list(subjects),
            "consents": [asdict(consent) for consent in self.consented(known.subject)],
            "texts": [{"id": key, "text": body, "at": at} for key, body, at in texts],
        }
        return here | {name: part(subjects) for name, part in (parts or {}).items()}

    def forget(self, subject: str, *, parts: Mapping[str, Part] | None = None, by: str) -> Forgetting:
        """Take away everything that is held on a person, here first and then in every other store.

        Interrupted at any moment, it is finished when it is asked for again, or by `finish_forgetting`: the pseudonyms
        to be taken away are written down before the first thing goes. Both need the same parts.

        Args:
            subject: the person.
            parts: store → a function that takes away what it holds on these pseudonyms and says how much that was;
                they are called in this order, and may be called again.
            by: who asks.

        Raises:
            Absent: there is no such person, or no more.
        """
        mark = mark_of(subject)
        if mark not in self._erasures.unfinished():
            mark = self._erasures.begin(self.subjects_of(self.person(subject).subject), by=by)
        return self._erasures.finish(mark, parts or {})

    def finish_forgetting(self, parts: Mapping[str, Part]) -> int:
        """Finish what was interrupted. Returns how many people that were."""
        unfinished = self._erasures.unfinished()
        for mark in unfinished:
            self._erasures.finish(mark, parts)
        return len(unfinished)

    def forgotten(self) -> frozenset[str]:
        """The marks (`keep.journal.erasures.mark_of`) of everybody who was forgotten.

        A backup that is older than an erasure brings the person back: after restoring one, forget everybody again
        whose pseudonym has one of these marks.
        """
        return self._erasures.marks()

    def verify(self) -> tuple[str, ...]:
        """What is wrong, one sentence each."""
        place = self._database.place
        strays = self._database.rows("SELECT count(*) FROM aliases WHERE subject NOT IN (SELECT subject FROM people)")[
            0
        ][0]
        faults = (f"{place}: {strays} pseudonyms of sessions belong to nobody.",) if strays else ()
        unfinished = len(self._erasures.unfinished())
        waiting = (
            (f"{place}: {unfinished} people are only half forgotten. Run the command again.",) if unfinished else ()
        )
        return (*self._database.verify(), *faults, *waiting)

    def _known(self, transaction: Transaction, subject: str) -> Person:
        owners = transaction.rows("SELECT subject FROM aliases WHERE alias = ?", subject)
        found = transaction.rows(f"{_SELECT} WHERE subject = ?", owners[0][0] if owners else subject)
        if not found:
            raise Absent("person", subject)
        return _person(found[0])

    @staticmethod
    def _alias(transaction: Transaction, subject: str, session: UUID, start: int | None, end: int | None) -> str:
        alias = pseudonym()
        transaction.run("INSERT INTO aliases VALUES (?, ?, ?, ?, ?)", alias, subject, session.hex, start, end)
        return alias


_SELECT = "SELECT subject, name, profile, unstable, since FROM people"


def _person(row: tuple[Any, ...]) -> Person:
    subject, name, profile, unstable, since = row
    return Person(
        subject=subject, name=name, profile=Profile(**json.loads(profile)), unstable=bool(unstable), since=int(since)
    )
