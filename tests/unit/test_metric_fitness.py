"""Fitness, fatigue and form, the calendar they stand on, and the impulse-response model."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from paceline.domain.errors import NotIdentifiable, TooFewSamples
from paceline.measure.flow import compute
from paceline.measure.metrics.fitness import fatigue, fitness, form, unknown_load_share
from paceline.measure.training_load import daily_load, impulse_response, weighted_average

LOADS = np.random.default_rng(4).gamma(2.0, 40.0, 200)


def slow_average(load, days):
    """The definition: every day's load times what is left of its weight."""
    weight = 1.0 - np.exp(-1.0 / days)
    return [sum(weight * load[s] * np.exp(-(t - s) / days) for s in range(t + 1)) for t in range(len(load))]


def test_fitness_and_fatigue_are_the_sum_of_decayed_loads():
    np.testing.assert_allclose(fitness(LOADS), slow_average(LOADS, 42.0), rtol=1e-12)
    np.testing.assert_allclose(fatigue(LOADS), slow_average(LOADS, 7.0), rtol=1e-12)


def test_the_other_common_recursion_weights_with_one_over_the_days():
    found = weighted_average(np.array([84.0, 0.0, 42.0]), days=42.0, recursion="fraction")
    assert found == pytest.approx([2.0, 2.0 * 41 / 42, 2.0 * (41 / 42) ** 2 + 1.0])
    assert found[0] != pytest.approx(fitness(np.array([84.0]))[0], rel=1e-3)


def test_form_is_yesterdays_fitness_less_yesterdays_fatigue():
    found = compute({"daily_load": LOADS}, ["fitness", "fatigue", "form"])
    assert np.isnan(found["form"][0])
    np.testing.assert_array_equal(found["form"][1:], (found["fitness"] - found["fatigue"])[:-1])


def test_a_day_of_rest_is_a_real_zero_and_an_unknown_load_is_not():
    rest, unknown = LOADS.copy(), LOADS.copy()
    rest[100], unknown[100] = 0.0, np.nan
    np.testing.assert_array_equal(fitness(rest), fitness(unknown))
    assert unknown_load_share(rest).max() == 0.0
    share = unknown_load_share(unknown)
    assert share[99] == 0.0
    assert share[100] == pytest.approx(1.0 - np.exp(-1.0 / 7.0))
    assert np.all(np.diff(share[100:]) < 0.0)


def test_fitness_after_an_unknown_load_is_a_lower_bound_whatever_the_load_was():
    unknown = LOADS.copy()
    unknown[100] = np.nan
    assert np.all(fitness(unknown) <= fitness(LOADS))


def test_form_is_absent_until_the_unknown_load_has_faded():
    unknown = LOADS.copy()
    unknown[100] = np.nan
    found = form(fitness(unknown), fatigue(unknown), unknown_load_share(unknown))
    absent = np.flatnonzero(np.isnan(found))
    assert absent[:2].tolist() == [0, 101]
    assert 130 < absent[-1] < 140


def test_no_days_have_no_fitness():
    for node in (fitness, fatigue, unknown_load_share):
        with pytest.raises(TooFewSamples):
            node(np.empty(0))


def test_sessions_are_laid_on_the_athletes_own_days():
    zone = ZoneInfo("America/Los_Angeles")
    starts = [
        dt.datetime(2024, 3, 10, 6, 0, tzinfo=dt.UTC),  # the evening of the 9th there
        dt.datetime(2024, 3, 13, 2, 0, tzinfo=dt.UTC),  # the evening of the 12th, after the clocks changed
        dt.datetime(2024, 3, 10, 1, 0, tzinfo=dt.UTC),
    ]
    found = daily_load(starts, [50.0, 70.0, 20.0], zone=zone, until=dt.date(2024, 3, 14))
    assert found.first == dt.date(2024, 3, 9)
    assert found.load.tolist() == [70.0, 0.0, 0.0, 70.0, 0.0, 0.0]
    assert found.unknown == ()


def test_a_session_of_unknown_load_makes_its_day_unknown():
    day = dt.datetime(2024, 5, 1, 12, tzinfo=dt.UTC)
    found = daily_load([day, day, day + dt.timedelta(days=1)], [50.0, np.nan, 30.0], zone=dt.UTC)
    assert np.isnan(found.load[0])
    assert found.load[1] == 30.0
    assert found.unknown == (dt.date(2024, 5, 1),)


@pytest.mark.parametrize("loads", [[-1.0], [np.inf], [1.0, 2.0]])
def test_a_load_that_is_none_is_refused(loads):
    with pytest.raises(NotIdentifiable):
        daily_load([dt.datetime(2024, 5, 1, tzinfo=dt.UTC)], loads, zone=dt.UTC)


def test_a_start_without_a_zone_and_no_session_at_all_are_refused():
    with pytest.raises(NotIdentifiable, match="time zone"):
        daily_load([dt.datetime(2024, 5, 1)], [1.0], zone=dt.UTC)  # noqa: DTZ001, RUF100  # the point of the test
    with pytest.raises(TooFewSamples):
        daily_load([], [], zone=dt.UTC)


def test_the_impulse_response_is_its_sum_over_past_days():
    found = impulse_response(
        LOADS, initial=300.0, fitness_gain=0.1, fatigue_gain=0.12, fitness_days=45.0, fatigue_days=15.0
    )
    for t in (0, 1, 2, 50, 199):
        s = np.arange(t)
        slow = 300.0 + 0.1 * np.sum(LOADS[:t] * np.exp(-(t - s) / 45.0))
        slow -= 0.12 * np.sum(LOADS[:t] * np.exp(-(t - s) / 15.0))
        assert found[t] == pytest.approx(slow, rel=1e-12)


def test_an_unknown_load_leaves_performance_unknown_from_the_next_day_on():
    load = np.array([50.0, np.nan, 50.0])
    found = impulse_response(load, initial=1.0, fitness_gain=1.0, fatigue_gain=1.0, fitness_days=42.0, fatigue_days=7.0)
    assert np.isnan(found).tolist() == [False, False, True]
