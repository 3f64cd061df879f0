"""Which numbers make sense for a rider, the air and a course: a slip of the pen is refused before it is solved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from paceline.domain.errors import NotPlausible

Range = tuple[float, float, str]
"""Lowest, highest, unit; both ends belong to it."""


def require(thing: object, ranges: Mapping[str, Range]) -> None:
    """Hold the attributes of a thing to their ranges; None says that a quantity is not known, and passes.

    Args:
        thing: anything with the attributes that `ranges` names: numbers, or arrays of any shape.
        ranges: attribute → lowest, highest, unit.

    Raises:
        NotPlausible: a value is outside, NaN or not a number; the message holds the range, not the value.
    """
    for name, (low, high, unit) in ranges.items():
        value: Any = getattr(thing, name)
        if value is not None and not _within(value, low, high):
            raise NotPlausible(name, expected=f"{low:g} to {high:g} {unit}".strip())


def _within(value: Any, low: float, high: float) -> bool:
    try:
        numbers = np.asarray(value, np.float64)
    except (TypeError, ValueError):
        return False
    return bool(np.all((numbers >= low) & (numbers <= high)))
