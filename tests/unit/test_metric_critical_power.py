"""Critical power from one ride: made rides with a known truth, and rides that can't tell."""

from __future__ import annotations

import numpy as np
import pytest

from paceline.domain.errors import NotIdentifiable
from paceline.measure.flow import NotHad, compute
from paceline.measure.metrics.critical_power import critical_power_from_ride
from paceline.measure.metrics.mean_max import BestEfforts, best_efforts
from paceline.measure.power_duration import fit


def efforts(times, power) -> BestEfforts:
    return BestEfforts(np.asarray(times, float), np.asarray(power, float), np.zeros(len(times)), np.ones(len(times)))


def test_only_efforts_between_2_and_20_minutes_are_fitted():
    times = np.array([1.0, 60.0, 120.0, 300.0, 600.0, 1200.0, 3600.0])
    power = 250.0 + 20_000.0 / times
    power[[0, 1, 6]] = [900.0, 500.0, 200.0]  # a sprinter's and a tired rider's, neither on the hyperbola
    found = critical_power_from_ride(efforts(times, power))
    assert found.durations.tolist() == [120.0, 300.0, 600.0, 1200.0]
    for model in ("hyperbolic", "linear", "inverse_time"):
        assert found.fits[model]["critical_power"].value == pytest.approx(250.0)
        assert found.fits[model]["w_prime"].value == pytest.approx(20_000.0)
    assert "30 minutes" in found.reasons["omni"] or "at least 5" in found.reasons["omni"]
    assert set(found.fits) | set(found.reasons) == {
        "hyperbolic", "linear", "inverse_time", "three_parameter", "exponential", "omni",
    }  # fmt: skip


def test_the_fits_are_those_of_the_library_on_the_best_efforts_of_the_samples():
    power = np.random.default_rng(5).gamma(4.0, 60.0, 3000)
    best = best_efforts(power, 1.0)
    inside = (best.durations >= 120) & (best.durations <= 1200)
    slow = fit(best.durations[inside], best.power[inside], model="linear")
    found = critical_power_from_ride(best)
    assert found.fits["linear"]["critical_power"] == slow["critical_power"]


def test_a_ride_that_is_too_short_is_refused():
    with pytest.raises(NotIdentifiable, match="best efforts"):
        critical_power_from_ride(efforts([1, 5, 60, 120], [900, 800, 500, 400]))


def test_a_ride_at_constant_power_is_refused():
    with pytest.raises(NotIdentifiable):
        critical_power_from_ride(best_efforts(np.full(2000, 200.0), 1.0))


def test_a_ride_without_power_above_0_is_refused():
    with pytest.raises(NotIdentifiable):
        critical_power_from_ride(best_efforts(np.zeros(2000), 1.0))


def test_in_the_dataflow_a_short_ride_is_a_reason_not_a_number():
    found = compute({"power": np.full(100, 200.0), "interval": 1.0}, ["critical_power_from_ride"])
    assert isinstance(found["critical_power_from_ride"], NotHad)


def test_a_gap_lowers_the_best_efforts_and_is_not_filled():
    power = np.concatenate([np.full(400, 350.0), np.full(2000, 220.0)])
    holed = power.copy()
    holed[100:200] = np.nan
    whole, less = (critical_power_from_ride(best_efforts(series, 1.0)) for series in (power, holed))
    assert np.all(less.power <= whole.power)
    assert less.power[2] < whole.power[2]
