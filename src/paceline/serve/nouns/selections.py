"""Selections: any interval of a session measured or compared on the spot, and where its readings are in doubt."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from paceline.domain.errors import Absent, RequestRefused
from paceline.serve import permission
from paceline.serve.moments import Moment, nanoseconds_or_none, text
from paceline.serve.nouns.measures import MetricTold, metric_told
from paceline.serve.nouns.samples import table
from paceline.serve.routes import Answer, Call, Route
from paceline.serve.selecting import Interval, asked, comparison_of, metrics_of, task_of

if TYPE_CHECKING:
    import polars as pl

MOST = 5000
"""Stretches of flags that one answer holds."""

_SESSION = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_MOMENT = "[0-9TZ:.-]{1,40}"
Other = Annotated[
    str,
    Meta(
        pattern=f"^{_SESSION}(~({_MOMENT})?~({_MOMENT})?)?$",
        description="SESSION, or SESSION~START~END for a part of it.",
        examples=["57776dd4-d0be-5501-81bc-f6faf7511761~2026-05-01T09:30:00Z~2026-05-01T09:34:00Z"],
    ),
]


class Selected(msgspec.Struct, frozen=True, kw_only=True):
    """The metrics of an interval, those included that can't be had."""

    metrics: list[MetricTold]


class IntervalQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which part of the session."""

    start: Moment | None = None
    """Its own beginning where nothing is said."""
    end: Moment | None = None


class ComparisonQuery(IntervalQuery, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to lay beside it, and along what."""

    other: Annotated[list[Other], Meta(min_length=1, max_length=9)]
    """Other intervals, of this or of any session that one may read."""
    by: Literal["distance", "time", "lap"] = "distance"


class FlagTold(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of readings in doubt for one reason."""

    stream: str
    recording: str
    part: int
    channel: str
    flag: str
    start: Moment
    end: Moment
    """When the last of them was read."""
    readings: int


class Flags(msgspec.Struct, frozen=True, kw_only=True):
    """Where readings are in doubt, the longest stretches first where there are too many to tell."""

    data_version: int
    flags: list[FlagTold]
    of: int
    """How many stretches there are."""


def measure(call: Call) -> Answer:
    """Metrics of the interval."""
    query, session = call.query(IntervalQuery), call.params["session"]
    rows = asked(call, metrics_of, _interval(call, session, query.start, query.end))
    return Answer(Selected(metrics=[metric_told({**row, "session": session}) for row in rows]))


def compare(call: Call) -> Answer:
    """The session's interval, and others beside it, as `paceline compare --json` tells it."""
    query = call.query(ComparisonQuery)
    intervals = [_interval(call, call.params["session"], query.start, query.end, name="1")]
    subjects = [call.subject]
    for number, other in enumerate(query.other, 2):
        session, _, rest = other.partition("~")
        start, _, end = rest.partition("~")
        subjects.append(_seen(call, session))
        intervals.append(_interval(call, session, start or None, end or None, name=str(number)))
    return Answer(asked(call, comparison_of, intervals, query.by), subjects=tuple(subjects))


def flags(call: Call) -> Answer:
    """Stretches of readings that are in doubt."""
    lake = call.room.store.lake
    version = lake.version()
    found: list[FlagTold] = []
    for name in lake.tables(version=version):
        if name.startswith("samples_") and name != "samples_described":
            found += _flagged(table(call, name, version))
    shown = sorted(found, key=lambda one: -one.readings)[:MOST]
    return Answer(Flags(data_version=version, flags=sorted(shown, key=lambda one: one.start), of=len(found)))


def _interval(call: Call, session: str, start: str | None, end: str | None, *, name: str = "selection") -> Interval:
    bounds = nanoseconds_or_none(start, field="start"), nanoseconds_or_none(end, field="end")
    if None not in bounds and bounds[0] >= bounds[1]:  # type: ignore[operator]  # neither is None
        raise RequestRefused("invalid", "The interval ends before it begins.", field="end")
    return Interval(task_of(call, session), *bounds, name=name)


def _seen(call: Call, session: str) -> str:
    """Whose another session is.

    Raises:
        Absent: there is none, or none that this one may see.
    """
    found = call.room.store.journal.session(UUID(session))
    if not (found.open and permission.Sight(call).reaches(found.subject)):
        raise Absent("session", session)
    return found.subject


def _flagged(frame: pl.DataFrame) -> list[FlagTold]:
    """The stretches of one table, flag by flag: readings that follow one another are one stretch."""
    import polars as pl

    from paceline.keep.lake.rows import FLAGS
    from paceline.record.streams import Flag

    found: list[FlagTold] = []
    for column in (name for name in frame.columns if name.endswith(FLAGS)):
        for flag in Flag:
            doubted = frame.filter(pl.col(column).fill_null(0).cast(pl.Int64) & int(flag) != 0)
            keys = ["recording", "part", "stream"]
            run = (pl.col("sample").diff().over(keys).fill_null(1) != 1).cum_sum().over(keys)
            ends = [pl.col("t").min().alias("from"), pl.col("t").max().alias("to"), pl.len().alias("count")]
            stretches = doubted.sort(*keys, "sample").group_by([*keys, run.alias("run")]).agg(ends)
            found += [_told(row, column.removesuffix(FLAGS), str(flag.name).lower()) for row in stretches.to_dicts()]
    return found


def _told(row: Mapping[str, Any], channel: str, flag: str) -> FlagTold:
    return FlagTold(
        stream=row["stream"],
        recording=row["recording"],
        part=row["part"],
        channel=channel,
        flag=flag,
        start=text(row["from"]),
        end=text(row["to"]),
        readings=row["count"],
    )


_ONE = "/v1/sessions/{session}"
ROUTES = (
    Route(
        "GET",
        f"{_ONE}/measure",
        "read data",
        "Metrics of any interval of a session, measured on the spot",
        measure,
        query=IntervalQuery,
        gives=Selected,
        about="session",
        long=True,
    ),
    Route(
        "GET",
        f"{_ONE}/comparison",
        "read data",
        "Intervals of sessions side by side",
        compare,
        query=ComparisonQuery,
        gives=dict[str, Any],
        about="session",
        long=True,
    ),
    Route("GET", f"{_ONE}/flags", "read data", "Where readings are in doubt", flags, gives=Flags, about="session"),
)
