from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paceline.domain.errors import NotAnExercise, NotPlausible
from paceline.domain.exercise_catalogue import catalogue, exercise
from paceline.domain.exercises import MUSCLE_GROUPS, MUSCLES, ExerciseType, exercise_type, name_of, of_type, type_of
from paceline.domain.labels import Labels, Progression, nearest_intensity, nearest_repetitions, taps


def test_every_exercise_of_the_catalogue_is_named_and_found_again():
    assert len(catalogue()) > 80
    for name, one in catalogue().items():
        assert one.id == name
        assert exercise(name) is one
        assert exercise_type(str(one.type)) == one.type


def test_every_muscle_belongs_to_a_group():
    assert len(MUSCLES) == 13
    assert set(MUSCLES.values()) == set(MUSCLE_GROUPS)


@pytest.mark.parametrize(
    "name",
    ["", "arms", "cardio:rowing", "resistanceTargeted", "resistanceTargeted:", "resistanceTargeted:arms",
     "resistanceTargeted:arms/", "resistanceTargeted:tail/wag", "resistanceTargeted:arms,back/row",
     "indoorsCardio:", "indoorsCardio:Rowing", "indoorsCardio:a b", "indoorsCardio:" + "a" * 200],
)  # fmt: skip
def test_what_names_no_exercise_is_refused(name):
    with pytest.raises(NotAnExercise):
        type_of(name)


def test_a_type_has_groups_only_where_resistance_is_targeted():
    with pytest.raises(NotAnExercise):
        ExerciseType("indoorsCardio", ("arms",))
    with pytest.raises(NotAnExercise):
        ExerciseType("resistanceTargeted")


def test_a_session_holds_the_exercises_of_its_groups_alone():
    names = ["resistanceTargeted:arms/biceps-curl", "resistanceTargeted:legs/squat", "indoorsCardio:rowing-machine"]
    assert of_type(names, exercise_type("resistanceTargeted:arms,back")) == (names[0],)


def test_an_unknown_exercise_is_known_by_its_type():
    assert exercise("resistanceTargeted:arms/towel-curl").main_muscle is None
    assert exercise("indoorsCardio:skipping").labels == ("intensity",)
    assert name_of("resistanceTargeted:arms/towel-curl") == "towel curl"


def test_alternatives_work_the_same_muscle():
    curl = exercise("resistanceTargeted:arms/biceps-curl")
    assert curl.is_alternative_of(exercise("resistanceTargeted:arms/cable-biceps-curl"))
    assert not curl.is_alternative_of(exercise("resistanceTargeted:arms/triceps-dips"))
    assert not curl.is_alternative_of(curl)
    assert exercise("indoorsCardio:rowing-machine").is_alternative_of(exercise("indoorsCardio:cross-trainer"))


@given(
    weight=st.floats(-10, 1200),
    minimum=st.floats(0, 50),
    step=st.floats(0.25, 20),
    room=st.none() | st.floats(0, 200),
)
def test_a_rounded_weight_is_one_that_there_is_and_the_nearest(weight, minimum, step, room):
    there = Progression(minimum, step, None if room is None else minimum + room)
    found = there.nearest(weight)
    top = 1000.0 if room is None else minimum + room
    assert minimum <= found <= top
    assert math.isclose((found - minimum) / step, round((found - minimum) / step), abs_tol=1e-6)
    clamped = min(max(weight, minimum), top)
    if found + step <= top:
        assert abs(found - clamped) <= step / 2 + 1e-6


def test_ties_go_to_the_lower():
    assert Progression(minimum=0, step=5).nearest(7.5) == 5.0
    assert nearest_repetitions(2.5) == 2
    assert nearest_intensity(0.9) == 0.8


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_what_is_no_number_is_not_rounded(bad):
    for rounded in (Progression().nearest, nearest_repetitions, nearest_intensity):
        with pytest.raises(NotPlausible):
            rounded(bad)


@pytest.mark.parametrize(
    "labels", [{"weight": -1.0}, {"weight": math.nan}, {"repetitions": -1}, {"intensity": 1.2}, {"weight": 5000.0}]
)
def test_labels_that_no_set_has_are_refused(labels):
    with pytest.raises(NotPlausible):
        Labels(**labels)


@pytest.mark.parametrize("wrong", [{"minimum": -1}, {"step": 0}, {"step": math.nan}, {"minimum": 5, "maximum": 4}])
def test_weights_that_there_cannot_be_are_refused(wrong):
    with pytest.raises(NotPlausible):
        Progression(**wrong)


def test_taps_count_the_steps_to_put_right():
    assert taps(49, 56, step=7) == 1
    assert taps(10, 10, step=1) == 0
    assert Progression(minimum=2.5, step=2.5, maximum=10).tapped(5.0, steps=5) == 10.0
    assert Progression(minimum=2.5, step=2.5).tapped(5.0, steps=-5) == 2.5
