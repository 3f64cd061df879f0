"""Recognition as packets come, and which sensors get a model of their own."""

from __future__ import annotations

import numpy as np
import pytest

from paceline.domain.efforts import SECOND
from paceline.domain.errors import NotPlausible, UnknownName
from paceline.learn.live_recognition import live_recognition
from paceline.learn.model_file import Model
from paceline.learn.networks import Architecture, initial
from paceline.learn.runtime import Runtime
from paceline.learn.sets import MotionSet
from paceline.learn.subsets import best_fitting, useful_subsets

AXES = ("acceleration_x", "acceleration_y", "acceleration_z")


@pytest.fixture(scope="module")
def model():
    architecture = Architecture(50, 3, 2, hidden=(8,))
    generator = np.random.default_rng(0)
    weights, scale = initial(architecture, generator), np.full(3, 9.8, np.float32)
    proof = generator.normal(size=(50, 3)).astype(np.float32)
    expected = Runtime(architecture, weights, scale).probabilities(proof[None])[0].astype(np.float32)
    return Model(architecture, weights, scale, AXES, ("curl", "row"), 25.0, proof, expected)


def motion(seconds, *, rate=50, still=False):
    time = np.arange(round(seconds * rate), dtype=np.int64) * (SECOND // rate)
    size = 0.0 if still else 5.0
    values = np.column_stack([size * np.sin(time / SECOND * k) for k in (2, 3, 5)]).astype(np.float32)
    return time, values


def fed(model, time, values, *, size=25):
    live, answers = live_recognition(model), []
    for start in range(0, len(time), size):
        live, said = live.fed(time[start : start + size], values[start : start + size])
        answers += said
    return answers


def test_there_is_an_answer_each_second(model):
    answers = fed(model, *motion(8.0))
    assert [one.time for one in answers] == [n * SECOND for n in range(2, 8)]
    assert {one.state for one in answers} == {"moving"}
    assert all(one.probabilities.sum() == pytest.approx(1.0) for one in answers)


def test_the_size_of_packets_changes_nothing(model):
    time, values = motion(6.0)
    some, other = fed(model, time, values, size=7), fed(model, time, values, size=120)
    np.testing.assert_allclose([a.probabilities for a in some], [b.probabilities for b in other], atol=1e-6)


def test_packets_that_come_twice_or_late_change_nothing(model):
    time, values = motion(6.0)
    order = [0, 1, 1, 2, 0, 3, 4, 5]
    again = np.concatenate([np.arange(50 * k, 50 * k + 50) for k in order])
    one, other = fed(model, time, values, size=50), fed(model, time[again], values[again], size=50)
    np.testing.assert_allclose([a.probabilities for a in one], [b.probabilities for b in other], atol=1e-6)


def test_a_hole_is_not_guessed_over(model):
    time, values = motion(10.0)
    keep = (time < 4 * SECOND) | (time > 5 * SECOND)
    states = {one.time // SECOND: one.state for one in fed(model, time[keep], values[keep])}
    assert states[3] == "moving"
    assert states[5] == states[6] == "too little"
    assert states[8] == "moving"


def test_an_arm_that_rests_is_not_asked_about(model):
    answers = fed(model, *motion(5.0, still=True))
    assert {one.state for one in answers} == {"still"}
    assert all(np.isnan(one.probabilities).all() for one in answers)


def test_a_long_silence_gives_no_flood_of_answers(model):
    live = live_recognition(model)
    time, values = motion(3.0)
    live, _ = live.fed(time, values)
    _, answers = live.fed(time + 86_400 * SECOND, values)
    assert len(answers) <= 4


def test_a_packet_of_other_channels_is_refused(model):
    with pytest.raises(NotPlausible):
        live_recognition(model).fed(np.zeros(2, np.int64), np.zeros((2, 6), np.float32))


def made(name, session, channels, *, missing=()):
    values = np.zeros((10, len(channels)), np.float32)
    for index in missing:
        values[:, index] = np.nan
    return MotionSet(name, "a", session, "curl", np.arange(10, dtype=np.int64), values, tuple(channels))


def test_only_what_is_worn_in_two_sessions_gets_a_model():
    both = ["wrist acceleration_x", "chest acceleration_x"]
    sets = [made("1", "s", both), made("2", "t", both, missing=[1]), made("3", "u", both, missing=[1])]
    assert useful_subsets(sets) == (frozenset({"wrist acceleration"}),)
    sets.append(made("4", "v", both))
    assert useful_subsets(sets)[0] == frozenset({"wrist acceleration", "chest acceleration"})


def test_the_number_of_models_is_bound_and_singles_stay():
    names = [f"place{n} acceleration_x" for n in range(6)]
    sets = [made(str(n), str(n), names) for n in range(3)]
    chosen = useful_subsets(sets, most=8)
    assert len(chosen) == 8
    assert sum(len(some) == 1 for some in chosen) == 6
    assert len(chosen[0]) == 6
    with pytest.raises(NotPlausible):
        useful_subsets(sets, most=0)


def test_what_is_worn_chooses_the_model():
    trained = [frozenset({"a"}), frozenset({"b"}), frozenset({"a", "b"})]
    assert best_fitting(trained, frozenset({"a", "b", "c"})) == frozenset({"a", "b"})
    assert best_fitting(trained, frozenset({"b"})) == frozenset({"b"})
    with pytest.raises(UnknownName):
        best_fitting(trained, frozenset({"c"}))
