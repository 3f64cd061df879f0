"""Which readings stand at a time that can be believed.

The rule is the majority's, whichever side of a jump is wrong. First, readings that stand more than a month apart from
the largest group of readings were made by a clock that was set wrong. Of the others the fewest are doubted such that
what remains goes forward only; of readings at one and the same time the first is kept.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from paceline.domain.efforts import SECOND
from paceline.record.quality.findings import Finding, Mask, place, readings
from paceline.record.streams import Floats, Nanoseconds

Indices = npt.NDArray[np.intp]

MONTH = 30 * 86_400 * SECOND
"""A tour recorded in one file may pause for days; no recording waits for a month."""

TURNS = 1000
"""A clock that goes backwards more often than this has no order to find: each new latest time is then kept."""


@dataclass(frozen=True, eq=False)
class Order:
    """What is known about a stream's clock.

    Attributes:
        repeated: (sample,), the time of the reading before it once more.
        backward: (sample,), out of order with the majority.
        jumped: (sample,), more than a month away from the majority.
        kept: (kept sample,), indices of all others: their times strictly increase.
    """

    repeated: Mask
    backward: Mask
    jumped: Mask
    kept: Indices

    @property
    def doubted(self) -> Mask:
        """(sample,), readings whose time can't be believed."""
        return self.repeated | self.backward | self.jumped


def order(time: Nanoseconds) -> Order:
    """Which readings stand in order, and what is wrong with the others.

    Args:
        time: (sample,), int64 ns UTC, as recorded.

    >>> [int(i) for i in order(np.array([0, 1, 1, 2, 9, 3, 4]) * SECOND).kept]
    [0, 1, 3, 5, 6]
    """
    jumped = _jumped(time)
    near = np.flatnonzero(~jumped)
    times = time[near]
    again = np.zeros(times.shape, bool)
    again[1:] = times[1:] == times[:-1]
    rising = _longest_rise(times[~again])
    repeated, backward = np.zeros(time.shape, bool), np.zeros(time.shape, bool)
    repeated[near[again]] = True
    backward[near[~again][~rising]] = True
    return Order(repeated, backward, jumped, near[~again][rising])


def elapsed(time: Nanoseconds) -> Floats:
    """Seconds since the first of times that increase; exact over the whole range of int64."""
    unsigned = np.ascontiguousarray(time).view(np.uint64)
    return (unsigned - unsigned[:1]) / SECOND


def clock_findings(found: Order, time: Nanoseconds, *, stream: str, origin: int) -> list[Finding]:
    """What to say about a clock."""
    kinds = (
        ("repeated_time", found.repeated, "with the time of the one before"),
        ("backward_time", found.backward, "out of order in time"),
        ("time_jump", found.jumped, "more than a month away from the rest"),
    )
    return [
        _clock_finding(kind, mask, fault, time, found.kept, stream, origin) for kind, mask, fault in kinds if mask.any()
    ]


def _clock_finding(
    kind: str, mask: Mask, fault: str, time: Nanoseconds, kept: Indices, stream: str, origin: int
) -> Finding:
    """A doubted time can't say where it is: the last good reading before it in the file does."""
    at = np.flatnonzero(mask)
    before = np.maximum(np.searchsorted(kept, at[[0, -1]]) - 1, 0)
    start, stop = (int(t) for t in time[kept[before]])
    where = place(start, count=len(at), origin=origin)
    message = f"Clock: {readings(len(at))} {fault}, {where}; not used."
    return Finding(kind, stream, "time", start, stop, len(at), message)


def _jumped(time: Nanoseconds) -> Mask:
    """Readings outside the largest group whose neighbours in time are less than a month apart."""
    if len(time) == 0:
        return np.zeros(0, bool)
    ordered = np.sort(time)
    edges = np.flatnonzero(np.diff(ordered.view(np.uint64)) > MONTH) + 1
    starts, stops = np.r_[0, edges], np.r_[edges, len(time)]
    largest = int(np.argmax(stops - starts))
    first, last = ordered[starts[largest]], ordered[stops[largest] - 1]
    outside: Mask = (time < first) | (time > last)
    return outside


def _longest_rise(times: Nanoseconds) -> Mask:
    """A longest strictly increasing subsequence of times of which no two neighbours are equal.

    Patience sorting, a whole rising run at a time: within a run each reading goes at least one pile beyond the one
    before it, so that the piles of a run are a running maximum.
    """
    turns = np.flatnonzero(times[1:] < times[:-1]) + 1
    if len(turns) == 0:
        return np.ones(times.shape, bool)
    if len(turns) > TURNS:
        latest: Mask = np.r_[True, times[1:] > np.maximum.accumulate(times)[:-1]]
        return latest
    piles, tops, depth = np.empty(times.shape, np.intp), np.empty_like(times), 0
    for run in np.split(np.arange(len(times)), turns):
        step = np.arange(len(run))
        pile = np.maximum.accumulate(np.searchsorted(tops[:depth], times[run]) - step) + step
        tops[pile], piles[run] = times[run], pile
        depth = max(depth, int(pile[-1]) + 1)
    return _traced(piles, depth)


def _traced(piles: Indices, depth: int) -> Mask:
    """From the last pile back to the first, a stretch of neighbouring piles at a time."""
    chosen = np.zeros(piles.shape, bool)
    stretch = np.maximum.accumulate(np.where(np.diff(piles, prepend=-2) != 1, np.arange(len(piles)), 0))
    by_pile = np.argsort(piles, kind="stable")
    bounds = np.searchsorted(piles[by_pile], np.arange(depth + 1))
    pile, before = depth - 1, len(piles)
    while pile >= 0:
        pile_members = by_pile[bounds[pile] : bounds[pile + 1]]
        last = int(pile_members[bisect_left(pile_members, before) - 1])
        first = int(stretch[last])
        chosen[first : last + 1] = True
        pile, before = int(piles[first]) - 1, first
    return chosen
