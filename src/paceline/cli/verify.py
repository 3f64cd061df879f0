"""`paceline verify`: is everything that is kept still what it was?"""

from __future__ import annotations

import json

import typer

from paceline.cli.house import AsJson, Home, settings

NAME = "verify"


def run(home: Home = None, as_json: AsJson = False) -> None:
    """Read everything that is kept, and name what is not as it should be."""
    from paceline.jobs.safekeeping import verify

    house = settings(home).house
    faults = 0
    for organisation, store, sentence in verify(house):
        faults += 1
        line = {"organisation": organisation, "store": store, "fault": sentence}
        typer.echo(json.dumps(line, ensure_ascii=False) if as_json else f"{organisation}, {store}: {sentence}")
    if not as_json:
        who = ", ".join(house.organisations()) or "nothing is kept here"
        typer.echo(f"{faults:,} faults." if faults else f"All is well: {who}.")
    raise typer.Exit(1 if faults else 0)
