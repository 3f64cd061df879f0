"""How long was ridden in each zone of power and of heart rate.

A value on a bound belongs to the zone below it: at exactly 75 % of threshold power one still rides in zone 2.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from paceline.measure.catalogue import metric
from paceline.measure.quantities import Floats, PerMinute, Scalar, Seconds, Watts
from paceline.measure.readings import measured

POWER_ZONES = (0.55, 0.75, 0.9, 1.05, 1.2, 1.5)
"""Upper bounds, of threshold power: recovery, endurance, tempo, threshold, VO₂max, anaerobic. Above lies sprint."""

HEART_RATE_ZONES = (0.68, 0.83, 0.94, 1.05)
"""Upper bounds, of threshold heart rate: recovery, endurance, tempo, threshold. Above lies all harder work."""


@metric("s", low=0.0, label="Time in power zones", known_as=("Coggan power levels",))
def power_zone_time(
    power: Watts, threshold_power: Scalar, interval: Scalar, power_zones: Sequence[float] = POWER_ZONES
) -> Seconds:
    """How long was ridden in each power zone, the easiest first.

    Args:
        power: (sample,), W; a sample without a reading belongs to no zone, one of 0 W to the first.
        threshold_power: scalar, W.
        interval: scalar, s, the step of the grid.
        power_zones: (bound,), rising upper bounds as fractions of threshold power; a last one of infinity is implied.
            Left out: 0.55, 0.75, 0.9, 1.05, 1.2, 1.5, which make seven zones.

    Returns:
        (zone,), s.

    Raises:
        TooFewSamples: nothing was measured.

    Source:
        Coggan's levels as TrainingPeaks publishes them ("Power training levels").

    >>> power_zone_time(np.array([0.0, 110.0, 120.0, np.nan, 400.0]), 200.0, 1.0).tolist()
    [2.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0]
    """
    return _zone_time(power, threshold_power, interval, bounds=power_zones, metric_name="power_zone_time")


@metric("s", low=0.0, label="Time in heart-rate zones", known_as=("Coggan heart-rate levels",))
def heart_rate_zone_time(
    heart_rate: PerMinute,
    threshold_heart_rate: Scalar,
    interval: Scalar,
    heart_rate_zones: Sequence[float] = HEART_RATE_ZONES,
) -> Seconds:
    """How long the heart beat in each heart-rate zone, the easiest first.

    Args:
        heart_rate: (sample,), 1/min; a sample without a reading belongs to no zone.
        threshold_heart_rate: scalar, 1/min.
        interval: scalar, s, the step of the grid.
        heart_rate_zones: (bound,), rising upper bounds as fractions of threshold heart rate; a last one of infinity is
            implied. Left out: 0.68, 0.83, 0.94, 1.05, which make five zones.

    Returns:
        (zone,), s.

    Raises:
        TooFewSamples: nothing was measured.

    Source:
        Coggan's levels as TrainingPeaks publishes them ("Power training levels"), whose table gives them in whole per
        cent: up to 68, 69-83, 84-94, 95-105, above.

    >>> heart_rate_zone_time(np.array([100.0, 136.0, 137.0, np.nan, 190.0]), 200.0, 2.0).tolist()  # bound 1: 136
    [4.0, 2.0, 0.0, 2.0, 0.0]
    """
    bounds = heart_rate_zones
    return _zone_time(heart_rate, threshold_heart_rate, interval, bounds=bounds, metric_name="heart_rate_zone_time")


def _zone_time(
    values: Floats, threshold: float, interval: float, *, bounds: Sequence[float], metric_name: str
) -> Seconds:
    readings = measured(values, metric_name)
    limits = np.asarray(bounds, np.float64)
    limits = np.round(limits[np.isfinite(limits)] * threshold, 9)  # 0.57·100 is 56.99999999999999: 57 lies on it
    zone = np.searchsorted(limits, readings, side="left")
    return np.bincount(zone, minlength=limits.size + 1).astype(np.float64) * interval
