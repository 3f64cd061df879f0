"""Fitness, fatigue and form: how the load of past days adds up."""

from __future__ import annotations

import numpy as np

from paceline.domain.errors import TooFewSamples
from paceline.measure.catalogue import metric
from paceline.measure.quantities import Floats
from paceline.measure.training_load import weighted_average

FITNESS_DAYS = 42.0
FATIGUE_DAYS = 7.0

LARGEST_UNKNOWN = 0.01
"""Share of the weight that days of unknown load may have before form is not given."""


@metric("1", low=0.0, label="Fitness", known_as=("CTL", "chronic training load", "long-term stress"))
def fitness(daily_load: Floats) -> Floats:
    """How much training the athlete has been carrying over the last weeks: a slow average of the load.

    Args:
        daily_load: (day,), 0 on a day without a session; NaN where a session's load isn't known, which adds nothing.

    Returns:
        (day,), at the end of each day: yesterday's value times e^(−1/42), and today's load times 1 − e^(−1/42). It
        begins at 0 before the first day: the first four months are a build-up. After a day of unknown load it is a
        lower bound; `unknown_load_share` says by how much of its weight.

    Raises:
        TooFewSamples: there is no day.

    Source:
        The exponential recursion of the impulse-response model (Banister), normalised to an average. Other tools weight
        with 1/42: `training_load.weighted_average(..., recursion="fraction")`.

    >>> round(float(fitness(np.full(1000, 80.0))[-1]), 6)  # the same load every day is its own average
    80.0
    """
    return weighted_average(_days(daily_load, "fitness"), days=FITNESS_DAYS)


@metric("1", low=0.0, label="Fatigue", known_as=("ATL", "acute training load", "short-term stress"))
def fatigue(daily_load: Floats) -> Floats:
    """How much training the athlete still feels from the last days: a fast average of the load.

    Args:
        daily_load: (day,), as for `fitness`.

    Returns:
        (day,), as `fitness`, with 7 days for 42.

    Raises:
        TooFewSamples: there is no day.

    >>> fatigue(np.array([100.0, 0.0])).round(3).tolist()  # 100 (1 − e^(−1/7)), then times e^(−1/7)
    [13.312, 11.54]
    """
    return weighted_average(_days(daily_load, "fatigue"), days=FATIGUE_DAYS)


@metric("1", low=0.0, high=LARGEST_UNKNOWN, label="Share of unknown load")
def unknown_load_share(daily_load: Floats) -> Floats:
    """How much of fatigue and fitness hangs on days whose load isn't known; above 1 % they are clearly too low.

    Args:
        daily_load: (day,), NaN where a session's load isn't known.

    Returns:
        (day,), the weight of those days in `fatigue` or in `fitness`, whichever is larger.

    Raises:
        TooFewSamples: there is no day.

    >>> unknown_load_share(np.array([50.0, np.nan])).round(5).tolist()  # 1 − e^(−1/7)
    [0.0, 0.13312]
    """
    unknown = np.isnan(_days(daily_load, "unknown_load_share")).astype(np.float64)
    return np.maximum(weighted_average(unknown, days=FITNESS_DAYS), weighted_average(unknown, days=FATIGUE_DAYS))


@metric("1", nan=True, label="Form", known_as=("TSB", "training stress balance"))
def form(fitness: Floats, fatigue: Floats, unknown_load_share: Floats) -> Floats:
    """How fresh the athlete starts the day: what training has built less what is still felt of it.

    Args:
        fitness: (day,).
        fatigue: (day,).
        unknown_load_share: (day,).

    Returns:
        (day,), yesterday's fitness less yesterday's fatigue. NaN on the first day, which has no yesterday, and as long
        as unknown load has more than 1 % of the weight: the difference of two lower bounds is no bound.

    >>> form(np.array([50.0, 51.0]), np.array([60.0, 55.0]), np.zeros(2)).tolist()
    [nan, -10.0]
    """
    known = np.where(unknown_load_share <= LARGEST_UNKNOWN, fitness - fatigue, np.nan)
    return np.concatenate([[np.nan], known[:-1]])


def _days(daily_load: Floats, name: str) -> Floats:
    if daily_load.size == 0:
        raise TooFewSamples(name, need=1, got=0)
    return daily_load
