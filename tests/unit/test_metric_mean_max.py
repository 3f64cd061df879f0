"""Mean-maximal power against its definition, sweatpy's published values, and what gaps and odd grids do to it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from paceline.domain.errors import TooFewSamples
from paceline.measure.kernels import BLOCK, STRIP
from paceline.measure.metrics.mean_max import best_efforts, mean_max

WHOLE_WATTS = st.lists(st.integers(0, 2500), min_size=1, max_size=80)
LONG = 3 * STRIP + BLOCK + 5
"""Samples: several strips and blocks, the last of both cut short."""


def by_definition(watts):
    return [max(sum(watts[i : i + k]) / k for i in range(len(watts) - k + 1)) for k in range(1, len(watts) + 1)]


def by_prefix_sums(watts):
    sums = np.concatenate([[0], np.cumsum(watts)])
    return np.array([np.max(sums[k:] - sums[:-k]) / k for k in range(1, watts.size + 1)])


def made_rides():
    made = np.random.default_rng(7)
    sprints = np.zeros(LONG, np.int64)
    sprints[50::90] = 1100
    return {
        "constant": np.full(LONG, 250),
        "random": made.integers(0, 1500, LONG),
        "intervals": np.resize(np.repeat([320, 120], 30), LONG),
        "zeros with sprints": sprints,
        "rising": np.arange(LONG),
        "falling": np.arange(LONG)[::-1],
        "every other second": np.resize([0, 500], LONG),
    }


@given(WHOLE_WATTS)
def test_whole_watts_give_exactly_the_definition(watts):
    assert mean_max(np.array(watts, float), 1.0).tolist() == by_definition(watts)


@given(st.lists(st.floats(0.0, 2500.0), min_size=1, max_size=60))
def test_other_watts_give_the_definition_to_a_ten_millionth_of_a_watt(watts):
    np.testing.assert_allclose(mean_max(np.array(watts), 1.0), by_definition(watts), rtol=1e-13, atol=1e-7)


@given(st.lists(st.integers(-500, 500), min_size=1, max_size=60))
def test_negative_watts_are_summed_like_any_other(watts):
    assert mean_max(np.array(watts, float), 1.0).tolist() == by_definition(watts)


@pytest.mark.parametrize("watts", made_rides().values(), ids=made_rides())
def test_no_window_is_passed_over_that_should_not_be(watts):
    np.testing.assert_array_equal(mean_max(watts.astype(float), 1.0), by_prefix_sums(watts))
    finer = watts + 0.3
    np.testing.assert_allclose(mean_max(finer, 1.0), by_prefix_sums(finer), rtol=0, atol=1e-7)


def test_watts_too_large_for_int32_are_still_exact():
    watts = np.resize(np.array([3, 40_000_000, 7, 90_000_001]), 300)
    np.testing.assert_array_equal(mean_max(watts.astype(float), 1.0), by_prefix_sums(watts))


def test_sweatpys_published_values_are_met():
    curve = mean_max(np.arange(101.0), 1.0)
    assert (curve[0], curve[49], curve[99]) == (100.0, 75.5, 50.5)


def test_a_gap_adds_time_but_no_work():
    watts = np.array([300.0, np.nan, np.nan, 300.0])
    np.testing.assert_allclose(mean_max(watts, 1.0), [300.0, 150.0, 100.0, 150.0])
    best = best_efforts(np.concatenate([np.full(4, 300.0), [np.nan]]), 1.0)
    assert best.power.tolist() == [300.0, 240.0]


@pytest.mark.parametrize("node", [mean_max, best_efforts])
@pytest.mark.parametrize("watts", [np.empty(0), np.full(3, np.nan)], ids=["empty", "all absent"])
def test_nothing_measured_is_refused(node, watts):
    with pytest.raises(TooFewSamples):
        node(watts, 1.0)


@given(st.lists(st.integers(0, 900), min_size=1, max_size=400))
def test_best_efforts_are_places_on_the_curve(watts):
    power = np.array(watts, float)
    best = best_efforts(power, 1.0)
    lengths = best.durations.astype(int)
    assert best.power.tolist() == mean_max(power, 1.0)[lengths - 1].tolist()
    for length, start, mean in zip(lengths, best.starts.astype(int), best.power, strict=True):
        assert power[start : start + length].mean() == pytest.approx(mean, rel=1e-12)


def test_the_first_of_equal_efforts_is_named():
    best = best_efforts(np.array([100.0, 300.0, 100.0, 300.0]), 1.0)
    assert best.starts.tolist() == [1.0]


def test_on_a_coarse_grid_the_nearest_whole_number_of_cells_is_named():
    best = best_efforts(np.arange(30.0), 4.0)
    assert best.durations.tolist() == [4.0, 8.0, 16.0, 32.0, 60.0, 120.0]
    assert best.starts.tolist() == [116.0, 112.0, 104.0, 88.0, 60.0, 0.0]


def test_a_best_effort_says_for_how_much_of_it_there_was_a_reading():
    power = np.array([200.0, np.nan, 200.0, 200.0, 200.0, 200.0])
    found = best_efforts(power, 1.0)
    assert found.durations.tolist() == [1.0, 5.0]
    assert found.measured.tolist() == [1.0, 0.8]


def test_no_duration_over_a_day_is_looked_for(monkeypatch):
    monkeypatch.setattr("paceline.measure.metrics.mean_max.LONGEST", 2.0 * STRIP + 7)
    for watts in made_rides().values():
        assert mean_max(watts.astype(float), 1.0).tolist() == by_prefix_sums(watts)[: 2 * STRIP + 7].tolist()
    assert mean_max(watts.astype(float), 10.0).size == (2 * STRIP + 7) // 10
