"""Files taken in: `paceline import`, the watched folder and uploads all come through here.

For each file, in this order: its bytes to the blobs, the fact that they were received, the fact to which session they
belong; then, for a few dozen sessions at a time, their rows to the lake, and the fact that they are measured. Each step
done twice is done once, so whatever happens in the middle, doing it all again is all there is to resuming it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Literal
from uuid import UUID

from paceline.jobs.athlete_settings import keep_settings, known_settings
from paceline.jobs.executor import Here, ordered
from paceline.jobs.held import Held
from paceline.jobs.measuring import Sources
from paceline.jobs.placing import BESIDE, Belongs, placed
from paceline.jobs.receiving import Order, Ride, Taken, taken
from paceline.jobs.remeasuring import remeasure, settle, tasks_for
from paceline.jobs.writing import TOGETHER
from paceline.keep.store import Store
from paceline.measure.settings import find

Became = Literal["new", "known", "refused", "nothing"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a file.

    Attributes:
        file: its path.
        became: "new", "known" (its bytes were taken in before), "refused" (no reader could make anything of it; it is
            kept and tried again next time), or "nothing" (it was read, and holds nothing to measure).
        sessions: those that its rides belong to.
        joined: whether one of them had recordings already.
        reason: why it was refused.
    """

    file: Path
    became: Became
    sessions: tuple[UUID, ...] = ()
    joined: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of all files.

    Attributes:
        outcomes: one a file, in their order.
        unmeasured: session → why it could not be measured.
        lake_version: in which everything is to be seen.
    """

    outcomes: tuple[Outcome, ...] = ()
    unmeasured: Mapping[str, str] = field(default_factory=dict)
    lake_version: int = 0

    def count(self, became: Became) -> int:
        """How many files became that."""
        return sum(outcome.became == became for outcome in self.outcomes)

    @property
    def sessions(self) -> tuple[UUID, ...]:
        """The sessions that the new files belong to, each once."""
        found = (session for outcome in self.outcomes if outcome.became == "new" for session in outcome.sessions)
        return tuple(dict.fromkeys(found))


def import_files(
    store: Store,
    paths: Sequence[Path],
    *,
    subject: str,
    executor: Executor | None = None,
    progress: Callable[[Outcome], object] = lambda _: None,
    by: str = "owner",
    settings: Path | None = None,
    start: int | None = None,
    columns: Mapping[str, str] | None = None,
) -> Imported:
    """Take files in for an athlete.

    Args:
        store: where everything goes.
        paths: files, no folders.
        subject: whose they are.
        executor: where files are decoded; in this process if left out.
        progress: is told of each file as it is done.
        by: who asks.
        settings: the athlete's settings file; the one beside the first file, if there is one and none is given.
        start: int64 ns UTC of the first sample, for files that do not say.
        columns: column name → channel, for CSV files of no known dialect.

    Raises:
        StoreUnavailable: a store is full, read-only or out of reach; what was done stays done.
        SettingsError: the settings file can't be used; no file was taken in.
        Absent: there is no such athlete.
    """
    store.people.person(subject)
    store.journal.enrol_athlete(subject, by=by)
    if (file := settings or (find(paths[0]) if paths else None)) is not None:
        keep_settings(store, subject, file, by=by)
    hints = Order(Path(), known_settings(store, subject), _known(store, subject), start, columns or {})
    job = _Import(store, subject, executor or Here(), by)
    outcomes = []
    for outcome in job.outcomes(replace(hints, path=path) for path in paths):
        progress(outcome)
        outcomes.append(outcome)
    unmeasured = job.finish()
    return Imported(tuple(outcomes), unmeasured, store.lake.version())


def _known(store: Store, subject: str) -> frozenset[str]:
    """The files that are taken in, placed and all."""
    diaries = (store.journal.diary(alias) for alias in store.people.subjects_of(subject))
    return frozenset(sha256 for diary in diaries for sha256 in diary.placed)


@dataclass(frozen=True, eq=False)
class _Import:
    """One import under way."""

    store: Store
    subject: str
    executor: Executor
    by: str
    held: Held = field(default_factory=Held)
    waiting: dict[UUID, None] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)

    @property
    def sources(self) -> Sources:
        return Sources(self.store.places.blobs, self.store.places.options)

    def outcomes(self, orders: Iterable[Order]) -> Iterator[Outcome]:
        for _, found in ordered(self.executor, partial(taken, self.sources), orders):
            outcome = self._settled(found)
            if len(self.waiting) >= TOGETHER or self.held.full:
                self._measure()
            yield outcome

    def finish(self) -> dict[str, str]:
        """Measure what waits, and what an import that was cut off has left behind, or weather that came later."""
        self._measure()
        for alias in self.store.people.subjects_of(self.subject):
            self.reasons.update(settle(self.store, alias, executor=self.executor, by=self.by))
        return {session: reason for session, reason in self.reasons.items() if reason}

    def _measure(self) -> None:
        """The rows of the sessions that wait for them, each with all its recordings."""
        tasks = tasks_for(self.store, self.waiting)
        ready = (replace(t, files=self.held.of((*t.recordings, *t.context))) for t in tasks)
        self.reasons.update(remeasure(self.store, ready, executor=self.executor, by=self.by))
        self.waiting.clear()
        self.held.clear()

    def _settled(self, found: Taken) -> Outcome:
        """The facts of one file."""
        if found.known:
            return Outcome(found.path, "known")
        if found.refused:
            return self._refused(found)
        homes = [self._home(ride) for ride in found.rides]
        new = [self._received(found, alias) for alias in dict.fromkeys(a for a, _ in homes) or [self.subject]]
        belongs = [
            self._placed(ride, found, alias, session) for ride, (alias, session) in zip(found.rides, homes, strict=True)
        ]
        became: Became = "nothing" if not found.rides else "new" if any(new) else "known"
        sessions = tuple(one.session for one in belongs)
        return Outcome(found.path, became, sessions, any(one.joined for one in belongs))

    def _home(self, ride: Ride) -> tuple[str, UUID | None]:
        """Under which pseudonym a ride is kept, and in which session where that is the people's to say."""
        return self.store.people.session_at(self.subject, sha256=ride.sha256, start=ride.start, end=ride.end)

    def _received(self, found: Taken, alias: str) -> bool:
        """The fact that a file is kept, with the time of its rides, unless they have recordings of their own."""
        ride = next((ride for ride in found.rides if ride.sha256 == found.sha256), None)
        what = found.format + (BESIDE if ride is not None and ride.context else "")
        return self.store.journal.receive_recording(
            subject=alias, sha256=found.sha256, name=found.path.name, size=found.size, format=what,
            start=ride.start if ride else None, end=ride.end if ride else None, by=self.by,
        ).new  # fmt: skip

    def _placed(self, ride: Ride, found: Taken, alias: str, session: UUID | None) -> Belongs:
        """The facts of one ride of a file; its session waits to be measured."""
        if ride.sha256 != found.sha256:
            self.store.journal.receive_recording(
                subject=alias, sha256=ride.sha256, name=found.path.name, size=ride.size,
                format=found.format + (BESIDE if ride.context else ""), start=ride.start, end=ride.end, by=self.by,
            )  # fmt: skip
        self.held.add(ride.sha256, ride.file)
        belongs = placed(
            self.store.journal, self.sources, ride, subject=alias, session=session, held=self.held.files,
            executor=self.executor, by=self.by,
        )  # fmt: skip
        if belongs.new:
            self.waiting[belongs.session] = None
        return belongs

    def _refused(self, found: Taken) -> Outcome:
        if found.sha256:
            self.store.journal.refuse_recording(
                subject=self.subject, sha256=found.sha256, name=found.path.name, size=found.size,
                reason=found.refused, by=self.by,
            )  # fmt: skip
        return Outcome(found.path, "refused", reason=found.refused)
