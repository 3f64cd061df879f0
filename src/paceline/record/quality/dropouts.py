"""Zeros that were written where nothing was measured.

A heart never beats zero times. A crank that stands still gives no power: a cadence of zero is a dropout where the
reading and two neighbours on each side have power. A power of zero is harder, since a rider may turn the pedals without
pushing: it is a dropout only where power is cut off in one step and comes back in one step while the pedals go on as
before, for a moment; or for longer where the bike also keeps its speed on ground that does not fall, which takes power.
"""

from __future__ import annotations

import numpy as np

from paceline.record.quality.findings import Mask
from paceline.record.quality.series import Indices, Series, covered, runs
from paceline.record.streams import Floats

AROUND = 5
"""Readings on each side that say what the rider did before and after."""

PUSHING = 100.0
"""W: the level on both sides of a cut, so that easy riding, where zeros are common, is left alone."""

CUT = 0.75
"""The readings next to a cut have at least this share of the level on their side: soft pedalling fades in and out."""

MOMENT = 4.0
"""s, from the last reading before a cut to the first after it, for which steady pedals are evidence enough."""

STEADY = 0.1
"""Share by which the cadence may differ from that on both sides."""

TURNING = 40.0
"""1/min."""

DRIVING = 100.0
"""W, with a cadence of zero."""

FAST, KEPT, FALL, FAR = 6.0, 0.95, 0.01, 100.0
"""m/s before the cut; share of it still there after; fall over distance; m. A bike that coasts at 6 m/s or more down a
slope of 1 % slows down, since rolling and air resist with more than 1 % of its weight; 100 m of such a slope are a
metre, which a barometer sees."""


def dropouts(channel: str, series: Series) -> Mask:
    """(sample,), zeros of heart rate, cadence or power that are no measurement."""
    zero: Mask = series.channel(channel) == 0.0
    if channel == "heart_rate":
        return zero
    if channel == "cadence":
        return zero & _driving(series.channel("power"))
    if channel == "power":
        return zero & _cuts(series)
    return np.zeros(zero.shape, bool)


def _driving(power: Floats) -> Mask:
    """Power now and at two neighbours on each side: meters go on for a moment after the crank has stopped."""
    found = np.zeros(power.shape, bool)
    if len(power) >= 5:
        found[2:-2] = np.lib.stride_tricks.sliding_window_view(power, 5).min(axis=1) >= DRIVING
    return found


def _cuts(series: Series) -> Mask:
    power = series.channel("power")
    known = np.flatnonzero(~np.isnan(power))
    starts, stops = runs(power[known] == 0.0)
    inner = (starts >= 1) & (stops < len(known))
    before, after = known[starts[inner] - 1], known[stops[inner]]
    with np.errstate(all="ignore"):  # damaged files hold numbers of any size
        sure = _sure(series, before, after)
    return covered(before[sure] + 1, after[sure], length=len(power))


def _sure(series: Series, before: Indices, after: Indices) -> Mask:
    """Whether the zeros between two readings can't be the rider's."""
    power, cadence, seconds = series.channel("power"), series.channel("cadence"), series.seconds
    first, last = before + 1, after - 1
    level_before, level_after = _levels(power, before, after)
    pushing = (np.minimum(level_before, level_after) >= PUSHING) & _turning(cadence, first, last)
    cut = (power[before] >= CUT * level_before) & (power[after] >= CUT * level_after)
    moment = seconds[after] - seconds[before] <= MOMENT
    evidence = np.where(moment, _steady(cadence, first, last), _keeps_going(series, before, after))
    no_gap = np.maximum(seconds[first] - seconds[before], seconds[after] - seconds[last]) <= series.hole
    sure: Mask = pushing & cut & evidence & no_gap
    return sure


def _levels(values: Floats, before: Indices, after: Indices) -> tuple[Floats, Floats]:
    """(run,), the medians of the readings up to `before` and of those from `after` on; NaN where one of them is."""
    steps = np.arange(AROUND)
    earlier = values[np.maximum(before[:, None] - steps, 0)]
    later = values[np.minimum(after[:, None] + steps, len(values) - 1)]
    return np.median(earlier, axis=1), np.median(later, axis=1)


def _within(values: Floats, first: Indices, last: Indices, reduce: np.ufunc) -> Floats:
    """(run,), the least or the greatest value within each run; NaN where one of them is missing."""
    if len(first) == 0:
        return np.zeros(0)
    bounds = np.stack([first, last + 1], axis=1).ravel()
    return np.asarray(reduce.reduceat(np.append(values, np.nan), bounds)[::2], np.float64)


def _turning(cadence: Floats, first: Indices, last: Indices) -> Mask:
    turning: Mask = _within(cadence, first, last, np.minimum) >= TURNING
    return turning


def _steady(cadence: Floats, first: Indices, last: Indices) -> Mask:
    """Whether the pedals go on as on both sides."""
    least, most = _within(cadence, first, last, np.minimum), _within(cadence, first, last, np.maximum)
    sides = np.stack(_levels(cadence, first - 1, last + 1))
    steady: Mask = (least >= (1 - STEADY) * sides.max(axis=0)) & (most <= (1 + STEADY) * sides.min(axis=0))
    return steady


def _keeps_going(series: Series, before: Indices, after: Indices) -> Mask:
    """Whether the bike kept its speed over a distance that did not fall."""
    speed, altitude = np.fmax(series.channel("speed"), series.channel("wheel_speed")), series.channel("altitude")
    least = _within(speed, before, after, np.minimum)
    distance = least * (series.seconds[after] - series.seconds[before])
    kept = (speed[before] >= FAST) & (least >= KEPT * speed[before])
    keeps: Mask = kept & (distance >= FAR) & (altitude[after] - altitude[before] >= -FALL * distance)
    return keeps
