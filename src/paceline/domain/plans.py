"""A plan of exercise: what to do in which order, how long, with how much rest, towards which goal.

A plan is data: a coach writes it, a program learns it, and both read the other's. `paceline.decide.plans` reads and
writes the files.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, get_args

from paceline.domain.errors import NotPlausible
from paceline.domain.exercises import ExerciseType, type_of
from paceline.domain.labels import HEAVIEST, MOST, Labels

Goal = Literal["muscle gain", "fat loss", "strength", "mobility", "recovery from injury"]
GOALS: tuple[Goal, ...] = get_args(Goal)

_MOST = {"pain": 10.0, "range_of_motion": 360.0, "weight": HEAVIEST, "repetitions": MOST, "session_load": 1e6}


@dataclass(frozen=True, slots=True)
class PlannedSet:
    """One set of a plan.

    Attributes:
        exercise: its id.
        duration: how long it is to last, s, or None for as long as it takes.
        rest: after it, s, or None for as long as the athlete likes.
        labels: the weight, repetitions and intensity to do it with; each may be left to the athlete.
    """

    exercise: str
    duration: float | None = None
    rest: float | None = None
    labels: Labels = field(default=Labels())

    def __post_init__(self) -> None:
        """A well-formed id.

        Raises:
            NotAnExercise: the exercise's id has no such form.
        """
        type_of(self.exercise)


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a physiotherapist allows of one exercise, or of all. What is None is not bounded.

    Attributes:
        pain: the most pain at which it may be done, 0 to 10 as the athlete says it.
        range_of_motion: the widest range, degrees.
        weight: the heaviest, kg.
        repetitions: the most of one set.
        session_load: the most weight times repetitions of one session, kg.
        forbidden: it may not be done at all.
    """

    pain: float | None = None
    range_of_motion: float | None = None
    weight: float | None = None
    repetitions: int | None = None
    session_load: float | None = None
    forbidden: bool = False

    def __post_init__(self) -> None:
        """Only bounds that can be kept.

        Raises:
            NotPlausible: one is negative or no number.
        """
        for name, most in _MOST.items():
            value = getattr(self, name)
            if value is not None and not 0 <= value <= most:
                raise NotPlausible(f"A bound on {name.replace('_', ' ')}", expected=f"0 to {most:,.0f}")


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan of one session.

    Attributes:
        id: any text that nobody else uses: a UUID, say.
        name: what people call it.
        type: of the session.
        sets: in the order in which they are to be done.
        goal: what it is for, or None.
        bounds: exercise id, or "*" for every one → what a physiotherapist allows.
    """

    id: str
    name: str
    type: ExerciseType
    sets: tuple[PlannedSet, ...] = ()
    goal: Goal | None = None
    bounds: Mapping[str, Bounds] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def exercises(self) -> tuple[str, ...]:
        """The exercises of its sets, in order, as often as they are done."""
        return tuple(one.exercise for one in self.sets)
