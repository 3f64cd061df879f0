from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paceline.decide.beliefs import Beliefs
from paceline.decide.places import (
    IMPOSSIBLE,
    Beacon,
    Fix,
    Heard,
    Place,
    Station,
    Whereabouts,
    at_station,
    chosen,
    distance,
    possible,
    progression,
    where,
)
from paceline.domain.errors import NotPlausible, UnknownName
from paceline.domain.labels import Progression

ROW, PRESS, SQUAT = (
    "resistanceTargeted:back/cable-row",
    "resistanceTargeted:chest/bench-press",
    "resistanceTargeted:legs/squat",
)
CABLES, BENCH = (Beacon("gym", 1, minor) for minor in (1, 2))
GYM = Place(
    "gym", 51.5, -0.1, radius=40,
    exercises={ROW: Progression(7, 7), PRESS: Progression(20, 2.5), SQUAT: None},
    stations=(Station("cables", CABLES, frozenset([ROW])), Station("bench", BENCH, frozenset([PRESS]))),
)  # fmt: skip


def listened(*moments, before=None):
    now = before or Whereabouts()
    for heard in moments:
        now = at_station(now, heard, place=GYM)
    return now


def test_a_place_is_believed_as_near_as_the_fix_is_sure():
    near, vague = where(Fix(51.5001, -0.1, 5.0), [GYM]), where(Fix(51.5001, -0.1, 1500.0), [GYM])
    assert near.probability("gym") > 0.99
    assert vague.probability("gym") < near.probability("gym")


def test_of_two_places_the_nearer_is_likelier_and_neither_is_certain():
    other = Place("park", 51.501, -0.1)
    beliefs = where(Fix(51.5003, -0.1, 30.0), [GYM, other])
    assert beliefs.best == "gym"
    assert beliefs.probability("park") > 0


def test_far_from_every_place_one_is_somewhere_else():
    assert where(Fix(10.0, 10.0, 20.0), [GYM]).other == pytest.approx(1.0)
    assert where(Fix(10.0, 10.0, 20.0), []).other == 1.0


@given(st.floats(-100, 0), st.floats(0, 60))
def test_a_stronger_signal_never_makes_a_station_less_likely(strength, more):
    weak, strong = (listened([Heard(CABLES, s)]).beliefs.probability("cables") for s in (strength - more, strength))
    assert strong >= weak - 1e-12


def test_one_who_stands_at_a_station_is_found_there():
    now = listened(*[[Heard(CABLES, -60), Heard(BENCH, -78)]] * 3)
    assert now.chosen == "cables"
    assert now.beliefs.probability("cables") > 0.9


def test_one_weak_moment_does_not_lose_the_station():
    now = listened(*[[Heard(CABLES, -60), Heard(BENCH, -78)]] * 5)
    now = at_station(now, [Heard(CABLES, -74), Heard(BENCH, -70)], place=GYM)
    assert now.chosen == "cables"


def test_one_who_walks_over_is_found_at_the_other_station():
    now = listened(*[[Heard(CABLES, -60), Heard(BENCH, -78)]] * 5)
    assert listened(*[[Heard(CABLES, -78), Heard(BENCH, -60)]] * 5, before=now).chosen == "bench"


def test_where_nothing_is_heard_no_station_is_chosen_for_long():
    now = listened(*[[Heard(CABLES, -60)]] * 3)
    assert listened(*[[]] * 10, before=now).chosen is None


def test_after_a_long_silence_the_last_station_counts_for_nothing():
    now = listened(*[[Heard(CABLES, -60)]] * 3)
    later = at_station(now, [Heard(CABLES, -70), Heard(BENCH, -70)], place=GYM, elapsed=86_400.0)
    assert later.beliefs.probability("cables") == pytest.approx(later.beliefs.probability("bench"))


def test_a_choice_is_kept_while_it_is_plausible():
    assert chosen(Beliefs({"a": 0.3, "b": 0.4}, 0.3), "a") == "a"
    assert chosen(Beliefs({"a": 0.1, "b": 0.4}, 0.5), "a") is None
    assert chosen(Beliefs({"a": 0.4, "b": 0.6}), "a") == "b"
    assert chosen(Beliefs({"a": 0.3, "b": 0.4}, 0.3), None) is None


def test_what_cannot_be_done_here_becomes_unlikely_not_impossible():
    assert possible(ROW, place=GYM) == 1.0
    assert possible("indoorsCardio:rowing-machine", place=GYM) == IMPOSSIBLE
    at_bench = listened(*[[Heard(BENCH, -58), Heard(CABLES, -80)]] * 4)
    assert possible(PRESS, place=GYM, whereabouts=at_bench) > 0.9
    assert possible(ROW, place=GYM, whereabouts=at_bench) < 0.1


def test_a_place_knows_its_weights():
    assert progression(ROW, place=GYM) == Progression(7, 7)
    assert progression(SQUAT, place=GYM) is None
    with pytest.raises(UnknownName):
        progression("indoorsCardio:rowing-machine", place=GYM)


@pytest.mark.parametrize(
    "wrong", [{"latitude": 91.0}, {"longitude": math.nan}, {"accuracy": 0.0}, {"accuracy": math.inf}]
)
def test_a_fix_that_there_cannot_be_is_refused(wrong):
    with pytest.raises(NotPlausible):
        Fix(**({"latitude": 0.0, "longitude": 0.0, "accuracy": 5.0} | wrong))


def test_signals_and_times_that_there_cannot_be_are_refused():
    with pytest.raises(NotPlausible):
        listened([Heard(CABLES, math.nan)])
    with pytest.raises(NotPlausible):
        at_station(Whereabouts(), [], place=GYM, elapsed=-1.0)
    with pytest.raises(NotPlausible):
        Place("nowhere", 0.0, 0.0, radius=0.0)


def test_distance_is_the_same_both_ways_round_the_earth():
    assert distance(0, 179.5, 0, -179.5) == pytest.approx(distance(0, -179.5, 0, 179.5))
    assert distance(0, 179.5, 0, -179.5) == pytest.approx(111195, abs=1)
