"""`paceline retention`: what do the rules let go of?"""

from __future__ import annotations

from typing import Annotated

import typer

from paceline.cli.house import Home, Organisation, opened, settings

NAME = "retention"


def run(
    apply: Annotated[bool, typer.Option("--apply", help="Let it go; else it is only told.")] = False,
    home: Home = None,
    organisation: Organisation = "home",
) -> None:
    """Tell what the rules in the house's retention.yaml let go of, and let it go where that is asked."""
    from paceline.jobs.retention import FILE, retain, rules

    house = settings(home).house
    asked = rules(house.folder)
    with opened(home, organisation) as store:
        found = list(retain(store, asked, apply=apply))
    if not found:
        typer.echo(f"No rules: everything is kept. They would stand in {house.folder / FILE}.")
    for due in found:
        done = "let go of" if apply else "would let go of"
        typer.echo(f"{due.rule}: {done} {due.count:,} ({due.what})")
    if found and not apply:
        typer.echo("Nothing was touched. Say --apply to let it go.")
