"""Metrics of any interval, measured the moment somebody asks: in a process of its own, which keeps the last rides read.

What a person drags over a chart is no effort that the lake knows. It is measured from the raw recordings, as the lake's
rows were, so both always agree.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

from paceline.domain.errors import PacelineError, RequestRefused

if TYPE_CHECKING:
    from collections.abc import Callable

    from paceline.jobs.measuring import Sources, Task
    from paceline.measure.comparison.tracks import Axis
    from paceline.measure.sessions import Session
    from paceline.serve.routes import Call

T = TypeVar("T")
KEPT = 4
"""Sessions that one process keeps in memory."""

_sessions: dict[tuple[Any, ...], Session] = {}


@dataclass(frozen=True, slots=True)
class Interval:
    """Part of a session.

    Attributes:
        task: what the session is made of.
        start, stop: int64 ns UTC; the session's own ends where they are None.
        name: what a comparison calls it.
    """

    task: Task
    start: int | None = None
    stop: int | None = None
    name: str = "selection"


@dataclass(frozen=True, slots=True)
class Failed:
    """Why it can't be measured; errors of ours do not all travel between processes as they are."""

    sentence: str


def metrics_of(sources: Sources, interval: Interval) -> list[dict[str, Any]] | Failed:
    """The rows of the metrics of an interval, those included that can't be had; what a worker process does."""
    from paceline.jobs.session_rows import metric_rows

    try:
        session = _session(sources, interval.task)
        return metric_rows(session, (_effort(session, interval),)).to_dicts()
    except PacelineError as error:
        return Failed(str(error))


def comparison_of(sources: Sources, intervals: Sequence[Interval], by: Axis) -> dict[str, Any] | Failed:
    """Intervals side by side, as `paceline compare --json` has it; what a worker process does."""
    from paceline.measure.comparison import Compared, compare
    from paceline.measure.comparison.document import document

    try:
        laid = []
        for interval in intervals:
            session = _session(sources, interval.task)
            laid.append(Compared(session, _effort(session, interval), interval.name))
        return document(compare(laid, by=by))
    except PacelineError as error:
        return Failed(str(error))


def asked(call: Call, work: Callable[..., T | Failed], *told: Any) -> T:
    """What a worker process answers.

    Raises:
        RequestRefused: it can't be measured, and why; or the process ended.
    """
    from paceline.jobs.measuring import Sources

    places = call.room.store.places
    try:
        done = call.hall.decoders().submit(work, Sources(places.blobs, places.options), *told).result()
    except BrokenProcessPool as error:
        call.hall.drop_decoders()
        raise RequestRefused("unavailable", "The process that measures ended. Ask again.") from error
    if isinstance(done, Failed):
        raise RequestRefused("invalid", done.sentence)
    return done


def task_of(call: Call, session: str) -> Task:
    """What a session is made of.

    Raises:
        RequestRefused: it has no recording.
    """
    from paceline.jobs.remeasuring import tasks_for

    tasks = tasks_for(call.room.store, [UUID(session)])
    if not tasks:
        raise RequestRefused("conflict", "The session has no recording, so there is nothing to measure.")
    return tasks[0]


def _session(sources: Sources, task: Task) -> Session:
    """A session, read where it is not among the last ones."""
    from paceline.jobs.measuring import session_of

    key = (sources.place, task.recordings, task.context, task.settings.mark)
    found = _sessions.pop(key, None) or session_of(sources.blobs, task)
    _sessions[key] = found  # the last in the dictionary is the last that was asked for
    while len(_sessions) > KEPT:
        del _sessions[next(iter(_sessions))]
    return found


def _effort(session: Session, interval: Interval) -> Any:
    from paceline.domain.efforts import Effort

    whole = session.whole
    start = whole.start if interval.start is None else max(whole.start, interval.start)
    stop = whole.stop if interval.stop is None else min(whole.stop, interval.stop)
    if stop <= start:
        raise RequestRefused("invalid", "The interval ends before it begins, or lies outside the session.", field="end")
    return Effort(interval.name, start, stop, sport=whole.sport)
