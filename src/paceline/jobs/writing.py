"""Measured sessions into the lake, many at a time; this process is the only one of a job that writes there."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

import polars as pl

from paceline.jobs.session_rows import Frames
from paceline.keep.lake import Placed
from paceline.keep.store import Store
from paceline.measure.flow_version import flow_version

TOGETHER = 32
"""Sessions in one change of the lake: a change costs as much as decoding a few files, however many sessions it has."""

ROWS = 2_000_000
"""Rows in one change at most, for the memory's sake."""

WRITERS = 16
"""Threads that write facts; those that wait for the disk at the same moment share one flush of it."""


class Writer:
    """Collects the rows of sessions, and writes them together.

    The facts come after the rows: a session that the journal calls measured is in the lake.
    """

    def __init__(self, store: Store, *, by: str, facts: bool = True) -> None:
        """Nothing waits yet; without `facts` the rows are those of facts that stand already."""
        self._store, self._by, self._facts = store, by, facts
        self._waiting: dict[Placed, Frames] = {}
        self._rows = 0

    def add(self, placed: Placed, frames: Frames) -> None:
        """The rows of a session, in place of those that wait for it already."""
        self._waiting[placed] = frames
        self._rows += sum(frame.height for frame in frames.values())
        if len(self._waiting) >= TOGETHER or self._rows >= ROWS:
            self.flush()

    def drop(self, session: str) -> None:
        """Forget the rows that wait for a session: it is to be measured anew."""
        self._waiting = {placed: frames for placed, frames in self._waiting.items() if placed.session != session}

    def flush(self) -> None:
        """Write what waits."""
        waiting, self._waiting, self._rows = self._waiting, {}, 0
        if not waiting:
            return
        version = self._store.lake.replace(together(waiting.values()), placed=list(waiting))
        if not self._facts:
            return
        flow = flow_version()
        at_once(
            lambda placed: self._store.journal.measure_session(
                placed.session, flow_version=flow, lake_version=version, by=self._by
            ),
            waiting,
        )


def together(frames: Iterable[Frames]) -> Frames:
    """The rows of several sessions, table by table."""
    found: dict[str, list[pl.DataFrame]] = {}
    for one in frames:
        for name, frame in one.items():
            found.setdefault(name, []).append(frame)
    return {name: pl.concat(several, how="diagonal") for name, several in found.items()}


def at_once(work: Callable[[Placed], object], items: Iterable[Placed]) -> None:
    """The work on each item, several at a time, all of it done when this comes back."""
    with ThreadPoolExecutor(WRITERS) as threads:
        for done in [threads.submit(work, item) for item in items]:
            done.result()
