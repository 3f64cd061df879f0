"""Jumps that neither the body nor the bike can make.

A spike is entered by a step larger than `rise` and left by a step back larger than `rise`, after at most `span`
seconds; and it stands off the median of the five readings before and the five after it by more than `rise`, and by more
than six robust standard deviations of them. A rise that lasts is an effort, however steep: a sprint is no spike.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from paceline.record.quality.findings import Mask
from paceline.record.quality.series import Series, covered
from paceline.record.streams import Floats

AROUND = 5
DEVIATIONS = 6.0
NORMAL = 1.4826
"""The standard deviation of a normal distribution over its median absolute deviation: 1 / Φ⁻¹(3/4)."""

PASSES = 5
"""A spike with shoulders is taken off from the top, a step at a time."""


@dataclass(frozen=True, slots=True)
class Limit:
    """What a channel can't do.

    Attributes:
        rise: in the channel's unit, a larger step is a jump.
        span: s, from the first to the last reading of the longest spike.
        reach: s, readings further apart are not compared.
        down: whether a jump down and back is a spike, too.
        zeros: whether a zero is a reading to compare with.
        deviations: robust standard deviations of the neighbours that a spike must stand off.
    """

    rise: float
    span: float
    reach: float
    down: bool = True
    zeros: bool = True
    deviations: float = DEVIATIONS


LIMITS: dict[str, tuple[Limit, ...]] = {
    "power": (
        Limit(1000.0, span=0.5, reach=1.5, down=False),
        Limit(2500.0, span=10.0, reach=float("inf"), down=False, deviations=0.0),
    ),
    "heart_rate": (Limit(30.0, span=10.0, reach=10.0, zeros=False, deviations=0.0),),
    "cadence": (Limit(50.0, span=3.0, reach=3.0, down=False, zeros=False),),
    "speed": (Limit(4.0, span=5.0, reach=1.5), Limit(8.0, span=5.0, reach=3.0)),
    "wheel_speed": (Limit(4.0, span=5.0, reach=1.5), Limit(8.0, span=5.0, reach=3.0)),
    "altitude": (Limit(20.0, span=10.0, reach=5.0),),
    "temperature": (Limit(10.0, span=60.0, reach=60.0),),
    "latitude": (Limit(0.005, span=10.0, reach=5.0),),
    "longitude": (Limit(0.005, span=10.0, reach=5.0),),
}
"""Channel → its limits; any of them makes a spike. The reasons stand in docs/reference/quality.md."""


def spikes(channel: str, series: Series) -> Mask:
    """(sample,), readings of a channel that jump away and back.

    >>> power = np.array([200.0, 210.0, 21_733.0, 190.0, 205.0, 0.0, 1000.0, 1100.0, 1050.0, 980.0])
    >>> np.flatnonzero(spikes("power", Series(np.arange(10.0), {"power": power}, 5.0))).tolist()
    [2]
    """
    values, found = series.channel(channel), np.zeros(series.seconds.shape, bool)
    for limit in LIMITS.get(channel, ()):
        usable = np.flatnonzero(np.isfinite(values) & (limit.zeros | (values != 0.0)))
        for _ in range(PASSES):
            jumps = _jumps(series.seconds[usable], values[usable], limit)
            if not jumps.any():
                break
            found[usable[jumps]] = True
            usable = usable[~jumps]
    return found


def _jumps(seconds: Floats, values: Floats, limit: Limit) -> Mask:
    with np.errstate(over="ignore", invalid="ignore"):
        steps = np.diff(values)
        edges = np.flatnonzero((np.abs(steps) > limit.rise) & (np.diff(seconds) <= limit.reach))
        first, last = edges[:-1] + 1, edges[1:]
        back = np.sign(steps[edges[:-1]]) == -np.sign(steps[edges[1:]])
        allowed = limit.down | (steps[edges[:-1]] > 0)
        brief = back & allowed & (seconds[last] - seconds[first] <= limit.span)
        first, last = first[brief], last[brief]
        before = np.maximum(first[:, None] - np.arange(1, AROUND + 1), 0)
        after = np.minimum(last[:, None] + np.arange(1, AROUND + 1), len(values) - 1)
        around = values[np.hstack([before, after])]
        level = _medians(around)
        off = np.abs(values[first] - level) > limit.rise
        if limit.deviations > 0:
            spread = NORMAL * _medians(np.abs(around - level[:, None]))
            off &= np.abs(values[first] - level) > limit.deviations * spread
    return covered(first[off], last[off] + 1, length=len(values))


def _medians(rows: Floats) -> Floats:
    """(row,), the median of each row; sorting is three times as fast as `np.median` on rows of ten."""
    middle: Floats = np.sort(rows, axis=1)[:, AROUND - 1 : AROUND + 1].mean(axis=1)
    return middle
