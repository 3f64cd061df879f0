"""`paceline migrate`: bring a house to the layout that this Paceline knows."""

from __future__ import annotations

import typer

from paceline.cli.house import Home, settings

NAME = "migrate"


def run(home: Home = None) -> None:
    """Bring a house to this Paceline's layout; run again, it does nothing. Make a backup first."""
    from paceline.jobs.migrating import migrate

    done = migrate(settings(home).house)
    if done.before in {None, done.after}:
        typer.echo(f"Layout {done.after}: nothing to migrate. Lists were made anew.")
    else:
        typer.echo(f"From layout {done.before} to {done.after}. Lists were made anew.")
