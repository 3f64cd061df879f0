"""What a model is worth on sets it has not seen: every figure beside its hand sum, on a made model."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import pytest

from paceline.cli.evaluate import as_row, told
from paceline.cli.strength_sets import pauses
from paceline.domain.efforts import SECOND
from paceline.domain.errors import NotPlausible, UnknownName
from paceline.learn.assessment import assessment
from paceline.learn.candidates import Candidate
from paceline.learn.evaluation import task
from paceline.learn.model_file import Model, decoded
from paceline.learn.networks import Architecture
from paceline.learn.runtime import Runtime
from paceline.learn.sets import NONE, MotionSet
from paceline.learn.windows import Cut

AXES = ("acceleration_x", "acceleration_y", "acceleration_z")
LABELS = ("curl", "row", NONE)
ONE_SECOND = Architecture(10, 3, 3, hidden=())
"""A dense network without hidden layers: it says curl for gravity along x, row along y, none along z."""


def model(labels=LABELS):
    matrix = np.tile(np.eye(3, dtype=np.float32), (10, 1)) / 10.0
    weights, scale = ((matrix, np.zeros(3, np.float32)),), np.ones(3, np.float32)
    proof = np.ones((10, 3), np.float32)
    expected = Runtime(ONE_SECOND, weights, scale).probabilities(proof[None])[0]
    return Model(ONE_SECOND, weights, scale, AXES, labels, 10.0, proof, expected)


def made(name, label, axis, *, session="s", samples=21):
    values = np.zeros((samples, 3), np.float32)
    values[:, axis] = 5.0
    return MotionSet(name, "a", session, label, np.arange(samples) * 100_000_000, values, AXES)


SETS = [made("1", "curl", 0), made("2", "curl", 0, session="t"), made("3", "curl", 1, session="t"),
        made("4", "row", 1), made("5", NONE, 2), made("6", "row", 1, samples=5)]  # fmt: skip


def test_shares_confusions_and_silence_are_the_hand_sums():
    found = assessment(model(), SETS)
    assert found.scores.accuracy.value == pytest.approx(4 / 6)
    assert found.recall["curl"].value == pytest.approx(2 / 3)
    assert (found.recall["curl"].low, found.recall["curl"].high) == (0.5, 1.0)  # session t alone, session s alone
    assert found.recall["row"].value == pytest.approx(0.5)
    assert found.confused == (("curl", "row", 1),)
    assert found.unsaid == 1
    assert sum(one.sets for one in found.bins) == 6


def test_calibration_is_how_far_confidence_is_from_being_right():
    sure = math.exp(5) / (math.exp(5) + 2)
    found = assessment(model(), SETS[:2])
    assert found.calibration.value == pytest.approx(1 - sure, abs=1e-6)
    assert found.bins[0].right == 1.0


def test_an_exercise_never_taught_is_none_of_these_where_the_model_knows_that():
    found = assessment(model(), [*SETS, made("7", "squat", 2), made("8", "squat", 0)])
    assert found.unknown == 2
    assert found.recall[NONE].value == pytest.approx(2 / 3)


def test_an_exercise_never_taught_can_not_be_asked_of_another_model():
    with pytest.raises(UnknownName, match="squat"):
        assessment(model(("curl", "row", "press")), [made("1", "squat", 0)])


def test_a_model_that_does_not_prove_itself_is_not_scored():
    wrong = replace(model(), expected=np.array([0.9, 0.05, 0.05], np.float32))
    with pytest.raises(NotPlausible):
        assessment(wrong, SETS)


def test_latency_and_the_wait_for_the_first_answer_are_told():
    found = assessment(model(), SETS)
    assert 0.0 < found.latency[0] <= found.latency[1]
    assert found.window == 1.0
    assert all(math.isnan(value) for value in assessment(model(), SETS[5:]).latency)


def test_all_of_it_is_in_the_object_and_on_the_terminal():
    found = assessment(model(), SETS[:4])
    row = json.loads(json.dumps(as_row(found)))
    assert row["accuracy"][0] == 0.75
    assert row["confusion"] == [[2, 1, 0], [0, 1, 0], [0, 0, 0]]
    assert row["recall"][NONE] is None
    assert len(row["latency_us"]) == 2
    lines = "\n".join(told(found, by="session"))
    for part in ("Accuracy over 4 sets: 0.75", "curl: 0.67 (0.50 to 1.00)", "none: no set", "curl for row: 1", "µs"):
        assert part in lines
    silent = as_row(assessment(model(), SETS[5:]))
    assert silent["latency_us"] == [None, None]
    assert "nothing was said" in "\n".join(told(assessment(model(), SETS), by="session"))


def test_a_model_that_is_kept_means_what_it_says_on_unseen_sessions():
    generator = np.random.default_rng(2)
    sets = []
    for number in range(30):
        axis = number % 2
        label = LABELS[axis if number % 5 else 1 - axis]  # every fifth is labelled wrong: nobody can be sure
        one = made(str(number), label, axis, session=f"s{number // 2 % 3}", samples=160)
        noise = generator.normal(0.0, 0.5, one.values.shape).astype(np.float32)
        sets.append(replace(one, values=one.values + noise))
    work = task(sets, cut=Cut(2.0, 2.0, 10.0), keep_from=8)
    result = work(Candidate("dense", hidden=(8,), rate=2e-2), 8)
    kept = decoded(result.model, file="made")
    assert kept.temperature != 1.0
    said = kept.runtime().probabilities(work.cut.values).max(axis=1)
    assert 0.6 < said.mean() < 0.95  # right in four of five


def test_the_middle_of_a_pause_is_none_of_the_exercises():
    rows = [{"exercise": "row", "start": 60 * SECOND, "stop": 80 * SECOND},
            {"exercise": "curl", "start": 0, "stop": 20 * SECOND},
            {"exercise": "curl", "start": 85 * SECOND, "stop": 99 * SECOND}]  # fmt: skip
    found = pauses(rows)
    assert [(one["exercise"], one["start"], one["stop"]) for one in found] == [(NONE, 22 * SECOND, 52 * SECOND)]
    assert pauses(rows[:1]) == []
