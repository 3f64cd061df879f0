"""Torque, cadence, balance, elevation, distance and temperature: hand sums and gaps."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from paceline.domain.errors import TooFewSamples
from paceline.measure.catalogue import catalogue
from paceline.measure.flow import NotHad, compute
from paceline.measure.metrics import balance, cadence, distance, elevation, temperature, torque
from paceline.measure.results import check

NOTHING = (np.full(3, np.nan), np.empty(0))

PLAIN = [
    torque.average_torque,
    torque.maximal_torque,
    cadence.average_cadence,
    cadence.maximal_cadence,
    balance.average_left_torque_effectiveness,
    balance.average_right_torque_effectiveness,
    balance.average_left_pedal_smoothness,
    balance.average_right_pedal_smoothness,
    elevation.elevation_gain,
    elevation.elevation_loss,
    elevation.maximal_altitude,
    elevation.minimal_altitude,
    distance.distance_covered,
    distance.distance_resets,
    distance.maximal_speed,
    temperature.average_temperature,
    temperature.maximal_temperature,
    temperature.minimal_temperature,
]


@pytest.mark.parametrize("node", PLAIN, ids=lambda node: node.__name__)
def test_nothing_measured_is_said_not_computed(node):
    for series in NOTHING:
        with pytest.raises(TooFewSamples):
            node(series)


@pytest.mark.parametrize("node", PLAIN, ids=lambda node: node.__name__)
def test_a_gap_neither_adds_nor_takes(node):
    series = np.array([0.25, 0.75, 0.5, 0.5])
    holed = np.array([np.nan, 0.25, 0.75, np.nan, np.nan, 0.5, 0.5, np.nan])
    assert node(holed) == node(series)


def test_averages_and_extremes_are_those_of_the_readings():
    series = np.array([10.0, 0.0, np.nan, 50.0])
    assert torque.average_torque(series) == 20.0
    assert torque.maximal_torque(series) == 50.0
    assert cadence.average_cadence(series) == 30.0  # coasting left out
    assert cadence.maximal_cadence(series) == 50.0
    assert distance.maximal_speed(series) == 50.0
    assert elevation.maximal_altitude(series) == 50.0
    assert elevation.minimal_altitude(series) == 0.0
    assert temperature.average_temperature(series) == 20.0
    assert temperature.maximal_temperature(series) == 50.0
    assert temperature.minimal_temperature(series) == 0.0


def test_pedalling_measures_leave_coasting_out():
    series = np.array([0.25, 0.0, np.nan, 0.5])
    for node in PLAIN[4:8]:
        assert node(series) == 0.375
        with pytest.raises(TooFewSamples):
            node(np.zeros(3))


def test_balance_weighs_each_sample_with_its_power():
    left = np.array([0.5, 0.7, np.nan, 0.9, 0.2])
    power = np.array([300.0, 100.0, 500.0, np.nan, 0.0])
    assert balance.average_left_balance(left, power) == pytest.approx((150 + 70) / 400)
    for nothing in (np.full(5, np.nan), np.zeros(5)):
        with pytest.raises(TooFewSamples):
            balance.average_left_balance(left, nothing)


def slow_climb(altitude):
    """The rule as it is worded: keep every point that a swing of 3 m confirms, then add up."""
    gain = loss = 0.0
    anchor, extreme, direction = altitude[0], altitude[0], 0
    lowest = highest = altitude[0]
    for height in altitude:
        if direction == 0:
            lowest, highest = min(lowest, height), max(highest, height)
            if height - lowest >= 3.0:
                anchor, extreme, direction = lowest, height, 1
            elif highest - height >= 3.0:
                anchor, extreme, direction = highest, height, -1
        elif direction * (height - extreme) > 0:
            extreme = height
        elif direction * (extreme - height) >= 3.0:
            gain, loss = gain + max(extreme - anchor, 0.0), loss + max(anchor - extreme, 0.0)
            anchor, extreme, direction = extreme, height, -direction
    return gain + max(extreme - anchor, 0.0), loss + max(anchor - extreme, 0.0)


@given(st.lists(st.integers(-20, 20), min_size=1, max_size=60))
def test_climbing_is_the_sum_of_swings_of_three_metres(steps):
    altitude = 500.0 + np.cumsum(np.array(steps)) / 4.0
    found = elevation.elevation_gain(altitude), elevation.elevation_loss(altitude)
    assert found == pytest.approx(slow_climb(altitude.tolist()))


def test_a_noisy_flat_road_climbs_nothing_and_a_noisy_hill_its_height():
    noise = np.random.default_rng(8).uniform(-1.4, 1.4, 5000)
    assert elevation.elevation_gain(noise) == elevation.elevation_loss(noise) == 0.0
    hill = np.concatenate([np.linspace(0.0, 400.0, 2500), np.linspace(400.0, 0.0, 2500)]) + noise
    assert elevation.elevation_gain(hill) == pytest.approx(400.0, abs=3.0)
    assert elevation.elevation_loss(hill) == pytest.approx(400.0, abs=3.0)


def test_steps_of_less_than_three_metres_up_a_long_hill_all_count():
    assert elevation.elevation_gain(np.arange(0.0, 101.0)) == 100.0
    assert elevation.elevation_gain(np.array([0.0, 2.9])) == 0.0
    assert elevation.elevation_gain(np.array([0.0, 3.0])) == 3.0


def test_a_climb_during_a_gap_counts_once():
    assert elevation.elevation_gain(np.array([100.0, np.nan, np.nan, 140.0])) == 40.0


def test_distance_is_last_less_first_but_for_resets_which_are_reported():
    plain = np.array([500.0, 510.0, np.nan, 540.0])
    assert distance.distance_covered(plain) == 40.0
    assert distance.distance_resets(plain) == 0.0
    again = np.array([500.0, 540.0, 0.0, 25.0])
    assert distance.distance_covered(again) == 65.0
    assert distance.distance_resets(again) == 1.0
    assert check(catalogue()["distance_resets"], distance.distance_resets(again))
    assert not check(catalogue()["distance_resets"], distance.distance_resets(plain))


def test_a_step_back_within_a_metre_is_rounding_and_counts_as_it_is():
    jitter = np.array([0.0, 10.0, 9.5, 20.0])
    assert distance.distance_covered(jitter) == 20.0
    assert distance.distance_resets(jitter) == 0.0


def test_one_reading_is_no_distance():
    with pytest.raises(TooFewSamples):
        distance.distance_covered(np.array([5.0, np.nan]))


def test_the_two_average_speeds_differ_by_the_pauses():
    ride = {
        "distance": np.array([0.0, 10.0, 20.0, 20.0, 20.0]),
        "speed": np.array([10.0, 10.0, 0.0, 0.0, 0.0]),
        "interval": 1.0,
        "elapsed_time": 5.0,
    }
    found = compute(ride, ["average_moving_speed", "average_elapsed_speed"])
    assert found == {"average_moving_speed": 10.0, "average_elapsed_speed": 4.0}


def test_no_time_has_no_speed():
    with pytest.raises(TooFewSamples):
        distance.average_moving_speed(0.0, 0.0, np.array([0.0, np.nan]))
    with pytest.raises(TooFewSamples):
        distance.average_elapsed_speed(0.0, 0.0)


def test_speed_that_was_read_now_and_then_gives_no_average():
    sparse = {"speed": np.array([np.nan, 1.5, np.nan, np.nan, 1.5]), "distance": np.arange(5) * 1.5}
    found = compute({**sparse, "interval": 1.0, "elapsed_time": 5.0}, ["average_moving_speed"])
    assert isinstance(found["average_moving_speed"], NotHad)


def test_only_the_road_and_the_air_are_not_personal():
    entries = catalogue()
    assert not entries["elevation_gain"].personal
    assert not entries["average_temperature"].personal
    assert entries["average_cadence"].personal
