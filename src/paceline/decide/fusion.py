"""What is being done now: habit, place and movement joined into one answer, or none where it is flat.

Habit and place speak before the first movement; the sensor learns more each second. They are pooled as a weighted
product: the probability of an exercise is proportional to habit^h · place^p · sensor^s. A plain product would count
the parts as independent and equally well calibrated for ever, and would hold the sensor back on a whole set; so the
weights depend on the seconds that have passed, and are fitted on sessions that were labelled (`fusion_weights`).

`posterior` is the entry point: it takes the probabilities of any model, and needs none of the three parts.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from paceline.decide.beliefs import Beliefs
from paceline.domain.errors import NotPlausible

FLOOR = 1e-4
"""No part's word is taken as impossible."""

ABSTAIN_BELOW = 0.35
"""The best probability under which nothing is said."""


@dataclass(frozen=True, slots=True)
class Sensed:
    """What a model of movement said, second by second, since the exercise began.

    Attributes:
        classes: the exercises it knows.
        probabilities: (second, class), each row summing to at most 1; what is missing to 1 is none of these. A row of
            NaN is a second from which nothing came.
    """

    classes: tuple[str, ...]
    probabilities: npt.NDArray[np.float64]

    def __post_init__(self) -> None:
        """Only probabilities, one for each class.

        Raises:
            NotPlausible: a row has another number of classes, or is no probability.
        """
        rows = np.asarray(self.probabilities, float)
        if rows.ndim != 2 or rows.shape[1] != len(self.classes) or len(set(self.classes)) != len(self.classes):
            raise NotPlausible("A model's answers", expected="one row for each second and one column for each class")
        told = rows[~np.isnan(rows).any(axis=1)]
        if (told < 0).any() or (told.sum(axis=1) > 1 + 1e-6).any():
            raise NotPlausible("A model's answers", expected="probabilities that sum to at most 1 in each second")
        object.__setattr__(self, "probabilities", rows)

    def until(self, seconds: int) -> Beliefs | None:
        """The mean of its answers over the first seconds; None where nothing came."""
        rows = self.probabilities[: max(seconds, 0)]
        told = rows[~np.isnan(rows).any(axis=1)]
        if not len(told):
            return None
        mean = told.mean(axis=0)
        total = max(float(mean.sum()), 1.0)
        named = {name: float(p) / total for name, p in zip(self.classes, mean, strict=True)}
        return Beliefs(named, max(0.0, 1.0 - sum(named.values())))


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each part counts: a base, and what each doubling of (1 + seconds) adds.

    Attributes:
        habit: weight before the first second.
        habit_growth: usually negative: habit gives way.
        place: weight, the same at all times.
        sensor: weight before the first second.
        sensor_growth: never negative.
    """

    habit: float = 1.0
    habit_growth: float = -0.1
    place: float = 1.0
    sensor: float = 0.5
    sensor_growth: float = 0.25

    def at(self, seconds: float) -> tuple[float, float, float]:
        """The weights of habit, place and sensor after so many seconds; none is negative."""
        doublings = math.log2(1 + max(seconds, 0.0))
        habit = max(self.habit + self.habit_growth * doublings, 0.0)
        return habit, max(self.place, 0.0), max(self.sensor + self.sensor_growth * doublings, 0.0)


@dataclass(frozen=True, slots=True)
class Answer:
    """What is being done, as far as it can be told.

    Attributes:
        beliefs: every exercise's probability.
        exercise: the likeliest, or None where the answer is too flat to act on.
        seconds: of movement that it rests on.
        parts: which parts spoke: "habit", "place", "sensor".
    """

    beliefs: Beliefs
    exercise: str | None
    seconds: int
    parts: tuple[str, ...]


def posterior(
    *,
    habit: Beliefs | None = None,
    place: Callable[[str], float] | Mapping[str, float] | None = None,
    sensor: Sensed | None = None,
    seconds: int | None = None,
    weights: Weights = Weights(),
    abstain_below: float = ABSTAIN_BELOW,
) -> Answer:
    """Habit, place and movement as one answer.

    Args:
        habit: what would come next, from `habits.next_exercise`.
        place: how possible each exercise is here, 0 to 1, from `places.possible`; 1 for what a mapping lacks.
        sensor: what a model of movement said.
        seconds: how many of its seconds to use; all if left out.
        weights: fitted by `fusion_weights.fit`.
        abstain_below: the probability that the best must reach.

    Raises:
        NotPlausible: no part was given that names an exercise.

    >>> habit = Beliefs({"row": 0.6, "curl": 0.4})
    >>> moved = Sensed(("row", "curl"), np.array([[0.2, 0.8]] * 4))
    >>> posterior(habit=habit, sensor=moved).exercise
    'curl'
    """
    used = 0 if sensor is None else len(sensor.probabilities) if seconds is None else seconds
    sensed = None if sensor is None else sensor.until(used)
    names = list(dict.fromkeys(name for part in (habit, sensed) if part is not None for name in part.probabilities))
    if not names:
        raise NotPlausible("What an answer rests on", expected="habits or movement that name an exercise")
    possible = _possible(place, names)
    logs = evidence(names, habit=habit, possible=possible, sensed=sensed)
    pooled = np.array(weights.at(used)) @ logs
    shares = np.exp(pooled - pooled.max())
    shares /= shares.sum()
    beliefs = Beliefs(dict(zip(names, shares[:-1].tolist(), strict=True)), float(shares[-1]))
    best = beliefs.best
    spoke = [("habit", habit), ("place", place), ("sensor", sensed)]
    clear = best is not None and beliefs.probability(best) >= max(abstain_below, beliefs.other)
    return Answer(beliefs, best if clear else None, used, tuple(name for name, part in spoke if part is not None))


def evidence(
    names: list[str], *, habit: Beliefs | None, possible: Mapping[str, float], sensed: Beliefs | None
) -> npt.NDArray[np.float64]:
    """(part, name and then "something else"): logarithms of what habit, place and sensor say; 0 where one is silent."""
    return np.stack([
        _logs(habit, names),
        np.array([*(math.log(max(possible.get(name, 1.0), FLOOR)) for name in names), 0.0]),
        _logs(sensed, names),
    ])  # fmt: skip


def _logs(part: Beliefs | None, names: list[str]) -> npt.NDArray[np.float64]:
    """A part's logarithms; what it has no name for shares what it leaves to something else."""
    if part is None:
        return np.zeros(len(names) + 1)
    unnamed = sum(name not in part.probabilities for name in names)
    share = part.other / (unnamed + 1)
    values = [*(part.probabilities.get(name, share) for name in names), share]
    return np.log(np.maximum(values, FLOOR))


def _possible(place: Callable[[str], float] | Mapping[str, float] | None, names: list[str]) -> dict[str, float]:
    if place is None:
        return {}
    found = {name: place(name) if callable(place) else place.get(name, 1.0) for name in names}
    if not all(0 <= value <= 1 for value in found.values()):
        raise NotPlausible("How possible an exercise is", expected="0 to 1")
    return found
