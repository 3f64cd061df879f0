from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from paceline.decide.beliefs import Beliefs, proportional
from paceline.decide.fusion import Sensed, Weights, posterior
from paceline.decide.fusion_weights import Example, fit
from paceline.domain.errors import NotPlausible, TooFewSamples

NAMES = ("row", "press", "squat", "curl")


def sensed(*rows, classes=NAMES[:2]):
    return Sensed(classes, np.array(rows, float))


def simulated(random, *, count=200, sureness=0.35, seconds=12):
    """Habits that are right as often as they say, and a sensor whose every second tells a little and independently."""
    for _ in range(count):
        true = random.integers(len(NAMES))
        habit = random.dirichlet(np.ones(len(NAMES)) * 0.5 + 2.0 * (np.arange(len(NAMES)) == true))
        scores = random.normal(0, 1, (seconds, len(NAMES)))
        scores[:, true] += sureness * 2
        rows = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
        yield Example(NAMES[true], Beliefs(dict(zip(NAMES, habit.tolist(), strict=True))), Sensed(NAMES, rows))


def hits(examples, *, weights, second, habit=True, sensor=True):
    return np.array([
        posterior(habit=one.habit if habit else None, sensor=one.sensor if sensor else None, seconds=second,
                  weights=weights, abstain_below=0.0).beliefs.best == one.true
        for one in examples
    ])  # fmt: skip


def test_each_part_may_be_missing():
    habit = Beliefs({"row": 0.7, "press": 0.2}, 0.1)
    assert posterior(habit=habit).exercise == "row"
    assert posterior(habit=habit).parts == ("habit",)
    assert posterior(sensor=sensed([0.1, 0.9])).exercise == "press"
    assert posterior(habit=habit, place={"row": 0.01}).exercise == "press"
    with pytest.raises(NotPlausible):
        posterior()
    with pytest.raises(NotPlausible):
        posterior(habit=Beliefs(other=1.0))


def test_a_flat_answer_is_an_abstention():
    even = proportional(dict.fromkeys(NAMES, 1.0))
    assert posterior(habit=even).exercise is None
    assert posterior(habit=even).beliefs.best is not None
    assert posterior(habit=Beliefs({"row": 0.4}, other=0.6)).exercise is None


def test_the_sensors_weight_grows_with_time_and_habits_never_turns_negative():
    weights = Weights()
    sensor = [weights.at(second)[2] for second in range(60)]
    assert sensor == sorted(sensor)
    assert min(Weights(habit=0.1, habit_growth=-1).at(30)) >= 0


def test_a_steady_sensor_wins_over_habit_in_time():
    habit = Beliefs({"row": 0.8, "press": 0.2})
    moved = sensed(*[[0.25, 0.75]] * 30)
    told = [
        posterior(habit=habit, sensor=moved, seconds=second).beliefs.probability("press") for second in (0, 1, 5, 30)
    ]
    assert told == sorted(told)
    assert told[0] == pytest.approx(0.2, abs=1e-3)
    assert told[-1] > 0.5


def test_a_second_without_an_answer_is_left_out():
    gap = sensed([math.nan, math.nan], [0.2, 0.8])
    assert gap.until(1) is None
    assert gap.until(2) == sensed([0.2, 0.8]).until(1)
    assert posterior(habit=Beliefs({"row": 1.0}), sensor=gap, seconds=1).parts == ("habit",)


def test_what_the_sensor_does_not_know_is_judged_by_its_none_of_these():
    habit = Beliefs({"plank": 0.5, "row": 0.5})
    unsure = posterior(habit=habit, sensor=sensed(*[[0.02, 0.03]] * 8))
    assert unsure.exercise == "plank"
    assert posterior(habit=habit, sensor=sensed(*[[0.95, 0.03]] * 8)).exercise == "row"


@given(
    st.lists(st.lists(st.floats(0, 1), min_size=2, max_size=2), min_size=1, max_size=5),
    st.dictionaries(st.sampled_from(NAMES), st.floats(0.01, 1), min_size=1),
    st.integers(0, 8),
)
def test_an_answer_is_always_probabilities(rows, habit, second):
    scaled = [[value / max(sum(row), 1.0) for value in row] for row in rows]
    answer = posterior(habit=proportional(habit, other=0.1), sensor=sensed(*scaled), seconds=second)
    assert math.isclose(sum(answer.beliefs.probabilities.values()) + answer.beliefs.other, 1.0)


@pytest.mark.parametrize("rows", [[[0.5]], [[0.9, 0.9]], [[-0.1, 0.5]], [0.5, 0.5]])
def test_answers_that_are_no_probabilities_are_refused(rows):
    with pytest.raises(NotPlausible):
        sensed(*rows)


def test_a_place_says_from_0_to_1():
    with pytest.raises(NotPlausible):
        posterior(habit=Beliefs({"row": 1.0}), place={"row": 1.5})
    with pytest.raises(NotPlausible):
        posterior(habit=Beliefs({"row": 1.0}), place=lambda _: math.nan)


def test_fitted_weights_follow_what_the_parts_are_worth():
    random = np.random.default_rng(3)
    good, bad = (fit(list(simulated(random, sureness=s))) for s in (0.8, 0.0))
    assert good.at(8)[2] > 1.0
    assert bad.at(8)[2] < 0.35
    assert bad.sensor_growth >= 0


def test_the_joined_answer_is_not_worse_than_its_best_part_at_any_second():
    """On exercises it was not fitted on, beyond what a bootstrap over the exercises leaves open."""
    random = np.random.default_rng(4)
    weights = fit(list(simulated(random, count=300)))
    unseen = list(simulated(random, count=400))
    for second in (1, 2, 3, 5, 8, 12):
        joined = hits(unseen, weights=weights, second=second)
        for part in ({"habit": False}, {"sensor": False}):
            gain = joined.astype(float) - hits(unseen, weights=weights, second=second, **part)
            means = random.choice(gain, (500, len(gain))).mean(axis=1)
            assert np.quantile(means, 0.975) >= 0
    assert hits(unseen, weights=weights, second=12).mean() > hits(unseen, weights=weights, second=1).mean()


def test_too_few_labels_fit_nothing():
    with pytest.raises(TooFewSamples):
        fit(list(simulated(np.random.default_rng(0), count=3)))
