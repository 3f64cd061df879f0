"""What was measured: the efforts of a session, and metrics with what they rest on or why they are missing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
from msgspec import Meta

from paceline.domain.errors import UnknownName
from paceline.serve import cursors, permission
from paceline.serve.moments import Moment, nanoseconds_or_none, text, text_or_none
from paceline.serve.routes import Answer, Call, Page, Route

if TYPE_CHECKING:
    import polars as pl


class EffortMeasured(msgspec.Struct, frozen=True, kw_only=True):
    """An interval of a session that was measured."""

    number: int
    effort: str
    origin: str | None
    start: Moment | None
    end: Moment | None
    sport: str | None
    summary: Any
    flow_version: str | None


class Efforts(msgspec.Struct, frozen=True, kw_only=True):
    """The efforts of a session, the whole of it first."""

    data_version: int
    efforts: list[EffortMeasured]


class MetricTold(msgspec.Struct, frozen=True, kw_only=True):
    """A metric of an effort: its value, or the reason why it has none."""

    session: str
    start: Moment | None
    number: int
    effort: str
    metric: str
    value: float | None
    detail: Any
    """Where it is more than one number."""
    unit: str | None
    reason: str | None
    sources: Any
    used: int | None
    """Readings that it rests on."""
    problems: Any
    flow_version: str | None


class Metrics(msgspec.Struct, frozen=True, kw_only=True):
    """Metrics of one data version."""

    data_version: int
    metrics: list[MetricTold]
    next: str | None
    """The cursor of the next page, of the same data version; null on the last one."""


class SessionMetricsQuery(Page, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which metrics of a session."""

    metric: Annotated[list[str], Meta(max_length=100)] = msgspec.field(default_factory=list)
    """These alone; all where none is named."""
    effort: Annotated[int, Meta(ge=0, le=2**31 - 1)] | None = None
    """Of this effort, by its number; 0 is the whole session."""
    limit: Annotated[int, Meta(ge=1, le=5000)] = 1000


class AthleteMetricsQuery(Page, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which metrics of an athlete."""

    metric: Annotated[list[str], Meta(min_length=1, max_length=100)]
    start: Moment | None = None
    end: Moment | None = None
    limit: Annotated[int, Meta(ge=1, le=5000)] = 1000


def efforts(call: Call) -> Answer:
    """Those of one session."""
    lake = call.room.store.lake
    version = lake.version()
    found = lake.read("efforts", where={"subject": call.subject, "session": call.params["session"]}, version=version)
    told = [
        EffortMeasured(
            number=row["number"],
            effort=row["effort"],
            origin=row["origin"],
            start=text_or_none(row["start"]),
            end=text_or_none(row["stop"]),
            sport=row["sport"],
            summary=_json(row["summary"]),
            flow_version=row["flow_version"],
        )
        for row in found.sort("number").to_dicts()
    ]
    return Answer(Efforts(data_version=version, efforts=told))


def of_session(call: Call) -> Answer:
    """Of one session's efforts."""
    query = call.query(SessionMetricsQuery)
    where: dict[str, object] = {"subject": call.subject, "session": call.params["session"]}
    if query.effort is not None:
        where["number"] = query.effort
    if query.metric:
        where["metric"] = known(query.metric)
    return _page(call, where, query, of=f"metrics {call.params['session']} {query.metric} {query.effort}")


def of_athlete(call: Call) -> Answer:
    """Of an athlete's whole sessions, by time: what a chart of a season shows."""
    import polars as pl

    query = call.query(AthleteMetricsQuery)
    subjects = permission.Sight(call).pseudonyms(call.params["athlete"]) or ()
    where = pl.col("subject").is_in(list(subjects)) & (pl.col("number") == 0)
    where &= pl.col("metric").is_in(known(query.metric))
    bounds = [(name, nanoseconds_or_none(getattr(query, name), field=name)) for name in ("start", "end")]
    for name, bound in bounds:
        if bound is not None:
            month = text(bound)[:7]
            inside = pl.col("month") >= month if name == "start" else pl.col("month") <= month
            where &= inside & (pl.col("start") >= bound if name == "start" else pl.col("start") < bound)
    return _page(call, where, query, of=f"metrics {call.params['athlete']} {query.metric} {query.start} {query.end}")


def known(names: list[str]) -> list[str]:
    """Metrics that there are.

    Raises:
        UnknownName: there is none of one of the names.
    """
    from paceline.measure.catalogue import catalogue

    for name in names:
        if name not in catalogue():
            raise UnknownName("metric", name, known=catalogue())
    return names


def _page(call: Call, where: Mapping[str, object] | pl.Expr, query: Page, *, of: str) -> Answer:
    """Rows of the data version that the first page was of, whatever is measured meanwhile."""
    lake, key = call.room.store.lake, call.room.cursor_key
    version, passed = lake.version(), 0
    if query.after:
        version, passed = cursors.read(query.after, of=of, key=key, kind=tuple[int, int])
    found = lake.read("metrics", where=where, version=version).sort("start", "session", "number", "metric")
    shown = found.slice(passed, query.limit)
    more = found.height > passed + shown.height
    following = cursors.write((version, passed + shown.height), of=of, key=key) if more else None
    rows = [metric_told(row) for row in shown.to_dicts()]
    return Answer(Metrics(data_version=version, metrics=rows, next=following))


def metric_told(row: dict[str, Any]) -> MetricTold:
    """A row of the lake's metrics as JSON has it."""
    plain = ("session", "number", "effort", "metric", "value", "unit", "reason", "used", "flow_version")
    return MetricTold(
        **{name: row[name] for name in plain},
        start=text_or_none(row["start"]),
        **{name: _json(row[name]) for name in ("detail", "sources", "problems")},
    )


def _json(told: str | None) -> Any:
    return None if told is None else msgspec.json.decode(told)


_ONE = "/v1/sessions/{session}"
ROUTES = (
    Route("GET", f"{_ONE}/efforts", "read data", "The efforts of a session", efforts, gives=Efforts, about="session"),
    Route(
        "GET",
        f"{_ONE}/metrics",
        "read data",
        "Metrics of a session's efforts",
        of_session,
        query=SessionMetricsQuery,
        gives=Metrics,
        about="session",
    ),
    Route(
        "GET",
        "/v1/athletes/{athlete}/metrics",
        "read data",
        "Metrics of an athlete's sessions, by time",
        of_athlete,
        query=AthleteMetricsQuery,
        gives=Metrics,
        about="athlete",
    ),
)
