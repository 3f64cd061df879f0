"""Drag area beside rolling resistance: a wrong scale of the meter or the mass is not taken for tyres."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from paceline.domain.errors import NotIdentifiable, TooFewSamples
from paceline.measure.track.air_and_tyres import air_and_tyres
from paceline.measure.track.half_laps import HalfLaps, Load
from paceline.measure.wandering import Shape, forgetting, wandering_regression

LOAD = Load(mass=84.0, crr=0.002)
CDA, CRR = 0.205, 0.0018


def made(*, scale=1.0, wind=None, steady=False, count=40, seed=0):
    """Half laps whose work is by hand what air, tyres, bearings and speed take, as a meter of this scale shows it."""
    random = np.random.default_rng(seed)
    speed = np.full(count + 1, 13.0) if steady else 10.0 + 4.5 * np.linspace(0.0, 1.0, count + 1)
    speed = speed + random.normal(0.0, 0.05, count + 1)
    each = (speed[1:] + speed[:-1]) / 2.0
    at = np.concatenate([[0.0], np.cumsum(125.0 / each)])
    load = 0.5 * 1.15 * each**2 * 125.0
    pressed = 84.0 * 9.80665 * 125.0 * (1.1 + 0.01 * random.normal(0.0, 1.0, count) + 0.03 * (each - 12.0))
    bearing = (91.0 + 8.7 * each) * 1e-3 * 125.0
    kinetic = 0.5 * 85.6 * np.diff(speed**2)
    work = scale * ((CDA + 0.0044) * load + CRR * pressed + bearing + kinetic)
    if wind is not None:
        work = work + load * wind
    work = work + random.normal(0.0, 2.0, count)
    rolling = LOAD.crr * pressed + bearing
    drag = (work - rolling - kinetic) / load - 0.0044
    nothing = np.zeros(count)
    home = np.arange(count) % 2 == 0
    return HalfLaps(at[:-1], at[1:], home, drag, nothing, nothing, drag * load, rolling, kinetic, work, load, pressed)


def test_both_are_found_within_their_errors():
    found = air_and_tyres([made()], load=LOAD)
    assert found.cda.value == pytest.approx(CDA, abs=3 * found.cda.standard_error)
    assert found.crr.value == pytest.approx(CRR, abs=4 * found.crr.standard_error)
    assert found.crr.standard_error < 1e-4


def test_a_meter_that_reads_three_percent_high_is_not_taken_for_tyres():
    right, high = (air_and_tyres([made(scale=scale)], load=LOAD) for scale in (1.0, 1.03))
    assert high.crr.value == pytest.approx(right.crr.value, rel=0.005)
    assert high.cda.value == pytest.approx(right.cda.value * 1.03, abs=0.0005)


def test_air_that_moves_for_longer_than_a_half_lap_widens_both():
    lasting = np.convolve(np.random.default_rng(2).normal(0.0, 0.01, 45), np.full(6, 0.4), "valid")
    still, windy = air_and_tyres([made()], load=LOAD), air_and_tyres([made(wind=lasting)], load=LOAD)
    assert windy.crr.standard_error > 5 * still.crr.standard_error
    assert windy.lasting > still.lasting
    assert windy.crr.value == pytest.approx(CRR, abs=4 * windy.crr.standard_error)


def test_two_runs_say_more_than_one():
    one = air_and_tyres([made(seed=3)], load=LOAD)
    two = air_and_tyres([made(seed=3), made(seed=4)], load=LOAD)
    assert two.crr.standard_error < one.crr.standard_error
    assert two.cda.used == 2 * one.cda.used


def test_a_half_lap_with_a_hole_is_left_out_and_counted():
    run = made()
    holed = run.cda.copy()
    holed[20] = np.nan
    found = air_and_tyres([replace(run, cda=holed)], load=LOAD)
    assert (found.cda.used, found.cda.discarded) == (37, 1)


def test_too_few_half_laps_are_refused():
    with pytest.raises(TooFewSamples):
        air_and_tyres([made(count=13)], load=LOAD)


def test_columns_that_say_the_same_are_refused():
    with pytest.raises(NotIdentifiable):
        wandering_regression(
            np.ones((9, 2)), np.arange(9.0), shapes=[Shape(np.eye(9), 9.0)], known=np.full(2, np.inf), model="made"
        )


def test_errors_that_last_widen_a_mean_as_they_should():
    random, memory, count = np.random.default_rng(1), 20.0, 60
    start = np.arange(count) * 8.0
    true = forgetting(start, start + 8.0, memory=memory)
    root = np.linalg.cholesky(true)
    shapes = [Shape((1 - w) * 8.0 * np.eye(count) + w * true, count * 8.0 / memory) for w in (0.0, 0.3, 0.7, 1.0)]
    held = []
    for _ in range(200):
        seen = root @ random.normal(0.0, 1.0, count)
        fit = wandering_regression(np.ones((count, 1)), seen, shapes=shapes, known=np.array([np.inf]), model="made")
        low, high = fit.estimate(0).interval(0.95)
        held.append(low <= 0.0 <= high)
    assert 0.88 <= np.mean(held) <= 0.99


def test_what_is_known_before_pulls_a_parameter_towards_nothing():
    random = np.random.default_rng(5)
    columns = np.stack([np.ones(50), np.linspace(-1.0, 1.0, 50)], axis=1)
    observed = 2.0 + 0.5 * columns[:, 1] + random.normal(0.0, 1.0, 50)
    shapes = [Shape(np.eye(50), 50.0)]
    free, held = (
        wandering_regression(columns, observed, shapes=shapes, known=np.array([np.inf, prior]), model="made")
        for prior in (1e3, 1e-3)
    )
    assert abs(held.parameters[1]) < 1e-3 < abs(free.parameters[1])
    assert held.covariance[1, 1] == pytest.approx(1e-6, rel=0.01)
