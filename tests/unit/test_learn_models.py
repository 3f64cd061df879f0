"""Networks, recognisers, scores, counters and the model file, on made motion."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from paceline.domain.errors import Damaged, NotPlausible, PacelineError, TooFewSamples
from paceline.learn import model_file
from paceline.learn.counting import Counted, Counter, learned
from paceline.learn.live_count import LiveCount
from paceline.learn.networks import Architecture, Convolution, initial, logits, softmax
from paceline.learn.recognition import Method, recogniser
from paceline.learn.runtime import Runtime
from paceline.learn.scores import bootstrap, calibration_error, macro_f1, scores, set_probabilities
from paceline.learn.sets import MotionSet
from paceline.learn.training import Recipe, fair_weights, trained
from paceline.learn.windows import Cut

AXES = ("acceleration_x", "acceleration_y", "acceleration_z")
SMALL = Architecture(50, 3, 2, (Convolution(8, 5, 2),), (8,))
RATE = 25.0


def swing(period, *, seconds=20.0, seed=0, repetitions=None, axis=0):
    """Motion that goes round once a period, with gravity along z."""
    generator = np.random.default_rng(seed)
    seconds = seconds if repetitions is None else period * repetitions
    t = np.arange(round(seconds * RATE)) / RATE
    values = generator.normal(0.0, 0.3, (len(t), 3))
    values[:, axis] += 4.0 * np.sin(2 * np.pi * t / period)
    values[:, 2] += 9.81
    return values.astype(np.float32)


def motion_set(name, label, *, session="s", seed=0):
    values = swing(1.6 if label == "curl" else 3.2, seed=seed, axis=0 if label == "curl" else 1)
    time = np.arange(len(values), dtype=np.int64) * 40_000_000
    return MotionSet(name, "a", session, label, time, values, AXES)


@pytest.mark.parametrize(
    "architecture",
    [SMALL, Architecture(50, 3, 4, hidden=(20, 10)),
     Architecture(60, 6, 3, (Convolution(4, 7, 3), Convolution(6, 3)), ()),
     Architecture(50, 3, 2, (Convolution(5, 5),), (4, 3), "tanh")],
)  # fmt: skip
def test_the_runtime_says_what_jax_says(architecture):
    generator = np.random.default_rng(0)
    weights = initial(architecture, generator)
    scale = np.full(architecture.channels, 2.0, np.float32)
    values = generator.normal(size=(5, architecture.samples, architecture.channels)).astype(np.float32)
    theirs = softmax(np.asarray(logits(weights, values / scale, architecture)))
    np.testing.assert_allclose(Runtime(architecture, weights, scale).probabilities(values), theirs, atol=1e-5)
    np.testing.assert_allclose(Runtime(architecture, weights, scale).probabilities(values[:1]), theirs[:1], atol=1e-5)


@pytest.mark.parametrize(
    "wrong",
    [
        {"samples": 0},
        {"hidden": (0,)},
        {"activation": "step"},
        {"convolutions": (Convolution(4, 99),)},
        {"hidden": (3000, 3000)},
    ],
)
def test_an_architecture_that_can_not_be_is_refused(wrong):
    with pytest.raises(NotPlausible):
        Architecture(**{"samples": 50, "channels": 3, "outputs": 2} | wrong)


def test_weights_of_another_architecture_are_refused():
    weights = initial(SMALL, np.random.default_rng(0))
    with pytest.raises(NotPlausible):
        Runtime(replace(SMALL, hidden=(9,)), weights, np.ones(3, np.float32))
    with pytest.raises(NotPlausible):
        Runtime(SMALL, weights, np.zeros(3, np.float32))
    with pytest.raises(NotPlausible):
        Runtime(SMALL, ((weights[0][0] * np.nan, weights[0][1]), *weights[1:]), np.ones(3, np.float32))


def made_windows(count=40):
    both = [swing(p, seed=n, seconds=2.0, axis=axis) for n in range(count) for p, axis in ((0.8, 0), (1.6, 1))]
    return np.stack(both), np.tile(np.array([0, 1]), count)


def test_a_small_network_learns_and_the_same_seed_gives_the_same():
    values, labels = made_windows()
    recipe = Recipe(epochs=8, batch=16, rate=5e-3)
    one, two = (
        trained(values, labels, weights=np.ones(len(labels)), architecture=SMALL, recipe=recipe) for _ in range(2)
    )
    assert np.mean(one.probabilities(values).argmax(axis=1) == labels) > 0.95
    assert all(
        np.array_equal(a, b) for x, y in zip(one.weights, two.weights, strict=True) for a, b in zip(x, y, strict=True)
    )


def test_a_network_without_hidden_layers_learns_too():
    values, labels = made_windows(10)
    architecture = Architecture(50, 3, 2, hidden=())
    assert trained(values, labels, weights=np.ones(20), architecture=architecture, recipe=Recipe(epochs=2)).weights


def test_nothing_is_trained_on_nothing():
    with pytest.raises(TooFewSamples):
        trained(
            np.empty((0, 50, 3), np.float32), np.empty(0, int), weights=np.empty(0), architecture=SMALL, recipe=Recipe()
        )
    with pytest.raises(NotPlausible):
        Recipe(dropout=1.0)


def test_each_label_and_each_set_counts_the_same():
    weights = fair_weights(np.array([0, 0, 0, 0, 1]), np.array([0, 0, 0, 1, 2]))
    assert weights[:3].sum() == pytest.approx(weights[3])
    assert weights[:4].sum() == pytest.approx(weights[4])


def test_a_recogniser_names_sets_it_has_not_seen():
    sets = [motion_set(f"{label}{n}", label, seed=n) for n in range(4) for label in ("curl", "row")]
    method = Method(cut=Cut(4.0, 2.0), recipes=(Recipe(epochs=6, rate=5e-3),), trees=30)
    model = recogniser(sets, method)
    unseen = [motion_set("x", "curl", seed=99), motion_set("y", "row", seed=98)]
    said = model.of_sets(unseen)
    assert [model.labels[k] for k in said.argmax(axis=1)] == ["curl", "row"]
    np.testing.assert_allclose(said.sum(axis=1), 1.0)
    only = model.of_sets(unseen, groups=[["row"], ["row"]])
    assert only[0, model.labels.index("row")] == pytest.approx(1.0)


def test_one_label_can_not_be_told_apart():
    with pytest.raises(TooFewSamples):
        recogniser([motion_set("1", "curl")], Method(recipes=(), trees=5))


def test_scores_hold_what_was_said_against_the_truth():
    table = np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4], [np.nan, np.nan]])
    found = scores(table, np.array([0, 1, 1, 0]), labels=["a", "b"], wholes=["s", "s", "t", "t"])
    assert found.accuracy.value == 0.5
    assert found.recall == {"a": 0.5, "b": 0.5}
    assert found.confusion.tolist() == [[1, 0], [1, 1]]
    assert found.accuracy.low <= 0.5 <= found.accuracy.high
    assert found.macro_f1.value == pytest.approx((2 * 1 / (2 + 2) + 2 * 1 / (2 + 1)) / 2)
    with pytest.raises(TooFewSamples):
        scores(np.empty((0, 2)), np.empty(0, int), labels=["a", "b"], wholes=[])


def test_intervals_draw_whole_sessions():
    right = np.array([1.0] * 10 + [0.0] * 10)
    apart = bootstrap(lambda rows: float(right[rows].mean()), ["s"] * 10 + ["t"] * 10)
    alike = bootstrap(lambda rows: float(right[rows].mean()), [str(n) for n in range(20)])
    assert (apart.low, apart.high) == (0.0, 1.0)
    assert alike.high - alike.low < 0.6


def test_macro_f1_and_calibration_are_the_hand_sums():
    assert macro_f1(np.array([0, 0, 1, 2]), np.array([0, 1, 1, 0])) == pytest.approx((0.5 + 2 / 3 + 0.0) / 3)
    assert calibration_error(np.array([0.95, 0.95, 0.55]), np.array([True, True, False])) == pytest.approx(
        (0.1 + 0.55) / 3
    )
    assert set_probabilities(np.array([[1.0, 0.0]]), np.array([1]), sets=2).tolist()[1] == [1.0, 0.0]


@pytest.mark.parametrize(("period", "repetitions"), [(1.4, 15), (2.5, 10), (4.0, 6)])
def test_repetitions_of_a_steady_set_are_counted(period, repetitions):
    assert Counter().count(swing(period, repetitions=repetitions), rate=RATE) == pytest.approx(repetitions, abs=1)


def test_rest_around_a_set_is_not_counted():
    still = np.random.default_rng(1).normal([0, 0, 9.81], 0.05, (150, 3)).astype(np.float32)
    motion = np.concatenate([still, swing(2.0, repetitions=10), still])
    assert Counter().count(motion, rate=RATE) == pytest.approx(10, abs=1)


def test_habits_tell_one_repetition_from_two_halves():
    def press(count, seed):
        t = np.arange(round(count * 4.0 * RATE)) / RATE
        noise = np.random.default_rng(seed).normal(0.0, 0.2, (len(t), 3))
        line = 3.0 * np.sin(2 * np.pi * t / 2.0) + 0.3 * np.sin(2 * np.pi * t / 4.0)
        return (noise + line[:, None] * [1.0, 0.2, 0.1]).astype(np.float32)

    taught = learned([Counted(press(n, n), RATE, "press", n) for n in (6, 8, 10)], trust=0.2)
    assert taught.count(press(7, 1), rate=RATE, exercise="press") == pytest.approx(7, abs=1)
    assert Counter(trust=0.0).count(press(7, 1), rate=RATE) > 9


def test_a_moment_of_motion_is_too_short_to_count():
    with pytest.raises(TooFewSamples):
        Counter().count(swing(1.0, seconds=1.0), rate=RATE)
    with pytest.raises(TooFewSamples):
        learned([])
    with pytest.raises(NotPlausible):
        Counter(gate=1.0)


def test_repetitions_are_counted_as_they_happen():
    motion, live, seen = swing(2.0, repetitions=12), LiveCount(Counter(), RATE), []
    for start in range(0, len(motion), 25):
        live = live.fed(motion[start : start + 25])
        seen.append(live.count)
    assert seen[-1] == pytest.approx(12, abs=1)
    assert 4 <= seen[11] <= 8
    assert all(after >= before for before, after in pairwise(seen[6:]))


def model():
    generator = np.random.default_rng(5)
    weights = initial(SMALL, generator)
    proof = generator.normal(size=(50, 3)).astype(np.float32)
    scale = np.full(3, 9.0, np.float32)
    expected = softmax(np.asarray(logits(weights, proof[None] / scale, SMALL)) / 1.5)[0].astype(np.float32)
    return model_file.Model(SMALL, weights, scale, AXES, ("curl", "row"), 25.0, proof, expected, {"data": "v7"}, 1.5)


def test_a_model_file_holds_all_of_a_model():
    data = model_file.encoded(model())
    back = model_file.decoded(data, file="made")
    assert (back.architecture, back.labels, back.channels, back.lineage) == (
        SMALL,
        ("curl", "row"),
        AXES,
        {"data": "v7"},
    )
    assert model_file.encoded(back) == data
    np.testing.assert_allclose(back.runtime().probabilities(back.proof[None])[0], back.expected, atol=1e-5)


def test_scrambled_weights_are_noticed():
    right = model()
    matrix, bias = right.weights[0]
    scrambled = replace(
        right, weights=((np.ascontiguousarray(matrix.T).reshape(matrix.shape), bias), *right.weights[1:])
    )
    with pytest.raises(NotPlausible, match="test vector"):
        scrambled.runtime()
    with pytest.raises(NotPlausible, match="test vector"):
        model_file.encoded(scrambled)


def test_a_cut_or_changed_model_file_is_refused():
    data = model_file.encoded(model())
    random = np.random.default_rng(0)
    for end in random.integers(0, len(data), 60):
        with pytest.raises(Damaged):
            model_file.decoded(data[:end], file="made")
    for at in random.integers(0, len(data), 60):
        with pytest.raises(PacelineError):
            model_file.decoded(data[:at] + bytes([data[at] ^ 4]) + data[at + 1 :], file="made")


def test_a_description_that_makes_no_sense_is_refused():
    import hashlib
    import struct

    for text in (b"[]", b"{}", b"nonsense", b'{"architecture": null}'):
        body = struct.pack("<8sII", b"PACELINE", 1, len(text)) + text
        body += bytes(-len(body) % 64)
        with pytest.raises(Damaged):
            model_file.decoded(body + hashlib.sha256(body).digest(), file="made")
    with pytest.raises(Damaged):
        model_file.decoded(b"PACELINE" + bytes(60), file="made")


def test_an_alternating_exercise_is_counted_for_both_arms():
    one_arm = swing(4.0, repetitions=8)
    counter = Counter(alternating=frozenset({"alternating-curl"}))
    assert counter.count(one_arm, rate=RATE, exercise="alternating-curl") == pytest.approx(16, abs=2)
    taught = learned([Counted(swing(4.0, repetitions=n, seed=n), RATE, "alternating-curl", 2 * n) for n in (6, 8)],
                     alternating=frozenset({"alternating-curl"}))  # fmt: skip
    assert taught.count(one_arm, rate=RATE, exercise="alternating-curl") == pytest.approx(16, abs=2)
