"""W′ balance against sweatpy's published values, the double sum of the definition, and what gaps do."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from paceline.domain.errors import NotIdentifiable, TooFewSamples
from paceline.measure.metrics import w_prime_balance as of

RAMP = np.arange(100.0)
RAMP_SETTINGS = (25.0, 2000.0, 1.0)
"""Critical power, W′ and interval of sweatpy's tests on the ramp."""

RIDES = st.lists(st.one_of(st.just(np.nan), st.floats(0.0, 1200.0)), min_size=1, max_size=60)


def test_the_time_constant_is_sweatpys():
    assert of.w_prime_time_constant(RAMP, 25.0) == pytest.approx(795.44010528262652, rel=1e-14)
    assert of.w_prime_time_constant(RAMP[:15], 25.0) == pytest.approx(772.05753543055448, rel=1e-14)


def test_the_integral_balance_is_sweatpys():
    balance = of.w_prime_balance_integral(RAMP, *RAMP_SETTINGS, of.w_prime_time_constant(RAMP, 25.0))
    assert balance[[50, 75]] == pytest.approx([1678.2431086242659, 750.77417744392937], rel=1e-12)
    assert of.w_prime_balance_integral(RAMP, *RAMP_SETTINGS, 100.0)[75] == pytest.approx(909.61894732869769, rel=1e-12)
    assert of.w_prime_balance_integral(RAMP, *RAMP_SETTINGS, 500.0)[50] == pytest.approx(1680.1356439412966, rel=1e-12)


def test_the_differential_balance_is_sweatpys():
    assert of.w_prime_balance(RAMP, *RAMP_SETTINGS)[[50, 75]].tolist() == [1675.0, 725.0]


@given(RIDES, st.sampled_from([0.5, 1.0, 10.0]))
def test_the_differential_balance_is_a_plain_loop(power, interval):
    balance, expected, begun = 20_000.0, [], False
    for watts in power:
        begun = begun or not np.isnan(watts)
        if watts >= 250.0:
            balance -= (watts - 250.0) * interval
        elif watts < 250.0:
            balance += (250.0 - watts) * interval * (20_000.0 - balance) / 20_000.0
        expected.append(balance if begun else np.nan)
    if begun:
        found = of.w_prime_balance(np.array(power), 250.0, 20_000.0, interval)
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-6)
        assert np.nanmax(found) <= 20_000.0


@given(st.lists(st.floats(0.0, 1200.0), min_size=1, max_size=40))
def test_the_integral_balance_is_the_double_sum_of_its_definition(power):
    watts = np.array(power)
    at = np.arange(watts.size)
    spent = np.maximum(watts - 250.0, 0.0)
    expected = [20_000.0 - np.sum(spent[: t + 1] * np.exp(-(t - at[: t + 1]) / 400.0)) for t in at]
    found = of.w_prime_balance_integral(watts, 250.0, 20_000.0, 1.0, 400.0)
    np.testing.assert_allclose(found, expected, rtol=1e-11)


def test_a_gap_is_neither_work_nor_recovery():
    ride = np.array([np.nan, 350.0, np.nan, np.nan, 150.0])
    first, hard, hole, same, easy = of.w_prime_balance(ride, 250.0, 1000.0, 1.0)
    assert np.isnan(first)
    assert (hard, hole, same, easy) == (900.0, 900.0, 900.0, 910.0)
    steady = of.w_prime_balance_integral(ride, 250.0, 1000.0, 1.0, 100.0)
    assert np.isnan(steady[0])
    assert steady[1:4].tolist() == [900.0, 900.0, 900.0]
    assert steady[4] == pytest.approx(1000.0 - 100.0 * np.exp(-0.01))


def test_a_coarse_grid_recovers_to_the_full_and_never_above():
    assert of.w_prime_balance(np.array([500.0, 0.0, 0.0]), 250.0, 10_000.0, 60.0).tolist() == [
        -5000.0,
        10_000.0,
        10_000.0,
    ]


def test_the_lowest_balance_may_lie_below_zero_and_ignores_the_time_before_the_first_reading():
    balance = of.w_prime_balance(np.array([np.nan, 1250.0, 1250.0, 0.0]), 250.0, 1500.0, 1.0)
    assert of.lowest_w_prime_balance(balance) == -500.0


def test_without_easy_riding_there_is_no_time_constant():
    with pytest.raises(NotIdentifiable):
        of.w_prime_time_constant(np.array([300.0, np.nan]), 250.0)


@pytest.mark.parametrize("power", [np.empty(0), np.full(5, np.nan)], ids=["empty", "all absent"])
def test_nothing_measured_is_refused(power):
    with pytest.raises(TooFewSamples):
        of.w_prime_balance(power, 250.0, 20_000.0, 1.0)
    with pytest.raises(TooFewSamples):
        of.w_prime_balance_integral(power, 250.0, 20_000.0, 1.0, 400.0)
    with pytest.raises(TooFewSamples):
        of.w_prime_time_constant(power, 250.0)
