from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paceline.decide.labels import DoneSet, LabelHabits
from paceline.decide.labels_guesses import Situation, guesses
from paceline.decide.labels_trust import Trust
from paceline.domain.errors import NotAnExercise
from paceline.domain.exercises import exercise_type
from paceline.domain.labels import Labels, Progression

ARMS, CHEST = exercise_type("resistanceTargeted:arms"), exercise_type("resistanceTargeted:chest")
CURL, DIPS = "resistanceTargeted:arms/barbell-biceps-curl", "resistanceTargeted:arms/triceps-dips"


def after(*sessions, kind=ARMS, exercise=CURL):
    habits = LabelHabits.after((kind, [DoneSet(exercise, Labels(weight=w)) for w in weights]) for weights in sessions)
    habits.begin(kind)
    return habits


def told(habits, weights, exercise=CURL):
    """What was suggested before each of these sets, which are then done."""
    found = []
    for weight in weights:
        found.append(habits.suggest(exercise).labels.weight)
        habits.learn(exercise, Labels(weight=weight))
    return found


def test_what_was_never_done_is_not_guessed_at():
    habits = after([40.0])
    assert habits.suggest(DIPS).labels == Labels()
    habits.begin(CHEST)
    assert habits.suggest(CURL).labels == Labels()


def test_last_times_weights_come_back_set_by_set():
    assert told(after([40.0, 45.0, 50.0], [40.0, 45.0, 50.0]), [40.0, 45.0, 50.0]) == [40.0, 45.0, 50.0]


def test_a_step_within_the_session_is_carried_on_once_it_was_right():
    found = told(after(), [40.0, 45.0, 50.0, 55.0, 60.0, 65.0])
    assert found[0] is None
    assert found[-1] == 65.0


def test_another_exercises_step_today_is_learned_from():
    habits = after()
    for curl, dips in [(40.0, 40.0), (45.0, 45.0), (50.0, 50.0), (55.0, 55.0), (60.0, 60.0)]:
        shown = habits.suggest(DIPS).labels.weight
        habits.learn(CURL, Labels(weight=curl))
        habits.learn(DIPS, Labels(weight=dips))
    assert shown == 60.0


def test_one_bad_day_is_not_taken_for_the_usual():
    good = [40.0, 40.0, 40.0]
    habits = after(good, good, good, good, [20.0, 20.0, 20.0], good, good, [20.0, 20.0, 20.0])
    assert habits.suggest(CURL).labels.weight == 40.0


def test_a_correction_is_followed_within_the_session():
    habits = after([40.0] * 4, [40.0] * 4)
    assert told(habits, [30.0, 30.0, 30.0, 30.0])[2:] == [30.0, 30.0]


def test_the_same_exercise_is_light_on_one_day_and_heavy_on_another():
    light, heavy = [DoneSet(CURL, Labels(weight=10.0))] * 3, [DoneSet(CURL, Labels(weight=30.0))] * 3
    habits = LabelHabits.after([(ARMS, light), (CHEST, heavy)] * 3)
    habits.begin(ARMS)
    assert habits.suggest(CURL).labels.weight == 10.0
    habits.begin(CHEST)
    assert habits.suggest(CURL).labels.weight == 30.0


def test_only_weights_that_there_are_get_suggested():
    habits = after([41.0], [41.0])
    assert habits.suggest(CURL, progression=Progression(minimum=7, step=7)).labels.weight == 42.0
    assert habits.suggest(CURL).labels.weight == 41.0


def test_a_suggestion_says_where_it_comes_from():
    assert after([40.0], [40.0]).suggest(CURL).reasons == {"weight": "again"}


def test_repetitions_and_intensity_are_told_too():
    done = [DoneSet(CURL, Labels(repetitions=12, intensity=0.6))] * 2
    habits = LabelHabits.after([(ARMS, done)] * 2)
    habits.begin(ARMS)
    assert habits.suggest(CURL).labels == Labels(repetitions=12, intensity=0.6)


def test_what_was_not_noted_is_not_learned():
    habits = after()
    habits.learn(CURL, Labels(repetitions=10))
    assert habits.suggest(CURL).labels == Labels(repetitions=10)


def test_a_name_of_no_exercise_is_refused():
    with pytest.raises(NotAnExercise):
        LabelHabits().suggest("curl")


weights = st.floats(0, 200).map(lambda x: round(x * 2) / 2)


@given(st.lists(st.lists(weights, min_size=1, max_size=6), max_size=5), st.lists(weights, max_size=6))
def test_a_suggestion_never_leaves_what_was_lifted_by_half(sessions, today):
    habits = after(*sessions)
    told(habits, today)
    shown = habits.suggest(CURL).labels.weight
    lifted = [weight for session in [*sessions, today] for weight in session]
    if shown is not None:
        usual_most = 1.5 * max(lifted)
        assert 0 <= shown <= max(usual_most, 2 * max(lifted))


def test_a_guess_that_only_repeats_a_simpler_one_is_not_made():
    now = Situation([[40.0, 40.0]], [40.0], {}, [0.0], [0.0], float)
    assert guesses(now) == {"again": 40.0, "last": 40.0, "pattern": 40.0}


def test_the_form_of_the_day_draws_the_usual_towards_it():
    now = Situation([[40.0], [40.0]], [], {DIPS: [20.0]}, [], [-0.5] * 6, float)
    assert guesses(now)["form"] == pytest.approx(40.0 * 2.718281828 ** (-0.5 * 6 / 9))


def test_trust_of_today_ends_with_the_day():
    trust = Trust()
    for _ in range(5):
        trust.learn({"again": 40.0, "last": 30.0}, 30.0, exercise=CURL, off_plan=False)
    assert trust.chosen({"again": 40.0, "last": 30.0}, exercise=CURL, off_plan=False) == ("last", 30.0)
    before = len(trust.records)
    trust.new_day()
    assert len(trust.records) == before // 2
    assert trust.chosen({}, exercise=CURL, off_plan=False) is None
