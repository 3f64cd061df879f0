"""Power over an effort: hand sums, and what gaps do to each."""

from __future__ import annotations

import numpy as np
import pytest

from paceline.domain.errors import NotIdentifiable, TooFewSamples
from paceline.measure.flow import compute
from paceline.measure.metrics import power as of
from paceline.measure.metrics.weighted_power import weighted_power, x_power

RIDE = np.array([100.0, 0.0, np.nan, 300.0, 400.0, np.nan])


def test_each_is_its_hand_sum_and_a_gap_is_left_out():
    assert of.average_power(RIDE) == 200.0
    assert of.maximal_power(RIDE) == 400.0
    assert of.power_time(RIDE, 2.0) == 8.0
    assert of.average_power_per_mass(of.average_power(RIDE), 80.0) == 2.5
    assert of.work_above_critical_power(RIDE, 250.0, 2.0) == (50.0 + 150.0) * 2.0


def test_coasting_counts_as_riding_and_a_gap_does_not():
    assert of.average_power(np.array([300.0, 0.0])) == 150.0
    assert of.average_power(np.array([300.0, np.nan])) == 300.0


def test_an_hour_at_threshold_is_a_load_of_one_hundred():
    hour = np.full(3600, 300.0)
    assert of.intensity(weighted_power(hour, 1.0), 300.0) == pytest.approx(1.0, rel=1e-12)
    assert of.load(1.0, of.power_time(hour, 1.0)) == 100.0
    paused = np.concatenate([hour, np.full(1800, np.nan)])
    assert of.load(1.0, of.power_time(paused, 1.0)) == 100.0


def test_the_x_load_is_one_hundred_times_hours_times_intensity_squared():
    ride = np.resize(np.repeat([350.0, 120.0], 60), 7200)
    fading = x_power(ride, 1.0)
    relative = of.relative_intensity(fading, 260.0)
    assert relative == fading / 260.0
    assert of.x_load(fading, relative, 260.0, 7200.0) == pytest.approx(200.0 * relative**2, rel=1e-12)


def test_variability_is_one_for_a_steady_ride_and_none_without_pedalling():
    steady = np.full(120, 200.0)
    assert of.variability(weighted_power(steady, 1.0), of.average_power(steady)) == pytest.approx(1.0, rel=1e-12)
    with pytest.raises(NotIdentifiable):
        of.variability(0.0, of.average_power(np.zeros(120)))


@pytest.mark.parametrize("absent", [np.empty(0), np.full(9, np.nan)], ids=["empty", "all absent"])
def test_nothing_measured_is_refused(absent):
    with pytest.raises(TooFewSamples):
        of.average_power(absent)
    with pytest.raises(TooFewSamples):
        of.maximal_power(absent)
    with pytest.raises(TooFewSamples):
        of.work_above_critical_power(absent, 250.0, 1.0)
    assert of.power_time(absent, 1.0) == 0.0


def test_the_runner_gives_all_of_them_from_power_and_the_settings():
    quantities = {"power": np.full(3600, 300.0), "interval": 1.0, "mass": 75.0}
    settings = {"threshold_power": 300.0, "critical_power": 310.0}
    found = compute({**quantities, **settings}, ["average_power_per_mass", "load", "x_load", "variability"])
    assert found["average_power_per_mass"] == 4.0
    assert found["load"] == pytest.approx(100.0, rel=1e-12)
    assert found["x_load"] == pytest.approx(100 * (300 / 310) ** 2, rel=0.02)
