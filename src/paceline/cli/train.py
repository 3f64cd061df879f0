"""`paceline train strength`: search for models that recognise exercises, and keep the ten best."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

NAME = "train"


def run(
    what: Annotated[str, typer.Argument(help="What to train: strength.")],
    files: Annotated[list[Path], typer.Argument(help="Labelled sets, or folders of them.", readable=False)],
    trials: Annotated[Path, typer.Option(help="The record of all trials; a run on it goes on.")] = Path(
        "trials.sqlite"
    ),
    run_name: Annotated[
        str | None, typer.Option("--run", help="Name of the run; else from the data's version.")
    ] = None,
    candidates: Annotated[int, typer.Option(min=1, max=1000, help="How many models to try.")] = 12,
    epochs: Annotated[int, typer.Option(min=1, max=1000, help="Of the longest look.")] = 24,
    processes: Annotated[int, typer.Option(min=1, max=256, help="Models trained at a time.")] = 2,
    by: Annotated[str, typer.Option(help="What is held out: session or athlete.")] = "session",
    seed: Annotated[int, typer.Option(min=0, help="Another seed tries other models.")] = 0,
) -> None:
    """Search for models that recognise the exercises of labelled sets; every trial stays on record."""
    if what != "strength":
        raise typer.BadParameter(f"{what!r} can't be trained; strength can", param_hint="WHAT")
    if by not in ("session", "athlete"):
        raise typer.BadParameter(f"{by!r} is neither session nor athlete", param_hint="--by")
    from paceline import __version__
    from paceline.cli.leaderboard import shown
    from paceline.cli.strength_sets import labelled
    from paceline.learn.evaluation import task
    from paceline.learn.leakage import copies, without_copies
    from paceline.learn.search import Plan, searched
    from paceline.learn.sets import NONE
    from paceline.learn.trials import Trials

    data = labelled(files)
    found = copies(data.sets)
    sets = without_copies(data.sets, found)
    if found:
        typer.echo(
            f"{len(found)} pairs of sets hold the same signal: each is used once; not at all where labels differ."
        )
    rungs = tuple(sorted({max(epochs // 6, 1), max(epochs // 2, 1), epochs}))
    lineage: dict[str, str | int | float | list[str]] = {"data": data.version, "code": __version__, "sets": len(sets)}
    work = task(sets, by="athlete" if by == "athlete" else "session", keep_from=epochs, lineage=lineage)
    plan = Plan(
        run_name or f"{data.version}-{seed}",
        data.version,
        __version__,
        candidates,
        rungs,
        seed=seed,
        processes=processes,
    )
    record = Trials(trials)
    pauses, exercises = sum(one.label == NONE for one in sets), len(set(work.labels) - {NONE})
    rest = f" and {pauses} pauses" if pauses else ""
    typer.echo(f"Trying {candidates} models on {len(sets) - pauses} sets of {exercises} exercises{rest} …")
    searched(work, record, plan)
    shown(record.board(data=data.version))
    raise typer.Exit(1 if data.refused else 0)
