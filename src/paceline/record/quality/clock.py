"""Which readings stand at a time that can be believed.

The rule is the majority's, whichever side of a jump is wrong. First, readings that stand more than a month apart from
the largest group of readings were made by a clock that was set wrong. Of the others the fewest are doubted such that
what remains goes forward only. Of samples at one and the same time the first is kept, and those that complete it.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from paceline.domain.efforts import SECOND
from paceline.record.quality.findings import Finding, Mask, place, readings
from paceline.record.streams import Flag, Floats, Nanoseconds, Stream

Indices = npt.NDArray[np.intp]

MONTH = 30 * 86_400 * SECOND
"""A tour recorded in one file may pause for days; no recording waits for a month."""

TURNS = 1000
"""A clock that goes backwards more often than this has no order to find: each new latest time is then kept."""


@dataclass(frozen=True, eq=False)
class Order:
    """What is known about a stream's clock.

    Attributes:
        repeated: (sample,), the time of the sample before it once more, and a channel that had a reading then.
        backward: (sample,), out of order with the majority.
        jumped: (sample,), more than a month away from the majority.
        kept: (kept sample,), indices of samples that nobody doubts. Their times never decrease, and those of the
            readings of any one channel increase.
    """

    repeated: Mask
    backward: Mask
    jumped: Mask
    kept: Indices

    @property
    def doubted(self) -> Mask:
        """(sample,), samples whose time can't be believed for one of these reasons."""
        return self.repeated | self.backward | self.jumped


def order(stream: Stream) -> Order:
    """Which samples of a stream stand in order, and what is wrong with the others.

    A sample at the time of the one before it that has only readings which that one lacks completes it, and is kept.
    What the reader of the file has flagged as doubtful already is neither kept nor told of again.

    >>> [int(i) for i in order(Stream("record", np.array([0, 1, 1, 2, 9, 3, 4]) * SECOND, {})).kept]
    [0, 1, 2, 3, 5, 6]
    >>> power = np.array([200.0, 210.0, 215.0])
    >>> [int(i) for i in order(Stream("record", np.array([0, 1, 1]) * SECOND, {"power": power})).kept]
    [0, 1]
    """
    time, blank = stream.time, np.zeros(stream.time.shape, bool)
    repeated, backward, jumped = blank.copy(), blank.copy(), blank.copy()
    trusted = np.flatnonzero((stream.flags.get("time", blank.view(np.uint8)) & np.uint8(Flag.TIME)) == 0)
    far = _jumped(time[trusted])
    jumped[trusted[far]] = True
    near = trusted[~far]
    leads = np.ones(near.shape, bool)
    leads[1:] = time[near[1:]] != time[near[:-1]]
    instant = np.cumsum(leads) - 1
    rising = _longest_rise(time[near[leads]])[instant]
    again = _again(stream, near, instant)
    backward[near[~rising]] = True
    repeated[near[rising & again]] = True
    return Order(repeated, backward, jumped, near[rising & ~again])


def _again(stream: Stream, rows: Indices, instant: Indices) -> Mask:
    """(row,), rows with a reading of a channel that has one at the same instant already, or without any reading."""
    again, empty = np.zeros(rows.shape, bool), np.ones(rows.shape, bool)
    if len(rows) == 0 or instant[-1] == len(rows) - 1:
        return again
    for values in stream.values.values():
        known = np.flatnonzero(~np.isnan(values[rows]))
        again[known[1:]] |= instant[known[1:]] == instant[known[:-1]]
        empty[known] = False
    follows = np.r_[False, instant[1:] == instant[:-1]]
    again |= empty & follows & bool(stream.values)
    return again


def elapsed(time: Nanoseconds) -> Floats:
    """Seconds since the first of times that never decrease; exact over the whole range of int64."""
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
