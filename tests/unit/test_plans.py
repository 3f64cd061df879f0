from __future__ import annotations

import contextlib
import json
from collections import Counter

import jsonschema_rs
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from paceline.decide.plans import parse_plan, plan_text, read_plan
from paceline.decide.plans_schema import SCHEMA
from paceline.decide.plans_text import LARGEST
from paceline.domain.errors import FileUnreadable, NotPlausible, PacelineError, PlanInvalid
from paceline.domain.exercise_catalogue import catalogue
from paceline.domain.exercises import exercise_type
from paceline.domain.labels import Labels
from paceline.domain.plans import GOALS, Bounds, Plan, PlannedSet

SOUND = """
id: knee-2
name: Knee, second month
type: resistanceTargeted:legs
goal: recovery from injury
sets:
  - {exercise: "resistanceTargeted:legs/squat", repetitions: 12, rest_s: 60}
  - {exercise: "resistanceTargeted:legs/leg-press", weight_kg: 40, repetitions: 10, intensity: 0.4, duration_s: 30}
bounds:
  "*": {pain: 3}
  resistanceTargeted:legs/leg-press: {weight_kg: 45, range_of_motion_deg: 90, repetitions: 12, session_load_kg: 900}
  resistanceTargeted:legs/barbell-squat: {forbidden: true}
"""

names = st.sampled_from(sorted(catalogue()))
bounds = st.builds(
    Bounds,
    pain=st.none() | st.floats(0, 10),
    range_of_motion=st.none() | st.floats(0, 360),
    weight=st.none() | st.floats(0, 1000),
    repetitions=st.none() | st.integers(0, 100),
    session_load=st.none() | st.floats(0, 1e5),
    forbidden=st.booleans(),
)
sets = st.builds(
    PlannedSet,
    names,
    st.none() | st.floats(1, 3600),
    st.none() | st.floats(0, 3600),
    st.builds(Labels, st.none() | st.floats(0, 200), st.none() | st.integers(1, 50), st.none() | st.floats(0, 1)),
)
plans = st.builds(
    Plan,
    st.text("abc-123", min_size=1),
    st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=1),
    st.sampled_from(["indoorsCardio", "resistanceTargeted:arms,legs"]).map(exercise_type),
    st.lists(sets, max_size=5).map(tuple),
    st.none() | st.sampled_from(GOALS),
    st.dictionaries(names | st.just("*"), bounds, max_size=3),
)


def seeded(steps, *, times=2):
    """A bundle as the original made it: every suffix of at most 16 steps, and the last 16 steps."""
    chain, states = {}, []
    for step in list(steps) * times:
        for length in range(1, len(states) + 1):
            chain.setdefault(tuple(states[-length:]), Counter())[step] += 1
        states = [*states, step][-16:]
    entries = [{"stateChain": list(before), "transitionSet": dict(after)} for before, after in chain.items()]
    return {
        "id": "1", "name": "seven", "type": {"id": "resistanceTargeted", "muscleGroups": ["legs", "arms"]},
        "plan": {"chain": entries, "states": states},
    }  # fmt: skip


def test_a_plan_says_what_a_coach_wrote():
    plan = parse_plan(SOUND.encode())
    assert plan.goal == "recovery from injury"
    assert plan.exercises == ("resistanceTargeted:legs/squat", "resistanceTargeted:legs/leg-press")
    assert plan.sets[0] == PlannedSet(plan.exercises[0], rest=60.0, labels=Labels(repetitions=12))
    assert plan.bounds["*"] == Bounds(pain=3.0)
    assert plan.bounds["resistanceTargeted:legs/barbell-squat"].forbidden


def test_yaml_and_json_say_the_same():
    assert parse_plan(json.dumps(yaml.safe_load(SOUND)).encode()) == parse_plan(SOUND.encode())


