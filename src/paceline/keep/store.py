"""One organisation's stores under one roof: facts, people, raw bytes and tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Self
from uuid import UUID

import msgspec

from paceline.domain.errors import Absent, UnknownName
from paceline.keep.blobs import Blobs, is_sha256, open_blobs
from paceline.keep.journal import Fact, Journal, Recording, Session
from paceline.keep.lake import Lake
from paceline.keep.lake.erasure import forget as forget_rows
from paceline.keep.packets import PacketLog, open_log
from paceline.keep.packets.later import LaterLog
from paceline.keep.people import Forgetting, People
from paceline.keep.people.forgetting import Part
from paceline.keep.places import Places, made

UNDATED = "undated"
"""The month of sessions that say nothing of when they were."""

SETTINGS = "settings_file"
"""The setting under which an athlete's settings file stands in the journal, by the SHA-256 of its blob."""


@dataclass(frozen=True, eq=False)
class Store:
    """One organisation's stores.

    Attributes:
        places: where they are.
        journal: what happened.
        people: who is behind a pseudonym.
        blobs: raw bytes.
        lake: tables.
        packets: the log of live packets, where this process has it open.
    """

    places: Places
    journal: Journal
    people: People
    blobs: Blobs
    lake: Lake
    packets: PacketLog | None = None

    @classmethod
    def open(cls, places: Places, *, packets: PacketLog | None = None) -> Self:
        """The stores of these places, made where there are none.

        Raises:
            StoreUnavailable: one can't be opened.
            StoreDamaged: what lies at a place is something else.
        """
        made(places)
        people = People.open(places.people, organisation=places.organisation)
        journal = Journal.open(places.journal, organisation=places.organisation, texts=people)
        blobs = open_blobs(places.blobs, options=places.options)
        return cls(places, journal, people, blobs, Lake(places.lake, options=places.options), packets)

    def close(self) -> None:
        """Give connections back."""
        self.journal.close()
        self.people.close()

    def __enter__(self) -> Self:
        """The store itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        self.close()

    @property
    def organisation(self) -> str:
        """Whose stores these are."""
        return self.places.organisation

    def session(self, key: str) -> Session:
        """A session by its id, or by the beginning of it where that is enough to know it by.

        Raises:
            UnknownName: there is none, or several begin like this.
        """
        try:
            return self.journal.session(UUID(key))
        except (ValueError, Absent):
            pass
        found = [known for known in self.sessions() if str(known.id).startswith(key.lower())] if len(key) >= 4 else []
        if len(found) != 1:
            raise UnknownName("session", key, known=[str(known.id) for known in found])
        return found[0]

    def sessions(self, subject: str | None = None) -> Iterator[Session]:
        """Every session that was neither deleted nor merged, the latest first."""
        after: UUID | None = None
        while page := self.journal.sessions(subject, after=after, limit=500):
            yield from page
            after = page[-1].id

    def recordings(self, session: Session) -> tuple[Recording, ...]:
        """The recordings of a session, in the order in which they came."""
        return self.journal.recordings(session.id)

    def verify(self) -> Iterator[tuple[str, str]]:
        """Store → a sentence, for everything that is not as it should be."""
        for name, check in (
            ("journal", self.journal.verify),
            ("people", self.people.verify),
            ("blobs", self.blobs.verify),
            ("lake", self.lake.verify),
            ("packets", self._verify_packets),
        ):
            for sentence in check():
                yield name, sentence
        kept = set(self.blobs.all())
        for recording in self.journal.listed(Recording, states=("received",), limit=10_000_000):
            if recording.sha256 not in kept:
                yield "blobs", f"Recording {recording.sha256[:12]}… is not kept. Restore it from a backup."

    def _verify_packets(self) -> Iterator[str]:
        log = self.packets or LaterLog(self.places.packets, organisation=self.organisation)
        try:
            yield from log.verify()
        finally:
            if log is not self.packets:
                log.close()

    def forget(self, subject: str, *, by: str) -> Forgetting:
        """Take a person out of every store: rows and their history, raw bytes, packets, facts, and the name.

        Interrupted at any moment, it is finished by `finish_forgetting`.

        Raises:
            Absent: there is no such person, or no more.
        """
        return self.people.forget(subject, parts=self.parts_of_forgetting(by=by), by=by)

    def finish_forgetting(self, *, by: str) -> int:
        """Finish what was interrupted; how many people that were."""
        return self.people.finish_forgetting(self.parts_of_forgetting(by=by))

    def parts_of_forgetting(self, *, by: str) -> dict[str, Part]:
        """What `People.forget` asks of the other stores, in the order that lets each still look things up."""
        return {
            "lake": self._forget_rows,
            "packets": self._forget_packets,
            "blobs": self._forget_blobs,
            "journal": lambda subjects: self.journal.forget(subjects, by=by),
        }

    def _forget_rows(self, subjects: tuple[str, ...]) -> int:
        for subject in subjects:
            forget_rows(self.lake, subject)
        return len(subjects)

    def _forget_packets(self, subjects: tuple[str, ...]) -> int:
        sessions = {fact.originator_id for fact in self.journal.holdings(subjects) if fact.kind == "SessionStarted"}
        log = self.packets or open_log(self.places.packets, organisation=self.organisation)
        try:
            for session in sessions:
                log.forget(session)
        finally:
            if log is not self.packets:
                log.close()
        return len(sessions)

    def _forget_blobs(self, subjects: tuple[str, ...]) -> int:
        """Bytes that no fact of anybody else names; two athletes may have handed in the same file."""
        held = self.journal.holdings(subjects)
        positions = {fact.position for fact in held}
        others = blobs_named_by(fact for fact in self.journal.facts() if fact.position not in positions)
        gone = blobs_named_by(held) - others
        for sha256 in gone:
            self.blobs.remove(sha256)
        return len(gone)


def blobs_named_by(facts: Iterable[Fact]) -> set[str]:
    """The blobs that facts name: recordings, the files of envelopes among them, packets, settings, bundles, models."""
    return {word for fact in facts for word in _words(msgspec.to_builtins(fact.what)) if is_sha256(word)}


def _words(value: object) -> Iterator[str]:
    """Every text in a payload, at any depth."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _words(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _words(inner)
