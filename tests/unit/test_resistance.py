"""Road power: the terms of Martin et al. (1998) against a hand-computed case, and their signs."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from paceline.measure import resistance

CASE = {"air_speed": 11.1111, "cda": 0.255, "crr": 0.0032, "mass": 90.0, "air_density": 1.2234, "gravity": 9.81}


def test_the_terms_give_the_hand_computed_case():
    aero = resistance.aerodynamic_power(11.1111, air_speed=11.1111, cda=0.255, air_density=1.2234)
    assert aero == pytest.approx(217.66, abs=0.005)
    assert resistance.rolling_power(11.1111, mass=90.0, crr=0.0032, gravity=9.81) == pytest.approx(31.392, abs=5e-4)
    assert resistance.bearing_power(11.1111) == pytest.approx(2.085, abs=5e-4)
    assert resistance.pedal_power(resistance.steady_power(11.1111, **CASE)) == pytest.approx(257.313, abs=5e-3)


def test_arrays_give_what_their_elements_give_and_nan_stays_nan():
    speed = np.array([0.0, 5.0, np.nan, 11.1111])
    together = resistance.steady_power(speed, **CASE)
    one_by_one = [resistance.steady_power(v, **CASE) for v in speed]
    np.testing.assert_array_equal(together, one_by_one)
    assert np.isnan(together).tolist() == [False, False, True, False]


def test_a_wind_that_overtakes_the_rider_pushes():
    push = resistance.aerodynamic_power(5.0, air_speed=-3.0, cda=0.3, air_density=1.2)
    drag = resistance.aerodynamic_power(5.0, air_speed=3.0, cda=0.3, air_density=1.2)
    assert push == -drag < 0.0


def test_climbing_and_inertia_give_back_what_they_took():
    up = resistance.climbing_power(8.0, mass=80.0, slope=0.05)
    assert resistance.climbing_power(8.0, mass=80.0, slope=-0.05) == -up
    faster = resistance.kinetic_power(5.0, 9.0, duration=2.0, mass=80.0, rotating_mass=1.25)
    assert resistance.kinetic_power(9.0, 5.0, duration=2.0, mass=80.0, rotating_mass=1.25) == -faster
    assert faster == 0.5 * 81.25 * (81.0 - 25.0) / 2.0


def test_weight_splits_into_rolling_and_climbing_as_sine_and_cosine():
    slope = 0.12
    weight = 80.0 * resistance.GRAVITY * 6.0
    climbing = resistance.climbing_power(6.0, mass=80.0, slope=slope)
    rolling = resistance.rolling_power(6.0, mass=80.0, crr=1.0, slope=slope)
    assert climbing**2 + rolling**2 == pytest.approx(weight**2)
    assert climbing / rolling == pytest.approx(slope)


def test_only_operators_are_used_so_that_symbols_pass_too():
    exact = resistance.bearing_power(Fraction(10))
    assert float(exact) == pytest.approx(1.78)
    kinetic = resistance.kinetic_power(Fraction(8), Fraction(10), duration=Fraction(4), mass=Fraction(80))
    assert float(kinetic) == 360.0


def test_casadi_symbols_give_what_numpy_gives():
    casadi = pytest.importorskip("casadi", reason="the extra `pacing` is not installed")
    speed = casadi.SX.sym("speed")
    function = casadi.Function("power", [speed], [resistance.steady_power(speed, **CASE, slope=0.03)])
    assert float(function(9.0)) == pytest.approx(resistance.steady_power(9.0, **CASE, slope=0.03), rel=1e-12)
