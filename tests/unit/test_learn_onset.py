"""What has begun, from the first second on; and probabilities that mean what they say. On made motion."""

from __future__ import annotations

import numpy as np
import pytest

from paceline.domain.errors import NotPlausible, TooFewSamples
from paceline.learn.calibration import FEWEST, fitted_temperature, tempered
from paceline.learn.onset import BEGINNING, measured, onset
from paceline.learn.recognition import Method, recogniser
from paceline.learn.scores import calibration_error
from paceline.learn.sets import MotionSet
from paceline.learn.windows import Cut

AXES = ("acceleration_x", "acceleration_y", "acceleration_z")
LENGTHS = (1, 3)


def made(name, label, *, seconds=8.0, seed=0):
    """A swing along one axis or another, with gravity along z."""
    generator = np.random.default_rng(seed)
    t = np.arange(round(seconds * 25)) / 25.0
    values = generator.normal(0.0, 0.3, (len(t), 3))
    values[:, 0 if label == "curl" else 1] += 4.0 * np.sin(2 * np.pi * t / 1.6 + seed)
    values[:, 2] += 9.81
    return MotionSet(name, "a", f"s-{seed % 2}", label, np.arange(len(t)) * 40_000_000, values.astype(np.float32), AXES)


@pytest.fixture(scope="module")
def begun():
    sets = [made(f"{label} {k}", label, seed=k) for label in ("curl", "row") for k in range(4)]
    sets += [made("short", "curl", seconds=2.5, seed=9)]
    among = measured(sets, lengths=LENGTHS)
    learned = [0, 1, 2, 4, 5, 6]
    return sets, among, onset(sets, among, learned)


def test_there_is_an_answer_after_the_first_second(begun):
    _, among, model = begun
    rows = model.rows(among, 7, seconds=6)
    assert rows.shape == (6, 2)
    assert np.isfinite(rows).all()
    np.testing.assert_allclose(rows.sum(axis=1), 1.0)


def test_a_set_that_was_not_learned_from_is_named_in_its_first_second(begun):
    sets, among, model = begun
    for position in (3, 7):
        rows = model.rows(among, position, seconds=6)
        assert model.labels[int(rows[0].argmax())] == sets[position].label
        assert model.labels[int(rows[5].argmax())] == sets[position].label


def test_after_the_set_nothing_is_said(begun):
    _, among, model = begun
    rows = model.rows(among, 8, seconds=6)
    assert np.isfinite(rows[:2]).all()
    assert np.isnan(rows[2:]).all()


def test_the_longest_model_that_fits_is_asked(begun):
    _, among, model = begun
    rows = model.rows(among, 3, seconds=6)
    three = among[3]
    keep = (three.cut.owner == 3) & (three.cut.start == 2.0)  # 2 s to 5 s
    np.testing.assert_allclose(rows[4], model.forests[3].predict_proba(three.table[keep])[0])


def test_the_beginning_weighs_as_much_as_the_rest():
    from paceline.learn.onset import _weights

    owner = np.zeros(10, np.int64)
    start = np.arange(10.0)
    weights = _weights(np.zeros(10, np.int64), owner, start)
    early = start < BEGINNING
    assert weights[early].sum() == pytest.approx(weights[~early].sum())


def test_one_label_has_nothing_to_be_told_from():
    sets = [made("1", "curl"), made("2", "curl", seed=1)]
    with pytest.raises(TooFewSamples, match="Labels to tell apart"):
        onset(sets, measured(sets, lengths=(1,)), [0, 1])


def test_a_label_whose_sets_are_too_short_is_no_choice():
    sets = [made("1", "curl"), made("2", "row", seconds=2.0, seed=1)]
    with pytest.raises(TooFewSamples, match="3 s"):
        onset(sets, measured(sets, lengths=LENGTHS), [0, 1])


def drawn(temperature, *, count=4000, seed=0):
    """Answers whose truth was drawn from them, and then made surer by one over a temperature."""
    generator = np.random.default_rng(seed)
    honest = generator.dirichlet(np.ones(4), count)
    truth = (generator.random(count)[:, None] > honest.cumsum(axis=1)).sum(axis=1)
    return tempered(honest, 1.0 / temperature), np.minimum(truth, 3)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_the_temperature_that_spoiled_answers_is_found(temperature):
    assert fitted_temperature(*drawn(temperature)) == pytest.approx(temperature, rel=0.1)


def test_a_fitted_temperature_makes_unseen_answers_mean_what_they_say():
    learned, (said, truth) = fitted_temperature(*drawn(3.0)), drawn(3.0, seed=1)
    mended = tempered(said, learned)
    before = calibration_error(said.max(axis=1), said.argmax(axis=1) == truth)
    assert calibration_error(mended.max(axis=1), mended.argmax(axis=1) == truth) < 0.03 < before
    np.testing.assert_array_equal(mended.argmax(axis=1), said.argmax(axis=1))


def test_what_was_not_said_stays_unsaid():
    said, truth = drawn(2.0, count=40)
    said[3] = np.nan
    assert np.isnan(tempered(said, 2.0)[3]).all()
    assert np.isfinite(fitted_temperature(said, truth))


def test_a_few_answers_tell_no_temperature():
    with pytest.raises(TooFewSamples, match=str(FEWEST)):
        fitted_temperature(*drawn(1.0, count=FEWEST - 1))


@pytest.mark.parametrize("wrong", [0.0, -1.0, 11.0, float("nan")])
def test_a_temperature_out_of_range_is_refused(wrong):
    with pytest.raises(NotPlausible, match="temperature"):
        tempered(np.array([[0.5, 0.5]]), wrong)


def test_a_discriminant_beside_trees_names_unseen_sets():
    sets = [made(f"{label} {k}", label, seed=k) for label in ("curl", "row") for k in range(4)]
    method = Method(Cut(4.0, 1.0, 25.0), recipes=(), trees=0, shrinkage=0.3)
    model = recogniser([one for one in sets if not one.name.endswith("3")], method)
    unseen = [one for one in sets if one.name.endswith("3")]
    said = model.of_sets(unseen)
    assert [model.labels[k] for k in said.argmax(axis=1)] == [one.label for one in unseen]
