"""`paceline simulate`: a session that never was, with every device around it and the truth beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

NAME = "simulate"


def run(
    what: Annotated[str, typer.Argument(help="What to simulate: track or gym.")],
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Folder for the files and the truth.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Another seed makes another session.")] = 1,
    without: Annotated[
        str, typer.Option(help="What was missing that day, with commas: hub, head_unit, loops, weather, power, …")
    ] = "",
    video: Annotated[bool, typer.Option("--video", help="Track: four cameras filmed it; large files.")] = False,
    track: Annotated[str, typer.Option(help="Which velodrome.")] = "adelaide",
    athletes: Annotated[int, typer.Option(min=1, max=100, help="Gym: how many.")] = 3,
    sessions: Annotated[int, typer.Option(min=1, max=100, help="Gym: of each athlete.")] = 2,
    sets: Annotated[int, typer.Option(min=1, max=20, help="Gym: of each exercise in a session.")] = 2,
    lost: Annotated[float, typer.Option(min=0.0, max=0.9, help="Gym: share of packets that never come.")] = 0.0,
    faulty: Annotated[float, typer.Option(min=0.0, max=1.0, help="Gym: share of repetitions done badly.")] = 0.0,
    cohorts: Annotated[str, typer.Option(help="Gym: none, alike or differing.")] = "none",
    places: Annotated[str, typer.Option(help="Gym: where sensors are worn, with commas.")] = "left wrist",
) -> None:
    """Make sessions from physics, on a velodrome or in a gym: each device's file, and the truth as JSON."""
    if what == "gym":
        from paceline.simulate.gym import simulate_gym
        from paceline.simulate.gym_files import write_gym
        from paceline.simulate.gym_variety import COHORTS

        worn = [place.strip() for place in places.split(",")]
        chosen = next((one for one in COHORTS if one == cohorts), None)
        if chosen is None:
            raise typer.BadParameter(f"{cohorts!r} is none of {', '.join(COHORTS)}", param_hint="--cohorts")
        made = simulate_gym(
            seed, athletes=athletes, sessions=sessions, sets=sets, places=worn, faulty=faulty, cohorts=chosen
        )
        for path in write_gym(made, output or Path("gym"), seed=seed, lost=lost):
            typer.echo(path)
        return
    if what != "track":
        raise typer.BadParameter(f"{what!r} can't be simulated; track and gym can", param_hint="WHAT")
    from paceline.domain.tracks import track as known
    from paceline.simulate.track import simulate_track
    from paceline.simulate.track_files import write_session

    missing = [name.strip() for name in without.split(",") if name.strip()]
    made_track = simulate_track(seed, track=known(track), without=missing)
    written = write_session(made_track, output or Path("track"), video=video)
    for path in written:
        typer.echo(path)
