"""The speed that a power holds, and efforts in standard air."""

from __future__ import annotations

import math

import numpy as np
import pytest

from paceline.domain.errors import NotIdentifiable, TooFewSamples
from paceline.measure import air
from paceline.measure.estimates import Estimate, student_quantile
from paceline.measure.resistance import steady_power
from paceline.measure.standard_air import power_in_standard_air, speed_in_standard_air
from paceline.measure.steady_speed import steady_speed, steady_speeds

# sauce4strava's conditions: its gravity is 9.80655, its air isothermal at 15 °C.
SAUCE_GRAVITY = 9.80655
SAUCE_DENSITY = 1.225 * math.exp(-SAUCE_GRAVITY * 0.0289644 * 1000.0 / (8.3144598 * 288.15))
SAUCE = {
    "cda": 0.40, "crr": 0.0255, "mass": 100.0, "slope": 0.05, "efficiency": 1.0 - 0.035,
    "air_density": SAUCE_DENSITY, "gravity": SAUCE_GRAVITY, "wheel_drag_area": 0.0, "bearings": (0.0, 0.0),
}  # fmt: skip
ROAD = {"cda": 0.3, "crr": 0.005, "mass": 80.0, "air_density": 1.2}


@pytest.mark.parametrize(
    ("power", "expected"), [(200.0, 2.5605702338950875), (400.0, 4.8783122778183445), (600.0, 6.874059857088878)]
)
def test_speeds_are_those_of_sauce4strava(power, expected):
    assert steady_speed(power, **SAUCE) == pytest.approx(expected, abs=1e-6)


def test_without_power_a_bike_on_a_slope_stands_or_rolls_backwards():
    assert steady_speeds(0.0, **SAUCE) == pytest.approx([0.0, -10.501018128223807], abs=1e-6)


def test_without_power_or_slope_it_stands():
    assert steady_speeds(0.0, **{**SAUCE, "slope": 0.0}).tolist() == [0.0]


def test_the_isothermal_density_is_theirs_but_for_the_last_digits_of_the_constants():
    assert air.isothermal_density(1000.0) == pytest.approx(SAUCE_DENSITY, rel=5e-6)


@pytest.mark.parametrize("wind", [-15.0, -3.0, 0.0, 6.0])
@pytest.mark.parametrize("slope", [-0.06, 0.0, 0.08])
def test_the_speed_costs_the_power_it_was_asked_for(wind, slope):
    for power in (0.0, 80.0, 300.0):
        speed = steady_speed(power, slope=slope, head_wind=wind, **ROAD)
        if speed > 0.0:
            cost = steady_power(speed, air_speed=speed + wind, slope=slope, **ROAD)
            assert cost == pytest.approx(0.976 * power, abs=1e-6)


def test_a_bike_that_nothing_slows_has_no_steady_speed():
    with pytest.raises(NotIdentifiable):
        steady_speed(100.0, cda=0.0, crr=0.0, mass=80.0, air_density=1.2, wheel_drag_area=0.0, bearings=(0.0, 0.0))


def test_in_heavier_standard_air_the_same_ride_costs_more_by_what_the_air_takes():
    speed = np.array([10.0, 12.0, np.nan])
    found = power_in_standard_air(
        np.array([250.0, 350.0, 300.0]), speed, cda=Estimate(0.25, 0.005, used=9), air_density=1.1
    )
    extra = 0.5 * (1.225 - 1.1) * 0.2544 * (10.0**3 + 12.0**3) / 2 / 0.976
    assert found.value == pytest.approx(300.0 + extra)
    assert found.standard_error == pytest.approx(extra * 0.005 / 0.2544)
    assert (found.used, found.discarded) == (2, 1)


def test_in_standard_air_itself_only_the_density_adds_an_error():
    power, speed = np.array([300.0]), np.array([12.0])
    found = power_in_standard_air(
        power, speed, cda=Estimate(0.25, 0.01, used=9), air_density=Estimate(1.225, 0.005, used=1)
    )
    assert found.value == pytest.approx(300.0)
    assert found.standard_error == pytest.approx(0.5 * 0.005 * 0.2544 * 12.0**3 / 0.976)


def test_at_altitude_the_same_power_is_slower_in_standard_air_by_about_a_third_of_the_density():
    found = speed_in_standard_air(15.0, cda=0.22, crr=0.002, mass=85.0, air_density=1.225 * 0.9)
    assert found.value == pytest.approx(15.0 * 0.9 ** (1 / 3), rel=0.01)


def test_the_delta_method_agrees_with_many_draws():
    random = np.random.default_rng(2)
    cda, density = Estimate(0.25, 0.01, used=9), Estimate(1.1, 0.01, used=1)
    found = speed_in_standard_air(13.0, cda=cda, crr=0.004, mass=85.0, air_density=density)
    drawn = [
        speed_in_standard_air(
            13.0,
            cda=float(random.normal(0.25, 0.01)),
            crr=0.004,
            mass=85.0,
            air_density=float(random.normal(1.1, 0.01)),
        ).value
        for _ in range(400)
    ]
    assert found.standard_error == pytest.approx(np.std(drawn), rel=0.1)


def test_nothing_measured_is_too_few_samples():
    nothing = np.full(3, np.nan)
    with pytest.raises(TooFewSamples):
        power_in_standard_air(nothing, nothing, cda=0.25, air_density=1.1)


@pytest.mark.parametrize(
    ("probability", "freedom", "expected"),
    [
        (0.975, 1, 12.706),
        (0.975, 2, 4.303),
        (0.95, 5, 2.015),
        (0.995, 30, 2.750),
        (0.975, 10**6, 1.960),
        (0.05, 5, -2.015),
    ],
)
def test_students_quantiles_are_those_of_the_tables(probability, freedom, expected):
    assert student_quantile(probability, freedom) == pytest.approx(expected, abs=5e-4)
