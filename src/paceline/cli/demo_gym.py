"""The demo's gym: a search for models on two simulated athletes, and a third one's session replayed live."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from paceline.learn.live_session import DoneSet
    from paceline.learn.model_file import Model
    from paceline.simulate.gym import GymSession

CANDIDATES, LOOKS = 4, (3, 9)


def show(folder: Path, seed: int) -> None:
    """Train on what two athletes did, and tell each set of the third as its packets come."""
    from paceline.record.whole import folder as made
    from paceline.simulate.gym import simulate_gym
    from paceline.simulate.gym_files import write_gym

    known, unseen = folder / "known", folder / "unseen"
    for place in (folder, known, unseen):
        made(place)
    sessions = simulate_gym(seed, athletes=3, sessions=1, sets=2)
    write_gym(sessions[:2], known, seed=seed)
    write_gym(sessions[2:], unseen, seed=seed)
    model = _trained(known, folder)
    if model is not None:
        _replayed(unseen, sessions[2], model)


def _trained(known: Path, folder: Path) -> Model | None:
    """The best network of a small search; its record and its file lie in the folder."""
    from paceline.cli.strength_sets import labelled
    from paceline.cli.train import commit
    from paceline.learn import model_file
    from paceline.learn.evaluation import task
    from paceline.learn.search import Plan, searched
    from paceline.learn.trials import Trials
    from paceline.record.whole import write_whole

    found, code = labelled([known]), commit()
    typer.echo(f"\nIn the gym: {CANDIDATES} models are tried on two athletes, each scored on the one it has not seen …")
    lineage: dict[str, str | int | float | list[str]] = {"data": found.version, "code": code}
    work = task(found.sets, by="athlete", keep_from=LOOKS[-1], lineage=lineage)
    record = Trials(folder / "trials.sqlite")
    searched(work, record, Plan(f"{found.version}-{code}", found.version, code, CANDIDATES, LOOKS))
    best = next((one for one in record.board(data=found.version) if one.result and one.result.model), None)
    if best is None or best.result is None or best.result.model is None:
        typer.echo("No network was good enough to keep. Try another --seed.")
        return None
    write_whole(folder / "best.model", best.result.model)
    typer.echo(f"The best network for a device has a macro F1 of {best.result.score:.2f} on whoever it has not seen.")
    return model_file.decoded(best.result.model, file=str(folder / "best.model"))


def _replayed(unseen: Path, truth: GymSession, model: Model) -> None:
    from paceline.cli.inputs import Hints, readable
    from paceline.jobs.replaying import packets_of
    from paceline.learn.live_session import DoneSet, LiveSession

    read, _ = readable(sorted(unseen.glob("*.raw")), Hints())
    live, right, close = LiveSession(model), 0, 0
    told = [one for packet in packets_of([r for file in read for r in file.recordings]) for one in live.fed(packet)]
    typer.echo("A third athlete's session, packet by packet, as the phone would tell it:")
    for one in [*told, *live.ended()]:
        if isinstance(one, DoneSet):
            named, counted = _told(one, truth)
            right, close = right + named, close + counted
    typer.echo(f"{right} of {len(truth.sets)} sets named right, {close} counted within one repetition.")


def _told(one: DoneSet, truth: GymSession) -> tuple[bool, bool]:
    """Whether it was named right and counted within one, once it was told beside what was done."""
    from paceline.cli.replay import line
    from paceline.learn.live_session import document

    done = max(truth.sets, key=lambda true: min(true.stop, one.stop) - max(true.start, one.start))
    inside = min(done.stop, one.stop) > max(done.start, one.start)
    typer.echo(f"  {line(document(one))}  was {f'{done.exercise}, {done.repetitions}' if inside else 'rest'}")
    return inside and done.exercise == one.exercise, inside and abs(done.repetitions - one.repetitions) <= 1
