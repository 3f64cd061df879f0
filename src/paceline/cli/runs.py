"""`paceline runs`: what was run, when, how it ended and why."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from paceline.cli.house import AsJson, Home, Organisation, settings

if TYPE_CHECKING:
    from paceline.jobs.runs import Run

NAME = "runs"


def run(
    job: Annotated[str | None, typer.Argument(help="Of this job alone: a command or a schedule.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="How many at most, the latest first.")] = 20,
    trials: Annotated[Path | None, typer.Option(help="Searches on this record of trials instead, compared.")] = None,
    home: Home = None,
    organisation: Organisation = "home",
    as_json: AsJson = False,
) -> None:
    """List runs, the latest first, and the alerts that last."""
    if trials is not None:
        _searches(trials, limit, as_json)
        return
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


def _searches(trials: Path, limit: int, as_json: bool) -> None:
    """Runs of searches side by side: what they were on, how many trials came to what, and the best."""
    from paceline.domain.errors import FileUnreadable
    from paceline.learn.trials import Trials

    if not trials.exists():
        raise FileUnreadable(str(trials), reason="no such record of trials: run paceline train")
    for one in Trials(trials).searches()[:limit]:
        began = moment(int(one.began * 1e9))
        if as_json:
            typer.echo(json.dumps({**asdict(one), "began": began}))
            continue
        best = f"best {one.best:.3f} ({one.candidate})" if one.best is not None else "no score yet"
        counts = f"{one.finished} finished, {one.failed} failed, {one.lost} begun or lost, {one.seconds:,.0f} s"
        typer.echo(f"{one.run}  {began}  {best}")
        typer.echo(f"          {one.candidates} candidates: {counts}; data {one.data}, code {one.code}")


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
