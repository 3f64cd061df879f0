"""Things read from their facts, and changed by writing the next ones.

A command looks at a thing, decides what happens, and writes it as that thing's next facts. If somebody else wrote those
versions meanwhile, nothing is written, and the command looks and decides again: so what it decided always fits what
had happened before, with any number of machines at work.
"""

from __future__ import annotations

import random
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from typing import TypeVar
from uuid import UUID

import msgspec
from eventsourcing.persistence import (
    ApplicationRecorder,
    Notification,
    PersistenceError,
    RecordConflictError,
)
from msgspec.structs import replace

from paceline.domain.errors import Absent, Conflict, PacelineError, StoreUnavailable
from paceline.keep.database import Database, fault
from paceline.keep.journal.codec import Codec
from paceline.keep.journal.facts import Fact, Payload, Thing, replay

Found = TypeVar("Found", bound=Thing)
Happened = tuple[Thing, Sequence[Payload]]
"""A thing as it was looked at, and what happens to it now."""

ATTEMPTS = 30
"""So often a command decides anew, with growing pauses: a few seconds in all."""

SNAPSHOT_EVERY = 100
"""Facts between two snapshots of a thing: replaying as many takes under a millisecond."""

CACHED = 512
"""Things kept ready; each is brought up to date from its newer facts before it is used."""

SECTION = 500
"""Facts read at once from the log."""

TABLES = (
    "CREATE TABLE IF NOT EXISTS snapshots "
    "(thing TEXT PRIMARY KEY, version BIGINT NOT NULL, kind TEXT NOT NULL, body TEXT NOT NULL)",
)


