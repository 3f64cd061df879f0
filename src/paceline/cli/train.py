"""`paceline train strength`: search for models that recognise exercises, and keep the ten best."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from paceline.cli.house import Home, Organisation, opened

if TYPE_CHECKING:
    from paceline.learn.search import Plan
    from paceline.learn.sets import MotionSet
    from paceline.learn.trials import Trials

NAME = "train"
TRIALS = "trials.sqlite"


def run(
    what: Annotated[str, typer.Argument(help="What to train: strength.")],
    files: Annotated[
        list[Path] | None,
        typer.Argument(help="Labelled sets, or folders of them; those of the house if left out.", readable=False),
    ] = None,
    trials: Annotated[
        Path | None, typer.Option(help=f"The record of all trials; a run on it goes on. Else {TRIALS}.")
    ] = None,
    run_name: Annotated[
        str | None, typer.Option("--run", help="Name of the run; else from the data's version.")
    ] = None,
    at: Annotated[int | None, typer.Option(help="Of the house: as it was at this data version.")] = None,
    candidates: Annotated[int, typer.Option(min=1, max=1000, help="How many models to try.")] = 12,
    epochs: Annotated[int, typer.Option(min=1, max=1000, help="Of the longest look.")] = 24,
    processes: Annotated[int, typer.Option(min=1, max=256, help="Models trained at a time.")] = 2,
    by: Annotated[str, typer.Option(help="What is held out: session or athlete.")] = "session",
    seed: Annotated[int, typer.Option(min=0, help="Another seed tries other models.")] = 0,
    home: Home = None,
    organisation: Organisation = "home",
) -> None:
    """Search for models that recognise the exercises of labelled sets; every trial stays on record."""
    if what != "strength":
        raise typer.BadParameter(f"{what!r} can't be trained; strength can", param_hint="WHAT")
    if by not in ("session", "athlete"):
        raise typer.BadParameter(f"{by!r} is neither session nor athlete", param_hint="--by")
    from paceline.learn.search import Plan
    from paceline.learn.trials import Trials

    given = _of_files(files) if files else _of_house(home, organisation, at)
    rungs = tuple(sorted({max(epochs // 6, 1), max(epochs // 2, 1), epochs}))
    record = Trials(trials or given.trials)
    code = commit()
    name = run_name or f"{given.mark}-{code.partition('+')[2][:7] or code}-{seed}"
    before = next((one.data for one in record.searches() if one.run == name), None)
    data = before if before is not None and not files else given.data  # the same labels at a later data version
    plan = Plan(name, data, code, candidates, rungs, seed=seed, processes=processes)
    _searched(given.sets, record, plan, by=by, keep_from=epochs)
    raise typer.Exit(1 if given.refused else 0)


@dataclass(frozen=True, eq=False)
class _Given:
    sets: Sequence[MotionSet]
    data: str
    mark: str
    trials: Path
    refused: int = 0


def _of_files(files: Sequence[Path]) -> _Given:
    from paceline.cli.strength_sets import labelled

    found = labelled(files)
    return _Given(found.sets, found.version, found.version, Path(TRIALS), found.refused)


def _of_house(home: Path | None, organisation: str, at: int | None) -> _Given:
    """The labelled sessions that are kept, at a data version; their trials lie beside the journal."""
    from paceline.jobs.labelled_sets import labelled_sets
    from paceline.keep.database import is_server

    with opened(home, organisation) as store:
        found = labelled_sets(store, version=at)
        journal = store.places.journal
    if found.withheld:
        typer.echo(f"{found.withheld} labelled sessions are left out: nobody agreed that models learn from them.")
    typer.echo(f"{found.sessions} labelled sessions at data version {found.version}.")
    trials = Path(TRIALS) if is_server(journal) else Path(journal).with_name(TRIALS)
    return _Given(found.sets, f"lake-{found.version}", f"house-{found.mark}", trials)


def _searched(sets: Sequence[MotionSet], record: Trials, plan: Plan, *, by: str, keep_from: int) -> None:
    from paceline.cli.leaderboard import shown
    from paceline.learn.evaluation import task
    from paceline.learn.leakage import copies, without_copies
    from paceline.learn.search import searched
    from paceline.learn.sets import NONE

    found = copies(sets)
    if found:
        typer.echo(
            f"{len(found)} pairs of sets hold the same signal: each is used once; not at all where labels differ."
        )
    used = without_copies(sets, found)
    lineage: dict[str, str | int | float | list[str]] = {"data": plan.data, "code": plan.code, "sets": len(used)}
    work = task(used, by="athlete" if by == "athlete" else "session", keep_from=keep_from, lineage=lineage)
    exercises = [one for one in used if one.label != NONE]
    pauses = f" and {len(used) - len(exercises)} pauses" if len(exercises) < len(used) else ""
    names = {one.label for one in exercises}
    done = [one for one in record.of(plan.run) if one.state != "running"]
    if done:
        typer.echo(f"The run {plan.run} goes on: {len(done)} looks are on record.")
    typer.echo(f"Trying {plan.candidates} models on {len(exercises)} sets of {len(names)} exercises{pauses} …")
    searched(work, record, plan)
    shown(record.board(data=plan.data))


def commit() -> str:
    """This code's version, and the last commit that changed how models learn, where it is under version control."""
    from paceline import __version__, learn

    folder = Path(learn.__file__).parent
    asked = ["git", "-C", str(folder), "log", "-1", "--format=%H", "--", "."]
    try:
        found = subprocess.run(asked, capture_output=True, text=True, timeout=10, check=False)  # noqa: S603  # no shell
    except (OSError, subprocess.SubprocessError):
        return __version__
    said = found.stdout.strip()[:12] if found.returncode == 0 else ""
    return f"{__version__}+{said}" if said else __version__
