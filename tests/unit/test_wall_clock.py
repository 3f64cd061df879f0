"""Clocks without zones, without dates and without hours."""

from __future__ import annotations

import numpy as np
import pytest

from paceline.domain.efforts import SECOND
from paceline.domain.errors import Damaged
from paceline.record.formats import wall_clock
from paceline.record.formats.readings import Findings


def test_seconds_of_a_date_keep_their_nanoseconds_of_rounding():
    assert wall_clock.nanoseconds(np.array([0.1, -0.25, 1_700_000_000.5])).tolist() == [
        100_000_000,
        -250_000_000,
        1_700_000_000_500_000_000,
    ]


def test_a_row_without_a_time_is_not_usable():
    findings = Findings()
    assert wall_clock.usable(np.array([1.0, np.nan, 1e12]), [2, 3, 4], findings) == [True, False, False]
    assert (findings.problems()[0].line, findings.problems()[0].count) == (3, 2)


def test_an_undated_clock_starts_where_a_person_says():
    findings = Findings()
    assert wall_clock.undated(np.array([5, 7]), 100, findings).tolist() == [100, 102]
    assert findings.problems() == ()
    assert wall_clock.undated(np.array([5, 7]), None, findings).tolist() == [5, 7]
    assert findings.problems()[0].kind == "undated"


def test_a_start_that_is_no_zone_away_gives_no_offset():
    assert wall_clock.zoned(7 * SECOND, 0, Findings()) == (0, None)
    assert wall_clock.zoned(15 * 3600 * SECOND, 0, Findings()) == (0, None)
    assert wall_clock.zoned(0, 12_600 * SECOND, Findings()) == (12_600 * SECOND, -12_600)


@pytest.mark.parametrize("parts", [(2011, 2, 29, 0, 0, 0), (1, 1, 1, 0, 0, 0), (2011,), (2011, 1, 1, 24, 0, 0)])
def test_a_date_that_does_not_exist_or_no_device_has_seen_is_none(parts):
    assert wall_clock.date_time(*parts) is None


@pytest.mark.parametrize("text", ["", "12", "a:b", "1:2:3:4", "-1:00", "1:-2", ":"])
def test_what_is_no_clock_has_no_seconds(text):
    assert np.isnan(wall_clock.clock_seconds(text))


def test_a_clock_that_wraps_twice_is_unwrapped_and_a_small_step_back_is_not():
    findings = Findings()
    given = np.array([3000.0, 10.0, np.nan, 3000.0, 2990.0, 5.0])
    assert np.nan_to_num(wall_clock.unwrapped(given, 3600.0, findings)).tolist() == [3000, 3610, 0, 6600, 6590, 7205]
    assert findings.problems()[0].kind == "clock_wrap"


def test_rows_for_longer_than_a_life_are_damage():
    with pytest.raises(Damaged, match="made"):
        wall_clock.evenly(10**9, 3600.0, file="made")
