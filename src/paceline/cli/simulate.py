"""`paceline simulate`: a session that never was, with every device around it and the truth beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

NAME = "simulate"


def run(
    what: Annotated[str, typer.Argument(help="What to simulate: track.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder for the files and the truth.")] = Path("track"),
    seed: Annotated[int, typer.Option(min=0, help="Another seed makes another session.")] = 1,
    without: Annotated[
        str, typer.Option(help="What was missing that day, with commas: hub, head_unit, loops, weather, power, …")
    ] = "",
    track: Annotated[str, typer.Option(help="Which velodrome.")] = "adelaide",
) -> None:
    """Make a session on a velodrome from physics: each device's file, on its own clock, and the truth as JSON."""
    if what != "track":
        raise typer.BadParameter(f"{what!r} can't be simulated; track can", param_hint="WHAT")
    from paceline.domain.tracks import track as known
    from paceline.simulate.track import simulate_track
    from paceline.simulate.track_files import write_session

    missing = [name.strip() for name in without.split(",") if name.strip()]
    written = write_session(simulate_track(seed, track=known(track), without=missing), output)
    for path in written:
        typer.echo(path)
