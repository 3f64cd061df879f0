"""The weight, repetitions and intensity of an athlete's next set, as they would choose them.

Several simple guesses are made (`labels_guesses`), and the one to show is learned from what the athlete did and
corrected (`labels_trust`). A label is learned for each type of session apart: the same press is light on one day of the
week and heavy on another. What was never done in a session of this type is not guessed at: a weight that nobody lifted
is no suggestion to make.

This says what the athlete is about to do. What they should do is a plan's affair: `paceline.decide.progress`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from paceline.decide.labels_guesses import Situation, guesses
from paceline.decide.labels_trust import Trust
from paceline.domain.exercise_catalogue import exercise as known_exercise
from paceline.domain.exercises import ExerciseType
from paceline.domain.labels import (
    LABEL_KINDS,
    LabelKind,
    Labels,
    Progression,
    nearest_intensity,
    nearest_repetitions,
)


@dataclass(frozen=True, slots=True)
class DoneSet:
    """One set as it was done.

    Attributes:
        exercise: its id.
        labels: what was noted about it.
    """

    exercise: str
    labels: Labels


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What to show before a set.

    Attributes:
        labels: those that can be told; None for the others.
        reasons: label → the guess that it came from: `again`, `usual`, `progress`, `form`, `last`, `line`, `pattern`
            or `alike`.
    """

    labels: Labels = field(default=Labels())
    reasons: Mapping[LabelKind, str] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(slots=True)
class _Noted:
    """What was learned of one kind of label, over all sessions and today."""

    trust: Trust = field(default_factory=Trust)
    before: dict[tuple[ExerciseType, str], list[list[float]]] = field(default_factory=dict)
    today: dict[str, list[float]] = field(default_factory=dict)
    form: dict[str, list[float]] = field(default_factory=dict)


class LabelHabits:
    """An athlete's labels, learned set by set. `begin` opens a session; `learn` takes each set as it was done.

    >>> habits, arms = LabelHabits(), ExerciseType("resistanceTargeted", ("arms",))
    >>> curl = "resistanceTargeted:arms/barbell-biceps-curl"
    >>> for _ in range(2):
    ...     habits.begin(arms)
    ...     for weight in (40.0, 45.0, 50.0):
    ...         habits.learn(curl, Labels(weight=weight))
    >>> habits.begin(arms)
    >>> habits.suggest(curl).labels.weight
    40.0
    """

    def __init__(self) -> None:
        self._session: ExerciseType | None = None
        self._noted: dict[LabelKind, _Noted] = {kind: _Noted() for kind in LABEL_KINDS}

    @classmethod
    def after(cls, sessions: Iterable[tuple[ExerciseType, Iterable[DoneSet]]]) -> LabelHabits:
        """What follows from an athlete's sessions, the oldest first."""
        habits = cls()
        for session, sets in sessions:
            habits.begin(session)
            for one in sets:
                habits.learn(one.exercise, one.labels)
        return habits

    def begin(self, session: ExerciseType) -> None:
        """A new session of this type; the one before it is over."""
        for noted in self._noted.values():
            if self._session is not None:
                for exercise, values in noted.today.items():
                    noted.before.setdefault((self._session, exercise), []).insert(0, values)
            noted.today, noted.form = {}, {}
            noted.trust.new_day()
        self._session = session

    def suggest(self, exercise: str, *, progression: Progression | None = None) -> Suggestion:
        """The labels of the next set of an exercise.

        Args:
            exercise: its id.
            progression: the weights that there are at this place; where it is given, no other weight is suggested.

        Raises:
            NotAnExercise: the id has no such form.
        """
        told: dict[LabelKind, float] = {}
        reasons: dict[LabelKind, str] = {}
        for kind in LABEL_KINDS:
            now = self._situation(kind, exercise, progression)
            chosen = self._noted[kind].trust.chosen(guesses(now), exercise=exercise, off_plan=now.off_plan)
            if chosen is not None:
                reasons[kind], value = chosen
                told[kind] = now.rounded(value) if kind != "weight" or progression is not None else value
        return Suggestion(_labels(told), MappingProxyType(reasons))

    def learn(self, exercise: str, labels: Labels) -> None:
        """A set was done with these labels, whatever had been suggested.

        Raises:
            NotAnExercise: the id has no such form.
        """
        for kind in LABEL_KINDS:
            true = labels.value(kind)
            if true is None:
                continue
            now, noted = self._situation(kind, exercise, None), self._noted[kind]
            noted.trust.learn(guesses(now), true, exercise=exercise, off_plan=now.off_plan)
            reference = now.usual
            if reference is None and now.before and len(now.today) < len(now.before[0]):
                reference = now.before[0][len(now.today)]
            if reference and true > 0:
                noted.form.setdefault(exercise, []).append(math.log(true / reference))
            noted.today.setdefault(exercise, []).append(float(true))

    def _situation(self, kind: LabelKind, exercise: str, progression: Progression | None) -> Situation:
        noted = self._noted[kind]
        before = noted.before.get((self._session, exercise), []) if self._session is not None else []
        others = {name: values for name, values in noted.today.items() if name != exercise}
        day = [value for values in noted.form.values() for value in values]
        rounded = _rounding(kind, progression or known_exercise(exercise).progression or Progression())
        return Situation(before, noted.today.get(exercise, []), others, noted.form.get(exercise, []), day, rounded)


def _rounding(kind: LabelKind, progression: Progression) -> Callable[[float], float]:
    if kind == "weight":
        return progression.nearest
    return nearest_repetitions if kind == "repetitions" else nearest_intensity


def _labels(told: Mapping[LabelKind, float]) -> Labels:
    repetitions = told.get("repetitions")
    return Labels(
        weight=told.get("weight"),
        repetitions=None if repetitions is None else nearest_repetitions(repetitions),
        intensity=told.get("intensity"),
    )
