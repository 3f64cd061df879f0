"""Labelled sets: what a model learns from, who did it, and when.

A set is one stretch of one exercise by one athlete in one session. Splits are by athlete or by session, never by
window: windows of one set are nearly alike, and a score over windows drawn at random is a score of memory.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from paceline.domain.errors import NotIdentifiable, UnknownName

Floats32: TypeAlias = npt.NDArray[np.float32]
Whole: TypeAlias = Literal["session", "athlete"]

NONE = "none"
"""The label of what is none of the exercises: rest, walking, setting up."""


@dataclass(frozen=True, eq=False)
class MotionSet:
    """One set, or one stretch of rest, as a device recorded it.

    Attributes:
        name: unique; never the name of a person.
        athlete: pseudonym.
        session: unique over athletes.
        label: the exercise, or `NONE`.
        time: (sample,), int64 ns UTC.
        values: (sample, channel), float32 in the catalogue's units; NaN where nothing was read.
        channels: names of the columns, "left wrist acceleration_x" where several places are worn.
        group: muscle group or another fact that may be known beforehand; "" where it is not.
        repetitions: as the athlete counted them; None where nobody did. 0 is written for "not counted".
        lossy: whether its packets say that parts are missing.
    """

    name: str
    athlete: str
    session: str
    label: str
    time: npt.NDArray[np.int64]
    values: Floats32
    channels: tuple[str, ...]
    group: str = ""
    repetitions: int | None = None
    lossy: bool = False

    def __post_init__(self) -> None:
        """Shapes are checked here once.

        Raises:
            ValueError: times and values differ in length, or channels from columns.
        """
        if self.values.ndim != 2 or self.values.shape != (len(self.time), len(self.channels)):
            expected = (len(self.time), len(self.channels))
            raise ValueError(
                f"Set {self.name!r}: values have shape {self.values.shape}, its clock and channels {expected}."
            )


@dataclass(frozen=True, slots=True)
class Split:
    """Positions of the sets to learn from and of those to score, and which whole was left out."""

    held_out: str
    train: tuple[int, ...]
    test: tuple[int, ...]


def relabelled(sets: Sequence[MotionSet], aliases: Mapping[str, str]) -> tuple[MotionSet, ...]:
    """The same sets with one spelling for each exercise.

    Raises:
        UnknownName: an alias leads to a label that is itself an alias: one of the two is a mistake.
    """
    for target in aliases.values():
        if target in aliases:
            raise UnknownName("label to end at", target, known=sorted(set(aliases.values()) - aliases.keys()))
    return tuple(replace(one, label=aliases.get(one.label, one.label)) for one in sets)


def shared_labels(sets: Sequence[MotionSet], *, by: Whole, least: int = 2) -> tuple[str, ...]:
    """The labels that occur in so many sessions or by so many athletes: the others can't be scored on unseen ones.

    >>> one = MotionSet("1", "a", "s", "curl", np.zeros(1, np.int64), np.zeros((1, 1), np.float32), ("x",))
    >>> shared_labels([one, replace(one, name="2", session="t"), replace(one, name="3", label="row")], by="session")
    ('curl',)
    """
    wholes = defaultdict(set)
    for one in sets:
        wholes[one.label].add(getattr(one, by))
    return tuple(sorted(label for label, found in wholes.items() if len(found) >= least))


def leave_one_out(sets: Sequence[MotionSet], *, by: Whole, entangled: Sequence[frozenset[str]] = ()) -> Iterator[Split]:
    """Each session or athlete left out in turn, with everything of it.

    Args:
        sets: in any order.
        by: which wholes are left out.
        entangled: groups of wholes that share recordings: they are left out together.

    Raises:
        NotIdentifiable: there is only one whole, so that nothing unseen could be scored.
    """
    known = {name: sorted(group)[0] for group in entangled for name in group}
    wholes = [known.get(getattr(one, by), getattr(one, by)) for one in sets]
    if len(set(wholes)) < 2:
        raise NotIdentifiable("A score on unseen data", why=f"all sets are of one {by}", advice=f"Record another {by}.")
    for held in sorted(set(wholes)):
        inside = np.array([whole == held for whole in wholes])
        yield Split(held, tuple(np.flatnonzero(~inside).tolist()), tuple(np.flatnonzero(inside).tolist()))


def label_counts(sets: Sequence[MotionSet]) -> dict[str, int]:
    """Sets of each label, the commonest first."""
    return dict(Counter(one.label for one in sets).most_common())
