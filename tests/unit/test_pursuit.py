"""The prediction of a pursuit's finish, on made races whose rule is known."""

from __future__ import annotations

import math

import numpy as np
import pytest

from paceline.decide.pursuit import FEWEST, fit
from paceline.domain.errors import NotIdentifiable, TooFewSamples
from paceline.domain.races import Performance, Split

HALF = 16
"""Lines up to half distance of 4 km."""


def pursuits(count, *, noise=0.0, seed=1):
    """Riders whose second half is, but for noise, made of their last lap and of how much slower it was."""
    chance = np.random.default_rng(seed)
    made = []
    for _ in range(count):
        pace, fade = chance.normal(8.2, 0.15), chance.normal(0.02, 0.01)
        laps = pace + fade * np.arange(HALF) + chance.normal(0, 0.02, HALF)
        laps[0] += chance.normal(4.5, 0.3)
        last, before = laps[-2:].sum(), laps[-4:-2].sum()
        second = 8 * last + 20 * (last - before) + chance.normal(0, noise)
        laps = np.concatenate([laps, np.full(HALF, second / HALF)])
        made.append(performance(np.cumsum(laps)))
    return made


def performance(times, distances=None):
    lines = 125.0 * np.arange(1, len(times) + 1) if distances is None else distances
    splits = zip(lines, times, strict=True)
    return Performance(splits=tuple(Split(float(line), float(time)) for line, time in splits))


def first_half(one):
    return tuple(split for split in one.splits if split.distance <= 2000)


def test_a_rule_without_noise_is_found():
    model = fit(pursuits(100))
    for one in pursuits(20, seed=2):
        told = model.finish(first_half(one))
        assert told.time == pytest.approx(one.time(4000.0), abs=1e-6)
        assert told.low <= told.time <= told.high


def test_the_interval_holds_nine_in_ten():
    model = fit(pursuits(400, noise=2.0))
    later = pursuits(2000, noise=2.0, seed=2)
    told = [model.finish(first_half(one)) for one in later]
    held = np.mean([t.low <= one.time(4000.0) <= t.high for t, one in zip(told, later, strict=True)])
    assert 0.87 < held < 0.93
    assert model.margin == pytest.approx(1.645 * 2.0, rel=0.15)


def test_a_rider_who_gives_up_does_not_move_the_model():
    sound = pursuits(100, noise=0.5)
    gave_up = [performance([split.time + (60.0 if split.distance == 4000 else 0.0) for split in one.splits])
               for one in pursuits(4, seed=3)]  # fmt: skip
    rider = first_half(pursuits(1, seed=4)[0])
    moved = fit([*sound, *gave_up]).finish(rider).time - fit(sound).finish(rider).time
    assert abs(moved) < 0.3


def test_what_is_ridden_after_half_distance_is_not_looked_at():
    model = fit(pursuits(50, noise=1.0))
    one = pursuits(1, seed=2)[0]
    assert model.finish(one.splits) == model.finish(first_half(one))


def test_performances_without_a_time_that_is_needed_are_counted_and_left_out():
    whole = pursuits(50, noise=1.0)
    caught = [Performance(splits=first_half(one)) for one in pursuits(3, seed=2)]
    no_start = Performance(splits=(), status="DNS")
    unread = Performance(splits=tuple(
        Split(split.distance, None if split.distance == 1750 else split.time) for split in whole[0].splits
    ))  # fmt: skip
    model = fit([*whole, *caught, no_start, unread])
    assert (model.used, model.left_out) == (50, 5)
    np.testing.assert_array_equal(model.coefficients, fit(whole).coefficients)


def test_too_few_performances_are_refused():
    with pytest.raises(TooFewSamples) as error:
        fit(pursuits(FEWEST - 1))
    assert (error.value.need, error.value.got) == (FEWEST, FEWEST - 1)


def test_performances_that_are_all_alike_are_refused():
    with pytest.raises(NotIdentifiable):
        fit(pursuits(1) * 30)


def test_a_rider_without_the_lines_that_are_needed_is_refused():
    model = fit(pursuits(50, noise=1.0))
    half = first_half(pursuits(1, seed=2)[0])
    for lacking in (half[:-1], half[2:], ()):
        with pytest.raises(TooFewSamples):
            model.finish(lacking)
    backwards = [Split(split.distance, 500.0 - split.time) for split in half]
    unknown = [Split(split.distance, math.nan) for split in half]
    for broken in (backwards, unknown):
        with pytest.raises(TooFewSamples):
            model.finish(broken)


def test_a_distance_without_a_first_half_to_go_by_is_refused():
    with pytest.raises(ValueError, match="no half to go by"):
        fit(pursuits(50), distance=1000.0)


def test_three_kilometres_have_their_own_lines():
    shorter = [performance([split.time for split in one.splits[:24]]) for one in pursuits(60)]
    model = fit(shorter, distance=3000.0)
    rider = shorter[0].splits[:12]
    assert model.finish(rider).time == pytest.approx(shorter[0].time(3000.0), abs=3 * model.margin)
    with pytest.raises(TooFewSamples):
        model.finish(rider[:11])
