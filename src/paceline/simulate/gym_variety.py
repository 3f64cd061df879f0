"""How simulated athletes differ beyond tempo and range: repetitions done badly, and cohorts that move their own way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from paceline.simulate.gym import Movement

Cohorts: TypeAlias = Literal["none", "alike", "differing"]
COHORTS: tuple[Cohorts, ...] = ("none", "alike", "differing")


@dataclass(frozen=True, slots=True)
class Fault:
    """One way of doing a repetition badly.

    Attributes:
        name: "" for a good one.
        reach: factor on its range.
        tempo: factor on its duration.
        shake: m/s², how strongly the arm trembles.
    """

    name: str = ""
    reach: float = 1.0
    tempo: float = 1.0
    shake: float = 0.0


GOOD = Fault()
FAULTS = (Fault("short", reach=0.55), Fault("hurried", tempo=0.6), Fault("jerky", shake=2.5))

_SWAPPED = {"biceps-curl": "lateral-raise", "shoulder-press": "bench-press"}
"""What beginners of a gym with differing cohorts do in each other's way: how the forearm is held and pushed."""


def fault(share: float, generator: np.random.Generator) -> Fault:
    """A fault in so many of all repetitions; nothing is drawn for a share of 0, so that old seeds keep their gyms."""
    if share <= 0.0 or generator.random() >= share:
        return GOOD
    return FAULTS[int(generator.integers(len(FAULTS)))]


def profile(number: int, cohorts: Cohorts) -> tuple[str, str, str]:
    """Age group, sex and proficiency of an athlete; "" where the gym has no cohorts.

    >>> profile(0, "alike"), profile(3, "alike")
    (('under 35', 'female', 'beginner'), ('under 35', 'male', 'advanced'))
    """
    if cohorts == "none":
        return "", "", ""
    return (
        ("under 35", "35 and over")[number // 4 % 2],
        ("female", "male")[number // 2 % 2],
        ("beginner", "advanced")[number % 2],
    )


def in_style(one: Movement, movements: Mapping[str, Movement], *, proficiency: str, cohorts: Cohorts) -> Movement:
    """The movement as this athlete does it: beginners differ where cohorts do."""
    if cohorts != "differing" or proficiency != "beginner":
        return one
    partners = _SWAPPED | {there: here for here, there in _SWAPPED.items()}
    if one.name not in partners:
        return one
    other = movements[partners[one.name]]
    return replace(other, name=one.name, group=one.group, period=one.period)
