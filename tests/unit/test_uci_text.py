"""Whose table is whose in the text of a race analysis, in every layout that the pages have."""

from __future__ import annotations

from paceline.record.formats.readings import Findings
from paceline.record.formats.uci_text import tables

COLUMNS = "Distance              Time      Rank       Lap Time"


def table(first):
    """Two lines of a table that begins with a time of so many seconds."""
    return [f"125m        {first:.3f}        1", f"250m        {first + 8:.3f}        1        {first + 8:.3f}"]


EMPTY = ["125m", "250m"]


def read(*lines):
    flat = [line for part in lines for line in (part if isinstance(part, list) else [part])]
    findings = Findings()
    found = [
        (one.entrant and (one.entrant.number, one.entrant.name, one.entrant.code, one.entrant.heat),
         one.rows[0].time if one.rows else None)
        for one in tables(flat, findings)
    ]  # fmt: skip
    return found, [problem.kind for problem in findings.problems()]


def test_a_columns_line_after_each_name_and_both_tables_last():
    found, problems = read(
        "No 7 \u00ad ONE First (AAA)", COLUMNS, "No 8 \u00ad TWO Second (BBB)", COLUMNS, table(11.0), table(12.0)
    )
    assert found == [((7, "ONE First", "AAA", None), 11_000), ((8, "TWO Second", "BBB", None), 12_000)]
    assert problems == []


def test_both_names_first_and_a_columns_line_before_each_table():
    found, _ = read(
        "Heat 1", "165 ONE First \u00ad AAA", "141 TWO Second \u00ad BBB", COLUMNS, table(11.0), COLUMNS, table(12.0)
    )
    assert found == [((165, "ONE First", "AAA", "Heat 1"), 11_000), ((141, "TWO Second", "BBB", "Heat 1"), 12_000)]


def test_two_heats_side_by_side_give_their_tables_in_the_order_of_the_names():
    found, _ = read(
        "Heat 1", "AAA \u00ad One", "Heat 2", "BBB \u00ad Two", COLUMNS, table(11.0), COLUMNS, table(12.0),
        "Heat 3", "CCC \u00ad Three", COLUMNS, table(13.0),
    )  # fmt: skip
    assert [(owner[2], owner[3], time) for owner, time in found] == [
        ("AAA", "Heat 1", 11_000), ("BBB", "Heat 2", 12_000), ("CCC", "Heat 3", 13_000),
    ]  # fmt: skip


def test_a_name_and_the_columns_on_one_line_are_both_read():
    found, _ = read(f"7 ONE First \u00ad AAA {COLUMNS}", table(11.0), "8 TWO Second \u00ad BBB", COLUMNS, table(12.0))
    assert [(owner[1], time) for owner, time in found] == [("ONE First", 11_000), ("TWO Second", 12_000)]


def test_an_empty_start_place_behind_a_lone_rider_does_not_shift_those_who_follow():
    found, problems = read(
        "No 1 \u00ad One (AAA)", COLUMNS, table(11.0), COLUMNS, EMPTY, "No 2 \u00ad Two (BBB)", COLUMNS, table(12.0)
    )
    assert [(owner[2], time) for owner, time in found] == [("AAA", 11_000), ("BBB", 12_000)]
    assert problems == []


def test_an_empty_start_place_before_a_lone_rider_does_not_take_the_name():
    found, _ = read("Heat 1", COLUMNS, EMPTY, "AAA \u00ad One", COLUMNS, table(11.0))
    assert [(owner[2], time) for owner, time in found] == [("AAA", 11_000)]
    found, _ = read("AAA \u00ad One", COLUMNS, EMPTY, COLUMNS, table(11.0))
    assert [(owner[2], time) for owner, time in found] == [("AAA", 11_000)]


def test_a_rider_who_did_not_start_keeps_the_name_and_the_other_the_times():
    found, _ = read("No 1 \u00ad One (AAA)", COLUMNS, "No 2 \u00ad Two (BBB)", COLUMNS, EMPTY, table(12.0), "Page  1/2")
    assert [(owner[2], time) for owner, time in found] == [("AAA", None), ("BBB", 12_000)]


def test_where_a_name_is_lost_nobody_is_given_the_times():
    found, problems = read("AAA \u00ad One", COLUMNS, table(11.0), COLUMNS, table(12.0))
    assert [(owner and owner[2], time) for owner, time in found] == [(None, 11_000), (None, 12_000), ("AAA", None)]
    assert problems == ["owner"]


def test_a_page_that_does_not_add_up_leaves_the_next_one_alone():
    found, problems = read("AAA \u00ad One", "BBB \u00ad Two", table(11.0), "Page 1/2", "CCC \u00ad Three", table(13.0))
    assert [(owner and owner[2], time) for owner, time in found][-1] == ("CCC", 13_000)
    assert problems == ["owner"]


def test_dates_and_addresses_are_no_names():
    found, problems = read(
        "3\u00ad6 November 2011", "Nov 19 \u00ad Nov 21, 2009", "0ct 30 \u00ad Nov 1, 2009", "Timing & Data\u00adHand",
        "http://www.uci.ch", "CTW401900_C77D 1.0", "Report Created SAT 5 NOV 2011 18:55", "AAA \u00ad One", table(11.0),
    )  # fmt: skip
    assert [owner[2] for owner, _ in found] == ["AAA"]
    assert problems == []


def test_a_word_in_place_of_a_time_is_a_status_and_the_lap_behind_it_no_elapsed_time():
    findings = Findings()
    [one] = tables(["AAA \u00ad One", "250m  20.000  1  20.000", "500m   REL   6   15.159"], findings)
    last = one.rows[-1]
    assert (last.status, last.time, last.place, last.lap) == ("REL", None, 6, 15_159)
    [one] = tables(["AAA \u00ad One", "250m  20.000  20.000", "4000m       2"], findings)
    assert (one.rows[0].lap, one.rows[1].time, one.rows[1].place) == (20_000, None, 2)
    assert findings.problems() == ()


def test_a_cell_of_another_shape_is_reported():
    findings = Findings()
    [one] = tables(["AAA \u00ad One", "250m  20.000  1  x?!"], findings)
    assert (one.rows[0].time, one.rows[0].lap) == (20_000, None)
    assert [(problem.kind, problem.line) for problem in findings.problems()] == [("cell", 2)]


def test_a_name_is_in_no_representation():
    [one] = tables(["165 SECRET Name \u00ad AAA", "250m  20.000"], Findings())
    assert "SECRET" not in repr(one)
