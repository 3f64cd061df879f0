"""The output check, and values as JSON can hold them."""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np

from paceline.measure.catalogue import metric
from paceline.measure.results import check, plain


@metric("W", low=0.0, high=3000.0)
def sound_power(power):
    """A metric with a range."""
    return power


@metric("W", low=0.0, high=3000.0, nan=True)
def holey_power(power):
    """A metric that may be absent."""
    return power


def test_a_value_in_range_has_no_problem():
    assert check(sound_power.metric, 200.0) == ()


def test_a_value_out_of_range_is_reported_without_the_value():
    (problem,) = check(sound_power.metric, 21_733.0)
    assert "0 to 3000 W" in problem
    assert "21" not in problem


def test_nan_is_reported_where_it_is_not_sound():
    assert check(sound_power.metric, np.array([1.0, np.nan]))
    assert not check(holey_power.metric, np.array([1.0, np.nan]))


@dataclass(frozen=True)
class Fit:
    value: float
    bounds: tuple[float, float]


def test_plain_values_are_json():
    made = {"a": np.float64(1.5), "b": Fit(np.nan, (1.0, np.inf)), "c": np.arange(2)}
    assert json.loads(json.dumps(plain(made), allow_nan=False)) == {
        "a": 1.5,
        "b": {"value": None, "bounds": [1.0, None]},
        "c": [0, 1],
    }
