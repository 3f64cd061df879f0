from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from paceline.decide.bounds import Condition, bounds_of, crossed, kept, set_load
from paceline.decide.progress import Choice, Outcome, best, features, learned, tried_next, unlearned
from paceline.domain.errors import NothingSafe, NotPlausible, UnknownName
from paceline.domain.labels import Labels
from paceline.domain.plans import Bounds, PlannedSet

NAMES = tuple(
    f"resistanceTargeted:{name}"
    for name in ("legs/squat", "legs/barbell-squat", "back/cable-row", "chest/bench-press", "arms/triceps-dips",
                 "core/plank")
)  # fmt: skip
ROWING = "indoorsCardio:rowing-machine"


def planned(name, weight=20.0, repetitions=10):
    return PlannedSet(name, labels=Labels(weight=weight, repetitions=repetitions))


SETS = {name: planned(name) for name in NAMES}

limits = st.builds(
    Bounds,
    pain=st.none() | st.floats(0, 10),
    range_of_motion=st.none() | st.floats(0, 180),
    weight=st.none() | st.floats(0, 40),
    repetitions=st.none() | st.integers(0, 15),
    session_load=st.none() | st.floats(0, 1200),
    forbidden=st.booleans(),
)
conditions = st.builds(
    Condition,
    pain=st.dictionaries(st.sampled_from([*NAMES, "*"]), st.floats(0, 10)),
    range_of_motion=st.dictionaries(st.sampled_from(NAMES), st.floats(0, 180)),
    load=st.floats(0, 600),
)
candidates = st.builds(
    planned, st.sampled_from([*NAMES, ROWING]), st.none() | st.floats(0, 60), st.none() | st.integers(1, 20)
)


@given(
    bounds=st.dictionaries(st.sampled_from([*NAMES, "*"]), limits, max_size=4),
    condition=conditions,
    sets=st.lists(candidates, min_size=1, max_size=6),
    length=st.integers(1, 6),
    seed=st.integers(0, 1000),
)
def test_no_sequence_ever_crosses_a_bound(bounds, condition, sets, length, seed):
    choice = Choice({one.exercise: one for one in sets}, bounds, condition)
    serves = unlearned([*NAMES, ROWING], goal="recovery from injury")
    try:
        told = tried_next(serves, choice, length=length, random=np.random.default_rng(seed))
    except NothingSafe:
        assert all(kept(one, bounds, condition=condition) is None for one in choice.sets.values())
        return
    load = condition.load
    for one in told:
        held = bounds_of(one.exercise, bounds)
        pain = [condition.pain[key] for key in (one.exercise, "*") if key in condition.pain]
        load += set_load(one) or 0.0
        assert not held.forbidden
        assert held.pain is None or (pain and max(pain) <= held.pain)
        assert held.range_of_motion is None or condition.range_of_motion[one.exercise] <= held.range_of_motion
        if one.exercise != ROWING:
            assert held.weight is None or one.labels.weight <= held.weight
            assert held.repetitions is None or one.labels.repetitions <= held.repetitions
        assert held.session_load is None or load <= held.session_load + 1e-9
        asked = choice.sets[one.exercise].labels
        assert asked.weight is None or one.labels.weight <= asked.weight
        assert asked.repetitions is None or one.labels.repetitions <= asked.repetitions
    assert len({one.exercise for one in told}) == len(told) <= length


def test_what_is_not_known_is_not_assumed_to_be_fine():
    asked = {"*": Bounds(pain=3.0, range_of_motion=90.0)}
    assert crossed(SETS[NAMES[0]], asked, condition=Condition()) == ("pain", "range_of_motion")
    fine = Condition(pain={"*": 2.0}, range_of_motion={NAMES[0]: 80.0})
    assert crossed(SETS[NAMES[0]], asked, condition=fine) == ()
    assert crossed(PlannedSet(NAMES[0]), {"*": Bounds(weight=10.0)}, condition=fine) == ("weight",)


def test_a_set_is_made_lighter_and_shorter_where_it_must_be():
    held = {"*": Bounds(weight=15.0, repetitions=8)}
    assert kept(SETS[NAMES[0]], held, condition=Condition()) == planned(NAMES[0], 15.0, 8)
    load = {"*": Bounds(session_load=100.0)}
    assert kept(SETS[NAMES[0]], load, condition=Condition(load=20.0)) == planned(NAMES[0], 20.0, 4)
    assert kept(SETS[NAMES[0]], load, condition=Condition(load=90.0)) is None


