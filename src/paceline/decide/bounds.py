"""What a physiotherapist allows, kept whatever else would be best: pain, range of motion, load.

Every suggestion passes through here last. What is not known is not assumed to be fine: where pain is bounded and the
athlete has not said any, or where the range is bounded and nobody knows how far the exercise goes, it is not suggested.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from paceline.domain.exercise_catalogue import exercise as known_exercise
from paceline.domain.plans import Bounds, PlannedSet

EVERY = "*"
"""Stands for every exercise in a table of bounds."""


@dataclass(frozen=True, slots=True)
class Condition:
    """How the athlete is, now.

    Attributes:
        pain: exercise, or "*" for any → 0 to 10 as the athlete says it.
        range_of_motion: exercise → degrees that it takes, measured or from the physiotherapist.
        load: kg, weight times repetitions that this session has seen already.
    """

    pain: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    range_of_motion: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    load: float = 0.0


def bounds_of(exercise: str, bounds: Mapping[str, Bounds]) -> Bounds:
    """What holds for one exercise: the stricter of its own bounds and those of every exercise.

    >>> bounds_of("squat", {"*": Bounds(pain=4.0), "squat": Bounds(pain=2.0, weight=60.0)})
    Bounds(pain=2.0, range_of_motion=None, weight=60.0, repetitions=None, session_load=None, forbidden=False)
    """
    own, all_ = bounds.get(exercise, Bounds()), bounds.get(EVERY, Bounds())
    repetitions = _stricter(own.repetitions, all_.repetitions)
    return Bounds(
        pain=_stricter(own.pain, all_.pain),
        range_of_motion=_stricter(own.range_of_motion, all_.range_of_motion),
        weight=_stricter(own.weight, all_.weight),
        repetitions=None if repetitions is None else int(repetitions),
        session_load=_stricter(own.session_load, all_.session_load),
        forbidden=own.forbidden or all_.forbidden,
    )


def crossed(one: PlannedSet, bounds: Mapping[str, Bounds], *, condition: Condition) -> tuple[str, ...]:
    """Which bounds a set would cross, as names of the fields of `Bounds`; empty where it may be done.

    A weight or a count that the athlete would choose freely crosses a bound on it: it could be any. Exercises of which
    no weight or count is noted, such as rowing, are not bounded by them.
    """
    held, noted = bounds_of(one.exercise, bounds), known_exercise(one.exercise).labels
    pain = _worst(one.exercise, condition.pain)
    reach = condition.range_of_motion.get(one.exercise)
    load = set_load(one)
    after = None if load is None else condition.load + load
    checks = (
        ("forbidden", held.forbidden),
        ("pain", _above(pain, held.pain)),
        ("range_of_motion", _above(reach, held.range_of_motion)),
        ("weight", "weight" in noted and _above(one.labels.weight, held.weight)),
        ("repetitions", "repetitions" in noted and _above(one.labels.repetitions, held.repetitions)),
        ("session_load", _above(after, held.session_load)),
    )
    return tuple(name for name, is_crossed in checks if is_crossed)


def kept(one: PlannedSet, bounds: Mapping[str, Bounds], *, condition: Condition) -> PlannedSet | None:
    """The set as it may be done: lighter or shorter where it must be; None where it may not be done at all.

    A label is only ever lowered to its bound. Repetitions are what gives way to the session's load.
    """
    held, noted = bounds_of(one.exercise, bounds), known_exercise(one.exercise).labels
    labels = one.labels
    if held.weight is not None and "weight" in noted:
        labels = replace(labels, weight=held.weight if labels.weight is None else min(labels.weight, held.weight))
    if held.repetitions is not None and "repetitions" in noted:
        most = held.repetitions if labels.repetitions is None else min(labels.repetitions, held.repetitions)
        labels = replace(labels, repetitions=most)
    if held.session_load is not None and labels.weight and labels.repetitions:
        left = held.session_load - condition.load
        labels = replace(labels, repetitions=int(max(min(labels.repetitions, left // labels.weight), 0)))
    lowered = replace(one, labels=labels)
    if labels.repetitions == 0 or crossed(lowered, bounds, condition=condition):
        return None
    return lowered


def set_load(one: PlannedSet) -> float | None:
    """Weight times repetitions, kg; None where either is left to the athlete; 0 where no weight is moved.

    >>> from paceline.domain.labels import Labels
    >>> set_load(PlannedSet("resistanceTargeted:legs/barbell-squat", labels=Labels(weight=20.0, repetitions=10)))
    200.0
    """
    if one.labels.weight == 0 or "weight" not in known_exercise(one.exercise).labels:
        return 0.0
    if one.labels.weight is None or one.labels.repetitions is None:
        return None
    return one.labels.weight * one.labels.repetitions


def _above(value: float | None, bound: float | None) -> bool:
    return bound is not None and (value is None or not value <= bound)


def _stricter(one: float | None, other: float | None) -> float | None:
    given = [value for value in (one, other) if value is not None]
    return min(given, default=None)


def _worst(exercise: str, pain: Mapping[str, float]) -> float | None:
    said = [pain[key] for key in (exercise, EVERY) if key in pain]
    return max(said, default=None)
