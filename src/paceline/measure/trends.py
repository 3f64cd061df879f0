"""Metrics over months: one value a ride, with the settings of its day, their slope, and the power curve by period.

Until there is a lake, a folder of recordings is the store.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import NormalDist
from typing import Literal

import numpy as np

from paceline.domain.errors import NoSamples, PacelineError
from paceline.measure.catalogue import Metric, entry
from paceline.measure.quantities import Floats, Seconds, Watts
from paceline.measure.sessions import Session, sessions
from paceline.measure.settings import FILE_NAME, Settings
from paceline.record.files import read_file

Period = Literal["week", "month", "year"]

FEWEST = 5
"""Rides that a slope takes: of fewer, no order is rarer than one in twenty."""

DAYS_IN_YEAR = 365.25


@dataclass(frozen=True, slots=True)
class Refused:
    """A file of the folder that holds no ride, and why."""

    file: str
    why: str


@dataclass(frozen=True, eq=False, slots=True)
class Store:
    """What a folder holds.

    Attributes:
        sessions: the rides in time order, each once however many devices recorded it.
        refused: the files that could not be read or hold nothing to measure.
    """

    sessions: tuple[Session, ...]
    refused: tuple[Refused, ...]


@dataclass(frozen=True, slots=True)
class Slope:
    """How a metric changes.

    Attributes:
        per_year: in the metric's unit a year.
        low: of the interval.
        high: of the interval; where it holds 0, no direction is shown.
        level: probability with which such an interval holds the true slope.
    """

    per_year: float
    low: float
    high: float
    level: float


@dataclass(frozen=True, eq=False)
class Trend:
    """A metric over dated rides.

    Attributes:
        metric: its entry in the catalogue.
        starts: (ride,), when each began that has a value.
        values: (ride,), in the metric's unit.
        missing: (start, why) of each ride without a value; start is None where the file is undated.
        slope: or None.
        why_not: why there is no slope, or "".
    """

    metric: Metric
    starts: tuple[dt.datetime, ...]
    values: Floats
    missing: tuple[tuple[dt.datetime | None, str], ...]
    slope: Slope | None
    why_not: str


@dataclass(frozen=True, eq=False)
class PeriodCurve:
    """The best mean power of a period.

    Attributes:
        period: "2024-05", "2024-W18" or "2024".
        rides: how many had power.
        durations: (duration,), s.
        power: (duration,), W, the best of all rides.
        dates: (duration,), the day of each.
    """

    period: str
    rides: int
    durations: Seconds
    power: Watts
    dates: tuple[dt.date, ...]


def folder(path: str | Path, *, settings: Settings | str | Path | None = None, bike: str | None = None) -> Store:
    """Every ride of a folder, at any depth; one bad file stops nothing.

    Args:
        path: the folder; hidden files and settings files are passed over.
        settings: settings or the file they stand in; the `paceline.yaml` beside the first file if left out.
        bike: which bike of the settings was ridden.

    Raises:
        SettingsError: the settings can't be used.
    """
    read, refused = [], []
    for file in sorted(p for p in Path(path).rglob("*") if p.is_file() and p.name != FILE_NAME):
        if any(part.startswith(".") for part in file.relative_to(path).parts):
            continue
        try:
            read.append(read_file(file))
        except PacelineError as error:
            refused.append(Refused(str(file), str(error)))
    try:
        found = sessions(read, settings=settings, bike=bike) if read else ()
    except NoSamples:
        found = ()
    used = {id(file) for session in found for file in session.files}
    refused += [Refused(file.file, "nothing to measure in it") for file in read if id(file) not in used]
    return Store(found, tuple(refused))


def trend(rides: Sequence[Session], metric: str, *, level: float = 0.95) -> Trend:
    """One metric of each ride, in time order, with its slope.

    Args:
        rides: in any order; each has the settings of its own day.
        metric: of the catalogue, a single number.
        level: of the slope's interval.

    Raises:
        UnknownName: there is no such metric.
    """
    asked = entry(metric)
    starts, values, missing = [], [], []
    for ride in sorted(rides, key=lambda ride: ride.whole.start):
        results = ride.metrics(only=[metric])
        when = ride.start if ride.dated else None
        if metric in results.missing:
            missing.append((when, results.missing[metric].why))
        elif not isinstance(value := results[metric].value, int | float) or not np.isfinite(value):
            missing.append((when, "It is no single number."))
        elif when is None:
            missing.append((None, "The file does not say when it was recorded."))
        else:
            starts.append(when)
            values.append(float(value))
    numbers = np.array(values)
    days = np.array([start.timestamp() / 86_400.0 for start in starts])
    why_not = _why_no_slope(days)
    slope = None if why_not else theil_sen(days / DAYS_IN_YEAR, numbers, level=level)
    return Trend(asked, tuple(starts), numbers, tuple(missing), slope, why_not)


def _why_no_slope(days: Floats) -> str:
    if days.size < FEWEST:
        return f"A slope takes at least {FEWEST} dated rides with a value; there are {days.size}."
    if float(np.ptp(days)) < 1.0:
        return "All rides are of one day."
    return ""


def theil_sen(years: Floats, values: Floats, *, level: float = 0.95) -> Slope:
    """The median of the slopes between all pairs, with the interval that Kendall's test gives it.

    Args:
        years: (ride,), when; pairs of the same instant say nothing.
        values: (ride,).
        level: of the interval.

    Source:
        Sen (1968), Estimates of the regression coefficient based on Kendall's tau, J. Am. Stat. Assoc. 63:1379-1389:
        the interval's ends are the slopes at ranks (N − C)/2 and (N + C)/2 + 1, C = z·√(n(n−1)(2n+5)/18), without
        correction for ties.

    >>> theil_sen(np.arange(5.0), np.array([1.0, 2.0, 3.0, 40.0, 5.0])).per_year
    1.0
    """
    first, second = np.triu_indices(years.size, k=1)
    apart = years[second] - years[first]
    slopes = np.sort((values[second] - values[first])[apart != 0.0] / apart[apart != 0.0])
    count = years.size
    reach = NormalDist().inv_cdf(0.5 + level / 2.0) * (count * (count - 1) * (2 * count + 5) / 18.0) ** 0.5
    low = max(round((slopes.size - reach) / 2.0) - 1, 0)
    high = min(round((slopes.size + reach) / 2.0), slopes.size - 1)
    return Slope(float(np.median(slopes)), float(slopes[low]), float(slopes[high]), level)


def power_curves(rides: Sequence[Session], *, period: Period = "month") -> tuple[PeriodCurve, ...]:
    """The best mean power at the standard durations, of each period in which a dated ride had power.

    Args:
        rides: in any order; undated ones, and those without power, have no part in it.
        period: on the athlete's calendar; weeks are those of ISO 8601, from Monday on.
    """
    best: dict[str, list[tuple[dt.date, Floats, Floats]]] = {}
    for ride in sorted(rides, key=lambda ride: ride.whole.start):
        found = ride.metrics(only=["best_efforts"]).found.get("best_efforts")
        if found is not None and ride.dated:
            day = ride.start.date()
            best.setdefault(_named(day, period), []).append((day, found.value.durations, found.value.power))
    return tuple(_curve(name, rows) for name, rows in sorted(best.items()))


def _named(day: dt.date, period: Period) -> str:
    if period == "week":
        year, week, _ = day.isocalendar()
        return f"{year}-W{week:02}"
    return f"{day:%Y-%m}" if period == "month" else f"{day.year}"


def _curve(name: str, rows: Sequence[tuple[dt.date, Floats, Floats]]) -> PeriodCurve:
    highest: dict[float, tuple[float, dt.date]] = {}
    for day, durations, power in rows:
        for duration, watts in zip(durations.tolist(), power.tolist(), strict=True):
            if duration not in highest or watts > highest[duration][0]:
                highest[duration] = (watts, day)
    rising = sorted(highest)
    most, days = zip(*(highest[duration] for duration in rising), strict=True)
    return PeriodCurve(name, len(rows), np.array(rising), np.array(most), days)
