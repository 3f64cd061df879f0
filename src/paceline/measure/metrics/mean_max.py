"""The best mean power over every duration, and the efforts in which it was ridden."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from paceline.domain.errors import TooFewSamples
from paceline.measure.catalogue import metric
from paceline.measure.quantities import Floats, Fractions, Scalar, Seconds, Watts

STANDARD_DURATIONS = (1, 5, 10, 15, 30, 60, 120, 180, 300, 480, 600, 1200, 1800, 3600, 5400, 7200, 10800, 14400)
"""s: where a power profile is read."""

GRAIN = 2.0**-24
"""W: sums of multiples of it are exact in float64 up to 537 MJ, and equal windows compare equal."""

LONGEST = 86_400.0
"""s: no longer duration is looked for. A recording of ten days holds ten, not a best effort of ten."""

LOWEST = -(2**30)
"""Below every sum in int32, and far enough from its end that differences of two sums fit."""


@dataclass(frozen=True, eq=False, slots=True)
class BestEfforts:
    """The best efforts of a ride at a few durations, shortest first.

    Attributes:
        durations: (effort,), s, whole cells of the grid, so that a duration is exactly what was averaged over.
        power: (effort,), W, the mean over each.
        starts: (effort,), s since the grid's start; where several are equally good, the first.
        measured: (effort,), fraction of the time for which there was a reading; below 1 the power is a lower bound.
    """

    durations: Seconds
    power: Watts
    starts: Seconds
    measured: Fractions


@metric("W", low=0.0, high=3000.0, label="Mean-maximal power", known_as=("MMP", "power curve", "power-duration curve"))
def mean_max(power: Watts, interval: Scalar) -> Watts:
    """The best mean power held for every duration, from one cell to the whole effort, or to 24 h of a longer one.

    Args:
        power: (sample,), W. A sample without a reading adds no work but its time counts, so that a value is what was
            surely held for so long: a lower bound wherever readings are missing.
        interval: scalar, s, the step of the grid.

    Returns:
        (duration,), W: element k is for k+1 cells, (k+1)·interval seconds; windows lie inside the effort. Sums are
        exact, so that each value is the mean of its readings rounded once; readings that are not all whole watts are
        first taken to the nearest 2⁻²⁴ W, 6e-8.

    Raises:
        TooFewSamples: nothing was measured.

    Source:
        The definition, searched exhaustively but for windows that can't be the best.

    >>> mean_max(np.array([100.0, 400.0, 200.0, np.nan]), 1.0).round(2).tolist()  # 400, 600/2, 700/3, 700/4
    [400.0, 300.0, 233.33, 175.0]
    """
    cells, grain = _work(power, "mean_max")
    trend = float(np.rint(cells.mean() / grain)) * grain
    spread = cells - trend  # without the trend the search's bounds are tight, and int32 holds a week of sprints
    narrow = grain == 1.0 and float(np.abs(spread).sum()) < -LOWEST
    lengths = np.arange(1, min(cells.size, max(int(LONGEST / interval), 1)) + 1)
    return (_best_sums(spread.astype(np.int32) if narrow else spread, lengths.size) + trend * lengths) / lengths


def _best_sums(cells: Any, durations: int) -> Floats:
    """(duration,): the largest sum over each number of cells, which are int32 or float64."""
    from paceline.measure.kernels import BLOCK, best_sums

    sums = np.zeros(cells.size + 1, cells.dtype)
    np.cumsum(cells, out=sums[1:])
    ceiling, span = sums.copy(), 1
    while span < BLOCK:
        ceiling[:-span] = np.maximum(ceiling[:-span], ceiling[span:])
        span *= 2
    floors = np.minimum.reduceat(sums[:-1], np.arange(0, cells.size, BLOCK))
    best = np.full(durations, LOWEST if cells.dtype == np.int32 else -np.inf, cells.dtype)
    best_sums(sums, ceiling, floors, best)
    return best.astype(np.float64)


@metric("W", headline=True, label="Best efforts", known_as=("power profile", "peak powers"))
def best_efforts(power: Watts, interval: Scalar) -> BestEfforts:
    """The best mean power at the durations a coach asks about, and when it was ridden.

    Args:
        power: (sample,), W; a sample without a reading adds no work but its time counts, as in `mean_max`.
        interval: scalar, s, the step of the grid.

    Returns:
        The efforts of 1, 5, 10, 15 and 30 s, 1, 2, 3, 5, 8, 10, 20, 30, 60, 90, 120, 180 and 240 min that the ride is
        long enough for; on a grid on which such a duration is no whole number of cells, of the nearest that is.

    Raises:
        TooFewSamples: nothing was measured.

    >>> best = best_efforts(np.array([100.0, 400.0, 200.0, 300.0, 300.0, 300.0]), 1.0)
    >>> best.durations.tolist(), best.power.tolist(), best.starts.tolist()  # (400+200+300+300+300)/5 from second 1
    ([1.0, 5.0], [400.0, 300.0], [1.0, 1.0])
    """
    cells, _ = _work(power, "best_efforts")
    nearest = np.unique(np.rint(np.array(STANDARD_DURATIONS) / interval).astype(np.int64))
    lengths = nearest[(nearest >= 1) & (nearest <= cells.size)]
    sums = np.concatenate([[0.0], np.cumsum(cells)])
    starts = np.array([np.argmax(sums[k:] - sums[:-k]) for k in lengths], np.int64)
    best = (sums[starts + lengths] - sums[starts]) / lengths
    known = np.concatenate([[0.0], np.cumsum(~np.isnan(power))])
    measured = (known[starts + lengths] - known[starts]) / lengths
    seconds = np.float64(interval)
    return BestEfforts(lengths * seconds, np.asarray(best), starts * seconds, np.asarray(measured))


def _work(power: Watts, metric_name: str) -> tuple[Floats, float]:
    """Power, 0 where there is no reading since what was not measured adds no work; and what all of it is whole of."""
    absent = np.isnan(power)
    if np.all(absent):
        raise TooFewSamples(metric_name, need=1, got=0)
    cells = np.where(absent, 0.0, power)
    if np.all(cells == np.rint(cells)):
        return cells, 1.0
    return np.rint(cells / GRAIN) * GRAIN, GRAIN
