"""Folders of recorded sets, as `train` and `evaluate` take them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from paceline.cli.output import complain
from paceline.domain.errors import Damaged, PacelineError

if TYPE_CHECKING:
    from paceline.learn.sets import MotionSet
    from paceline.record.recordings import RawFile

RATE = 50.0
TRUTH = "truth.json"


@dataclass(frozen=True, slots=True)
class Labelled:
    """What the files hold.

    Attributes:
        sets: with the channels that all have.
        version: hash of the files' contents: what a model is said to have learned from.
        refused: how many files could not be read; they are named on standard error.
    """

    sets: tuple[MotionSet, ...]
    version: str
    refused: int


def labelled(given: Sequence[Path], *, kinds: Sequence[str] = ("acceleration",)) -> Labelled:
    """Labelled sets of files and folders.

    A file whose laps name an exercise is one session's, named for its folder. Packets beside a `truth.json` (a
    simulated gym) take their athletes, sessions and labels from it. Where a recording goes on between two sets, the
    middle of the pause is none of the exercises.

    Raises:
        typer.Exit: nothing in them is a labelled set.
    """
    from paceline.cli.inputs import Hints, files

    known = _truths(given)
    sets: list[MotionSet] = []
    hashes, refused = [], 0
    for path, read in files([path for path in given if path.name != TRUTH], Hints()):
        if path.name == TRUTH:
            continue
        if isinstance(read, PacelineError):
            refused += 1
            complain(read)
            continue
        hashes.append(read.sha256)
        sets += _of_file(path, read, known.get(path.resolve()), kinds)
    if not sets:
        complain("No labelled set in these files. See docs/how-to/train-on-your-sets.md.")
        raise typer.Exit(1)
    version = hashlib.sha256("".join(sorted(hashes)).encode()).hexdigest()[:16]
    return Labelled(tuple(sets), version, refused)


def _truths(given: Sequence[Path]) -> dict[Path, dict[str, Any]]:
    """File of packets → its session, from every `truth.json` among the folders."""
    found: dict[Path, dict[str, Any]] = {}
    for path in [path for folder in given if folder.is_dir() for path in folder.rglob(TRUTH)]:
        try:
            for session in json.loads(path.read_text(encoding="utf-8")):
                for file in session["files"].values():
                    found[(path.parent / file).resolve()] = session
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise Damaged(str(path), expected="the truth of a simulated gym", found="something else") from error
    return found


def _of_file(path: Path, read: RawFile, session: dict[str, Any] | None, kinds: Sequence[str]) -> list[MotionSet]:
    from paceline.learn.motion import joined, within
    from paceline.learn.sets import MotionSet

    found = []
    lossy = any(problem.kind == "lossy" for problem in read.problems)
    for recording in read.recordings:
        streams = {kind: recording.streams[kind] for kind in kinds if kind in recording.streams}
        if len(streams) < len(kinds):
            continue
        rows: list[dict[str, Any]] = session["sets"] if session else [
            {"exercise": lap.name, "start": lap.start, "stop": lap.stop, **lap.summary} for lap in recording.laps
        ]  # fmt: skip
        rows = [*rows, *pauses(rows)]
        for number, row in enumerate(rows):
            inside = {kind: within(stream, row["start"], row["stop"]) for kind, stream in streams.items()}
            if any(len(stream) < 2 for stream in inside.values()):
                continue
            time, values, names = joined(inside, rate=RATE)
            who = session["athlete"] if session else "athlete"
            when = session["session"] if session else path.parent.name
            count = int(row["repetitions"]) if row.get("repetitions") else None
            found.append(MotionSet(f"{path.stem}-{number}", who, when, row["exercise"], time, values, names,
                                   row.get("group", path.parent.name), count, lossy))  # fmt: skip
    return found


def pauses(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The middles of the pauses between sets, as rows of their own."""
    from paceline.learn.pauses import pauses as between
    from paceline.learn.sets import NONE

    spans = between((int(row["start"]), int(row["stop"])) for row in rows)
    return [{"exercise": NONE, "start": start, "stop": stop, "group": ""} for start, stop in spans]
