"""Fitness and fatigue: what stays of an athlete's training load, day by day."""

from __future__ import annotations

import datetime as dt
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from msgspec import Meta

from paceline.domain.errors import RequestRefused
from paceline.serve import permission
from paceline.serve.moments import text
from paceline.serve.nouns.words import Day
from paceline.serve.routes import Answer, Call, Route

FITNESS, FATIGUE = 42.0, 7.0
"""Days after which a load counts as much less, as coaches have it."""

REST = 42
"""Days without a session that are still told after the last one."""


class FitnessQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whose midnight ends a day."""

    zone: Annotated[str, Meta(pattern="^[A-Za-z][A-Za-z0-9_+/-]{0,63}$")] = "UTC"
    """The athlete's time zone, such as Europe/London."""


class Fitness(msgspec.Struct, frozen=True, kw_only=True):
    """Every day from the first session to today, or to six weeks after the last one."""

    data_version: int
    days: list[Day]
    load: list[float | None]
    """Null on a day with a session whose load is not known: what follows is a lower bound."""
    fitness: list[float]
    """The average of the load in which a day counts less, the longer ago it is: 42 days."""
    fatigue: list[float]
    """The same, 7 days."""


def fitness(call: Call) -> Answer:
    """Of all sessions that have a date."""
    import polars as pl

    from paceline.measure.training_load import daily_load, weighted_average

    zone, lake = _zone(call.query(FitnessQuery).zone), call.room.store.lake
    version = lake.version()
    subjects = permission.Sight(call).pseudonyms(call.params["athlete"]) or ()
    where = pl.col("subject").is_in(list(subjects)) & (pl.col("number") == 0) & (pl.col("metric") == "load")
    rows = lake.read("metrics", where=where, version=version).drop_nulls("start").sort("start", "session")
    if not rows["value"].drop_nulls().len():
        return Answer(Fitness(data_version=version, days=[], load=[], fitness=[], fatigue=[]))
    starts = [dt.datetime.fromisoformat(text(start)[:19]).replace(tzinfo=dt.UTC) for start in rows["start"]]
    last = max(starts).astimezone(zone).date() + dt.timedelta(days=REST)
    loads = rows["value"].cast(pl.Float64).fill_null(float("nan")).to_numpy()
    found = daily_load(starts, loads, zone=zone, until=min(last, dt.datetime.now(zone).date()))
    days = [(found.first + dt.timedelta(days=number)).isoformat() for number in range(found.load.size)]
    told = Fitness(
        data_version=version,
        days=days,
        load=found.load.tolist(),
        fitness=weighted_average(found.load, days=FITNESS).tolist(),
        fatigue=weighted_average(found.load, days=FATIGUE).tolist(),
    )
    return Answer(told)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise RequestRefused("invalid", "There is no such time zone.", field="zone") from error


ROUTES = (
    Route(
        "GET",
        "/v1/athletes/{athlete}/fitness",
        "read data",
        "Fitness and fatigue of an athlete, day by day",
        fitness,
        query=FitnessQuery,
        gives=Fitness,
        about="athlete",
    ),
)
