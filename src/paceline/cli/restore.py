"""`paceline restore`: put a backup in the place of a house."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from paceline.cli.house import Home, settings

NAME = "restore"


def run(
    source: Annotated[Path, typer.Argument(help="The folder of a backup.")],
    replace: Annotated[bool, typer.Option("--replace", help="Replace the house that is there.")] = False,
    home: Home = None,
) -> None:
    """Put a backup in the place of a house; whoever was forgotten since is forgotten again."""
    from paceline.jobs.restoring import restore

    restored = restore(settings(home).house, source, replace=replace)
    typer.echo(f"Restored {', '.join(restored)}. Look it over with: paceline verify")
