"""The same value for longer than a live sensor would give it: a sensor that froze, or a value that was held.

Zeros are no flats: a rider who coasts or stands still writes them. Nor is power that equals the workout's target, which
some trainers write in place of what they measured; it is not a reading, but no frozen one either. A position is flat
where it does not move although the speed says that the rider does.
"""

from __future__ import annotations

import numpy as np

from paceline.record.quality.findings import Mask
from paceline.record.quality.series import Series, covered, runs
from paceline.record.streams import Floats

LONGEST = {
    "power": 60.0,
    "heart_rate": 120.0,
    "speed": 60.0,
    "wheel_speed": 60.0,
    "latitude": 60.0,
    "longitude": 60.0,
}
"""Channel → s that one value may last. What may well stay as it is (a cadence, an indoor temperature) is absent."""

FEWEST = 20
"""Readings: three equal minutes of a recorder that writes one a minute say nothing."""

MOVING = 1.0
"""m/s: whoever is faster than this changes position."""


def flats(channel: str, series: Series) -> Mask:
    """(sample,), readings that repeat a value for too long; the first of each run may be good and is not among them."""
    found = np.zeros(series.seconds.shape, bool)
    if channel not in LONGEST or len(found) < FEWEST:
        return found
    values = series.channel(channel)
    known = np.flatnonzero(~np.isnan(values))
    doubted = _doubted(channel, series)[known]
    near = np.diff(series.seconds[known]) <= series.hole
    held = (values[known][1:] == values[known][:-1]) & near & doubted[1:]
    starts, stops = runs(held)
    length = stops - starts + 1
    lasting = series.seconds[known][stops] - series.seconds[known][starts]
    long = (lasting > LONGEST[channel]) & (length >= FEWEST)
    found[known[covered(starts[long] + 1, stops[long] + 1, length=len(known))]] = True
    return found


def _doubted(channel: str, series: Series) -> Mask:
    """Readings that a repeated value would be strange for."""
    values = series.channel(channel)
    if channel in ("latitude", "longitude"):
        still = np.logical_and.reduce([_same_as_before(series.channel(name)) for name in ("latitude", "longitude")])
        moving: Mask = np.fmax(series.channel("speed"), series.channel("wheel_speed")) > MOVING
        return np.logical_and(moving, still)
    doubted: Mask = values != 0.0
    if channel == "power":
        doubted &= values != series.channel("target_power")
    return doubted


def _same_as_before(values: Floats) -> Mask:
    same = np.zeros(values.shape, bool)
    same[1:] = values[1:] == values[:-1]
    return same
