"""Which guess at a label to believe: the one that was right before, for this athlete, this exercise, and today.

Each guess has a chance of being right, learned as a rate that forgets: over everything, then for the exercise, then
for today, then for the exercise today; each starts from the one before it. What the athlete corrects is learned the
same way, since a correction is what was done.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

AT_FIRST = {
    "again": 0.85,
    "usual": 0.8,
    "last": 0.7,
    "pattern": 0.6,
    "alike": 0.4,
    "line": 0.3,
    "form": 0.2,
    "progress": 0.05,
}
"""Each guess's chance before it was ever tried."""

OFF_PLAN = {"again": 0.35, "usual": 0.35}
"""The same, where today's last set was already another than last time's."""

FORGETTING = 0.95
SURE = 0.35
"""A value as likely as this is shown; where none is, the guess that comes closest is."""

_TRUST = {"always": 2.0, "exercise": 2.0, "today": 1.0, "exercise today": 0.5}
_NEAR = 0.5
_RIGHT = 0.01
_EDGE = 0.01

Tried = tuple[str, bool]
"""A guess's name, and whether it was made off plan."""


@dataclass(frozen=True, slots=True)
class Record:
    """How a guess did: all three fade.

    Attributes:
        right: how often it was.
        tried: how often it was made.
        near: how close it came, 0 to 1 each time.
    """

    right: float = 0.0
    tried: float = 0.0
    near: float = 0.0


@dataclass(slots=True)
class Trust:
    """What was learned of each guess at one kind of label. `learn` changes it in place."""

    records: dict[tuple[str, ...], Record] = field(default_factory=dict)

    def new_day(self) -> None:
        """Forget how the guesses did today."""
        self.records = {key: record for key, record in self.records.items() if "today" not in key[0]}

    def chosen(self, made: Mapping[str, float], *, exercise: str, off_plan: bool) -> tuple[str, float] | None:
        """The guess to show and its value; None where none was made."""
        if not made:
            return None
        odds: dict[float, float] = {}
        closest: tuple[float, str] | None = None
        carried: dict[float, tuple[float, str]] = {}
        for name, guess in made.items():
            value = round(guess, 3)
            right, near = self._chances(name, exercise=exercise, off_plan=off_plan)
            odds[value] = odds.get(value, 0.0) + right / (1 - right)
            carried[value] = max(carried.get(value, (0.0, name)), (right, name))
            if closest is None or near > closest[0]:
                closest = near, name
        best = max(odds, key=odds.__getitem__)
        if odds[best] / (1 + odds[best]) >= SURE or closest is None:
            return carried[best][1], best
        return closest[1], round(made[closest[1]], 3)

    def learn(self, made: Mapping[str, float], true: float, *, exercise: str, off_plan: bool) -> None:
        """Take note of what the set was, against every guess that could be made."""
        for name, guess in made.items():
            right, near = float(abs(guess - true) < _RIGHT), _nearness(guess, true)
            for key in _keys(name, exercise=exercise, off_plan=off_plan):
                old = self.records.get(key, Record())
                self.records[key] = Record(
                    old.right * FORGETTING + right, old.tried * FORGETTING + 1, old.near * FORGETTING + near
                )

    def _chances(self, name: str, *, exercise: str, off_plan: bool) -> tuple[float, float]:
        """The chance that a guess is right, and how near it is expected to come."""
        right = OFF_PLAN.get(name, AT_FIRST[name]) if off_plan else AT_FIRST[name]
        near = (1 + right) / 2
        for key in _keys(name, exercise=exercise, off_plan=off_plan):
            record, weight = self.records.get(key, Record()), _TRUST[key[0]]
            right = (record.right + weight * right) / (record.tried + weight)
            near = (record.near + weight * near) / (record.tried + weight)
        return min(max(right, _EDGE), 1 - _EDGE), near


def _keys(name: str, *, exercise: str, off_plan: bool) -> tuple[tuple[str, ...], ...]:
    tried = (name, "off plan") if off_plan else (name,)
    return (
        ("always", *tried),
        ("exercise", exercise, *tried),
        ("today", *tried),
        ("exercise today", exercise, *tried),
    )


def _nearness(guess: float, true: float) -> float:
    return math.exp(-abs(guess - true) / (_NEAR * max(guess, true, 1.0)))
