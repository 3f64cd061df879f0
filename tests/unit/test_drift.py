"""How far a column has moved, held against what counting by hand gives."""

from __future__ import annotations

import numpy as np
import pytest

from paceline.ship.drift import shift


def counted(before: np.ndarray, now: np.ndarray) -> float:
    """Kolmogorov-Smirnov by its definition: the two shares at or below every value."""
    return max(abs(float(np.mean(before <= value) - np.mean(now <= value))) for value in [*before, *now])


@pytest.mark.parametrize("seed", range(40))
def test_the_distance_is_the_largest_gap_between_two_shares(seed: int) -> None:
    random = np.random.default_rng(seed)
    sizes = random.integers(1, 30, size=2)
    if seed % 2:
        before, now = (random.integers(0, 6, size=size).astype(float) for size in sizes)  # many ties
    else:
        before, now = (random.normal(size=size) for size in sizes)
    assert shift(before, now).distance == pytest.approx(counted(before, now), abs=1e-12)


def test_missing_values_are_told_apart_and_not_compared() -> None:
    values = np.arange(100.0)
    holed = np.where(values < 25, np.nan, values)
    found = shift(values, holed)
    assert found.missing == 0.25
    assert found.distance == counted(values, holed[25:])


def test_a_side_without_a_value_has_no_distance() -> None:
    assert np.isnan(shift(np.full(3, np.nan), np.arange(3.0)).distance)
