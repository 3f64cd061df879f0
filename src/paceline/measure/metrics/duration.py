"""How long it took, and how much of it was riding."""

from __future__ import annotations

import numpy as np

from paceline.measure.catalogue import metric
from paceline.measure.quantities import MetresPerSecond, Scalar

STANDSTILL = 0.5
"""m/s: slower than this a bike stands; a wheel sensor's last pulse and a receiver's jitter both lie below."""


@metric("s", low=0.0, headline=True)
def duration(elapsed_time: Scalar) -> Scalar:
    """How long the effort lasted from its first instant to its last, pauses included.

    Args:
        elapsed_time: scalar, s.

    Returns:
        scalar, s; exact to the nanosecond, not a count of samples.

    >>> duration(61.25)
    61.25
    """
    return elapsed_time


@metric("s", low=0.0, headline=True)
def moving_time(speed: MetresPerSecond, interval: Scalar) -> Scalar:
    """How long the bike was rolling.

    Args:
        speed: (sample,), m/s; NaN where nothing was measured, which does not count as moving.
        interval: scalar, s, the step of the grid.

    Returns:
        scalar, s: the samples faster than 0.5 m/s, times the step.

    >>> moving_time(np.array([0.0, 0.3, 5.0, np.nan, 6.0]), 1.0)
    2.0
    """
    return float(np.count_nonzero(speed > STANDSTILL)) * interval
