"""`paceline backfill`: bring stored values up to date after a metric or a setting was changed."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from paceline.cli.house import OWNER, AsJson, Home, Organisation, opened, settings
from paceline.cli.output import complain

NAME = "backfill"


def run(
    sessions: Annotated[list[str] | None, typer.Argument(help="These sessions alone; all if left out.")] = None,
    metric: Annotated[str | None, typer.Option(help="This metric alone.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Those that are up to date, too.")] = False,
    home: Home = None,
    organisation: Organisation = "home",
    as_json: AsJson = False,
) -> None:
    """Measure anew what came from another version of the metrics, or from other settings."""
    from paceline.cli.progress import announce_compilation, counting
    from paceline.jobs.backfill import backfill
    from paceline.jobs.wiring import open_executor

    announce_compilation()
    with opened(home, organisation) as store:
        keys = [store.session(key).id for key in sessions] if sessions else None
        expected = len(keys) if keys is not None else sum(1 for _ in store.sessions())
        where = open_executor(settings(home), tasks=expected)
        with where as executor, counting(expected, "Measuring") as count:
            done = backfill(
                store, metric=metric, sessions=keys, everything=everything, executor=executor,
                progress=lambda _: count(), by=OWNER,
            )  # fmt: skip
    if as_json:
        line = {"looked_at": done.looked_at, "measured": done.measured, "unmeasured": done.unmeasured}
        typer.echo(json.dumps({**line, "data_version": done.lake_version}, ensure_ascii=False))
    else:
        typer.echo(f"{done.measured:,} of {done.looked_at:,} sessions measured anew. Data version {done.lake_version}.")
        for session, reason in done.unmeasured.items():
            complain(f"session {session[:8]} could not be measured: {reason}")
    raise typer.Exit(1 if done.unmeasured else 0)
