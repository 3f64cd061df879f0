"""Quantities made from others: each against a hand sum, each with a hole."""

from __future__ import annotations

import numpy as np
import pytest

from paceline.measure import derivations


def test_speed_is_the_change_of_distance():
    found = derivations.speed_from_distance.function(np.array([0.0, 5.0, 15.0, np.nan, 40.0]), 1.0)
    assert found[:2].tolist() == [5.0, 10.0]
    assert np.isnan(found[2:]).all()


def test_a_distance_counter_that_resets_gives_no_speed():
    assert np.isnan(derivations.speed_from_distance.function(np.array([900.0, 0.0, 10.0]), 1.0)[0])


def test_distance_is_the_sum_of_speed_and_a_hole_adds_nothing():
    found = derivations.distance_from_speed.function(np.array([5.0, np.nan, 10.0, 10.0]), 0.5)
    assert found[[0, 2, 3]].tolist() == [0.0, 2.5, 7.5]
    assert np.isnan(found[1])


def test_a_degree_of_latitude_is_about_111_kilometres():
    found = derivations.speed_from_positions.function(np.array([0.0, 1.0]), np.array([-30.0, -30.0]), 1.0)
    assert found[0] == pytest.approx(np.pi / 180 * derivations.EARTH)
    assert np.isnan(found[1])


def test_torque_is_power_over_angular_velocity():
    found = derivations.torque_from_power.function(np.array([300.0, 0.0, np.nan]), np.array([90.0, 0.0, 90.0]), 1.0)
    assert found[0] == pytest.approx(300 / (2 * np.pi * 1.5))
    assert np.isnan(found[1:]).all()


def test_one_sample_gives_nothing_to_derive_from():
    assert np.isnan(derivations.speed_from_distance.function(np.array([5.0]), 1.0)).all()
    assert derivations.speed_from_positions.function(np.array([5.0]), np.array([5.0]), 1.0).tolist() != [0.0]


def test_a_cadence_of_next_to_nothing_gives_no_torque_rather_than_an_infinite_one():
    torque = derivations.torque_from_power.function(np.array([200.0, 200.0]), np.array([1e-320, 60.0]), 1.0)
    assert np.isnan(torque[0])
    assert torque[1] == pytest.approx(31.83, abs=0.01)  # 200 W over 2π rad/s
