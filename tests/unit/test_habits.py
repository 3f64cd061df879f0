from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from paceline.decide.beliefs import Beliefs, among, proportional, reweighted
from paceline.decide.habits import PastSession, next_exercise, next_session
from paceline.decide.habits_runs import Run, going_on, runs
from paceline.decide.habits_suffixes import START, Trail, narrowed
from paceline.domain.errors import NotPlausible
from paceline.domain.exercise_catalogue import catalogue
from paceline.domain.exercises import ExerciseType, exercise_type

ARMS = exercise_type("resistanceTargeted:arms")
LEGS = exercise_type("resistanceTargeted:legs")
CURL, DIPS, PUSHDOWN = (
    f"resistanceTargeted:arms/{n}" for n in ("barbell-biceps-curl", "triceps-dips", "triceps-pushdown")
)
SQUAT, LUNGES = "resistanceTargeted:legs/squat", "resistanceTargeted:legs/lunges"
ROWING = "indoorsCardio:rowing-machine"

steps = st.lists(st.sampled_from([CURL, DIPS, SQUAT, ROWING]), max_size=12)
sessions = st.lists(st.builds(PastSession, st.sampled_from([ARMS, LEGS]), steps.map(tuple)), max_size=6)


def alternated(times):
    return PastSession(ARMS, (CURL, DIPS) * times)


@given(done=steps, history=sessions)
def test_probabilities_of_what_comes_next_sum_to_one(done, history):
    beliefs = next_exercise(done, session=ARMS, history=history)
    assert math.isclose(sum(beliefs.probabilities.values()) + beliefs.other, 1.0)
    assert all(p > 0 for name, p in beliefs.probabilities.items())
    assert set(beliefs.probabilities) >= set(catalogue())


@given(kinds=st.lists(st.sampled_from([ARMS, LEGS, exercise_type("indoorsCardio")]), max_size=12))
def test_probabilities_of_the_next_session_sum_to_one(kinds):
    beliefs = next_session(kinds)
    assert math.isclose(sum(beliefs.probabilities.values()) + beliefs.other, 1.0)
    assert set(beliefs.probabilities) == {str(kind) for kind in kinds}


def test_the_first_exercise_ever_is_the_catalogues_first_of_the_session():
    assert next_exercise([], session=ARMS).best == CURL
    assert next_exercise([], session=ARMS, known=[DIPS, CURL]).best == DIPS
    assert next_exercise([], session=LEGS).best == "resistanceTargeted:legs/barbell-squat"


def test_nothing_is_named_where_nothing_is_known():
    assert next_exercise([], session=ARMS, known=[]).best is None
    assert next_session([]).best is None


def test_straight_sets_go_on_for_as_long_as_they_did():
    past = [PastSession(LEGS, (SQUAT,) * 4 + (LUNGES,) * 2)] * 3
    told = [next_exercise([SQUAT] * n, session=LEGS, history=past).best for n in range(1, 5)]
    assert told == [SQUAT, SQUAT, SQUAT, LUNGES]


def test_a_set_more_than_last_time_does_not_break_the_thread():
    past = [PastSession(LEGS, (SQUAT,) * 3 + (LUNGES,) * 2 + (ROWING,))] * 2
    assert next_exercise([SQUAT] * 5 + [LUNGES] * 2, session=LEGS, history=past).best == ROWING


def test_what_was_left_out_does_not_break_the_thread():
    past = [PastSession(ARMS, (CURL, CURL, DIPS, DIPS, PUSHDOWN, PUSHDOWN))] * 2
    assert next_exercise([CURL, CURL, PUSHDOWN, PUSHDOWN], session=ARMS, history=past).best == DIPS


def test_two_exercises_in_turn_are_seen_from_the_first_return():
    told = [next_exercise([CURL, DIPS, CURL, DIPS][:n], session=ARMS, known=[]).best for n in (3, 4)]
    assert told == [DIPS, CURL]


def test_one_spell_of_cardio_is_not_repeated():
    assert next_exercise([ROWING], session=LEGS).best != ROWING


def test_a_longer_history_makes_the_habit_surer():
    chances = [next_exercise([CURL], session=ARMS, history=[alternated(3)] * n).probability(DIPS) for n in range(1, 6)]
    assert chances == sorted(chances)
    assert 0.9 < chances[-1] < 1