@given(plans)
def test_a_plan_that_was_written_is_read_back_and_fits_the_schema(plan):
    text = plan_text(plan)
    assert parse_plan(text.encode()) == plan
    jsonschema_rs.Draft202012Validator(dict(SCHEMA)).validate(yaml.safe_load(text))


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("id: knee-2\n", "", "the file"),
        ("goal: recovery from injury", "goal: glory", "goal"),
        ("legs/squat", "tail/wag", "sets[0].exercise"),
        ("repetitions: 12, rest", "repetitions: 1.5, rest", "sets[0].repetitions"),
        ("rest_s: 60", "rest_s: .nan", "sets[0]"),
        ("weight_kg: 40", "weight_kg: -1", "sets[1]"),
        ("rest_s: 60", "rest: 60", "sets[0]"),
        ("pain: 3", "pain: 11", "bounds.*"),
        ("pain: 3", "pain: true", "bounds.*.pain"),
        ("forbidden: true", "forbidden: 1", "bounds.resistanceTargeted:legs/barbell-squat.forbidden"),
        ('"*":', "everything:", "bounds.everything"),
        ("type: resistanceTargeted:legs", "type: yoga", "type"),
        ("id: knee-2", "id: [&a 1, *a]", "line 2"),
    ],
)
def test_what_nobody_can_follow_is_refused_with_its_place(old, new, place):
    assert old in SOUND
    with pytest.raises(PlanInvalid) as caught:
        parse_plan(SOUND.replace(old, new, 1).encode(), file="plan.yaml")
    assert caught.value.place == place


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b"{",
        b"\xff\xfe",
        b"- " * 5000,
        b"[" * 100_000,
        b"{" * 100_000,
        b"a: 1",
        b'{"id": 1, "id": 2}',
        b"id: a\nid: b",
        b"<<: {id: a}",
    ],
)
def test_what_is_no_plan_is_refused(raw):
    with pytest.raises(PlanInvalid):
        parse_plan(raw)


def test_a_file_of_any_size_is_refused_before_it_is_read():
    with pytest.raises(PlanInvalid, match="at most"):
        parse_plan(b" " * (LARGEST + 1))


@given(st.binary(max_size=200))
def test_any_bytes_are_a_plan_or_an_error(raw):
    with contextlib.suppress(PacelineError):
        parse_plan(raw)


def test_a_file_that_is_not_there_is_said_to_be_missing(tmp_path):
    with pytest.raises(FileUnreadable):
        read_plan(tmp_path / "no.yaml")
    (tmp_path / "plan.yaml").write_text(SOUND, encoding="utf-8")
    assert read_plan(tmp_path / "plan.yaml").id == "knee-2"


@pytest.mark.parametrize("times", [1, 2])
@given(steps=st.lists(st.sampled_from(["squat", "lunges", "step-up", "wall-sit"]), min_size=1, max_size=30))
def test_the_list_of_a_bundle_is_found_again_or_the_bundle_refused(steps, times):
    """A list that is itself a repetition can't be told from its half gone through more often; nothing else is lost."""
    exercises = [f"resistanceTargeted:legs/{step}" for step in steps]
    try:
        found = list(parse_plan(json.dumps(seeded(exercises, times=times)).encode()).exercises)
    except PlanInvalid:
        assert len(exercises) * times > 16
        return
    assert found == exercises or found * 2 == exercises


def test_a_bundle_of_straight_sets_is_read():
    steps = [f"resistanceTargeted:legs/{s}" for s in ("squat", "lunges", "step-up", "wall-sit", "leg-press") * 1]
    straight = [step for step in steps for _ in range(3)]
    plan = parse_plan(json.dumps(seeded(straight)).encode())
    assert list(plan.exercises) == straight
    assert str(plan.type) == "resistanceTargeted:arms,legs"


def test_a_bundle_whose_chain_is_no_list_is_refused():
    bundle = seeded([f"resistanceTargeted:legs/{s}" for s in ("squat", "lunges")])
    bundle["plan"]["states"] = ["resistanceTargeted:legs/step-up"] * 16
    with pytest.raises(PlanInvalid):
        parse_plan(json.dumps(bundle).encode())


@pytest.mark.parametrize("wrong", [{"pain": -1}, {"weight": float("nan")}, {"repetitions": 10**6}])
def test_bounds_that_cannot_be_kept_are_refused(wrong):
    with pytest.raises(NotPlausible):
        Bounds(**wrong)