def test_bounds_on_weight_do_not_stop_what_has_none():
    held = {"*": Bounds(weight=15.0, repetitions=8, session_load=100.0)}
    assert kept(PlannedSet(ROWING), held, condition=Condition()) == PlannedSet(ROWING)


def test_where_nothing_is_safe_nothing_is_suggested():
    choice = Choice(SETS, {"*": Bounds(forbidden=True)})
    with pytest.raises(NothingSafe):
        best(unlearned(NAMES, goal="mobility"), choice, length=2)


def truth(random):
    """What each feature brings in a simulated athlete, and how much one outcome scatters."""
    weights = random.normal(0, 1, 2 * len(NAMES) + 2)
    weights[len(NAMES) + 1 :] /= 2
    return weights


def worth(weights, sequence):
    return float(features(sequence, known=NAMES) @ weights)


def test_the_model_finds_what_was_simulated_and_knows_how_well():
    """Over 40 athletes, the two standard errors around what a sequence is told to bring hold what it brings."""
    inside = []
    for seed in range(40):
        random = np.random.default_rng(seed)
        weights = truth(random)
        outcomes = []
        for _ in range(60):
            names = tuple(random.permutation(NAMES)[:3].tolist())
            outcomes.append(Outcome(names, worth(weights, names) + random.normal(0, 0.3)))
        serves = learned(unlearned(NAMES, goal="strength", noise=0.3), outcomes)
        for _ in range(20):
            names = tuple(random.permutation(NAMES)[:3].tolist())
            told = serves.expected(names)
            inside.append(abs(told.value - worth(weights, names)) <= 2 * told.error)
    assert 0.92 < np.mean(inside) < 0.99


def test_learning_at_once_and_one_by_one_is_the_same():
    random = np.random.default_rng(1)
    outcomes = [Outcome(tuple(random.permutation(NAMES)[:3].tolist()), float(random.normal())) for _ in range(10)]
    start = unlearned(NAMES, goal="fat loss")
    together, apart = learned(start, outcomes), start
    for one in outcomes:
        apart = learned(apart, [one])
    assert np.allclose(together.mean, apart.mean)
    assert np.allclose(together.covariance, apart.covariance)


def test_the_search_finds_the_best_of_all_sequences():
    random = np.random.default_rng(7)
    serves = learned(
        unlearned(NAMES, goal="strength"),
        [Outcome(tuple(random.permutation(NAMES)[:3].tolist()), float(random.normal())) for _ in range(30)],
    )
    found = tuple(one.exercise for one in best(serves, Choice(SETS), length=3))
    top = max(serves.expected(names).value for names in itertools.permutations(NAMES, 3))
    assert serves.expected(found).value == pytest.approx(top)


def test_regret_shrinks_with_sessions():
    early, late = [], []
    for seed in range(6):
        random = np.random.default_rng(seed)
        weights = truth(random)
        top = max(worth(weights, names) for names in itertools.permutations(NAMES, 3))
        serves = unlearned(NAMES, goal="muscle gain", noise=0.5)
        regrets = []
        for _ in range(60):
            names = tuple(one.exercise for one in tried_next(serves, Choice(SETS), length=3, random=random))
            regrets.append(top - worth(weights, names))
            serves = learned(serves, [Outcome(names, worth(weights, names) + random.normal(0, 0.5))])
        early.append(np.mean(regrets[:10]))
        late.append(np.mean(regrets[-10:]))
    assert np.mean(late) < np.mean(early) / 3


def test_one_muscle_twice_in_a_row_is_told_apart():
    row = features([NAMES[0], NAMES[1], NAMES[2]], known=NAMES)
    assert row[-1] == 1
    assert features([NAMES[0], NAMES[2], NAMES[1]], known=NAMES)[-1] == 0


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_an_outcome_that_is_no_number_is_refused(value):
    with pytest.raises(NotPlausible):
        learned(unlearned(NAMES, goal="mobility"), [Outcome(NAMES[:1], value)])


def test_what_cannot_be_learned_of_is_refused():
    with pytest.raises(NotPlausible):
        unlearned([], goal="mobility")
    with pytest.raises(UnknownName):
        unlearned(NAMES, goal="mobility").expected([ROWING])
    with pytest.raises(NotPlausible):
        best(unlearned(NAMES, goal="mobility"), Choice(SETS), length=0)
    assert learned(unlearned(NAMES, goal="mobility"), []).goal == "mobility"
