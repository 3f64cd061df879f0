"""How well repetitions were done: against the athlete's own good ones, on made motion."""

from __future__ import annotations

import numpy as np
import pytest

from paceline.domain.errors import TooFewSamples
from paceline.learn.form import FEWEST, Repetition, form, own_way, repetitions

RATE = 25.0


def lifts(*, ranges=(0.4,) * 8, seconds=(2.4,) * 8, tremble=(0.0,) * 8, turns=0.2, seed=0):
    """Lifts one after another, m up and down along gravity; the forearm turns with them, and may tremble at 6 Hz."""
    heights = []
    for reach, lasting in zip(ranges, seconds, strict=True):
        phase = 2 * np.pi * np.arange(round(lasting * RATE)) / (lasting * RATE)
        heights.append(-reach / 2 * np.cos(phase))
    height = np.concatenate(heights)
    size = np.repeat(tremble, [len(one) for one in heights])
    shake = size * np.sin(2 * np.pi * 6.0 * np.arange(len(height)) / RATE)
    push = 9.81 + np.gradient(np.gradient(height, 1 / RATE), 1 / RATE) + shake
    angle = turns / 2 * height / np.abs(height).max()
    table = np.random.default_rng(seed).normal(0.0, 0.02, (len(height), 3))
    table += push[:, None] * np.stack([np.sin(angle), 0 * angle, np.cos(angle)], axis=1)
    return table.astype(np.float32)


def usual():
    """Twenty good repetitions that differ as people's do."""
    generator = np.random.default_rng(3)
    drawn = np.exp(generator.normal(0.0, 0.05, (20, 4))) * [2.4, 0.4, 0.3, 0.5]
    return own_way([Repetition(0.0, *(float(value) for value in row)) for row in drawn])


def test_every_lift_is_one_repetition_with_its_range_turn_and_tempo():
    found = repetitions(lifts(), rate=RATE, period=2.4)
    inner = found[1:-1]
    assert 7 <= len(found) <= 8
    assert all(abs(one.seconds - 2.4) < 0.15 for one in inner)
    assert all(abs(one.range - 0.4) < 0.05 for one in inner)
    assert all(abs(one.turn - 0.2) < 0.06 for one in inner)


def test_half_the_way_in_less_time_is_half_the_range_though_it_feels_as_strong():
    whole = repetitions(lifts(), rate=RATE, period=2.4)
    half = repetitions(lifts(ranges=(0.2,) * 8, seconds=(1.7,) * 8), rate=RATE, period=1.7)
    assert np.median([one.range for one in half]) / np.median([one.range for one in whole]) == pytest.approx(0.5, 0.1)


def test_the_period_is_found_where_nobody_tells_it():
    assert len(repetitions(lifts(), rate=RATE)) == len(repetitions(lifts(), rate=RATE, period=2.4))


def test_a_tremble_is_measured_apart_from_the_range():
    calm = repetitions(lifts(), rate=RATE, period=2.4)
    shaken = repetitions(lifts(tremble=(0.0,) * 4 + (1.5,) + (0.0,) * 3), rate=RATE, period=2.4)
    worst = max(range(len(shaken)), key=lambda k: shaken[k].trembling)
    assert abs(shaken[worst].start - 4 * 2.4) < 1.3
    assert shaken[worst].trembling > 5 * max(one.trembling for one in calm[1:-1])
    assert shaken[worst].range == pytest.approx(0.4, abs=0.06)


@pytest.mark.parametrize(
    ("bad", "aspect"),
    [(Repetition(0.0, 2.4, 0.2, 0.3, 0.5), "range"), (Repetition(0.0, 1.4, 0.4, 0.3, 0.5), "tempo"),
     (Repetition(0.0, 2.4, 0.4, 0.9, 0.5), "turn"), (Repetition(0.0, 2.4, 0.4, 0.3, 5.0), "smoothness")],
)  # fmt: skip
def test_a_bad_repetition_says_what_was_bad(bad, aspect):
    found, good = form(bad, usual()), form(Repetition(0.0, 2.4, 0.4, 0.3, 0.5), usual())
    assert found.worst == aspect
    assert found.score < 0.25
    assert good.score > 0.9
    assert good.distance < found.distance


def test_calmer_than_usual_is_no_fault():
    calm = form(Repetition(0.0, 2.4, 0.4, 0.3, 0.11), usual())
    assert calm.away["smoothness"] < 0
    assert calm.score > 0.9


def test_what_goes_together_in_good_ones_is_no_fault_together():
    generator = np.random.default_rng(5)
    slow = generator.normal(0.0, 0.15, 40)  # who goes slower goes further
    good = [Repetition(0.0, 2.4 * float(np.exp(s)), 0.4 * float(np.exp(s)), 0.3, 0.5) for s in slow]
    way = own_way(good)
    along = form(Repetition(0.0, 2.4 * 1.4, 0.4 * 1.4, 0.3, 0.5), way)
    against = form(Repetition(0.0, 2.4 * 1.4, 0.4 / 1.4, 0.3, 0.5), way)
    assert along.score > against.score + 0.3


def test_a_few_repetitions_are_no_way_of_ones_own():
    with pytest.raises(TooFewSamples, match=str(FEWEST)):
        own_way([Repetition(0.0, 2.4, 0.4, 0.3, 0.5)] * (FEWEST - 1))


def test_a_moment_of_motion_holds_no_repetition():
    with pytest.raises(TooFewSamples, match="needs at least"):
        repetitions(np.zeros((20, 3), np.float32), rate=RATE)


def test_standing_still_is_no_repetition():
    assert repetitions(np.zeros((200, 3), np.float32), rate=RATE) == ()
