"""Heart rate: hand sums, published forms, and gaps."""

from __future__ import annotations

import math

import numpy as np
import pytest

from paceline.domain.errors import NotIdentifiable, TooFewSamples
from paceline.measure.metrics.heart_rate import (
    average_heart_rate,
    decoupling,
    efficiency,
    highest_heart_rate,
    training_impulse,
    zonal_training_impulse,
)

NOTHING = np.full(5, np.nan)


def test_average_and_highest_are_those_of_the_readings():
    rates = np.array([120.0, np.nan, 150.0, 165.0])
    assert average_heart_rate(rates) == 145.0
    assert highest_heart_rate(rates) == 165.0


def test_nothing_measured_is_said_not_computed():
    for node in (average_heart_rate, highest_heart_rate):
        for empty in (NOTHING, np.empty(0)):
            with pytest.raises(TooFewSamples):
                node(empty)
    with pytest.raises(TooFewSamples):
        training_impulse(NOTHING, 60.0, 190.0, 1.92, 1.0)
    with pytest.raises(TooFewSamples):
        zonal_training_impulse(NOTHING, 190.0, 1.0)


def test_a_steady_hour_has_banisters_training_impulse():
    """60 min at 0.74 of the reserve: 60 · 0.7407 · 0.64 e^(1.92 · 0.7407), about 118 by a published example."""
    found = training_impulse(np.full(3600, 155.0), 55.0, 190.0, 1.92, 1.0)
    assert found == pytest.approx(60 * (100 / 135) * 0.64 * math.exp(1.92 * 100 / 135))
    assert found == pytest.approx(118, abs=0.5)


def test_the_weight_for_women_has_its_own_factor():
    found = training_impulse(np.full(60, 140.0), 40.0, 200.0, 1.67, 1.0)
    assert found == pytest.approx(0.625 * 0.86 * math.exp(1.67 * 0.625))


def test_training_impulse_is_a_sum_over_samples_of_any_length():
    rates = np.random.default_rng(1).uniform(50.0, 195.0, 300)
    slow = 0.0
    for rate in rates:
        reserve = max(rate - 60.0, 0.0) / 130.0
        slow += 0.5 / 60.0 * reserve * 0.64 * math.exp(1.92 * reserve)
    assert training_impulse(rates, 60.0, 190.0, 1.92, 0.5) == pytest.approx(slow)


def test_a_gap_adds_no_training_impulse():
    rates = np.full(100, 150.0)
    holed = np.concatenate([rates, np.full(50, np.nan)])
    assert training_impulse(holed, 60.0, 190.0, 1.92, 1.0) == training_impulse(rates, 60.0, 190.0, 1.92, 1.0)
    assert zonal_training_impulse(holed, 190.0, 1.0) == zonal_training_impulse(rates, 190.0, 1.0)


def test_a_maximum_that_is_not_above_rest_is_refused():
    with pytest.raises(NotIdentifiable):
        training_impulse(np.full(10, 100.0), 100.0, 100.0, 1.92, 1.0)


def test_each_zone_counts_its_number_from_its_floor_on():
    rates = np.array([99.0, 100.0, 119.0, 120.0, 140.0, 160.0, 180.0, 210.0])
    assert zonal_training_impulse(rates, 200.0, 60.0) == 0 + 1 + 1 + 2 + 3 + 4 + 5 + 5


def test_efficiency_is_watts_for_a_beat_a_minute():
    assert efficiency(210.0, 140.0) == 1.5


def test_decoupling_compares_the_halves_over_samples_with_both_readings():
    power = np.array([200.0, np.nan, 220.0, 999.0, 180.0, 200.0, 200.0])
    rates = np.array([100.0, 100.0, 110.0, 999.0, np.nan, 125.0, 125.0])
    first, second = (200 + 220) / (100 + 110), (200 + 200) / (125 + 125)
    assert decoupling(power, rates) == pytest.approx((first - second) / first)


def test_a_half_without_both_readings_or_power_has_no_decoupling():
    steady = np.full(4, 150.0)
    for power in (np.array([np.nan, np.nan, 200.0, 200.0]), np.array([0.0, 0.0, 200.0, 200.0]), np.full(4, np.nan)):
        with pytest.raises(TooFewSamples):
            decoupling(power, steady)
    with pytest.raises(TooFewSamples):
        decoupling(np.array([200.0]), np.array([150.0]))
