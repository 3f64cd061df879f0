"""`paceline backup`: copy a house, in use or not, into a folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from paceline.cli.house import Home, settings

NAME = "backup"


def run(
    target: Annotated[Path, typer.Argument(help="A folder outside the house; one with an earlier backup is updated.")],
    home: Home = None,
) -> None:
    """Copy everything that is kept into a folder that could take its place; the house may be in use."""
    from paceline.jobs.safekeeping import backup

    done = backup(settings(home).house, target)
    who = ", ".join(done.organisations) or "nobody yet"
    typer.echo(f"Backed up {who} to {target}: {done.blobs:,} new raw files, {done.files:,} other files.")
