"""Tracks: the lap closes, the figures agree with each other, lean agrees with published values."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from paceline.domain.errors import UnknownName
from paceline.domain.tracks import TRACKS, Track, track
from paceline.measure.track import geometry, lean

MADE = Track("made", 250.0, 40.0, 23.0, 13.0, 43.0, 7.0)


@pytest.mark.parametrize("name", TRACKS)
@pytest.mark.parametrize("shape", ["clothoid", "sine"])
def test_every_track_closes_and_turns_once(name, shape):
    made = replace(TRACKS[name], transition_shape=shape)
    along = np.linspace(0.0, made.length, 50_001)
    turned = np.trapezoid(geometry.curvature(along, made), along)
    assert turned == pytest.approx(2 * np.pi, rel=1e-6)
    _, x, y = geometry._outline(made)
    assert np.hypot(x[-1] - x[0], y[-1] - y[0]) < 1e-3
    assert 2 * (made.straight + 2 * made.transition + made.arc) == pytest.approx(made.length)


def test_every_known_track_says_what_is_only_approximate():
    for known in TRACKS.values():
        assert known.source
        assert set(known.approximate) <= set(Track.__slots__)
        assert "length" not in known.approximate


def test_pursuit_lines_lie_in_the_middle_of_the_straights():
    for at in (MADE.home, MADE.back):
        assert geometry.curvature(np.array([at - 19.9, at, at + 19.9]), MADE).tolist() == [0.0, 0.0, 0.0]
        assert geometry.curvature(np.array([at + 20.1]), MADE)[0] > 0.0
    x, y = geometry.plan(np.array([MADE.home, MADE.back]), MADE)
    np.testing.assert_allclose(x, [0.0, 0.0], atol=1e-3)
    assert y[1] == pytest.approx(2 * geometry.half_width(MADE))


def test_a_track_of_a_given_width_is_found():
    # The example of VelodromeModel: 250 m, radius 22 m, straights 46 m apart.
    wide = geometry.of_half_width(Track("example", 250.0, 50.0, 22.0, 13.0, 43.0, 7.5), 23.0)
    assert geometry.half_width(wide) == pytest.approx(23.0, abs=1e-6)
    # For a circle without transitions the half width is the radius, whatever the straights.
    assert geometry.half_width(Track("round", 250.0, 125 - np.pi * 22, 22.0, 13.0, 43.0, 7.0)) == pytest.approx(22.0)
    with pytest.raises(ValueError, match="apart"):
        geometry.of_half_width(MADE, 40.0)


def test_sections_make_a_lap_and_say_where_it_bends():
    parts = geometry.sections(MADE)
    assert sum(part.length for part in parts) == MADE.length
    for part in parts:
        inside = np.linspace(part.start + 0.01, part.start + part.length - 0.01, 500)
        straight = (geometry.curvature(inside, MADE) == 0.0).all()
        assert straight == part.name.endswith("straight")


def test_banking_is_least_on_straights_and_most_in_bends():
    along = geometry.banking(np.linspace(0.0, 250.0, 10_001), MADE)
    assert (along.min(), along.max()) == pytest.approx((13.0, 43.0), abs=1e-4)
    assert np.isnan(geometry.banking(np.array([np.nan]), MADE)).all()
    assert np.isnan(geometry.curvature(np.array([np.nan]), MADE)).all()


@pytest.mark.parametrize(("straight", "radius"), [(60.0, 25.0), (5.0, 18.0), (40.0, 0.0)])
def test_figures_that_close_no_lap_are_refused(straight, radius):
    with pytest.raises(ValueError, match="m"):
        Track("bad", 250.0, straight, radius, 13.0, 43.0, 7.0)


def test_a_track_or_loop_that_is_not_there_is_named():
    with pytest.raises(UnknownName, match="milton"):
        track("miltn")
    with pytest.raises(UnknownName, match="loop"):
        TRACKS["milton"].position(9)
    with pytest.raises(ValueError, match="loops"):
        replace(MADE, loops={1: 250.0})


@pytest.mark.parametrize(("radius", "angle", "ratio"), [(22.0, 51.126, 0.96107), (25.0, 47.696, 0.96746)])
def test_lean_agrees_with_published_values(radius, angle, ratio):
    sine = lean.lean_sine(16.69, 1 / radius, height=1.1, gravity=9.81)
    assert np.degrees(np.arcsin(sine)) == pytest.approx(angle, abs=5e-4)
    assert lean.speed_ratio(sine, 1 / radius, height=1.1) == pytest.approx(ratio, abs=5e-6)


def test_lean_satisfies_its_equation():
    speed, bend = np.linspace(1.0, 25.0, 50)[:, None], np.linspace(0.0, 1 / 13, 40)[None, :]
    sine = lean.lean_sine(speed, bend)
    ratio = lean.speed_ratio(sine, bend)
    # tan θ = v_c² / (g R_c), and 1/R_c = κ / ratio
    tangent = (speed * ratio) ** 2 * bend / ratio / 9.80665
    np.testing.assert_allclose(sine / np.sqrt(1 - sine**2), tangent, rtol=1e-12, atol=1e-12)


def test_a_leaning_bike_loads_its_tyres_by_the_cosine():
    sine, bank = np.sin(0.8), 0.6
    expected = 800.0 * np.cos(0.8 - bank) / np.cos(0.8)
    assert lean.wheel_load(sine, np.sin(bank), np.cos(bank), weight=800.0) == pytest.approx(expected)


def test_lean_takes_symbols():
    casadi = pytest.importorskip("casadi")
    speed, bend = casadi.SX.sym("v"), casadi.SX.sym("k")
    sine = lean.lean_sine(speed, bend)
    ratio = lean.speed_ratio(sine, bend)
    height = lean.centre_of_mass_height(sine)
    load = lean.wheel_load(sine, 0.5, 0.75**0.5, weight=800.0)
    symbolic = casadi.Function("f", [speed, bend], [sine, ratio, height, load])
    numeric_sine = lean.lean_sine(16.69, 1 / 22)
    expected = [numeric_sine, lean.speed_ratio(numeric_sine, 1 / 22), lean.centre_of_mass_height(numeric_sine),
                lean.wheel_load(numeric_sine, 0.5, 0.75**0.5, weight=800.0)]  # fmt: skip
    np.testing.assert_allclose([float(v) for v in symbolic(16.69, 1 / 22)], expected, rtol=1e-14)
