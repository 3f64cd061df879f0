"""Climbing and descending.

A barometer drifts and a receiver jumps, so a rise counts only once it has reached 3 m from the lowest point since the
last fall of 3 m, and then in full; falls likewise. Between the first and the last such turning point, gain less loss is
the difference in height.
"""

from __future__ import annotations

import numpy as np

from paceline.measure.catalogue import metric
from paceline.measure.quantities import Floats, Metres, Scalar
from paceline.measure.readings import measured

HYSTERESIS = 3.0
"""m: GoldenCheetah's default too. Programs that take another value give other climbs."""


@metric("m", low=0.0, high=20_000.0, headline=True, label="Elevation gain", personal=False, known_as=("ascent",))
def elevation_gain(altitude: Metres) -> Scalar:
    """How many metres the effort climbed.

    Args:
        altitude: (sample,), m; across a gap the height is taken to change once, from one end to the other.

    Returns:
        scalar, m: the sum of all rises of at least 3 m.

    Raises:
        TooFewSamples: nothing was measured.

    >>> elevation_gain(np.array([100.0, 102.0, 101.0, 110.0, np.nan, 104.0, 106.0]))  # 2 m more are too little
    10.0
    """
    steps = np.diff(_turning_points(measured(altitude, "elevation_gain")))
    return float(steps[steps > 0.0].sum())


@metric("m", low=0.0, high=20_000.0, label="Elevation loss", personal=False, known_as=("descent",))
def elevation_loss(altitude: Metres) -> Scalar:
    """How many metres the effort descended.

    Args:
        altitude: (sample,), m, as for `elevation_gain`.

    Returns:
        scalar, m, positive: the sum of all falls of at least 3 m.

    Raises:
        TooFewSamples: nothing was measured.

    >>> elevation_loss(np.array([100.0, 102.0, 101.0, 110.0, np.nan, 104.0, 106.0]))  # 110 to 104
    6.0
    """
    steps = np.diff(_turning_points(measured(altitude, "elevation_loss")))
    return float(-steps[steps < 0.0].sum())


@metric("m", low=-500.0, high=9000.0, label="Highest point", personal=False)
def maximal_altitude(altitude: Metres) -> Scalar:
    """How high the effort went above sea level.

    Args:
        altitude: (sample,), m; a sample without a reading does not count.

    Returns:
        scalar, m.

    Raises:
        TooFewSamples: nothing was measured.

    >>> maximal_altitude(np.array([100.0, np.nan, 120.0]))
    120.0
    """
    return float(measured(altitude, "maximal_altitude").max())


@metric("m", low=-500.0, high=9000.0, label="Lowest point", personal=False)
def minimal_altitude(altitude: Metres) -> Scalar:
    """How low the effort went.

    Args:
        altitude: (sample,), m; a sample without a reading does not count.

    Returns:
        scalar, m.

    Raises:
        TooFewSamples: nothing was measured.

    >>> minimal_altitude(np.array([100.0, np.nan, 120.0]))
    100.0
    """
    return float(measured(altitude, "minimal_altitude").min())


def _turning_points(altitude: Floats) -> Floats:
    """Heights at which the course turned by at least the hysteresis, its ends among them; none where it never did."""
    found: list[float] = []
    may_rise = may_fall = True
    low = high = float(altitude[0])
    for height in _extremes(altitude).tolist():
        low, high = min(low, height), max(high, height)
        if may_rise and high - height >= HYSTERESIS:
            found.append(high)
            low, high, may_rise, may_fall = height, height, False, True
        elif may_fall and height - low >= HYSTERESIS:
            found.append(low)
            low, high, may_rise, may_fall = height, height, True, False
    return np.array([*found, high if may_rise else low]) if found else np.empty(0)


def _extremes(altitude: Floats) -> Floats:
    """The ends and the local extremes of a series: nothing between them can be a turning point."""
    moving: Floats = altitude[np.concatenate([[True], np.diff(altitude) != 0.0])]
    turns = np.diff(np.sign(np.diff(moving))) != 0.0
    ends: Floats = moving[np.concatenate([[True], turns, [True]])] if moving.size > 1 else moving
    return ends
