"""Comparison of positions: the posterior against Student's distribution, a plain integration, and made sessions."""

from __future__ import annotations

import numpy as np
import pytest

from paceline.domain.errors import NotIdentifiable, TooFewSamples, UnknownName
from paceline.measure.estimates import student_quantile
from paceline.measure.positions import compare_positions

NAMES = ["drops", "hoods", "aero", "hoods", "aero", "drops", "aero", "drops", "hoods"]
VALUES = [0.301, 0.322, 0.273, 0.331, 0.262, 0.311, 0.271, 0.297, 0.325]


def by_name(name):
    return np.array([value for value, position in zip(VALUES, NAMES, strict=True) if position == name])


def test_a_difference_has_students_distribution():
    found = compare_positions(NAMES, VALUES).advantage("aero", over="drops")
    groups = [by_name(name) for name in ("drops", "hoods", "aero")]
    variance = sum(float(np.sum((group - group.mean()) ** 2)) for group in groups) / 6
    difference = by_name("drops").mean() - by_name("aero").mean()
    half = student_quantile(0.975, 6) * (variance * 2 / 3) ** 0.5
    assert found.mean == pytest.approx(difference, abs=3e-4)
    assert (found.low, found.high) == pytest.approx((difference - half, difference + half), abs=5e-4)


def test_drift_is_taken_out_of_the_positions():
    """Two positions 0.02 apart, a drift of 0.01 a run that makes a plain mean tell them 0.03 apart."""
    names = ["a", "b", "a", "b", "a", "b", "a", "b"]
    true = np.where(np.array(names) == "a", 0.30, 0.32) + 0.01 * np.arange(8)
    noisy = true + np.array([1, -1, -1, 1, -1, 1, 1, -1]) * 5e-4
    assert compare_positions(names, noisy).advantage("a", over="b").mean == pytest.approx(0.03, abs=1e-3)
    found = compare_positions(names, noisy, drift=True)
    assert found.advantage("a", over="b").mean == pytest.approx(0.02, abs=5e-4)
    assert found.drift.mean() == pytest.approx(0.01, abs=1e-4)
    assert found.position("a").mean == pytest.approx(0.30 + 0.01 * 3.5, abs=5e-4)


def test_pooling_agrees_with_a_plain_integration():
    """Two positions, three runs each: the posterior of their difference, integrated on a grid of all unknowns."""
    names, values = ["a", "b", "b", "a", "a", "b"], np.array([1.0, 2.0, 1.5, 0.2, 0.9, 2.6])
    is_a = np.array(names) == "a"
    sigma, ratio = np.geomspace(0.05, 20, 160), 3.0 * np.tan((np.arange(160) + 0.5) / 160 * np.pi / 2)
    s, r = np.meshgrid(sigma, ratio, indexing="ij")
    wide = s**2 * (1 / 3 + r**2)  # of a mean of three runs about the overall level, which has a flat prior
    within = sum(float(np.sum((values[m] - values[m].mean()) ** 2)) for m in (is_a, ~is_a))
    gap = values[~is_a].mean() - values[is_a].mean()
    density = s**-4.0 * np.exp(-within / 2 / s**2) * wide**-0.5 * np.exp(-(gap**2) / 4 / wide)  # flat in log sigma
    weights = density / density.sum()
    expected = np.sum(weights * gap * r**2 / (r**2 + 1 / 3))
    found = compare_positions(names, values, pooled=True).advantage("a", over="b")
    assert found.mean == pytest.approx(expected, abs=0.02)
    assert found.mean < compare_positions(names, values).advantage("a", over="b").mean


def test_probabilities_add_up_and_follow_the_runs():
    for pooled in (False, True):
        found = compare_positions(NAMES, VALUES, pooled=pooled)
        lowest = found.probability_lowest()
        assert sum(lowest.values()) == pytest.approx(1.0)
        assert lowest["aero"] > 0.99
        assert found.probability_lower("drops", than="hoods") == pytest.approx(
            1.0 - found.probability_lower("hoods", than="drops")
        )
        assert found.runs == (3, 3, 3)


def test_intervals_cover_the_truth_as_often_as_they_say():
    generator = np.random.default_rng(7)
    names = ["a", "b"] * 3
    covered = 0
    for _ in range(200):
        values = np.where(np.array(names) == "a", 0.30, 0.31) + generator.normal(0.0, 0.01, 6)
        found = compare_positions(names, values).advantage("a", over="b", level=0.8)
        covered += found.low <= 0.01 <= found.high
    assert 140 <= covered <= 180


def test_what_the_runs_can_not_tell_is_refused():
    with pytest.raises(TooFewSamples):
        compare_positions(["a", "b"], [0.3, 0.31])
    with pytest.raises(TooFewSamples):
        compare_positions(["a"] * 4, [0.3, 0.31, 0.32, 0.3])
    with pytest.raises(NotIdentifiable, match="finite"):
        compare_positions(NAMES, [*VALUES[:-1], float("nan")])
    with pytest.raises(NotIdentifiable, match="finite"):
        compare_positions(NAMES, VALUES[:-1])
    with pytest.raises(TooFewSamples):
        compare_positions(["a", "b", "b"], [0.3, 0.31, 0.32], drift=True)
    with pytest.raises(UnknownName):
        compare_positions(NAMES, VALUES).position("upright")
