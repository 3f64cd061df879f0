"""What an athlete can do in a gym: exercises, the muscles they work, and how both are named.

The names are those of the connected-fitness system: `resistanceTargeted:arms/triceps-pushdown`,
`resistanceWholeBody:iron-cross`, `indoorsCardio:rowing-machine`; a session has a type of the same form without the
exercise: `resistanceTargeted:arms,back`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal, get_args

from paceline.domain.errors import NotAnExercise
from paceline.domain.labels import LabelKind, Progression

Kind = Literal["indoorsCardio", "resistanceWholeBody", "resistanceTargeted"]
MuscleGroup = Literal["arms", "back", "chest", "core", "legs", "shoulders"]

KINDS: tuple[Kind, ...] = get_args(Kind)
MUSCLE_GROUPS: tuple[MuscleGroup, ...] = get_args(MuscleGroup)

MUSCLES: dict[str, MuscleGroup] = {
    "biceps": "arms",
    "triceps": "arms",
    "deltoid": "shoulders",
    "pectoralis": "chest",
    "abs": "core",
    "obliques": "core",
    "lats": "back",
    "trapezius": "back",
    "erector-spinae": "back",
    "quadriceps": "legs",
    "hamstrings": "legs",
    "glutes": "legs",
    "calves": "legs",
}
"""Each muscle that an exercise can mainly work, and the group it belongs to."""

_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_LONGEST = 120


@dataclass(frozen=True, slots=True)
class ExerciseType:
    """What kind of exercise, and of which muscle groups: of one exercise, or of a whole session.

    Attributes:
        kind: cardio indoors, resistance of the whole body, or resistance of some muscle groups.
        groups: the groups in alphabetical order, each once; empty but for targeted resistance.
    """

    kind: Kind
    groups: tuple[MuscleGroup, ...] = ()

    def __post_init__(self) -> None:
        """Groups where there must be some, and none elsewhere.

        Raises:
            NotAnExercise: targeted resistance without a group, or another kind with one.
        """
        if (self.kind == "resistanceTargeted") != bool(self.groups):
            raise NotAnExercise(str(self), expected="muscle groups for targeted resistance, and for nothing else")
        object.__setattr__(self, "groups", tuple(sorted(set(self.groups))))

    def contains(self, other: ExerciseType) -> bool:
        """Whether an exercise of the other type belongs in a session of this one.

        >>> arms_and_back = exercise_type("resistanceTargeted:arms,back")
        >>> arms_and_back.contains(exercise_type("resistanceTargeted:arms"))
        True
        """
        return self.kind == other.kind and set(other.groups) <= set(self.groups)

    def __str__(self) -> str:
        """The written form: `resistanceTargeted:arms,back`, `indoorsCardio`."""
        return f"{self.kind}:{','.join(self.groups)}" if self.groups else self.kind


@dataclass(frozen=True, slots=True)
class Exercise:
    """One exercise that an athlete can be asked to do.

    Attributes:
        id: as in the module's heading.
        labels: what is noted about a set of it.
        progression: the weights there are for it; None where weight is not noted.
        main_muscle: the muscle it mainly works, or None.
        typical_duration: of one set, s.
        repetition_duration: of one repetition, s, or None.
    """

    id: str
    labels: tuple[LabelKind, ...] = field(default=())
    progression: Progression | None = None
    main_muscle: str | None = None
    typical_duration: float = 60.0
    repetition_duration: float | None = None

    def __post_init__(self) -> None:
        """A well-formed id and a known muscle.

        Raises:
            NotAnExercise: the id has no such form, or the muscle is unknown.
        """
        type_of(self.id)
        if self.main_muscle is not None and self.main_muscle not in MUSCLES:
            raise NotAnExercise(self.main_muscle, expected=f"one of the muscles {', '.join(MUSCLES)}")

    @property
    def type(self) -> ExerciseType:
        """Its kind and muscle group."""
        return type_of(self.id)

    def is_alternative_of(self, other: Exercise) -> bool:
        """Whether one can stand in for the other: the same main muscle, or, where none is named, the same type."""
        if self.id == other.id:
            return False
        if self.type.kind == "resistanceTargeted" and self.main_muscle is not None:
            return self.main_muscle == other.main_muscle
        return self.type == other.type


def exercise_type(text: str) -> ExerciseType:
    """The type that a text names, of a session or of an exercise.

    What follows the colon of another kind than targeted resistance names an exercise or says nothing, and is left out.

    Raises:
        NotAnExercise: no such kind, or no such muscle group.

    >>> str(exercise_type("resistanceTargeted:shoulders,arms"))
    'resistanceTargeted:arms,shoulders'
    >>> str(exercise_type("indoorsCardio:cardio"))
    'indoorsCardio'
    """
    kind, _, rest = text.partition(":")
    if kind == "resistanceTargeted":
        return ExerciseType("resistanceTargeted", tuple(_group(name, text) for name in rest.split("/")[0].split(",")))
    for known in KINDS:
        if kind == known:
            return ExerciseType(known)
    raise NotAnExercise(text, expected=f"one of {', '.join(KINDS)} before the colon")


def type_of(exercise: str) -> ExerciseType:
    """The type of one exercise, by its id.

    Raises:
        NotAnExercise: the id is not of the form `kind:name`, or `resistanceTargeted:group/name`.

    >>> str(type_of("resistanceTargeted:arms/triceps-pushdown"))
    'resistanceTargeted:arms'
    """
    kind = exercise_type(exercise)
    rest = exercise.partition(":")[2]
    name = rest.partition("/")[2] if kind.groups else rest
    if len(kind.groups) > 1 or not _NAME.fullmatch(name) or len(exercise) > _LONGEST:
        raise NotAnExercise(exercise, expected="one exercise, such as resistanceTargeted:arms/biceps-curl")
    return kind


def name_of(exercise: str) -> str:
    """How a person would say it.

    >>> name_of("resistanceTargeted:arms/triceps-pushdown")
    'triceps pushdown'
    """
    type_of(exercise)
    return re.split("[:/]", exercise)[-1].replace("-", " ")


def of_type(exercises: Iterable[str], wanted: ExerciseType) -> tuple[str, ...]:
    """Those of the exercises that belong in a session of the type, in their order."""
    return tuple(one for one in exercises if wanted.contains(type_of(one)))


def _group(name: str, text: str) -> MuscleGroup:
    for known in MUSCLE_GROUPS:
        if name == known:
            return known
    raise NotAnExercise(text, expected=f"muscle groups of {', '.join(MUSCLE_GROUPS)}")
