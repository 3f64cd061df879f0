"""Training load over days: sessions on a calendar, what stays of them, and the impulse-response model."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from paceline.domain.errors import NotIdentifiable, TooFewSamples
from paceline.measure.quantities import Floats

Recursion = Literal["exponential", "fraction"]


@dataclass(frozen=True, eq=False)
class DailyLoad:
    """Load on a calendar without holes.

    Attributes:
        first: the first day.
        load: (day,); 0 on a day without a session; NaN on a day with a session of unknown load.
        unknown: the days of the latter kind: what follows them in fitness and fatigue is a lower bound.
    """

    first: dt.date
    load: Floats
    unknown: tuple[dt.date, ...]


def daily_load(
    starts: Sequence[dt.datetime], loads: Sequence[float] | Floats, *, zone: dt.tzinfo, until: dt.date | None = None
) -> DailyLoad:
    """Lay sessions on the days of the athlete's calendar.

    Args:
        starts: (session,), when each began, with its time zone; in any order.
        loads: (session,), the load of each, 0 or more; NaN where it isn't known.
        zone: the athlete's: it decides to which day a session at midnight belongs.
        until: the last day, so that rest up to today counts; the last session's day if left out or earlier.

    Raises:
        TooFewSamples: there is no session.
        NotIdentifiable: a start has no time zone, a load is negative or infinite, or the lists differ in length.

    >>> evening = dt.datetime(2024, 5, 1, 23, 30, tzinfo=dt.UTC)
    >>> days = daily_load([evening], [80.0], zone=dt.timezone(dt.timedelta(hours=2)), until=dt.date(2024, 5, 3))
    >>> days.first.isoformat(), days.load.tolist()  # in the athlete's zone it began on the 2nd
    ('2024-05-02', [80.0, 0.0])
    """
    values = np.asarray(loads, dtype=np.float64)
    if not starts:
        raise TooFewSamples("daily_load", need=1, got=0)
    if values.shape != (len(starts),) or np.any(values < 0.0) or np.any(np.isinf(values)):
        raise NotIdentifiable("daily load", why="each session needs one load, 0 or more, or NaN where it isn't known")
    if any(start.tzinfo is None for start in starts):
        raise NotIdentifiable("daily load", why="a session's start has no time zone")
    days = np.array([start.astimezone(zone).date().toordinal() for start in starts])
    first, last = int(days.min()), int(days.max())
    if until is not None:
        last = max(last, until.toordinal())
    load = np.zeros(last - first + 1)
    np.add.at(load, days - first, values)
    unknown = tuple(dt.date.fromordinal(first + int(day)) for day in np.flatnonzero(np.isnan(load)))
    return DailyLoad(dt.date.fromordinal(first), load, unknown)


def weighted_average(load: Floats, *, days: float, recursion: Recursion = "exponential") -> Floats:
    """What stays of the load: an average in which each day counts less, the longer ago it is.

    Two recursions are common, and differ by about 1 % for 42 days and 7 % for 7: each day is weighted with
    1 − exp(−1/days) ("exponential": the continuous decay, sampled daily) or with 1/days ("fraction": most web tools).
    Both begin at 0 before the first day, so the first three times `days` are a build-up.

    Args:
        load: (day,), 0 on a day of rest; NaN where it isn't known, which adds nothing: a lower bound from there on.
        days: the time constant.
        recursion: "exponential" or "fraction".

    Returns:
        (day,), in the unit of the load, at the end of each day.

    >>> weighted_average(np.array([100.0, 0.0]), days=2, recursion="fraction").tolist()
    [50.0, 25.0]
    """
    weight = -math.expm1(-1.0 / days) if recursion == "exponential" else 1.0 / days
    stays, total = np.empty(load.size), 0.0
    for day, added in enumerate(np.nan_to_num(load, nan=0.0).tolist()):
        total += weight * (added - total)
        stays[day] = total
    return stays


def impulse_response(
    load: Floats,
    *,
    initial: float,
    fitness_gain: float,
    fatigue_gain: float,
    fitness_days: float,
    fatigue_days: float,
) -> Floats:
    """Performance as the model of Banister sees it: what training built up less what it cost.

    p(t) = initial + k₁ Σ w(s) exp(−(t−s)/τ₁) − k₂ Σ w(s) exp(−(t−s)/τ₂), over the days s before t. The gains and time
    constants belong to one athlete and one kind of load, and are fitted to that athlete's tests: none are assumed.

    Args:
        load: (day,), 0 on a day of rest; NaN where it isn't known.
        initial: performance without training, in its own unit.
        fitness_gain: k₁, performance for each unit of load.
        fatigue_gain: k₂, likewise.
        fitness_days: τ₁.
        fatigue_days: τ₂.

    Returns:
        (day,), performance at the start of each day; NaN on all days after one of unknown load.

    Source:
        Banister et al. (1975), as written out in arXiv:2505.20859 and arXiv:1612.08591.

    >>> day = impulse_response(np.array([100.0, 0.0, 0.0]), initial=500, fitness_gain=1, fatigue_gain=2,
    ...                        fitness_days=1 / np.log(2), fatigue_days=1 / np.log(4))
    >>> day.round(6).tolist()  # 500; 500 + 100/2 − 200/4; 500 + 100/4 − 200/16
    [500.0, 500.0, 512.5]
    """
    built, cost = math.exp(-1.0 / fitness_days), math.exp(-1.0 / fatigue_days)
    performance, fitness, fatigue = np.empty(load.size), 0.0, 0.0
    for day, added in enumerate(load.tolist()):
        performance[day] = initial + fitness_gain * fitness - fatigue_gain * fatigue
        fitness, fatigue = built * (fitness + added), cost * (fatigue + added)
    return performance
