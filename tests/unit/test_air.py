"""The physics of the air against published and worked values."""

from __future__ import annotations

import numpy as np
import pytest

from paceline.domain.errors import NotIdentifiable, TooFewSamples
from paceline.measure import air, pitot


@pytest.mark.parametrize(
    ("temperature", "pressure", "humidity", "expected"),
    [
        (28.0, 101_325.0, 0.5, 1.16385),
        (28.0, 96_500.0, 0.5, 1.10803),
        (20.0, 101_325.0, 0.5, 1.19884),
        (15.0, 101_325.0, 0.0, 1.22498),
        (25.0, 100_000.0, 0.6, 1.16003),
    ],
)
def test_density_is_that_of_another_magnus_calculation_but_for_the_gas_constant(
    temperature, pressure, humidity, expected
):
    # The other one takes 287.058 J/(kg·K) for dry air where ISO 2533 has 287.05287: 0.002 %.
    found = air.density(temperature, pressure=pressure, relative_humidity=humidity)
    assert found == pytest.approx(expected, rel=3e-5)


def test_density_from_a_dew_point_is_that_of_a_field_tester():
    # Compton challenge, run 1: his vapour pressure is 0.06 % above the WMO's Magnus formula.
    vapour = air.saturation_pressure(13.2778)
    humidity = air.relative_humidity(14.7222, dew_point=13.2778)
    assert vapour == pytest.approx(1523.157, rel=7e-4)
    assert air.density(14.7222, pressure=100_920.50, relative_humidity=humidity) == pytest.approx(1.214332, abs=1e-5)


def test_standard_air_is_that_of_iso_2533():
    assert air.density(15.0, pressure=101_325.0) == pytest.approx(1.225, abs=1e-6)
    aloft = air.standard_pressure(np.array([0.0, 1000.0, 2000.0]))
    assert aloft.tolist() == pytest.approx([101_325.0, 89_874.6, 79_495.2], abs=0.5)


def test_in_standard_air_both_reductions_to_sea_level_agree():
    altitude = np.array([100.0, 556.0, 1500.0])
    brought_up = air.station_pressure(101_325.0, altitude=altitude, temperature=15.0 - 0.0065 * altitude)
    assert brought_up == pytest.approx(air.standard_pressure(altitude), rel=2e-5)


def test_a_sea_level_pressure_taken_for_the_pressure_at_556_m_makes_the_air_heavier_by_more_than_six_percent():
    at_station = air.station_pressure(101_940.0, altitude=556.0, temperature=12.1)
    assert 101_940.0 / at_station == pytest.approx(1.068, abs=0.002)


def test_airspeed_keeps_the_sign_of_the_pressure_and_passes_nan_on():
    found = air.airspeed(np.array([150.0, 0.0, -150.0, np.nan]), air_density=1.15)
    assert found[:3] == pytest.approx([16.15146, 0.0, -16.15146], abs=1e-5)
    assert np.isnan(found[3])


def test_yaw_is_the_angle_of_the_wind_triangle():
    assert air.yaw(10.0, head_wind=0.0, cross_wind=10.0) == pytest.approx(45.0)
    assert air.yaw(10.0, head_wind=-20.0, cross_wind=0.0) == pytest.approx(180.0)  # overtaken by the wind
    assert air.yaw(10.0, head_wind=5.0, cross_wind=-15.0) == pytest.approx(-45.0)


def test_wind_from_the_right_has_no_head_wind():
    head = air.head_wind(4.0, wind_direction=90.0, heading=0.0)
    cross = air.cross_wind(4.0, wind_direction=90.0, heading=0.0)
    assert (head, cross) == (pytest.approx(0.0, abs=1e-12), pytest.approx(4.0))
    assert air.head_wind(4.0, wind_direction=350.0, heading=350.0) == pytest.approx(4.0)


def test_the_pitot_factor_is_found_in_spite_of_wind():
    random = np.random.default_rng(5)
    direction = np.array([1.0, -1.0] * 10)
    speed = random.uniform(8.0, 14.0, 20)
    shown = (speed + 1.7 * direction + random.normal(0.0, 0.1, 20)) / 1.12
    found = pitot.calibration(shown, speed=speed, direction=direction)
    low, high = found.interval(0.99)
    assert low < 1.12 < high
    assert found.standard_error < 0.005
    assert (found.used, found.discarded, found.freedom) == (20, 0, 18)


def test_the_pitot_factor_has_the_error_that_repeated_calibrations_show():
    random = np.random.default_rng(6)
    direction = np.array([1.0, -1.0] * 4)
    found = []
    for _ in range(800):
        shown = (11.0 + 2.0 * direction + random.normal(0.0, 0.3, 8)) / 1.1
        found.append(pitot.calibration(shown, speed=np.full(8, 11.0), direction=direction))
    covered = np.mean([low < 1.1 < high for low, high in (one.interval(0.9) for one in found)])
    assert 0.87 < covered < 0.93


def test_laps_need_no_way_back():
    found = pitot.calibration(np.array([10.0, 11.0, 12.0]), speed=np.array([11.0, 12.1, 13.2]), direction=np.zeros(3))
    assert found.value == pytest.approx(1.1)


def test_a_leg_without_a_reading_is_left_out_and_counted():
    shown = np.array([10.0, 6.0, np.nan, 6.0])
    found = pitot.calibration(shown, speed=np.full(4, 8.0), direction=np.array([1.0, -1.0, 1.0, -1.0]))
    assert (found.used, found.discarded) == (3, 1)


def test_wind_and_tube_cannot_be_told_apart_on_one_way():
    with pytest.raises(NotIdentifiable):
        pitot.calibration(np.array([10.0, 11.0, 12.0]), speed=np.array([9.0, 10.0, 11.0]), direction=np.ones(3))
    with pytest.raises(TooFewSamples):
        pitot.calibration(np.array([10.0]), speed=np.array([9.0]), direction=np.ones(1))


def test_optimisers_get_the_same_physics():
    casadi = pytest.importorskip("casadi")
    symbol = casadi.MX.sym("x")
    for physics, at in (
        (lambda t: air.density(t, pressure=1e5, relative_humidity=0.5), 20.0),
        (lambda q: air.airspeed(q, air_density=1.15), -150.0),
        (lambda h: air.station_pressure(1e5, altitude=h, temperature=10.0), 500.0),
        (air.standard_pressure, 500.0),
    ):
        assert float(casadi.Function("f", [symbol], [physics(symbol)])(at)) == pytest.approx(float(physics(at)))
