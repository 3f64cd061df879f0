"""The loops of the measure layer, compiled: best work over every duration, a running balance, and cuts into levels.

Nothing is allocated here: that multiplies the time of compilation. Kernels that call one another live in this one file,
because what was compiled is kept for as long as this file stays as it is. Numba checks no bounds: the tests run these
with `NUMBA_BOUNDSCHECK=1` too.
"""

from __future__ import annotations

import numpy as np

from paceline.record.native import callee, kernel

BLOCK = 64
"""Starts that one bound covers."""

STRIP = 128
"""Durations that are looked at together: short enough for the fastest cache, long enough for whole vectors."""

TOGETHER = 8
"""Starts of a block that are looked at together."""


@callee()
def _larger(a, b):  # type: ignore[no-untyped-def]
    return a if a > b else b


@callee()
def _raise_by_one(sums, strip, start, shortest):  # type: ignore[no-untyped-def]
    """Raise `strip` by the windows that begin at one start; element k is for windows of `shortest` + k cells."""
    whole = min(strip.size, sums.size - start - shortest)
    ends, best, before = sums[start + shortest : start + shortest + whole], strip[:whole], sums[start]
    for k in range(whole):
        best[k] = _larger(best[k], np.subtract(ends[k], before))


@callee()
def _raise_by_block(sums, strip, first, last, shortest):  # type: ignore[no-untyped-def]
    """Raise `strip` by the windows that begin at `first` up to `last`, several starts at once while they all fit.

    The inner loop has a fixed length and unrolls, so that the outer one runs in vectors, reading and writing `strip`
    once for all starts. `np.subtract`, since a minus sign would widen int32 to int64.
    """
    start, size = first, strip.size
    while start + TOGETHER <= last and start + TOGETHER - 1 + shortest + size <= sums.size:
        ends = sums[start + shortest : start + shortest + size + TOGETHER - 1]
        before = sums[start : start + TOGETHER]
        for k in range(size):
            highest = strip[k]
            for j in range(TOGETHER):
                highest = _larger(highest, np.subtract(ends[k + j], before[j]))
            strip[k] = highest
        start += TOGETHER
    while start < last and start + shortest < sums.size:
        _raise_by_one(sums, strip, start, shortest)
        start += 1


@callee()
def _may_raise(ceiling, floor, strip, end):  # type: ignore[no-untyped-def]
    """Whether a block of starts could hold a better window for any duration of the strip."""
    whole = min(strip.size, ceiling.size - end)
    highest, best = ceiling[end : end + whole], strip[:whole]
    found = 0
    for k in range(whole):
        found |= np.subtract(highest[k], floor) > best[k]
    return found != 0


@kernel()
def best_sums(sums, ceiling, floors, best):  # type: ignore[no-untyped-def]
    """The largest sum over every number of consecutive cells, exactly.

    No window that begins in a block can hold more than the highest prefix sum at its end less the lowest at its
    beginning: where that is no more than a window already found, the block is passed over. Only ties everywhere, as in
    perfectly repeated intervals, leave nothing to pass over; then this is the plain search, all starts and durations.

    Args:
        sums: (n+1,), int32 or float64, prefix sums from 0; the trend is best taken out, that makes the bounds tight.
        ceiling: (n+1,), likewise: element j is the largest of `sums[j : j + BLOCK]`.
        floors: (⌈n/BLOCK⌉,), likewise: element b is the smallest of `sums[b·BLOCK : (b+1)·BLOCK]`.
        best: (d,), d up to n, likewise, filled with something lower than any sum; on return element k is for k+1 cells.
    """
    cells, longest = sums.size - 1, best.size
    for before in range(0, longest, STRIP):
        shortest = before + 1
        strip = best[before : min(before + STRIP, longest)]
        for start in range(0, cells - before, BLOCK):
            _raise_by_one(sums, strip, start, shortest)
        for start in range(0, cells - before, BLOCK):
            if _may_raise(ceiling, floors[start // BLOCK], strip, start + shortest):
                _raise_by_block(sums, strip, start, min(start + BLOCK, cells), shortest)


@kernel()
def running_balance(kept, added, balance):  # type: ignore[no-untyped-def]
    """What is there after each cell: `kept[t]` of what was there before, plus `added[t]`; nothing before the first.

    Args:
        kept: (n,), float64.
        added: (n,), float64.
        balance: (n,), float64, overwritten.
    """
    held = 0.0
    for t in range(balance.size):
        held = held * kept[t] + added[t]
        balance[t] = held


@kernel(error_model="numpy")
def best_starts(cuts, first, second, price, longest, best, before, starts, costs):  # type: ignore[no-untyped-def]
    """For each cut where the last stretch before it begins, when stretches of one level explain it best.

    Of the starts only those stay that can still be the best of a later end, and of them the last `longest`.

    Args:
        cuts: (c,), int64, samples where a stretch may begin or end, rising from 0.
        first: (n+1,), float64, prefix sums of the values from 0.
        second: (n+1,), float64, prefix sums of their squares from 0.
        price: of one stretch, in squares.
        longest: how many starts are looked at for one end.
        best: (c,), float64, overwritten: the least cost up to each cut.
        before: (c,), int64, overwritten: the cut at which the last stretch before each begins.
        starts: (c,), int64, overwritten: working space.
        costs: (c,), float64, overwritten: working space.
    """
    best[0], before[0], starts[0], low, high = 0.0, 0, 0, 0, 1
    for end in range(1, cuts.size):
        stop, lowest, chosen = cuts[end], np.inf, starts[low]
        for k in range(low, high):
            start = cuts[starts[k]]
            total = first[stop] - first[start]
            cost = best[starts[k]] + (second[stop] - second[start] - total * total / (stop - start))
            costs[k] = cost
            if cost < lowest:
                lowest, chosen = cost, starts[k]
        best[end], before[end] = lowest + price, chosen
        left = 0
        for k in range(low, high):
            if costs[k] <= best[end]:
                starts[left] = starts[k]
                left += 1
        starts[left] = end
        high = left + 1
        low = max(high - longest, 0)


def warm() -> None:
    """Compile all kernels for all types they are called with, or load what was compiled."""
    for kind in (np.int32, np.float64):
        best_sums(np.zeros(2, kind), np.zeros(2, kind), np.zeros(1, kind), np.zeros(1, kind))
    running_balance(np.ones(1), np.ones(1), np.empty(1))
    cuts, sums, found = np.arange(2), np.zeros(2), np.zeros(2, np.int64)
    best_starts(cuts, sums, sums.copy(), 1.0, 1, sums.copy(), found, found.copy(), sums.copy())
