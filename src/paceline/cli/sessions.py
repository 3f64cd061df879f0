"""`paceline sessions`: what is kept, the latest first."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from paceline.cli.house import AsJson, Home, Organisation, Subject, opened

if TYPE_CHECKING:
    import polars as pl

    from paceline.keep.journal import Session
    from paceline.keep.store import Store

NAME = "sessions"

SHOWN = ("duration", "distance_covered", "average_power", "average_heart_rate", "load")


def run(
    subject: Subject = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many at most.")] = 20,
    after: Annotated[str | None, typer.Option(help="Go on behind this session.")] = None,
    home: Home = None,
    organisation: Organisation = "home",
    as_json: AsJson = False,
) -> None:
    """List the sessions that are kept, the latest first, with what a coach looks at."""
    with opened(home, organisation) as store:
        behind = store.session(after).id if after else None
        found = store.journal.sessions(subject, after=behind, limit=limit)
        lines = [_line(store, session, rows) for session, rows in zip(found, _rows(store, found), strict=True)]
    if as_json:
        for line in lines:
            typer.echo(json.dumps(line, ensure_ascii=False))
        return
    _table(lines, subjects=len({line["subject"] for line in lines}) > 1)
    if len(lines) == limit:
        typer.echo(f"More with: paceline sessions --after {lines[-1]['session']}")


def _rows(store: Store, sessions: tuple[Session, ...]) -> list[tuple[pl.DataFrame, pl.DataFrame]]:
    """The efforts and metrics of whole sessions, from the months that they lie in."""
    import polars as pl

    from paceline.jobs.remeasuring import place_of

    places = [place_of(session) for session in sessions]
    where: dict[str, object] = {
        "subject": sorted({p.subject for p in places}),
        "month": sorted({p.month for p in places}),
        "session": [p.session for p in places],
        "number": 0,
    }
    efforts = store.lake.read("efforts", where=where)
    metrics = store.lake.read("metrics", where={**where, "metric": list(SHOWN)})
    own = [pl.col("session") == place.session for place in places]
    return [(efforts.filter(one), metrics.filter(one)) for one in own]


def _line(store: Store, session: Session, rows: tuple[pl.DataFrame, pl.DataFrame]) -> dict[str, Any]:
    efforts, metrics = rows
    effort = efforts.row(0, named=True) if efforts.height else {}
    return {
        "session": str(session.id),
        "subject": session.subject,
        "start": _moment(session.start),
        "state": session.state,
        "sport": effort.get("sport"),
        "recordings": len(store.recordings(session)),
        "metrics": dict(metrics.select("metric", "value").iter_rows()),
    }


def _moment(start: int | None) -> str | None:
    return None if start is None else (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=start // 10**9)).isoformat()


def _table(lines: list[dict[str, Any]], *, subjects: bool) -> None:
    from rich.table import Table

    from paceline.cli.sheet import screen

    table = Table(box=None, pad_edge=False)
    for heading in ("Session", *(("Athlete",) if subjects else ()), "Start (UTC)", "Sport", "Duration"):
        table.add_column(heading, no_wrap=True)
    for heading in ("km", "W", "bpm", "Load", "Files"):
        table.add_column(heading, justify="right", no_wrap=True)
    for line in lines:
        found = line["metrics"]
        table.add_row(
            line["session"][:8],
            *((line["subject"][:8],) if subjects else ()),
            (line["start"] or "undated")[:16].replace("T", " "),
            line["sport"] or ("running now" if line["state"] == "running" else ""),
            _clock(found.get("duration")),
            _number(found.get("distance_covered"), 1000, 1),
            *(_number(found.get(name)) for name in ("average_power", "average_heart_rate", "load")),
            str(line["recordings"]),
        )
    screen().print(table)


def _clock(seconds: float | None) -> str:
    return "" if seconds is None else str(timedelta(seconds=int(seconds)))


def _number(value: float | None, divisor: float = 1.0, digits: int = 0) -> str:
    return "" if value is None else f"{value / divisor:.{digits}f}"
