"""Weighted power by each of its definitions, on four made rides whose values were worked out elsewhere."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from paceline.domain.errors import TooFewSamples
from paceline.measure.metrics import weighted_power as of
from paceline.measure.metrics.power import intensity, load, power_time

A = np.repeat([300.0, 0.0, 200.0], 200)
B = np.repeat([140.0, 220.0, 250.0, 310.0, 350.0, 410.0, 800.0], 20)
C = np.concatenate([np.full(120, 100.0), *[np.repeat([300.0, 100.0], 60)] * 4, np.full(60, 100.0)])
D = np.tile(np.repeat([200.0, 400.0], [180, 30]), 20)

NODES = [of.weighted_power, of.weighted_power_zero_start, of.weighted_power_expanding_start, of.x_power]
GOLDEN = [
    (A, (234.0060, 232.6176, 238.6750, 222.7680)),
    (B, (395.0546, 372.8945, 373.2293, 343.2193)),
    (C, (223.7082, 221.2285, 221.3106, 202.7730)),
    (D, (250.5044, 250.1044, 250.2473, 238.4602)),
]


def centred(power, interval):
    return of.weighted_power_centred(power, interval, 400.0)


ALL = [*NODES, centred]


@pytest.mark.parametrize(("ride", "expected"), GOLDEN, ids="ABCD")
def test_the_four_made_rides_give_their_known_values(ride, expected):
    assert [node(ride, 1.0) for node in NODES] == pytest.approx(expected, abs=5e-5)


def test_scikit_cyclings_published_values_are_met():
    weighted = of.weighted_power_centred(A, 1.0, 400.0)
    assert weighted == pytest.approx(260.7611, abs=5e-5)
    assert intensity(weighted, 0.76 * 400.0) == pytest.approx(0.857766, abs=1e-6)
    assert load(intensity(weighted, 304.0), power_time(A, 1.0)) == pytest.approx(12.26273, abs=5e-6)


@pytest.mark.parametrize("node", ALL)
def test_a_steady_ride_weighs_what_it_was(node):
    steady = node(np.full(3600, 250.0), 1.0)
    assert steady == pytest.approx(250.0, rel=0.005)


@pytest.mark.parametrize("node", [of.weighted_power, of.weighted_power_expanding_start, centred])
def test_scattered_dropouts_of_a_steady_ride_change_nothing(node):
    power = np.full(600, 250.0)
    power[np.random.default_rng(3).random(600) < 0.1] = np.nan
    assert node(power, 1.0) == pytest.approx(250.0, rel=1e-12)


def test_a_short_dropout_holds_the_fading_average_and_a_pause_lets_it_fade():
    riding, hole, pause = np.full(600, 250.0), np.full(7, np.nan), np.full(120, np.nan)
    whole = of.x_power(np.concatenate([riding, riding]), 1.0)
    assert of.x_power(np.concatenate([riding, hole, riding]), 1.0) == pytest.approx(whole, rel=1e-12)
    rested = np.concatenate([riding, np.zeros(120), riding])
    smooth, held = np.empty(rested.size), 0.0
    for t, watts in enumerate(rested):
        held = held * 25 / 26 + watts / 26
        smooth[t] = held
    counted = np.delete(smooth, slice(600, 720))
    expected = np.mean(counted**4) ** 0.25
    assert of.x_power(np.concatenate([riding, pause, riding]), 1.0) == pytest.approx(expected, rel=1e-12)
    assert expected < whole


def test_a_window_across_a_pause_does_not_count():
    hard, easy = np.full(300, 300.0), np.full(300, 150.0)
    apart = np.concatenate([hard, np.full(60, np.nan), easy])
    windows = np.concatenate([np.full(271 + 7, 300.0), np.full(271 + 7, 150.0)])  # 7: still three quarters full
    assert of.weighted_power(apart, 1.0) == pytest.approx(np.mean(windows**4) ** 0.25, rel=1e-12)


@given(
    st.lists(st.one_of(st.just(np.nan), st.floats(0.0, 1500.0)), min_size=1, max_size=60),
    st.sampled_from([0.5, 1.0, 1.26, 5.0, 40.0]),
)
def test_every_definition_is_what_a_plain_loop_gives(power, interval):
    power = np.array(power)
    width = max(1, round(30 / interval))
    readings = np.flatnonzero(~np.isnan(power))
    first = int(readings[0]) if readings.size else power.size
    starts = {
        of.weighted_power: [power[i : i + width] for i in range(power.size - width + 1)],
        of.weighted_power_zero_start: [
            np.concatenate([np.zeros(max(0, width - 1 - (i - first))), power[max(first, i - width + 1) : i + 1]])
            for i in range(first, power.size)
        ],
        of.weighted_power_expanding_start: [power[max(first, i - width + 1) : i + 1] for i in range(first, power.size)],
    }
    for node, windows in starts.items():
        full = [w[~np.isnan(w)].mean() for w in windows if np.count_nonzero(~np.isnan(w)) >= 0.75 * w.size]
        if not full:
            with pytest.raises(TooFewSamples):
                node(power, interval)
        else:
            expected = np.mean(np.array(full) ** 4) ** 0.25
            assert node(power, interval) == pytest.approx(expected, rel=1e-9, abs=1e-3)


@pytest.mark.parametrize("node", NODES)
def test_half_as_many_samples_of_the_same_ride_weigh_about_the_same(node):
    assert node(D[::2], 2.0) == pytest.approx(node(D, 1.0), rel=0.005)


@pytest.mark.parametrize("node", ALL)
@pytest.mark.parametrize("power", [np.empty(0), np.full(60, np.nan)], ids=["empty", "all absent"])
def test_nothing_measured_is_refused(node, power):
    with pytest.raises(TooFewSamples):
        node(power, 1.0)


def test_a_ride_without_a_full_window_says_how_many_readings_it_would_need():
    with pytest.raises(TooFewSamples) as short:
        of.weighted_power(np.full(29, 200.0), 1.0)
    assert (short.value.need, short.value.got) == (30, 29)
    with pytest.raises(TooFewSamples) as holey:
        of.weighted_power(np.resize([200.0, np.nan], 100), 1.0)
    assert (holey.value.need, holey.value.got) == (23, 15)
    with pytest.raises(TooFewSamples):
        of.weighted_power_centred(np.full(60, 100.0), 1.0, 400.0)
