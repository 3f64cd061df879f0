"""Time in zones: sweatpy's zone test, hand counts, gaps."""

from __future__ import annotations

import numpy as np
import pytest

from paceline.domain.errors import TooFewSamples
from paceline.measure.flow import compute
from paceline.measure.metrics.zones import heart_rate_zone_time, power_zone_time


def test_each_of_sweatpys_values_lies_in_its_own_zone():
    for zone, watts in enumerate([0.55, 0.75, 0.9, 1.05, 1.2, 1.5, 10.0]):
        assert power_zone_time(np.array([watts]), 1.0, 1.0).tolist() == np.eye(7)[zone].tolist()


def test_a_gap_belongs_to_no_zone_and_coasting_to_the_first():
    power = np.array([0.0, np.nan, 200.0, 200.0, np.nan])
    assert power_zone_time(power, 200.0, 2.0).tolist() == [2.0, 0.0, 0.0, 4.0, 0.0, 0.0, 0.0]
    heart_rate = np.array([np.nan, 100.0, 170.0, 180.0])
    assert heart_rate_zone_time(heart_rate, 170.0, 1.0).tolist() == [1.0, 0.0, 0.0, 1.0, 1.0]


def test_bounds_that_rounding_would_miss_are_met():
    assert 0.57 * 100.0 < 57.0
    assert power_zone_time(np.array([57.0]), 100.0, 1.0, (0.57, 0.8)).tolist() == [1.0, 0.0, 0.0]


def test_zones_of_the_settings_replace_the_usual_ones_and_an_endless_last_one_is_no_extra_zone():
    quantities = {"power": np.array([100.0, 300.0]), "interval": 1.0, "threshold_power": 200.0}
    settings = {"power_zones": (0.8, np.inf), "heart_rate_zones": (0.5, 0.9)}
    beats = {"heart_rate": np.array([120.0, 170.0]), "threshold_heart_rate": 160.0}
    found = compute({**quantities, **settings, **beats}, ["power_zone_time", "heart_rate_zone_time"])
    assert found["power_zone_time"].tolist() == [1.0, 1.0]
    assert found["heart_rate_zone_time"].tolist() == [0.0, 1.0, 1.0]


def test_the_zones_share_out_all_that_was_measured():
    power = np.random.default_rng(5).integers(0, 600, 999).astype(float)
    power[::7] = np.nan
    assert power_zone_time(power, 250.0, 0.5).sum() == np.count_nonzero(~np.isnan(power)) * 0.5


@pytest.mark.parametrize("absent", [np.empty(0), np.full(4, np.nan)], ids=["empty", "all absent"])
def test_nothing_measured_is_refused(absent):
    with pytest.raises(TooFewSamples):
        power_zone_time(absent, 250.0, 1.0)
    with pytest.raises(TooFewSamples):
        heart_rate_zone_time(absent, 170.0, 1.0)