def test_a_habit_of_late_outweighs_an_old_one():
    old, new = PastSession(ARMS, (CURL, DIPS)), PastSession(ARMS, (CURL, PUSHDOWN))
    assert next_exercise([CURL], session=ARMS, history=[old] * 4 + [new] * 4).best == PUSHDOWN


def test_a_session_of_another_type_is_learned_from_less():
    legs = PastSession(LEGS, (CURL, PUSHDOWN))
    assert next_exercise([CURL], session=ARMS, history=[legs, PastSession(ARMS, (CURL, DIPS)), legs]).best == DIPS


def test_session_types_are_taken_in_turn():
    kinds = [exercise_type(f"resistanceTargeted:{group}") for group in ("arms", "back", "chest")]
    assert next_session(kinds).best == str(kinds[0])
    assert next_session(kinds * 2).best == str(kinds[0])
    assert next_session([*kinds, kinds[0]]).best == str(kinds[1])


def test_a_type_kept_for_weeks_is_expected_again():
    assert next_session([ARMS] * 4 + [LEGS]).best == str(LEGS)


def athlete(random, times):
    """One who goes on with 0.7, and else draws the next exercise from a fixed row with 0.8 and 0.2."""
    order = {CURL: (DIPS, PUSHDOWN), DIPS: (PUSHDOWN, CURL), PUSHDOWN: (CURL, DIPS)}
    for _ in range(times):
        done = [CURL]
        while len(done) < 12:
            stay = random.random() < 0.7
            done.append(done[-1] if stay else order[done[-1]][int(random.random() < 0.2)])
        yield PastSession(ARMS, tuple(done))


def test_the_rates_of_a_simulated_athlete_are_found():
    stays, moves = [], []
    for seed in range(8):
        told = next_exercise([CURL], session=ARMS, history=list(athlete(np.random.default_rng(seed), 30)))
        stays.append(told.probability(CURL))
        moves.append(told.probability(DIPS) / (1 - told.probability(CURL)))
    assert np.mean(stays) == pytest.approx(0.7, abs=0.06)
    assert np.mean(moves) == pytest.approx(0.8, abs=0.08)


def test_runs_count_sets_in_a_row():
    assert runs([CURL, CURL, DIPS]) == (Run(CURL, 2), Run(DIPS, 1, after=CURL))
    assert runs([]) == ()


def test_going_on_is_the_hazard_that_was_seen():
    ended = [Run("a", 3)] * 50
    early = going_on(Run("a", 2), ended=ended, today=(), at_first=0.5)
    late = going_on(Run("a", 3), ended=ended, today=(), at_first=0.5)
    assert early > 0.95
    assert late < 0.05


def test_a_suffix_seen_in_the_same_places_brings_no_news():
    """Ten steps remembered at ten lengths are one sighting, not ten."""
    seen = tuple("abcdefghij")
    told = narrowed(proportional(dict.fromkeys("abcdefghijk", 1.0)), [Trail((START, *seen, "k"))], (START, *seen))
    assert told.probability("k") == pytest.approx((1 + 1 / 11) / 2)


def test_what_followed_but_has_no_name_counts_as_something_else():
    told = narrowed(Beliefs({"a": 1.0}), [Trail((START, "a", "b"))], (START, "a"))
    assert told.other == pytest.approx(0.5)


@pytest.mark.parametrize("wrong", [{"a": 0.5}, {"a": -0.5, "b": 1.5}, {"a": math.nan}])
def test_what_are_no_probabilities_is_refused(wrong):
    with pytest.raises(NotPlausible):
        Beliefs(wrong)


@pytest.mark.parametrize("wrong", [{}, {"a": 0.0}, {"a": -1.0}, {"a": math.inf}])
def test_weights_without_a_sum_are_refused(wrong):
    with pytest.raises(NotPlausible):
        proportional(wrong)


def test_beliefs_are_narrowed_to_what_there_is():
    beliefs = Beliefs({"a": 0.5, "b": 0.3}, other=0.2)
    assert among(beliefs, ["b"]).probability("b") == pytest.approx(0.6)
    assert reweighted(beliefs, lambda name: float(name == "b")).probability("b") == pytest.approx(0.6)
    assert ExerciseType("indoorsCardio").groups == ()
