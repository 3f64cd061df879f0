"""Drag area and rolling resistance from made rides whose truth is known."""

from __future__ import annotations

import numpy as np
import pytest

from paceline.domain.errors import NotIdentifiable, TooFewSamples
from paceline.measure import drag

CDA, CRR, MASS, RHO, STEP = 0.25, 0.004, 85.0, 1.2, 1.0
LAP = 900.0
KNOWN = {"mass": MASS, "air_density": RHO}


def road(laps, *, cda=CDA, seed=0, noise=0.0, gap=None, swing=2.0):
    """A ride over a hilly lap: speeds are made, power is what they cost; noise is on the power."""
    random = np.random.default_rng(seed)
    time = np.arange(int(laps * LAP / 9.0) + 400)
    wave = 9.0 + swing * np.sin(2 * np.pi * time / 60.0) + 1.5 * np.sin(2 * np.pi * time / 700.0 + seed)
    distance = np.cumsum(wave * STEP)
    speed = wave[distance < laps * LAP + 5.0]
    distance = distance[: speed.size]
    angle = 2 * np.pi / LAP
    elevation = 8.0 * np.sin(angle * distance) + 3.0 * np.cos(2 * angle * distance)
    rise = np.diff(elevation, prepend=np.nan)
    balance = drag.steps(np.zeros(speed.size), speed, STEP, **KNOWN)
    height = rise + cda * balance.air + CRR * balance.distance + balance.kinetic
    power = height * MASS * 9.80665 / STEP + noise * random.normal(size=speed.size)
    power[0] = 200.0
    if gap is not None:
        power[gap], speed = np.nan, np.where(np.isin(np.arange(speed.size), np.arange(speed.size)[gap]), np.nan, speed)
    return power, speed, distance


def run_of(laps, setup="one", *, places=24, **options):
    power, speed, distance = road(laps, **options)
    steps = drag.steps(power, speed, STEP, **KNOWN)
    marks = np.interp(np.arange(int(laps) + 1) * LAP + 20.0, distance, np.arange(distance.size))
    marks = marks[marks < distance.size - 1]
    return drag.Run(setup, steps, drag.places_passed(marks, distance, marks_in_lap=1, places=places))


def test_without_noise_every_method_finds_the_truth():
    runs = [run_of(4, seed=seed) for seed in (0, 1)]
    for method in (drag.lap_closure, drag.joint_profile):
        found = method(runs, places=24, crr=CRR).cda["one"]
        assert found.value == pytest.approx(CDA, abs=0.003)


def test_virtual_elevation_with_the_true_numbers_is_the_road():
    power, speed, distance = road(2)
    found = drag.virtual_elevation(drag.steps(power, speed, STEP, **KNOWN), cda=CDA, crr=CRR)
    elevation = 8.0 * np.sin(2 * np.pi / LAP * distance) + 3.0 * np.cos(4 * np.pi / LAP * distance)
    assert found[1:] - found[1] == pytest.approx(elevation[1:] - elevation[1], abs=1e-9)


def test_virtual_slope_is_the_formula_of_testers():
    power, speed, _ = road(1)
    slope = drag.virtual_slope(drag.steps(power, speed, STEP, **KNOWN), cda=CDA, crr=CRR)
    weight = MASS * 9.80665
    v, before = speed[1:], speed[:-1]
    expected = (
        power[1:] / (weight * v) - CRR - CDA * RHO * v**2 / (2 * weight) - (v**2 - before**2) / (2 * 9.80665 * v * STEP)
    )
    assert slope[1:] == pytest.approx(expected)


@pytest.mark.parametrize("method", [drag.lap_closure, drag.joint_profile])
def test_the_interval_covers_the_truth_as_often_as_it_says(method):
    hits = 0
    for seed in range(200):
        runs = [run_of(3, f"run {i}", seed=seed * 7 + i, noise=60.0) for i in range(4)]
        low, high = method(runs, places=24, crr=CRR).cda["run 0"].interval(0.9)
        hits += low < CDA < high
    assert 0.83 < hits / 200 < 0.97


def test_two_set_ups_are_told_apart_by_what_they_differ():
    runs = [run_of(8, "a", noise=20.0), run_of(8, "b", seed=3, noise=20.0, cda=CDA + 0.02)]
    difference = drag.lap_closure(runs, places=24, crr=CRR).difference("b", "a")
    low, high = difference.interval(0.99)
    assert low < 0.02 < high
    assert low > 0.0


def test_free_rolling_resistance_is_found_where_laps_differ_in_speed():
    runs = [run_of(10, "one", seed=seed, swing=swing) for seed, swing in ((0, 0.5), (1, 4.0), (2, 2.0))]
    found = drag.lap_closure(runs, places=24, crr=None)
    fixed = drag.lap_closure(runs, places=24, crr=CRR)
    assert found.crr.value == pytest.approx(CRR, abs=3 * found.crr.standard_error + 1e-4)
    assert found.cda["one"].standard_error > 3 * fixed.cda["one"].standard_error


