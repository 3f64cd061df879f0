"""The power profile of one ride and of several."""

from __future__ import annotations

import numpy as np
import pytest

from paceline.domain.errors import TooFewSamples
from paceline.measure.metrics.mean_max import BestEfforts, best_efforts, mean_max
from paceline.measure.metrics.power_profile import power_profile, power_profile_per_kg
from paceline.measure.power_profile import power_profile as over_rides


def test_the_profile_is_the_best_mean_of_every_window():
    power = np.random.default_rng(1).gamma(3.0, 70.0, 1500)
    found = power_profile(best_efforts(power, 1.0))
    assert found.durations.tolist() == [5.0, 60.0, 300.0, 1200.0, 3600.0]
    slow = [max(power[i : i + k].mean() for i in range(power.size - k + 1)) for k in (5, 60, 300, 1200)]
    assert found.power[:4] == pytest.approx(slow)
    assert np.isnan(found.power[4])


def test_a_gap_counts_as_time_without_work():
    power = np.full(60, 300.0)
    power[:30] = np.nan
    assert power_profile(best_efforts(power, 1.0)).power[:2].tolist() == [300.0, 150.0]


def test_a_ride_of_less_than_5_seconds_has_no_profile():
    with pytest.raises(TooFewSamples):
        power_profile(best_efforts(np.full(3, 300.0), 1.0))
    with pytest.raises(TooFewSamples):
        power_profile(BestEfforts(*[np.empty(0)] * 4))


def test_on_a_coarse_grid_the_nearest_effort_stands_in_with_its_own_duration():
    found = power_profile(best_efforts(np.full(100, 300.0), 2.0))
    assert found.durations[:2].tolist() == [4.0, 60.0]
    coarse = power_profile(best_efforts(np.full(100, 300.0), 15.0))
    assert np.isnan(coarse.power[0])
    assert coarse.power[1] == 300.0


def test_each_kilogram_has_its_share():
    found = power_profile(best_efforts(np.full(60, 300.0), 1.0))
    per_kg = power_profile_per_kg(found, 75.0)
    assert per_kg.power[:2].tolist() == [4.0, 4.0]
    assert np.isnan(per_kg.power[2])


def test_the_record_over_rides_is_the_elementwise_best_and_says_which_ride():
    random = np.random.default_rng(2)
    rides = [random.gamma(3.0, 70.0, size) for size in (50, 80, 20)]
    curves = [mean_max(power, 1.0) for power in rides]
    found = over_rides(curves)
    assert found.power.size == 80
    for k in range(80):
        slow = [curve[k] for curve in curves if k < curve.size]
        assert found.power[k] == max(slow)
        assert curves[found.ride[k]][k] == max(slow)


def test_of_equal_rides_the_first_has_the_record_and_a_missing_value_has_none():
    found = over_rides([np.array([np.nan, 300.0, np.nan]), np.array([np.nan, 300.0])])
    assert found.ride.tolist() == [-1, 0, -1]
    assert np.isnan(found.power).tolist() == [True, False, True]


def test_no_rides_have_no_record():
    with pytest.raises(TooFewSamples):
        over_rides([])
