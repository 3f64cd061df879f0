"""Sessions measured anew from what is kept: a recording joined, a setting or a metric changed, the lake was lost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from typing import Protocol
from uuid import UUID

from paceline.jobs.athlete_settings import Known, known_settings
from paceline.jobs.executor import ordered
from paceline.jobs.measuring import Sources, Task, measured
from paceline.jobs.placing import BESIDE
from paceline.jobs.session_rows import month_of
from paceline.jobs.writing import Writer
from paceline.keep.journal import Recording, Session
from paceline.keep.lake import Placed
from paceline.keep.store import Store

BEFORE = 3_600 * 1_000_000_000
"""ns: weather up to an hour before a ride or after it counts, as `measure.conditions` says."""


class Entry(Protocol):
    """Something that may say from when to when it was."""

    @property
    def start(self) -> int | None:
        """int64 ns UTC."""

    @property
    def end(self) -> int | None:
        """int64 ns UTC."""


def place_of(session: Session) -> Placed:
    """Where a session's rows lie: by the time of its first recording, which never changes once it is placed."""
    return Placed(str(session.id), session.subject, month_of(session.start))


@dataclass(frozen=True, slots=True)
class Unsettled:
    """What the lake holds of an athlete that is not as the journal has it: an import was cut off, or something changed.

    Attributes:
        sessions: their rows are missing, or are not those of their recordings and of the weather of their time.
        strays: rows of sessions that were deleted or merged.
    """

    sessions: tuple[UUID, ...]
    strays: tuple[Placed, ...]


def unsettled(store: Store, subject: str) -> Unsettled:
    """Hold an athlete's rows against the journal."""
    columns = ["session", "month", "recordings"]
    rows = store.lake.read("efforts", where={"subject": subject, "number": 0}, columns=columns)
    known = {session: (month, recordings) for session, month, recordings in rows.iter_rows()}
    diary = store.journal.diary(subject)
    beside = _beside(store, subject)
    sessions = {str(entry.session): entry.session for entry in diary.placed.values()}
    sessions = {name: key for name, key in sessions.items() if key not in diary.struck}
    wrong = []
    for name, key in sessions.items():
        mine = diary.of(key)
        span = _span([diary.placed[sha256] for sha256 in mine])
        wanted = (*mine, *(sha256 for sha256 in _of_the_time(span, beside) if sha256 not in mine))
        if name not in known or known[name][1] != ",".join(sorted(wanted)):
            wrong.append(key)
    strays = tuple(Placed(name, subject, month) for name, (month, _) in known.items() if name not in sessions)
    return Unsettled(tuple(wrong), strays)


def settle(store: Store, subject: str, *, executor: Executor, by: str) -> dict[str, str]:
    """Bring an athlete's rows to what the journal says. Session → why it can't be measured, "" where it could be."""
    left = unsettled(store, subject)
    if left.strays:
        store.lake.remove(left.strays)
    return remeasure(store, tasks_for(store, left.sessions), executor=executor, by=by)


def tasks_for(store: Store, sessions: Iterable[UUID], *, only: tuple[str, ...] = ()) -> list[Task]:
    """What a worker needs to measure sessions, in the order of their ids.

    Args:
        store: where they are kept.
        sessions: which; one that was deleted, merged or never had a recording is left out.
        only: these metrics alone.
    """
    known: dict[str, tuple[Known, dict[str, Span]]] = {}
    tasks = []
    for key in sorted(set(sessions)):
        session = store.journal.session(key)
        recordings = store.recordings(session) if session.open else ()
        if not recordings:
            continue
        subject = session.subject
        if subject not in known:
            known[subject] = known_settings(store, store.people.owner(subject)), _beside(store, subject)
        settings, beside = known[subject]
        mine = tuple(r.sha256 for r in recordings)
        others = tuple(sha256 for sha256 in _of_the_time(_span(recordings), beside) if sha256 not in mine)
        names = {r.sha256: store.journal.text(r.name) for r in recordings}
        names |= {s: store.journal.text(store.journal.recording(subject=subject, sha256=s).name) for s in others}
        tasks.append(Task(place_of(session), mine, others, settings, names, only))
    return tasks


Span = tuple[int, int] | None


def _span(entries: Iterable[Entry]) -> Span:
    """From when to when recordings last; None where none of them says when it was."""
    times = [(e.start, e.end) for e in entries if e.start is not None and e.end is not None]
    return (min(start for start, _ in times), max(end for _, end in times)) if times else None


def _beside(store: Store, subject: str) -> dict[str, Span]:
    """The weather and passings of an athlete, and when they were."""
    found = store.journal.listed(Recording, subject=subject, states=("received",), limit=1_000_000)
    return {r.sha256: _span([r]) for r in found if r.format.endswith(BESIDE)}


def _of_the_time(span: Span, beside: Mapping[str, Span]) -> list[str]:
    """Which of the weather and passings speak of a time."""
    if span is None:
        return []
    start, end = span
    return [s for s, other in beside.items() if other and other[0] <= end + BEFORE and start <= other[1] + BEFORE]


def remeasure(
    store: Store, tasks: Iterable[Task], *, executor: Executor, by: str, facts: bool = True
) -> dict[str, str]:
    """Measure sessions and write their rows in place of the old ones. Session → why not, or "" where it could be."""
    writer = Writer(store, by=by, facts=facts)
    found: dict[str, str] = {}
    sources = Sources(store.places.blobs, store.places.options)
    for task, done in ordered(executor, partial(measured, sources), tasks):
        writer.add(task.placed, done.frames)
        found[task.placed.session] = done.reason
    writer.flush()
    return found
