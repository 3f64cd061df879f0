"""Tables that are kept in memory are those of the lake as it is now, and no more than there is room for."""

from __future__ import annotations

import polars as pl

from paceline.serve.recent import Recent


def table(rows, value=0):
    return lambda: pl.DataFrame({"t": [value] * rows})


def test_what_is_kept_is_not_read_again():
    recent = Recent()
    first = recent.frame("ride", table(3), version=1)
    assert recent.frame("ride", table(9), version=1) is first


def test_another_version_of_the_lake_is_read_anew_and_lets_go_of_all():
    recent = Recent()
    recent.frame("forgotten", table(3), version=1)
    assert recent.frame("ride", table(2, 5), version=2)["t"].to_list() == [5, 5]
    assert recent.rows == 2


def test_the_one_that_was_asked_for_longest_ago_goes_first():
    recent = Recent(most=5)
    recent.frame("a", table(2), version=1)
    recent.frame("b", table(2), version=1)
    recent.frame("a", table(9), version=1)
    recent.frame("c", table(2), version=1)
    assert recent.rows == 4
    assert recent.frame("a", table(0), version=1).height == 2
    assert recent.frame("b", table(1), version=1).height == 1


def test_a_table_that_is_larger_than_the_room_is_told_and_not_kept():
    recent = Recent(most=5)
    assert recent.frame("long", table(6), version=1).height == 6
    assert recent.rows == 0
