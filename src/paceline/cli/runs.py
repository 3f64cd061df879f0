"""`paceline runs`: what was run, when, how it ended and why."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from paceline.cli.house import AsJson, Home, Organisation, settings

if TYPE_CHECKING:
    from paceline.jobs.runs import Run

NAME = "runs"


def run(
    job: Annotated[str | None, typer.Argument(help="Of this job alone: a command or a schedule.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="How many at most, the latest first.")] = 20,
    home: Home = None,
    organisation: Organisation = "home",
    as_json: AsJson = False,
) -> None:
    """List runs, the latest first, and the alerts that last."""
    from paceline.jobs.alerts import Alerts
    from paceline.jobs.runs import Runs, place_of

    house = settings(home).house
    house.there(organisation)
    with Runs.open(place_of(house.organisation(organisation)), organisation=organisation) as runs:
        found, alerts = runs.listed(job=job, limit=limit), Alerts(runs.database).open()
    if as_json:
        for one in found:
            typer.echo(json.dumps(document(one)))
        return
    for one in found:
        typer.echo(line(one))
    for alert in alerts:
        typer.echo(f"! {alert.job}: {alert.message} (since {alert.since})")
    if not found:
        typer.echo("Nothing was run yet.")


def document(run: Run) -> dict[str, object]:
    """A run as JSON."""
    return {
        "id": run.id, "job": run.job, "state": run.state, "started": moment(run.started),
        "ended": None if run.ended is None else moment(run.ended), "attempts": run.attempts,
        "error": run.error or None, "by": run.by,
    }  # fmt: skip


def line(run: Run) -> str:
    """A run in a line."""
    took = "" if run.ended is None else f"{(run.ended - run.started) / 1e9:,.1f} s"
    again = f", attempt {run.attempts}" if run.attempts > 1 else ""
    said = f"{run.id[:8]}  {moment(run.started)}  {run.state:11} {took:>10}  {run.job} (by {run.by}{again})"
    return f"{said}\n          {run.error}" if run.error else said


def moment(instant: int) -> str:
    """ISO 8601, UTC, to the second."""
    return f"{datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=instant // 10**9):%Y-%m-%dT%H:%M:%SZ}"
