"""Metrics of drag on a track."""

from __future__ import annotations

import numpy as np
import pytest

from paceline.domain.errors import TooFewSamples
from paceline.domain.tracks import TRACKS
from paceline.measure.flow import NotHad, compute
from paceline.measure.metrics.drag import cda, cda_error, drag_coefficients, power_in_standard_air
from paceline.measure.resistance import WHEEL_DRAG_AREA
from paceline.measure.track.half_laps import Load, half_lap_drag

CDA, CRR, MASS, BIKE, RHO, LAP = 0.22, 0.002, 75.0, 8.0, 1.15, 250.0
ADELAIDE = TRACKS["adelaide"]
WEIGHT = (MASS + BIKE) * 9.80665


def laps(count, *, noise=10.0):
    random = np.random.default_rng(4)
    speed = 14.0 + 0.2 * np.sin(np.arange(int(count * LAP / 14.0) + 20) / 9.0)
    before = np.concatenate([speed[:1], speed[:-1]])
    wheel = (
        0.5 * RHO * (CDA + WHEEL_DRAG_AREA) * speed**3
        + CRR * WEIGHT * speed
        + 0.5 * (MASS + BIKE) * (speed**2 - before**2)
    )
    return wheel / 0.976 + noise * random.normal(size=speed.size), speed


def balance(power, speed):
    return drag_coefficients(power, speed, RHO, MASS, BIKE, CRR, LAP, 1.0)


def test_the_drag_area_of_made_laps_is_found_within_its_error():
    found = balance(*laps(20))
    assert cda(found) == pytest.approx(CDA, abs=3 * cda_error(found))
    assert 0.0 < cda_error(found) < 0.003


def test_on_a_velodrome_the_metric_says_what_the_half_laps_say():
    clock = np.arange(0.0, 420.0, 1.0)
    wheel_speed = 14.0 + 0.3 * np.sin(clock / 30.0)
    distance = np.concatenate([[0.0], np.cumsum((wheel_speed[1:] + wheel_speed[:-1]) / 2.0)]) + ADELAIDE.home
    power = 420.0 + 30.0 * np.sin(clock / 30.0)
    load = Load(mass=MASS + BIKE, crr=CRR, rotating_mass=0.0)
    halves = half_lap_drag(
        clock, power=power, wheel_speed=wheel_speed, distance=distance, track=ADELAIDE, load=load, air_density=RHO
    )
    whole = drag_coefficients(power, wheel_speed, RHO, MASS, BIKE, CRR, ADELAIDE.length, 1.0, load.efficiency, ADELAIDE)
    straight = drag_coefficients(power, wheel_speed, RHO, MASS, BIKE, CRR, ADELAIDE.length, 1.0, load.efficiency)
    assert cda(whole) == pytest.approx(halves.overall().value, abs=0.0015)
    assert 0.02 < 1.0 - cda(straight) / cda(whole) < 0.05


def test_laps_with_a_hole_are_left_out():
    power, speed = laps(20)
    power[100:110] = np.nan
    found = balance(power, speed)
    assert found.windows.size < balance(*laps(20)).windows.size
    assert cda(found) == pytest.approx(CDA, abs=3 * cda_error(found))


def test_in_standard_air_the_laps_cost_more_by_the_lacking_density():
    power, speed = laps(20)
    found = balance(power, speed)
    expected = np.mean(power) + 0.5 * (1.225 - RHO) * found.cda.value * np.mean(speed**3) / 0.976
    assert power_in_standard_air(power, speed, found, RHO) == pytest.approx(expected)
    power[3] = np.nan
    kept = ~np.isnan(power)
    expected = np.mean(power[kept]) + 0.5 * (1.225 - RHO) * found.cda.value * np.mean(speed[kept] ** 3) / 0.976
    assert power_in_standard_air(power, speed, found, RHO) == pytest.approx(expected)


def test_nothing_but_holes_is_too_few_samples():
    with pytest.raises(TooFewSamples):
        balance(np.full(400, np.nan), np.full(400, np.nan))
    with pytest.raises(TooFewSamples):
        balance(np.empty(0), np.empty(0))


def test_without_a_rolling_resistance_the_reason_says_so():
    power, speed = laps(8)
    known = {"power": power, "speed": speed, "mass": MASS, "bike_mass": BIKE, "interval": 1.0, "lap_length": LAP}
    air = {"temperature": np.full(power.size, 20.0), "pressure": np.full(power.size, 1e5)}
    found = compute({**known, **air, "relative_humidity": np.full(power.size, 0.5)}, ["cda"])["cda"]
    assert isinstance(found, NotHad)
    assert found.needs == ("crr",)
    assert "settings" in found.why
