"""Heart rate, the strain it speaks of, and what power it goes with."""

from __future__ import annotations

import numpy as np

from paceline.domain.errors import NotIdentifiable, TooFewSamples
from paceline.measure.catalogue import metric
from paceline.measure.quantities import PerMinute, Scalar, Watts
from paceline.measure.readings import measured

ZONE_FLOORS = (0.5, 0.6, 0.7, 0.8, 0.9)
"""Of maximal heart rate: where Edwards' zones 1 to 5 begin."""

FEMALE_FACTOR = 1.67
"""Banister gives two pairs: 0.64 with exponent 1.92 (men) and 0.86 with 1.67 (women)."""


@metric("1/min", low=20.0, high=250.0, headline=True, label="Average heart rate")
def average_heart_rate(heart_rate: PerMinute) -> Scalar:
    """The average heart rate.

    Args:
        heart_rate: (sample,), 1/min; a sample without a reading does not count.

    Returns:
        scalar, 1/min: the mean over the samples with a reading.

    Raises:
        TooFewSamples: nothing was measured.

    >>> average_heart_rate(np.array([140.0, np.nan, 150.0]))
    145.0
    """
    return float(measured(heart_rate, "average_heart_rate").mean())


@metric("1/min", low=20.0, high=250.0, label="Highest heart rate", known_as=("maximum heart rate of the ride",))
def highest_heart_rate(heart_rate: PerMinute) -> Scalar:
    """The highest heart rate of the effort, which need not be the highest that the athlete can reach.

    Args:
        heart_rate: (sample,), 1/min; a sample without a reading does not count.

    Returns:
        scalar, 1/min.

    Raises:
        TooFewSamples: nothing was measured.

    >>> highest_heart_rate(np.array([140.0, np.nan, 150.0]))
    150.0
    """
    return float(measured(heart_rate, "highest_heart_rate").max())


@metric("1", low=0.0, headline=True, label="Training impulse", known_as=("TRIMP", "Banister TRIMP"))
def training_impulse(
    heart_rate: PerMinute,
    resting_heart_rate: Scalar,
    maximal_heart_rate: Scalar,
    trimp_factor: Scalar,
    interval: Scalar,
) -> Scalar:
    """How much strain the effort was: minutes, weighted steeply with how high the heart rate was.

    Args:
        heart_rate: (sample,), 1/min; a sample without a reading adds nothing, one below rest counts as rest.
        resting_heart_rate: scalar, 1/min.
        maximal_heart_rate: scalar, 1/min.
        trimp_factor: scalar, b: 1.92 for men, 1.67 for women.
        interval: scalar, s, the step of the grid.

    Returns:
        scalar, Σ minutes · x · k · exp(b x), x the share of the heart-rate reserve; k is 0.86 with b = 1.67 and 0.64
        with any other. Summed over the samples, so more than the same formula gives for the average heart rate.

    Raises:
        TooFewSamples: nothing was measured.
        NotIdentifiable: the maximal heart rate isn't above the resting one.

    Source:
        Banister (1991), with the pairs (k, b) as its users state them; some programs write 0.64 for women too.

    >>> round(training_impulse(np.full(45 * 60, 150.0), 60.0, 190.0, 1.92, 1.0), 2)  # 45 · 0.6923 · 2.418
    75.33
    """
    if maximal_heart_rate <= resting_heart_rate:
        raise NotIdentifiable("training_impulse", why="maximal_heart_rate is not above resting_heart_rate")
    rates = measured(heart_rate, "training_impulse")
    reserve = np.maximum(rates - resting_heart_rate, 0.0) / (maximal_heart_rate - resting_heart_rate)
    weight = 0.86 if trimp_factor == FEMALE_FACTOR else 0.64
    return float(np.sum(reserve * weight * np.exp(trimp_factor * reserve))) * interval / 60.0


@metric("1", low=0.0, label="Training impulse by zones", known_as=("Edwards TRIMP", "zonal TRIMP"))
def zonal_training_impulse(heart_rate: PerMinute, maximal_heart_rate: Scalar, interval: Scalar) -> Scalar:
    """How much strain the effort was: minutes in five zones of maximal heart rate, counted once to five times.

    Args:
        heart_rate: (sample,), 1/min; a sample without a reading adds nothing.
        maximal_heart_rate: scalar, 1/min.
        interval: scalar, s, the step of the grid.

    Returns:
        scalar: minutes × 1 from 50 % of the maximum, × 2 from 60 %, … × 5 from 90 %; nothing below 50 %.

    Raises:
        TooFewSamples: nothing was measured.

    Source:
        Edwards (1993), The Heart Rate Monitor Book, as tabulated by its users.

    >>> zonal_training_impulse(np.array([80.0, 100.0, 180.0]), 200.0, 60.0)  # 0 + 1 + 5
    6.0
    """
    rates = measured(heart_rate, "zonal_training_impulse")
    zone = np.searchsorted(np.array(ZONE_FLOORS) * maximal_heart_rate, rates, side="right")
    return float(zone.sum()) * interval / 60.0


@metric("W·min", low=0.0, high=10.0, label="Efficiency", known_as=("EF", "efficiency factor"))
def efficiency(weighted_power: Scalar, average_heart_rate: Scalar) -> Scalar:
    """How much power the athlete gets for a heartbeat a minute; it rises with endurance, on like rides.

    Args:
        weighted_power: scalar, W.
        average_heart_rate: scalar, 1/min, over all its readings.

    Returns:
        scalar, W for each 1/min.

    >>> efficiency(225.0, 150.0)
    1.5
    """
    return weighted_power / average_heart_rate


@metric("1", low=-1.0, high=1.0, label="Decoupling", known_as=("aerobic decoupling", "Pw:HR", "cardiac drift"))
def decoupling(power: Watts, heart_rate: PerMinute) -> Scalar:
    """How much power for a heartbeat was lost from the first half to the second: above about 0.05, endurance ran out.

    It says something of long steady efforts only; on others it says how the second half was ridden.

    Args:
        power: (sample,), W.
        heart_rate: (sample,), 1/min.

    Returns:
        scalar, a fraction: (r₁ − r₂) / r₁, r the average power over the average heart rate of each half in time, over
        the samples with both readings. The middle one of an odd number of samples belongs to neither.

    Raises:
        TooFewSamples: a half has no sample with both, or the first has no power.

    Source:
        Friel's ratio as GoldenCheetah halves it, turned to power over heart rate: (EF₁ − EF₂) / EF₁.

    >>> decoupling(np.array([200.0, 200.0]), np.array([100.0, 160.0]))  # (2 − 1.25) / 2
    0.375
    """
    half = power.size // 2
    first = _power_for_a_beat(power[:half], heart_rate[:half])
    second = _power_for_a_beat(power[power.size - half :], heart_rate[power.size - half :])
    if first <= 0.0:
        raise TooFewSamples("decoupling", need=1, got=0)
    return (first - second) / first


def _power_for_a_beat(power: Watts, heart_rate: PerMinute) -> float:
    both = ~np.isnan(power) & ~np.isnan(heart_rate)
    if not both.any():
        raise TooFewSamples("decoupling", need=1, got=0)
    return float(power[both].sum() / heart_rate[both].sum())
