"""Stored values brought up to date: a metric was changed, added, or a setting was corrected. `paceline backfill`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from uuid import UUID

import polars as pl

from paceline.jobs.athlete_settings import known_settings
from paceline.jobs.executor import Here, ordered
from paceline.jobs.measuring import Sources, Task, measured
from paceline.jobs.remeasuring import remeasure, tasks_for
from paceline.jobs.session_rows import Frames
from paceline.jobs.writing import together
from paceline.keep.journal import Session
from paceline.keep.store import Store
from paceline.measure.catalogue import entry
from paceline.measure.flow_version import flow_version

TOGETHER = 64


@dataclass(frozen=True, slots=True)
class Backfilled:
    """What was brought up to date.

    Attributes:
        looked_at: how many sessions were asked about.
        measured: those that were out of date.
        unmeasured: session → why it could not be measured.
        lake_version: in which everything is to be seen.
    """

    looked_at: int
    measured: int
    unmeasured: dict[str, str]
    lake_version: int


def backfill(
    store: Store,
    *,
    metric: str | None = None,
    sessions: Collection[UUID] | None = None,
    everything: bool = False,
    executor: Executor | None = None,
    progress: Callable[[Task], object] = lambda _: None,
    by: str = "owner",
) -> Backfilled:
    """Measure sessions whose stored values came from another version of the dataflow, or from other settings.

    Args:
        store: whose.
        metric: this one alone; the other rows stay as they are. A whole session otherwise.
        sessions: these alone; all if left out.
        everything: whether to measure those that are up to date, too.
        executor: where sessions are measured; in this process if left out.
        progress: is told of each session before it is measured.
        by: who asks.

    Raises:
        UnknownName: there is no such metric.
        Absent: there is no such session.
    """
    only = (entry(metric).name,) if metric else ()
    asked = list(store.sessions()) if sessions is None else [store.journal.session(key) for key in sessions]
    old = asked if everything else list(_outdated(store, asked, metric))
    tasks = tasks_for(store, (session.id for session in old), only=only)
    work = _one_metric if metric else _whole
    reasons = work(store, _told(tasks, progress), executor or Here(), by)
    unmeasured = {session: reason for session, reason in reasons.items() if reason}
    return Backfilled(len(asked), len(tasks), unmeasured, store.lake.version())


def _told(tasks: Iterable[Task], progress: Callable[[Task], object]) -> Iterator[Task]:
    for task in tasks:
        progress(task)
        yield task


def _outdated(store: Store, sessions: Iterable[Session], metric: str | None) -> Iterator[Session]:
    table, wanted = ("metrics", flow_version(metric)) if metric else ("efforts", flow_version())
    where = pl.col("number") == 0
    if metric:
        where &= pl.col("metric") == metric
    columns = ["session", "flow_version", "settings"]
    known = {row[0]: row[1:] for row in store.lake.read(table, where=where, columns=columns).iter_rows()}
    marks: dict[str, str] = {}
    for session in sessions:
        subject = session.subject
        if subject not in marks:
            marks[subject] = known_settings(store, store.people.owner(subject)).mark
        flow, settings = known.get(str(session.id), ("", ""))
        if flow != wanted or (metric is None and (settings or "") != marks[subject]):
            yield session


def _whole(store: Store, tasks: Iterable[Task], executor: Executor, by: str) -> dict[str, str]:
    return remeasure(store, tasks, executor=executor, by=by)


def _one_metric(store: Store, tasks: Iterable[Task], executor: Executor, by: str) -> dict[str, str]:  # noqa: ARG001
    """One metric's rows in place of the old ones; that it was measured at all is a fact already."""
    sources = Sources(store.places.blobs, store.places.options)
    reasons: dict[str, str] = {}
    waiting: list[Frames] = []
    for task, done in ordered(executor, partial(measured, sources), tasks):
        reasons[task.placed.session] = done.reason
        if not done.reason:
            waiting.append(done.frames)
        if len(waiting) >= TOGETHER:
            waiting = _flushed(store, waiting)
    _flushed(store, waiting)
    return reasons


def _flushed(store: Store, waiting: list[Frames]) -> list[Frames]:
    rows = together(waiting).get("metrics")
    if rows is not None:
        store.lake.append("metrics", rows, key=("session", "metric"))
    return []
