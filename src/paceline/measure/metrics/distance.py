"""Distance and speed."""

from __future__ import annotations

import numpy as np

from paceline.domain.errors import TooFewSamples
from paceline.measure.catalogue import metric
from paceline.measure.quantities import Metres, MetresPerSecond, Scalar
from paceline.measure.readings import measured

BACKWARD = 1.0
"""m: a step back of less is the rounding of a device that smooths its distance, not a reset."""


@metric("m", low=0.0, high=2_000_000.0, headline=True, label="Distance")
def distance_covered(distance: Metres) -> Scalar:
    """How far the effort went.

    Args:
        distance: (sample,), m since some beginning; across a gap it counts what the device counted meanwhile.

    Returns:
        scalar, m: the last reading less the first. Where the device began again from 0 the steps back are left out, and
        `distance_resets` says so.

    Raises:
        TooFewSamples: there are fewer than two readings.

    >>> distance_covered(np.array([10.0, 20.0, np.nan, 40.0, 0.0, 10.0]))  # 30, a reset, and 10
    40.0
    """
    readings = measured(distance, "distance_covered", need=2)
    steps = np.diff(readings)
    return float(readings[-1] - readings[0] - steps[steps < -BACKWARD].sum())


@metric("1", low=0.0, high=0.0, label="Resets of the distance", personal=False)
def distance_resets(distance: Metres) -> Scalar:
    """How often the device's distance jumped back, after which the distance covered is no more than a good guess.

    Args:
        distance: (sample,), m; NaN where nothing was measured.

    Returns:
        scalar, the number of steps back of more than 1 m; any is reported as a problem.

    Raises:
        TooFewSamples: there are fewer than two readings.

    >>> distance_resets(np.array([10.0, 20.0, np.nan, 40.0, 0.0, 10.0]))
    1.0
    """
    return float(np.count_nonzero(np.diff(measured(distance, "distance_resets", need=2)) < -BACKWARD))


@metric("m/s", low=0.0, high=45.0, headline=True, label="Average speed while moving")
def average_moving_speed(distance_covered: Scalar, moving_time: Scalar, speed: MetresPerSecond) -> Scalar:
    """How fast the bike went while it rolled.

    Args:
        distance_covered: scalar, m.
        moving_time: scalar, s.
        speed: (sample,), m/s; where less than half of the samples have a reading, as in a pool, moving time says too
            little to divide by.

    Returns:
        scalar, m/s: distance over moving time.

    Raises:
        TooFewSamples: the bike never moved, or speed was read now and then only.

    >>> average_moving_speed(30.0, 3.0, np.array([0.0, 10.0, 10.0, 10.0]))
    10.0
    """
    readings = int(np.count_nonzero(~np.isnan(speed)))
    if moving_time <= 0.0 or 2 * readings < speed.size:
        raise TooFewSamples("average_moving_speed", need=max(1, (speed.size + 1) // 2), got=readings)
    return distance_covered / moving_time


@metric("m/s", low=0.0, high=45.0, label="Average speed, pauses included")
def average_elapsed_speed(distance_covered: Scalar, duration: Scalar) -> Scalar:
    """How fast the effort got along, pauses included: what a race result is made of.

    Args:
        distance_covered: scalar, m.
        duration: scalar, s, from the first instant to the last.

    Returns:
        scalar, m/s: distance over duration.

    Raises:
        TooFewSamples: it lasted no time.

    >>> average_elapsed_speed(100.0, 20.0)
    5.0
    """
    if duration <= 0.0:
        raise TooFewSamples("average_elapsed_speed", need=1, got=0)
    return distance_covered / duration


@metric("m/s", low=0.0, high=45.0, label="Maximal speed")
def maximal_speed(speed: MetresPerSecond) -> Scalar:
    """The highest speed, as the mean over one sample.

    Args:
        speed: (sample,), m/s; a sample without a reading does not count.

    Returns:
        scalar, m/s.

    Raises:
        TooFewSamples: nothing was measured.

    >>> maximal_speed(np.array([10.0, np.nan, 15.0]))
    15.0
    """
    return float(measured(speed, "maximal_speed").max())
