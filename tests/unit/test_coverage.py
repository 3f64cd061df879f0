"""Intervals hold the truth about as often as they say, over a few simulated track sessions; the soak run has many."""

from __future__ import annotations

import pytest
from tests.soak.coverage import QUANTITIES, intervals, one, rows

from paceline.simulate.track import simulate_track
from paceline.simulate.track_plans import NO_MISHAPS, Doubt, World

SESSIONS = 12
FEWEST = 8
"""Of 12 intervals that each hold the truth with a probability of .90, fewer than 8 do so once in 230 times."""


@pytest.fixture(scope="module")
def all_held():
    return [one(seed, WORLD) for seed in range(SESSIONS)]


WORLD = World().misfit


@pytest.mark.parametrize("quantity", QUANTITIES)
def test_intervals_hold_the_truth(quantity, all_held):
    assert all(quantity in each for each in all_held)
    assert sum(each[quantity].holds for each in all_held) >= FEWEST


def test_the_widths_are_what_a_coach_can_use(all_held):
    widths = {row["quantity"]: row["median_width"] for row in rows("as believed", all_held)}
    assert widths["drag area"] < 0.015
    assert widths["roll-out"] < 0.003
    assert widths["crr"] < 0.0002
    assert widths["offset"] < 0.03


def test_a_session_whose_instruments_are_right_is_found_to_the_last_digits():
    made = simulate_track(3, world=World(doubt=Doubt(*[0.0] * 11), mishaps=NO_MISHAPS))
    found = intervals(made)
    assert found["drag area"].holds
    assert found["crr"].holds
    assert found["crr"].width < 2e-4


def test_a_session_that_can_not_be_analysed_counts_as_none():
    counted = rows("as believed", [{}, *[one(1, WORLD)]])
    assert [(row["sessions"], row["of"]) for row in counted] == [(1, 2)] * len(QUANTITIES)