class Things:
    """One organisation's things."""

    def __init__(self, recorder: ApplicationRecorder, database: Database, *, now: Callable[[], int]) -> None:
        self.recorder, self.database, self._now = recorder, database, now
        self.codec = Codec(database.place)
        self._cache: OrderedDict[UUID, Thing] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, kind: type[Found], key: UUID) -> Found:
        """The thing as it is now; of version 0 where nothing has happened to it."""
        with self._lock:
            known = self._cache.get(key)
        base = known if isinstance(known, kind) else self._snapshot(kind, key)
        thing = replay(base, self.facts_of(key, after=base.version))
        if thing.version:
            self._remember(thing)
        return thing

    def facts_of(self, key: UUID, *, after: int = 0) -> list[Fact]:
        """One thing's facts, in order."""
        try:
            return [self.codec.to_domain_event(stored) for stored in self.recorder.select_events(key, gt=after)]
        except PersistenceError as error:
            raise fault(self.database.place, error) from error

    def facts(self, after: int = 0) -> Iterator[Fact]:
        """All facts, in the order in which they were written, from behind a position."""
        while found := self._section(after):
            for notification in found:
                yield self.codec.to_domain_event(notification)
            after = found[-1].id

    def last(self) -> int:
        """The position of the last fact; 0 where there is none."""
        try:
            return self.recorder.max_notification_id() or 0
        except PersistenceError as error:
            raise fault(self.database.place, error) from error

    def change(self, decide: Callable[[], Iterable[Happened]], *, by: str) -> tuple[Fact, ...]:
        """Write what is decided, all of it or nothing.

        Args:
            decide: looks at things with `get` and says what happens to them; called anew whenever others were first.
            by: who asked for it.

        Returns:
            The facts that were written; none where nothing was to happen.

        Raises:
            Conflict: others were first every time.
            Absent: the thing was forgotten.
            StoreUnavailable: it could not be written.
        """
        happened: list[Happened] = []
        for attempt in range(ATTEMPTS):
            happened = [(thing, payloads) for thing, payloads in decide() if payloads]
            facts = [fact for thing, payloads in happened for fact in self._facts(thing, payloads, by)]
            if not facts:
                return ()
            if recorded := self._recorded(facts):
                self._settle(happened, recorded)
                return tuple(recorded)
            time.sleep(random.uniform(0, min(0.5, 0.002 * 2**attempt)))  # noqa: S311  # nobody gains by guessing it
        raise Conflict(f"{happened[0][0].KIND} {happened[0][0].id}", attempts=ATTEMPTS)

    def change_one(
        self, kind: type[Found], key: UUID, decide: Callable[[Found], Sequence[Payload]], *, by: str
    ) -> tuple[Fact, ...]:
        """One thing's next facts; as `change`, but what is kept ready is tried first.

        It may be old: then its next version is taken, and nothing is written. And where it says that nothing is to
        happen, or that the command is refused, only the thing as it is now counts.
        """
        with self._lock:
            ready = self._cache.get(key)
        if isinstance(ready, kind):
            try:
                payloads = decide(ready)
            except PacelineError:
                payloads = ()
            if payloads and (facts := self._recorded(self._facts(ready, payloads, by))):
                self._settle([(ready, payloads)], facts)
                return tuple(facts)

        def look() -> list[Happened]:
            thing = self.get(kind, key)
            return [(thing, decide(thing))]

        return self.change(look, by=by)

    def forget(self, keys: Iterable[UUID]) -> None:
        """Keep these things ready no longer."""
        with self._lock:
            for key in keys:
                self._cache.pop(key, None)

    def _facts(self, thing: Thing, payloads: Sequence[Payload], by: str) -> list[Fact]:
        if thing.forgotten:
            raise Absent(thing.KIND, thing.id)
        now = self._now()
        return [
            Fact(originator_id=thing.id, originator_version=version, at=now, by=by, what=what)
            for version, what in enumerate(payloads, start=thing.version + 1)
        ]

    def _recorded(self, facts: Sequence[Fact]) -> list[Fact]:
        """The facts with their positions once they are on the disk; none where others wrote one of their versions."""
        try:
            positions = self.recorder.insert_events([self.codec.to_stored_event(fact) for fact in facts])
        except RecordConflictError:
            # a server may have written them and lost the line before it could say so
            there = [fact in self.facts_of(fact.originator_id, after=fact.originator_version - 1) for fact in facts]
            return list(facts) if all(there) else []
        except PersistenceError as error:
            raise fault(self.database.place, error) from error
        return [replace(fact, position=at) for fact, at in zip(facts, positions or (), strict=True)]

    def _settle(self, happened: Sequence[Happened], facts: Sequence[Fact]) -> None:
        """The changed things are kept ready; now and then one is written down whole."""
        for thing, _ in happened:
            changed = replay(thing, [fact for fact in facts if fact.originator_id == thing.id])
            self._remember(changed)
            if changed.version // SNAPSHOT_EVERY > thing.version // SNAPSHOT_EVERY:
                with suppress(StoreUnavailable):  # the facts are written; a snapshot only saves reading them again
                    self._take_snapshot(changed)

    def _remember(self, thing: Thing) -> None:
        with self._lock:
            self._cache[thing.id] = thing
            self._cache.move_to_end(thing.id)
            if len(self._cache) > CACHED:
                self._cache.popitem(last=False)

    def _take_snapshot(self, thing: Thing) -> None:
        statement = (
            "INSERT INTO snapshots VALUES (?, ?, ?, ?) ON CONFLICT (thing) DO UPDATE SET version = excluded.version, "
            "kind = excluded.kind, body = excluded.body WHERE excluded.version > snapshots.version"
        )
        body = msgspec.json.encode(thing).decode()
        with self.database.transaction() as transaction:
            transaction.run(statement, thing.id.hex, thing.version, _shape(type(thing)), body)

    def _snapshot(self, kind: type[Found], key: UUID) -> Found:
        """The thing as it was last written down whole; one of an older shape is passed over, its facts say the same."""
        statement = "SELECT body FROM snapshots WHERE thing = ? AND kind = ?"
        for (body,) in self.database.rows(statement, key.hex, _shape(kind)):
            return msgspec.json.decode(body, type=kind)
        return kind(id=key)

    def _section(self, after: int) -> Sequence[Notification]:
        try:
            return self.recorder.select_notifications(after + 1, SECTION)
        except PersistenceError as error:
            raise fault(self.database.place, error) from error


def _shape(kind: type[Thing]) -> str:
    return f"{kind.KIND}/{kind.VERSION}"
