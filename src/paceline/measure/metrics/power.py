"""Power over a whole effort: how much, how uneven, and how hard against what the athlete can hold."""

from __future__ import annotations

import numpy as np

from paceline.domain.errors import NotIdentifiable
from paceline.measure.catalogue import metric
from paceline.measure.quantities import Scalar, Watts
from paceline.measure.readings import measured

HOUR = 3600.0


@metric("W", low=0.0, high=3000.0, headline=True, known_as=("AP",))
def average_power(power: Watts) -> Scalar:
    """How many watts the effort took on average while they were measured.

    Args:
        power: (sample,), W; a sample without a reading is left out, one of 0 W (coasting) is not.

    Returns:
        scalar, W.

    Raises:
        TooFewSamples: nothing was measured.

    >>> average_power(np.array([200.0, np.nan, 0.0]))
    100.0
    """
    return float(measured(power, "average_power").mean())


@metric("W", low=0.0, high=3000.0)
def maximal_power(power: Watts) -> Scalar:
    """The highest power of any one cell of the grid: one second's mean, usually.

    Args:
        power: (sample,), W; samples without a reading are left out.

    Returns:
        scalar, W.

    Raises:
        TooFewSamples: nothing was measured.

    >>> maximal_power(np.array([200.0, np.nan, 900.0]))
    900.0
    """
    return float(measured(power, "maximal_power").max())


@metric("s", low=0.0, label="Time with power")
def power_time(power: Watts, interval: Scalar) -> Scalar:
    """For how long power was measured: all that the other power metrics know about.

    Args:
        power: (sample,), W; NaN where there is no reading.
        interval: scalar, s, the step of the grid.

    Returns:
        scalar, s: the number of readings, times the step; 0 is a sound value of it.

    >>> power_time(np.array([200.0, np.nan, 0.0]), 1.0)
    2.0
    """
    return float(np.count_nonzero(~np.isnan(power))) * interval


@metric("W/kg", low=0.0, high=40.0, label="Average power per body mass", known_as=("W/kg",))
def average_power_per_mass(average_power: Scalar, mass: Scalar) -> Scalar:
    """What counts uphill: average power for each kilogram of the athlete.

    Args:
        average_power: scalar, W.
        mass: scalar, kg, of the athlete without the bike.

    Returns:
        scalar, W/kg.

    >>> average_power_per_mass(280.0, 70.0)
    4.0
    """
    return average_power / mass


@metric("J", low=0.0)
def work_above_critical_power(power: Watts, critical_power: Scalar, interval: Scalar) -> Scalar:
    """How much work was done above critical power: what matches were burnt for.

    Args:
        power: (sample,), W; a sample without a reading adds nothing.
        critical_power: scalar, W.
        interval: scalar, s, the step of the grid.

    Returns:
        scalar, J: the sum of power less critical power where it was higher, over time; recovery is not counted back.

    Raises:
        TooFewSamples: nothing was measured.

    >>> work_above_critical_power(np.array([300.0, 200.0, np.nan, 350.0]), 250.0, 1.0)  # 50 + 100
    150.0
    """
    above = measured(power, "work_above_critical_power") - critical_power
    return float(above[above > 0].sum()) * interval


@metric("1", low=0.9, high=5.0, known_as=("Variability Index", "VI"))
def variability(weighted_power: Scalar, average_power: Scalar) -> Scalar:
    """How uneven the effort was: 1 for a time trial on the flat, well above for a criterium.

    Args:
        weighted_power: scalar, W.
        average_power: scalar, W.

    Returns:
        scalar. A little below 1 is possible: the first half minute has no full window.

    Raises:
        NotIdentifiable: nobody pedalled.

    >>> variability(240.0, 200.0)
    1.2
    """
    if average_power == 0:
        raise NotIdentifiable("variability", why="average power is zero")
    return weighted_power / average_power


@metric("1", low=0.0, high=2.0, headline=True, known_as=("Intensity Factor", "IF"))
def intensity(weighted_power: Scalar, threshold_power: Scalar) -> Scalar:
    """How hard the effort was against what the athlete can hold for an hour.

    Args:
        weighted_power: scalar, W.
        threshold_power: scalar, W.

    Returns:
        scalar; 1 is an hour's best.

    Source:
        Allen and Coggan's definition, as sweatpy implements it (sweat/metrics/power.py).

    >>> intensity(240.0, 300.0)
    0.8
    """
    return weighted_power / threshold_power


@metric("1", low=0.0, headline=True, label="Load", known_as=("Training Stress Score", "TSS", "BikeStress"))
def load(intensity: Scalar, power_time: Scalar) -> Scalar:
    """How much the effort asked of the athlete: 100 for one hour at threshold power.

    Args:
        intensity: scalar.
        power_time: scalar, s: the time with a reading, so that neither a pause nor a dropout adds load.

    Returns:
        scalar: 100 · hours · intensity².

    Source:
        Allen and Coggan's definition, as sweatpy implements it (sweat/metrics/power.py).

    >>> load(1.0, 3600.0)
    100.0
    """
    return 100.0 * power_time / HOUR * intensity**2


@metric("1", low=0.0, high=2.0, known_as=("Relative Intensity", "RI", "Skiba"))
def relative_intensity(x_power: Scalar, critical_power: Scalar) -> Scalar:
    """How hard the effort was against critical power.

    Args:
        x_power: scalar, W.
        critical_power: scalar, W.

    Returns:
        scalar.

    Source:
        Skiba's definition, as GoldenCheetah implements it (src/Metrics/BikeScore.cpp).

    >>> relative_intensity(200.0, 250.0)
    0.8
    """
    return x_power / critical_power


@metric("1", low=0.0, label="x-load", known_as=("BikeScore", "Skiba"))
def x_load(x_power: Scalar, relative_intensity: Scalar, critical_power: Scalar, power_time: Scalar) -> Scalar:
    """How much the effort asked of the athlete: 100 for one hour at critical power.

    Args:
        x_power: scalar, W.
        relative_intensity: scalar.
        critical_power: scalar, W.
        power_time: scalar, s: the time with a reading, so that neither a pause nor a dropout adds load.

    Returns:
        scalar: x_power · time · relative intensity, in hundredths of an hour's work at critical power.

    Source:
        Skiba's definition, as GoldenCheetah implements it (src/Metrics/BikeScore.cpp).

    >>> x_load(200.0, 0.8, 250.0, 3600.0)  # 100 · 0.8²
    64.0
    """
    return x_power * power_time * relative_intensity / (critical_power * HOUR) * 100.0
