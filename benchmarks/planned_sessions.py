"""Sessions as people wrote them down (PACELINE_DATA/muvr/ios_planned_sessions), and the original system's floors."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from benchmarks.timing import ROOT
from paceline.decide.labels import DoneSet
from paceline.domain.exercises import ExerciseType, exercise_type
from paceline.domain.labels import Labels

DATA = Path(os.environ.get("PACELINE_DATA", ROOT.parent / "shared" / "data")) / "muvr" / "ios_planned_sessions"


@dataclass(frozen=True, slots=True)
class Floor:
    """What the original system's own tests ask of a scenario: means over its sessions.

    Attributes:
        exercise: next-exercise accuracy.
        label: accuracy of weight and repetitions.
        loss: weighted loss: the mean of squared taps over the mean label, and 10 for each stupid suggestion.
        session: accuracy of the next session's type, cut to two decimals.
    """

    exercise: float
    label: float
    loss: float
    session: float


FLOORS = {
    "beginner": Floor(0.770, 0.696, 0.349, 0.50),
    "jan": Floor(0.926, 0.743, 1.324, 0.68),
    "lean": Floor(0.760, 0.773, 0.071, 0.55),
    "linear": Floor(0.973, 0.927, 0.080, 0.66),
    "skiing": Floor(0.703, 0.760, 3.584, 0.66),
    "steve": Floor(0.812, 0.812, 0.371, 0.81),
    "triathlon": Floor(0.823, 0.827, 0.120, 0.66),
}

CHOSEN_ON = ("women", "trx", "constant")
"""Scenarios without floors, on which the constants were chosen."""


@dataclass(frozen=True, slots=True)
class Session:
    """One session: its type, and each set in order."""

    type: ExerciseType
    sets: tuple[DoneSet, ...]

    @property
    def exercises(self) -> tuple[str, ...]:
        """The exercise of each set."""
        return tuple(one.exercise for one in self.sets)


def scenario(name: str) -> list[Session]:
    """The sessions of a scenario, in the order of their files' names."""
    return [_read(path) for path in sorted((DATA / name).glob("*.csv"))]


def _read(path: Path) -> Session:
    """A title, the type, then a set a line: exercise, R=repetitions, W=kg, D=seconds, I=intensity; # is a remark."""
    _, kind, *lines = path.read_text(encoding="utf-8").splitlines()
    rows = [[cell.strip() for cell in line.split(",")] for line in lines if line.strip() and not line.startswith("#")]
    return Session(exercise_type(kind.strip()), tuple(DoneSet(row[0], _labels(row[1:])) for row in rows))


def _labels(cells: list[str]) -> Labels:
    given = dict(cell.split("=") for cell in cells if cell)
    return Labels(
        weight=float(given["W"]) if "W" in given else None,
        repetitions=int(given["R"]) if "R" in given else None,
        intensity=float(given["I"]) if "I" in given else None,
    )
