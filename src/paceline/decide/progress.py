"""The sequence of exercises that serves a goal best, learned from what came of earlier ones.

After each session somebody or something says how much nearer the goal it brought the athlete: muscle, fat, strength,
mobility or an injured joint, on whatever scale they keep to. A Bayesian linear model learns from it what each exercise
brings, what it brings early rather than late in a session, and what two exercises of one muscle in a row cost. The next
sequence is drawn by Thompson sampling: what is still uncertain gets tried, what has been shown to serve gets repeated,
and the tries become rarer by themselves. Nothing outside a physiotherapist's bounds is ever part of a sequence, not
even for a try.

Source: Thompson sampling for linear models: Agrawal and Goyal (2013), arXiv 1209.3352, whose sampling from the
posterior this is; the update is the textbook one of a normal prior with a known spread of the outcomes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from paceline.decide.bounds import Condition, kept, set_load
from paceline.domain.errors import NothingSafe, NotPlausible, UnknownName
from paceline.domain.exercise_catalogue import exercise as known_exercise
from paceline.domain.plans import Bounds, Goal, PlannedSet

BEAM = 24
"""Partial sequences kept while the best is looked for."""

LONGEST = 40
"""Sets of a sequence."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one session.

    Attributes:
        exercises: in the order in which they were done, each once.
        value: progress towards the goal, in the units that the athlete's outcomes are kept in; more is better.
    """

    exercises: tuple[str, ...]
    value: float


@dataclass(frozen=True, slots=True)
class Told:
    """What a sequence is expected to bring.

    Attributes:
        value: the mean, in the outcomes' units.
        error: its standard deviation, without the scatter of a single outcome.
    """

    value: float
    error: float


@dataclass(frozen=True, slots=True)
class Serves:
    """What is known of how exercises serve one goal of one athlete.

    Attributes:
        goal: what the outcomes measure.
        exercises: those it knows, in order.
        mean: (weight,), what each feature brings: 1, each exercise, each exercise early, same muscle twice in a row.
        covariance: (weight, weight).
        noise: the standard deviation of an outcome around its expectation.
    """

    goal: Goal
    exercises: tuple[str, ...]
    mean: npt.NDArray[np.float64]
    covariance: npt.NDArray[np.float64]
    noise: float

    def expected(self, exercises: Sequence[str]) -> Told:
        """What a sequence is expected to bring.

        Raises:
            UnknownName: an exercise that it does not know.
        """
        row = features(exercises, known=self.exercises)
        return Told(float(row @ self.mean), float(np.sqrt(row @ self.covariance @ row)))


def unlearned(exercises: Sequence[str], *, goal: Goal, spread: float = 1.0, noise: float = 1.0) -> Serves:
    """What is known before any outcome: nothing speaks for one exercise more than for another.

    Args:
        exercises: those that sequences may be made of.
        goal: what the outcomes will measure.
        spread: how much exercises are expected to differ, in the outcomes' units.
        noise: how much outcomes of one sequence are expected to scatter.

    Raises:
        NotPlausible: no exercises, or no spread.
    """
    names = tuple(dict.fromkeys(exercises))
    if not names or not 0 < spread < np.inf or not 0 < noise < np.inf:
        raise NotPlausible("What is learned of", expected="some exercises, with a spread and a noise above 0")
    size = 2 * len(names) + 2
    scale = np.full(size, spread**2)
    scale[0] *= 10
    scale[len(names) + 1 :] /= 4
    return Serves(goal, names, np.zeros(size), np.diag(scale), noise)


def learned(before: Serves, outcomes: Sequence[Outcome]) -> Serves:
    """What is known after these outcomes, too.

    Raises:
        NotPlausible: an outcome is no number.
        UnknownName: an outcome of an exercise that is not known.
    """
    if not outcomes:
        return before
    values = np.array([one.value for one in outcomes], float)
    if not np.isfinite(values).all():
        raise NotPlausible("An outcome", expected="a number")
    rows = np.stack([features(one.exercises, known=before.exercises) for one in outcomes])
    gain = before.covariance @ rows.T
    spread = rows @ gain + before.noise**2 * np.eye(len(rows))
    taken = np.linalg.solve(spread, gain.T).T
    mean = before.mean + taken @ (values - rows @ before.mean)
    covariance = before.covariance - taken @ gain.T
    return Serves(before.goal, before.exercises, mean, (covariance + covariance.T) / 2, before.noise)


def features(exercises: Sequence[str], *, known: Sequence[str]) -> npt.NDArray[np.float64]:
    """(weight,): 1, whether each exercise is done, how early (1 first, −1 last), how often a muscle follows itself."""
    size = len(known)
    row = np.zeros(2 * size + 2)
    row[0] = 1.0
    for place, name in enumerate(exercises):
        if name not in known:
            raise UnknownName("exercise to learn of", name, known=known)
        index = known.index(name)
        row[1 + index] += 1.0
        row[1 + size + index] += _early(place, len(exercises))
        row[-1] += place > 0 and _same_muscle(exercises[place - 1], name)
    return row


@dataclass(frozen=True, slots=True)
class Choice:
    """What may be chosen from, and within what.

    Attributes:
        sets: exercise → the set of it that would be done.
        bounds: exercise, or "*" for every one → what is allowed.
        condition: how the athlete is.
    """

    sets: Mapping[str, PlannedSet]
    bounds: Mapping[str, Bounds] = field(default_factory=lambda: MappingProxyType({}))
    condition: Condition = field(default=Condition())


def tried_next(serves: Serves, choice: Choice, *, length: int, random: np.random.Generator) -> tuple[PlannedSet, ...]:
    """The sequence for the next session, by Thompson sampling.

    Args:
        serves: what is known.
        choice: what may be chosen from.
        length: how many exercises; fewer where the bounds allow no more.
        random: where the tries come from.

    Raises:
        NothingSafe: no exercise stays within the bounds.
        NotPlausible: no length.
    """
    root = np.linalg.cholesky(serves.covariance + 1e-12 * np.eye(len(serves.mean)))
    return _best(serves, choice, length, serves.mean + root @ random.standard_normal(len(serves.mean)))


def best(serves: Serves, choice: Choice, *, length: int) -> tuple[PlannedSet, ...]:
    """The sequence that is expected to bring most, as far as is known; errors as of `tried_next`."""
    return _best(serves, choice, length, serves.mean)


def _best(
    serves: Serves, choice: Choice, length: int, weights: npt.NDArray[np.float64]
) -> tuple[PlannedSet, ...]:  # fmt: skip
    """A beam search: sequences grow by one exercise at a time, and the most promising go on."""
    if not 1 <= length <= LONGEST:
        raise NotPlausible("A sequence", expected=f"1 to {LONGEST} exercises")
    beam: list[tuple[float, float, tuple[PlannedSet, ...]]] = [(0.0, choice.condition.load, ())]
    for _ in range(length):
        grown = [
            (value + _gain(serves, weights, those, one.exercise, length), load + (set_load(one) or 0.0), (*those, one))
            for value, load, those in beam
            for one in _next_sets(serves, choice, those, load)
        ]
        if not grown:
            break
        beam = sorted(grown, key=lambda found: -found[0])[:BEAM]
    if not beam[0][2]:
        raise NothingSafe("exercise", bounds="forbidden, pain, range of motion, weight, repetitions or load")
    return beam[0][2]


def _next_sets(
    serves: Serves, choice: Choice, those: tuple[PlannedSet, ...], load: float
) -> list[PlannedSet]:  # fmt: skip
    """The sets that may follow, within the bounds after what the sequence has loaded already."""
    taken = {one.exercise for one in those}
    now = Condition(choice.condition.pain, choice.condition.range_of_motion, load)
    allowed = [
        kept(choice.sets[name], choice.bounds, condition=now)
        for name in serves.exercises
        if name in choice.sets and name not in taken
    ]
    return [one for one in allowed if one is not None]


def _gain(
    serves: Serves, weights: npt.NDArray[np.float64], those: tuple[PlannedSet, ...], exercise: str, length: int
) -> float:
    """What one more exercise adds to a sequence, by these weights."""
    size, index = len(serves.exercises), serves.exercises.index(exercise)
    gain = weights[1 + index] + weights[1 + size + index] * _early(len(those), length)
    if those and _same_muscle(those[-1].exercise, exercise):
        gain += weights[-1]
    return float(gain)


def _early(place: int, length: int) -> float:
    return 1 - 2 * place / (length - 1) if length > 1 else 0.0


def _same_muscle(one: str, other: str) -> bool:
    first, second = known_exercise(one), known_exercise(other)
    if first.main_muscle is None or second.main_muscle is None:
        return bool(first.type.groups) and first.type == second.type
    return first.main_muscle == second.main_muscle
