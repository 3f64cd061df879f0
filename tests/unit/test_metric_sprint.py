"""Sprints: torque and cadence against a published team of sprinters; gears by hand; speed at an effort's ends."""

from __future__ import annotations

import numpy as np
import pytest

from paceline.domain.errors import NotIdentifiable, TooFewSamples
from paceline.measure.metrics.gear import gear
from paceline.measure.metrics.sprint import entry_speed, exit_speed, torque_cadence

CADENCE = np.linspace(50.0, 200.0, 60)
# Dorel et al. (2005): 118.5 N·m at 129.8/min; a straight line through that point reaches twice each on its axes.
TORQUE = 2 * 118.5 * (1.0 - CADENCE / (2 * 129.8))


def test_the_published_sprinters_power_follows_from_their_torque_and_cadence():
    found = torque_cadence(TORQUE, CADENCE, 12.0)
    assert found.maximal_power.value == pytest.approx(1610.7, abs=0.05)
    assert found.optimal_cadence.value == pytest.approx(129.8)
    assert found.optimal_torque.value == pytest.approx(118.5)
    assert found.explained == pytest.approx(1.0)


def test_standard_errors_are_what_repetition_shows():
    random = np.random.default_rng(4)
    found = [torque_cadence(TORQUE + random.normal(0.0, 6.0, TORQUE.size), CADENCE, 12.0) for _ in range(300)]
    for name in ("maximal_torque", "maximal_cadence", "maximal_power", "optimal_cadence", "optimal_torque"):
        estimates = [getattr(f, name) for f in found]
        spread = np.std([e.value for e in estimates], ddof=1)
        assert np.mean([e.standard_error for e in estimates]) == pytest.approx(spread, rel=0.15)


def test_gaps_and_coasting_do_not_count():
    holed, coasting = TORQUE.copy(), CADENCE.copy()
    holed[::7], coasting[::11] = np.nan, 0.0
    found = torque_cadence(holed, coasting, 12.0)
    assert found.maximal_power.value == pytest.approx(1610.7, abs=0.05)
    assert found.maximal_power.used == np.count_nonzero(~np.isnan(holed) & (coasting > 0.0))


def test_what_is_no_sprint_is_refused():
    with pytest.raises(TooFewSamples):
        torque_cadence(np.full(60, np.nan), CADENCE, 12.0)
    with pytest.raises(NotIdentifiable, match="hardly changes"):
        torque_cadence(TORQUE, np.linspace(120.0, 125.0, 60), 12.0)
    with pytest.raises(NotIdentifiable, match="does not fall"):
        torque_cadence(TORQUE[::-1].copy(), CADENCE, 12.0)


def test_a_whole_ride_is_no_sprint():
    with pytest.raises(NotIdentifiable, match="all-out"):
        torque_cadence(TORQUE, CADENCE, 3600.0)


def test_a_fixed_gear_is_told_from_speed_and_cadence():
    cadence = np.linspace(60.0, 130.0, 100)
    speed = cadence / 60.0 * 2.096 * 58 / 15
    found = gear(speed, cadence, 2.096, (56.0, 58.0, 60.0), (14.0, 15.0))
    assert (found.chainring, found.sprocket) == (58, 15)
    assert found.ratio == pytest.approx(58 / 15)
    assert found.development == pytest.approx(2.096 * 58 / 15)
    assert gear(speed, cadence, 2.096).chainring is None
    assert gear(speed, cadence, 2.096, (50.0,), (18.0,)).sprocket is None


def test_several_gears_and_none_are_refused():
    cadence = np.full(100, 90.0)
    speed = np.where(np.arange(100) < 50, 8.0, 11.0)
    with pytest.raises(NotIdentifiable):
        gear(speed, cadence, 2.1)
    with pytest.raises(TooFewSamples):
        gear(np.full(100, np.nan), cadence, 2.1)
    with pytest.raises(TooFewSamples):
        gear(speed, np.full(100, 10.0), 2.1)


def test_the_ends_of_an_effort_must_have_been_measured():
    speed = np.array([np.nan, 12.0, 13.0, 14.0, np.nan])
    assert entry_speed(speed, 0.5) == 12.0
    assert exit_speed(speed, 0.5) == 14.0
    for node in (entry_speed, exit_speed):
        with pytest.raises(TooFewSamples):
            node(speed, 1.0)
        with pytest.raises(TooFewSamples):
            node(np.empty(0), 1.0)


def test_a_torque_that_never_changes_has_no_line():
    with pytest.raises(NotIdentifiable, match="does not fall"):
        torque_cadence(np.full(8, 41.3), np.array([60.0, 71.0, 82.0, 93.0, 104.0, 115.0, 126.0, 137.0]), 8.0)
