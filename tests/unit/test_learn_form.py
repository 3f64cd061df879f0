"""How well repetitions were done: against the athlete's own good ones, on made motion."""

from __future__ import annotations

import numpy as np
import pytest

from paceline.domain.errors import TooFewSamples
from paceline.learn.form import FEWEST, Repetition, form, own_way, repetitions

RATE = 25.0


def swings(*, ranges=(4.0,) * 8, seconds=(2.4,) * 8, tremble=(0.0,) * 8, seed=0):
    """Swings one after another along one axis, each from −half its range to half, with a tremble of 6 Hz."""
    parts = []
    for reach, lasting, shake in zip(ranges, seconds, tremble, strict=True):
        phase = 2 * np.pi * np.arange(round(lasting * RATE)) / (lasting * RATE)
        parts.append(-reach / 2 * np.cos(phase) + shake * np.sin(2 * np.pi * 6.0 * np.arange(len(phase)) / RATE))
    line = np.concatenate(parts)
    table = np.random.default_rng(seed).normal(0.0, 0.02, (len(line), 3))
    table[:, 0] += line
    return table.astype(np.float32)


def usual():
    """Twenty good repetitions that differ as people's do."""
    generator = np.random.default_rng(3)
    drawn = np.exp(generator.normal(0.0, 0.05, (20, 3))) * [4.0, 2.4, 0.2]
    return own_way([Repetition(0.0, float(s), float(r), float(t)) for r, s, t in drawn])


def test_every_swing_is_one_repetition_with_its_range_and_tempo():
    found = repetitions(swings(), rate=RATE, period=2.4)
    inner = found[1:-1]
    assert 7 <= len(found) <= 8
    assert all(abs(one.seconds - 2.4) < 0.15 for one in inner)
    assert all(abs(one.range - 4.0) < 0.3 for one in inner)


def test_the_period_is_found_where_nobody_tells_it():
    assert len(repetitions(swings(), rate=RATE)) == len(repetitions(swings(), rate=RATE, period=2.4))


def test_a_tremble_is_measured_apart_from_the_range():
    calm = repetitions(swings(), rate=RATE, period=2.4)
    shaken = repetitions(swings(tremble=(0.0,) * 4 + (0.6,) + (0.0,) * 3), rate=RATE, period=2.4)
    worst = max(range(len(shaken)), key=lambda k: shaken[k].trembling)
    assert abs(shaken[worst].start - 4 * 2.4) < 1.3
    assert shaken[worst].trembling > 5 * max(one.trembling for one in calm[1:-1])


@pytest.mark.parametrize(
    ("bad", "aspect"),
    [(Repetition(0.0, 2.4, 2.0, 0.2), "range"), (Repetition(0.0, 1.4, 4.0, 0.2), "tempo"),
     (Repetition(0.0, 2.4, 4.0, 2.0), "smoothness")],
)  # fmt: skip
def test_a_bad_repetition_says_what_was_bad(bad, aspect):
    found = form(bad, usual())
    assert found.worst == aspect
    assert found.score < 0.2
    assert form(Repetition(0.0, 2.4, 4.0, 0.2), usual()).score > 0.9


def test_calmer_than_usual_is_no_fault():
    calm = form(Repetition(0.0, 2.4, 4.0, 0.11), usual())
    assert calm.away["smoothness"] < 0
    assert calm.score > 0.9


def test_what_goes_together_in_good_ones_is_no_fault_together():
    generator = np.random.default_rng(5)
    slow = generator.normal(0.0, 0.15, 40)  # who goes slower is felt less: range falls as time grows
    good = [Repetition(0.0, 2.4 * float(np.exp(s)), 4.0 * float(np.exp(-2 * s)), 0.2) for s in slow]
    way = own_way(good)
    along = form(Repetition(0.0, 2.4 * 1.3, 4.0 / 1.69, 0.2), way)
    against = form(Repetition(0.0, 2.4 * 1.3, 4.0 * 1.69, 0.2), way)
    assert along.score > against.score + 0.3


def test_a_few_repetitions_are_no_way_of_ones_own():
    with pytest.raises(TooFewSamples, match=str(FEWEST)):
        own_way([Repetition(0.0, 2.4, 4.0, 0.2)] * (FEWEST - 1))


def test_a_moment_of_motion_holds_no_repetition():
    with pytest.raises(TooFewSamples, match="needs at least"):
        repetitions(np.zeros((20, 3), np.float32), rate=RATE)


def test_standing_still_is_no_repetition():
    assert repetitions(np.zeros((200, 3), np.float32), rate=RATE) == ()
