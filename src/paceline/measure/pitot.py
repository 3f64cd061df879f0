"""Calibrating a pitot tube on the bike: the airspeed it shows, against the ground speed where the wind cancels out."""

from __future__ import annotations

import numpy as np

from paceline.domain.errors import NotIdentifiable, TooFewSamples
from paceline.measure.estimates import Estimate
from paceline.measure.quantities import Floats, MetresPerSecond

_FEWEST = 3


def calibration(shown: MetresPerSecond, *, speed: MetresPerSecond, direction: Floats) -> Estimate:
    """By what to multiply the shown airspeed: v_true = k · v_shown.

    A leg out has the wind against it, a leg back behind it, a whole lap neither. So the shown speed is
    (speed + direction · wind) / k, and k and one steady wind follow by least squares. The gusts that make legs differ
    are in the standard error; a wind that grows from the first leg to the last is not.

    Args:
        shown: (leg,), m/s, mean airspeed as the uncalibrated tube shows it. A leg with a NaN is left out and counted.
        speed: (leg,), m/s, mean ground speed of the same legs.
        direction: (leg,), 1 for a leg out, −1 for one back, 0 for a whole lap.

    Returns:
        k; `used` counts legs.

    Raises:
        TooFewSamples: fewer than three legs with both speeds.
        NotIdentifiable: all legs that are no laps go one way, so that wind and tube can't be told apart.

    >>> k = calibration(np.array([10.0, 6.0, 10.0, 6.0]), speed=np.full(4, 8.8), direction=np.array([1., -1., 1., -1.]))
    >>> round(k.value, 6)  # without wind the tube shows 8 where it should show 8.8
    1.1
    """
    sound = np.isfinite(shown) & np.isfinite(speed) & np.isfinite(direction)
    legs = int(np.count_nonzero(sound))
    if legs < _FEWEST:
        raise TooFewSamples("the pitot calibration", need=_FEWEST, got=legs)
    v, s, d = shown[sound], speed[sound], direction[sound]
    design = np.stack([s, d], axis=1) if np.any(d) else s[:, None]
    if np.linalg.matrix_rank(design) < design.shape[1] or (np.any(d) and abs(np.sum(d)) >= legs):
        advice = "Ride out and back, or whole laps."
        raise NotIdentifiable("the pitot calibration", why="every leg goes the same way", advice=advice)
    found, *_ = np.linalg.lstsq(design, v)
    freedom = legs - design.shape[1]
    variance = float(np.sum((v - design @ found) ** 2)) / freedom
    slope = float(found[0])
    error = (variance * float(np.linalg.inv(design.T @ design)[0, 0])) ** 0.5
    return Estimate(1.0 / slope, error / slope**2, legs, len(shown) - legs, freedom)
