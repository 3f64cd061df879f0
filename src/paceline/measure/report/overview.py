"""Several rides at once: a row each, and what their load adds up to over the days."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from paceline.measure import flow
from paceline.measure.catalogue import entry
from paceline.measure.quantities import Floats
from paceline.measure.report.figures import Figure, amount, figure
from paceline.measure.report.tables import Table
from paceline.measure.sessions import Session
from paceline.measure.training_load import daily_load

ROW_METRICS = (
    "duration",
    "distance_covered",
    "work",
    "average_power",
    "weighted_power",
    "intensity",
    "load",
    "average_heart_rate",
    "training_impulse",
)


@dataclass(frozen=True, eq=False)
class Trend:
    """What training adds up to, at the end of each day.

    Attributes:
        days: the calendar, without holes.
        load: (day,), NaN where it isn't known.
        fitness: (day,).
        fatigue: (day,).
        form: (day,), NaN where it isn't known.
    """

    days: tuple[dt.date, ...]
    load: Floats
    fitness: Floats
    fatigue: Floats
    form: Floats


@dataclass(frozen=True, eq=False)
class Overview:
    """Several rides.

    Attributes:
        title: how many.
        dates: from when to when.
        rides: a row each.
        figures: fitness, fatigue and form on the last day, as far as they are known.
        trend: fitness, fatigue and form, or None.
        why_not: why there is no trend, or "".
    """

    title: str
    dates: str
    rides: Table
    figures: tuple[Figure, ...]
    trend: Trend | None
    why_not: str


def overview(sessions: Sequence[Session], *, imperial: bool = False) -> Overview:
    """The rides in a table and, where the load of a dated ride is known, what it adds up to."""
    dated = [s for s in sessions if s.dated]
    days = sorted(s.start.date() for s in dated)
    dates = f"{_day(days[0])} to {_day(days[-1])}" if days else "The files don't say when"
    trend, why_not = _trend(dated)
    rides = _rides(sessions, imperial=imperial)
    return Overview(f"{len(sessions)} rides", dates, rides, _last(trend) if trend else (), trend, why_not)


def _last(trend: Trend) -> tuple[Figure, ...]:
    ends = {"fitness": trend.fitness[-1], "fatigue": trend.fatigue[-1], "form": trend.form[-1]}
    known = [(entry(name), amount(float(value), "1")) for name, value in ends.items() if not np.isnan(value)]
    return tuple(Figure(m.name, m.label, text, unit, m.group, m.summary) for m, (text, unit) in known)


def _day(day: dt.date) -> str:
    return f"{day.day} {day:%B %Y}"


def _rides(sessions: Sequence[Session], *, imperial: bool) -> Table:
    found = [
        {name: shown for name in ROW_METRICS if name in s and (shown := figure(s[name], imperial=imperial)) is not None}
        for s in sessions
    ]
    names = [name for name in ROW_METRICS if any(name in row for row in found)]
    first = {name: next(row[name] for row in found if name in row) for name in names}
    columns = [
        f"{first[n].label}, {first[n].unit}" if first[n].unit and n != "duration" else first[n].label for n in names
    ]
    rows = [
        (
            f"{s.start:%a} {s.start.day} {s.start:%b} {s.start.year}" if s.dated else "–",
            (s.whole.sport or "ride").replace("_", " "),
            *((row[n].shown if n == "duration" else row[n].text) if n in row else "–" for n in names),
        )
        for s, row in zip(sessions, found, strict=True)
    ]
    return Table("Rides", ("Date", "Sport", *columns), tuple(rows))


def _trend(dated: Sequence[Session]) -> tuple[Trend | None, str]:
    loads = [float(s["load"].value) if "load" in s else float("nan") for s in dated]
    if not loads or bool(np.isnan(loads).all()):
        return None, "Fitness, fatigue and form need the load of at least one dated ride: power and threshold power."
    daily = daily_load([s.start for s in dated], loads, zone=dated[0].zone)
    values = flow.compute({"daily_load": daily.load}, ["fitness", "fatigue", "form"])
    if any(isinstance(value, flow.NotHad) for value in values.values()):
        return None, next(v.why for v in values.values() if isinstance(v, flow.NotHad))
    days = tuple(daily.first + dt.timedelta(days=i) for i in range(daily.load.size))
    unknown = f"The load of {len(daily.unknown)} days isn't known; what follows them is a lower bound."
    return Trend(days, daily.load, **values), unknown if daily.unknown else ""
