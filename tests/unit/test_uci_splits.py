"""Elapsed and lap times check each other; repairs are made where one value fits, and never in silence."""

from __future__ import annotations

import pytest

from paceline.record.formats.readings import Findings
from paceline.record.formats.uci_splits import splits
from paceline.record.formats.uci_text import Row

SOUND = (
    Row(125, 12_500, 1), Row(250, 20_300, 1, 20_300), Row(375, 27_900, 1), Row(500, 35_400, 1, 15_100),
    Row(625, 42_900, 1), Row(750, 50_400, 1, 15_000), Row(875, 57_900, 1), Row(1000, 65_400, 1, 15_000),
)  # fmt: skip


def with_row(index, **cells):
    rows = [Row(**{name: getattr(row, name) for name in Row.__slots__}) for row in SOUND]
    rows[index] = Row(**{name: cells.get(name, getattr(rows[index], name)) for name in Row.__slots__})
    return rows


def read(rows):
    findings = Findings()
    return [split.time for split in splits(rows, findings)], [problem.kind for problem in findings.problems()]


TIMES = [row.time / 1000 for row in SOUND]


def test_times_that_add_up_are_kept_without_a_word():
    assert read(SOUND) == (TIMES, [])


@pytest.mark.parametrize("index", [1, 3, 5, 7])
def test_a_lap_without_its_tens_digit_is_reported_and_changes_no_elapsed_time(index):
    lost = SOUND[index].lap % 10_000
    assert read(with_row(index, lap=lost)) == (TIMES, ["lap_digit"])


@pytest.mark.parametrize("index", [3, 5, 7])
def test_an_elapsed_time_that_lost_a_digit_is_rebuilt_from_the_lap_and_reported(index):
    assert read(with_row(index, time=SOUND[index].time % 10_000)) == (TIMES, ["tens_digit"])


@pytest.mark.parametrize("index", [2, 4, 6])
def test_an_elapsed_time_within_a_lap_is_rebuilt_from_its_ends_and_reported(index):
    assert read(with_row(index, time=SOUND[index].time % 10_000)) == (TIMES, ["tens_digit"])


def test_minutes_that_were_lost_are_rebuilt_too():
    assert read(with_row(7, time=5_400)) == (TIMES, ["tens_digit"])


def test_what_no_digit_mends_is_kept_as_printed_and_reported():
    times, kinds = read(with_row(5, time=50_123))
    assert (times[5], kinds) == (50.123, ["lap_sum"])
    times, kinds = read(with_row(4, time=35_500))
    assert (times[4], kinds) == (35.5, ["order"])


def test_a_line_without_a_time_stays_without_one():
    findings = Findings()
    last = splits([*SOUND[:-1], Row(1000, None, 2)], findings)[-1]
    assert (last.time, last.place, findings.problems()) == (None, 2, ())
    assert len(splits([*SOUND[:-1], Row(1000)], findings)) == len(SOUND) - 1


def test_a_lap_after_a_missing_time_is_not_judged():
    rows = [row for row in SOUND if row.distance != 750]
    rows[4:4] = [Row(750, None, None, None, "DNF")]
    assert read(rows)[0] == [time for time, row in zip(TIMES, SOUND, strict=True) if row.distance != 750]
