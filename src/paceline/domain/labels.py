"""What is noted about a set: weight, repetitions and intensity, and the steps in which they go.

Weight is in kilograms, repetitions are counted, intensity is a part of 1. A label that nobody noted is None; 0 kg says
that only the body was moved.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

from paceline.domain.errors import NotPlausible

LabelKind = Literal["weight", "repetitions", "intensity"]

LABEL_KINDS: tuple[LabelKind, ...] = get_args(LabelKind)
RESISTANCE: tuple[LabelKind, ...] = ("weight", "repetitions", "intensity")
CARDIO: tuple[LabelKind, ...] = ("intensity",)

HEAVIEST = 1000.0
"""kg: more than anybody ever lifted."""

MOST = 10_000
"""Repetitions of one set."""

INTENSITY_STEP = 0.2


@dataclass(frozen=True, slots=True)
class Progression:
    """The weights that there are for an exercise at a place.

    Attributes:
        minimum: kg, the lightest.
        step: kg between one weight and the next.
        maximum: kg, the heaviest, or None.
    """

    minimum: float = 0.0
    step: float = 0.5
    maximum: float | None = None

    def __post_init__(self) -> None:
        """Only weights that there can be.

        Raises:
            NotPlausible: a negative or endless weight, no step, or a maximum below the minimum.
        """
        if not 0 <= self.minimum <= HEAVIEST:
            raise NotPlausible("The lightest weight", expected=f"0 to {HEAVIEST:.0f} kg")
        if not 0 < self.step <= HEAVIEST:
            raise NotPlausible("The step between weights", expected=f"more than 0 and at most {HEAVIEST:.0f} kg")
        if self.maximum is not None and not self.minimum <= self.maximum <= HEAVIEST:
            raise NotPlausible("The heaviest weight", expected=f"from the lightest to {HEAVIEST:.0f} kg")

    def nearest(self, weight: float) -> float:
        """The weight there is that comes nearest; of two as near, the lighter.

        >>> Progression(minimum=2.5, step=2.5, maximum=20).nearest(11.25)
        10.0
        """
        if not math.isfinite(weight):
            raise NotPlausible("A weight", expected="a number")
        top = HEAVIEST if self.maximum is None else self.maximum
        steps = math.ceil((min(max(weight, self.minimum), top) - self.minimum) / self.step - 0.5)
        while steps and self.minimum + steps * self.step > top:
            steps -= 1
        return self.minimum + max(steps, 0) * self.step

    def tapped(self, weight: float, *, steps: int) -> float:
        """The weight after so many taps up, or down where they are negative, without leaving what there is.

        >>> Progression(step=2.5).tapped(40.0, steps=2)
        45.0
        """
        top = HEAVIEST if self.maximum is None else self.maximum
        return min(max(weight + steps * self.step, self.minimum), top)


@dataclass(frozen=True, slots=True)
class Labels:
    """What is noted about one set; None where nothing was.

    Attributes:
        weight: kg.
        repetitions: counted.
        intensity: 0 to 1.
    """

    weight: float | None = None
    repetitions: int | None = None
    intensity: float | None = None

    def __post_init__(self) -> None:
        """Only what a set can have.

        Raises:
            NotPlausible: a label outside its range.
        """
        if self.weight is not None and not 0 <= self.weight <= HEAVIEST:
            raise NotPlausible("A set's weight", expected=f"0 to {HEAVIEST:.0f} kg")
        if self.repetitions is not None and not 0 <= self.repetitions <= MOST:
            raise NotPlausible("A set's repetitions", expected=f"0 to {MOST:,}")
        if self.intensity is not None and not 0 <= self.intensity <= 1:
            raise NotPlausible("A set's intensity", expected="0 to 1")

    def value(self, kind: LabelKind) -> float | None:
        """One label by its name."""
        found: float | None = getattr(self, kind)
        return found


def nearest_intensity(intensity: float) -> float:
    """The fifth that comes nearest; of two as near, the lower.

    >>> nearest_intensity(0.5)
    0.4
    """
    if not math.isfinite(intensity):
        raise NotPlausible("An intensity", expected="a number")
    return math.ceil(min(max(intensity, 0.0), 1.0) * 5 - 0.5 - 1e-9) / 5


def nearest_repetitions(repetitions: float) -> int:
    """The whole number that comes nearest, at least 1; of two as near, the lower.

    >>> nearest_repetitions(7.5)
    7
    """
    if not math.isfinite(repetitions):
        raise NotPlausible("Repetitions", expected="a number")
    return min(max(math.ceil(repetitions - 0.5), 1), MOST)


def taps(true: float, shown: float, *, step: float) -> int:
    """How often a person must tap to put right what was shown.

    >>> taps(10.0, 7.5, step=2.5)
    1
    """
    return math.ceil(abs(true - shown) / step - 1e-9)