def test_at_one_speed_air_and_tyres_cannot_be_told_apart():
    flat = drag.steps(np.full(1000, 200.0), np.full(1000, 9.0), STEP, **KNOWN)
    passed = np.arange(2.0, 990.0, 100.0 / 24)
    with pytest.raises(NotIdentifiable):
        drag.lap_closure([drag.Run("one", flat, passed)], places=24, crr=None)


def test_a_lap_with_a_hole_is_left_out_and_counted():
    whole = drag.lap_closure([run_of(7)], places=24, crr=CRR).cda["one"]
    found = drag.lap_closure([run_of(7, gap=slice(210, 240))], places=24, crr=CRR).cda["one"]
    assert (whole.discarded, found.used + found.discarded) == (0, whole.used)
    assert 24 <= found.discarded <= 36
    assert found.value == pytest.approx(CDA, abs=0.003)


def test_two_laps_are_too_few():
    with pytest.raises(TooFewSamples):
        drag.lap_closure([run_of(2)], places=24, crr=CRR)


def test_a_doubled_pulse_is_put_on_a_line_and_counted_and_a_brake_is_not():
    power, speed, _ = road(1)
    spiked = speed.copy()
    spiked[40:42] += 5.0
    found = drag.without_jumps(spiked, drag.steps(power, spiked, STEP, **KNOWN), STEP)
    assert found.repaired == 2
    assert found.speed == pytest.approx(speed, abs=0.3)
    braked = np.where(np.arange(speed.size) >= 40, speed - 3.0, speed)
    assert drag.without_jumps(braked, drag.steps(power, braked, STEP, **KNOWN), STEP).repaired == 0


def test_turns_are_the_slowest_places_far_apart():
    speed = np.array([9.0, 3.0, 2.0, 3.0, 9.0, 9.0, 2.5, 9.0, np.nan])
    assert drag.turns(speed, np.arange(9) * 100.0, apart=250.0, slower=4.0).tolist() == [2, 6]


def track(laps, *, noise=25.0, seed=1, outlier=False):
    random = np.random.default_rng(seed)
    speed = np.full(int(laps * 25.0) + 60, 10.0) + 0.2 * np.sin(np.arange(int(laps * 25.0) + 60) / 30.0)
    balance = drag.steps(np.zeros(speed.size), speed, STEP, **KNOWN)
    half_lap = 40.0 * np.sign(np.sin(2 * np.pi * np.cumsum(speed) / 250.0))  # the two halves of a lap differ
    power = (CDA * balance.air + CRR * balance.distance + balance.kinetic) * MASS * 9.80665 / STEP + half_lap
    power += noise * random.normal(size=speed.size)
    power[0] = 200.0
    if outlier:
        power[100:120] += 300.0
    return drag.steps(power, speed, STEP, **KNOWN), speed


def test_energy_over_whole_laps_finds_the_truth_although_half_laps_differ():
    steps, speed = track(30)
    found = drag.energy_balance(steps, speed, lap=250.0, crr=CRR)
    low, high = found.cda.interval(0.99)
    assert low < CDA < high
    assert found.cda.standard_error < 0.006
    half = drag.energy_balance(steps, speed, lap=125.0, crr=CRR)
    assert np.std(half.windows) > 3 * np.std(found.windows)


def test_at_most_a_tenth_of_the_windows_is_left_out():
    steps, speed = track(30, outlier=True)
    found = drag.energy_balance(steps, speed, lap=250.0, crr=CRR)
    assert 0.0 < found.share <= 0.1
    assert found.cda.value == pytest.approx(CDA, abs=3 * found.cda.standard_error)


def test_the_interval_on_a_track_covers_the_truth_as_often_as_it_says():
    hits = 0
    for seed in range(150):
        steps, speed = track(12, seed=seed)
        low, high = drag.energy_balance(steps, speed, lap=250.0, crr=CRR).cda.interval(0.9)
        hits += low < CDA < high
    assert 0.8 < hits / 150 < 0.97


def test_a_window_with_a_hole_or_a_rest_is_none():
    steps, speed = track(12)
    resting = np.where((np.arange(speed.size) > 100) & (np.arange(speed.size) < 130), 4.0, speed)
    whole = drag.energy_balance(steps, speed, lap=250.0, crr=CRR)
    rested = drag.energy_balance(steps, resting, lap=250.0, crr=CRR)
    assert rested.windows.size < whole.windows.size


def test_a_ride_without_a_steady_lap_says_so():
    empty = drag.steps(np.full(50, np.nan), np.full(50, np.nan), STEP, **KNOWN)
    with pytest.raises(TooFewSamples):
        drag.energy_balance(empty, np.full(50, np.nan), lap=250.0, crr=CRR)
    none = drag.steps(np.empty(0), np.empty(0), STEP, **KNOWN)
    with pytest.raises(TooFewSamples):
        drag.energy_balance(none, np.empty(0), lap=250.0, crr=CRR)
