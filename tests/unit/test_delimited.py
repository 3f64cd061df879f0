"""Rows and columns of text: encodings, delimiters, and what is wrong with them."""

from __future__ import annotations

import numpy as np
import pytest

from paceline.domain.errors import Damaged
from paceline.record.formats import delimited
from paceline.record.formats.delimited import (
    COLUMNS,
    ROW,
    columns,
    head_lines,
    interval_laps,
    lines_of,
    measured,
    number,
    table,
)
from paceline.record.formats.readings import Findings


def read(text, findings=None, **known):
    data = text.encode() if isinstance(text, str) else text
    found = findings or Findings()
    return table(lines_of(data, found), found, file="made.csv", header=0, **known)


def kinds(findings):
    return [(problem.kind, problem.line, problem.count) for problem in findings.problems()]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_byte_order_mark_is_no_part_of_the_first_name(encoding):
    assert read("Höhe,b\n1,2\n".encode(encoding)).names == ("Höhe", "b")


def test_what_is_not_utf_8_is_latin_1_and_that_is_reported():
    findings = Findings()
    assert read("Höhe,b\n1,2\n".encode("latin-1"), findings).names == ("Höhe", "b")
    assert findings.problems()[0].offset == 1


def test_half_a_character_of_utf_16_is_reported():
    findings = Findings()
    lines_of("a,b\n".encode("utf-16")[:-1], findings)
    assert findings.problems()[0].kind == "encoding"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_any_line_end_ends_a_line(end):
    assert len(read(f"a,b{end}1,2{end}3,4{end}")) == 2


@pytest.mark.parametrize("text", ["a;b\n1,5;2\n", "a\tb\n1,5\t2\n"])
def test_a_comma_is_the_decimal_sign_where_it_does_not_delimit(text):
    assert read(text).numbers(0, Findings()).tolist() == [1.5]


def test_quotes_hold_within_a_line_only():
    rows = read('"a, unit",b\n"1",2\n"3,4\n5,6\n')
    assert rows.names == ("a, unit", "b")
    assert rows.numbers(1, Findings())[-1] == 6


@pytest.mark.parametrize("cell", ["", "--", "NaN", "n/a", " "])
def test_a_cell_that_says_nothing_is_missing_without_a_word(cell):
    findings = Findings()
    assert np.isnan(read(f"a,b\n{cell},1\n").numbers(0, findings)).all()
    assert kinds(findings) == []


@pytest.mark.parametrize("cell", ["1_000", "inf", "x", "1.2.3", "١٢", "1e300"])
def test_a_cell_that_is_no_number_is_missing_and_reported_with_its_line(cell):
    findings = Findings()
    values = read(f"a,b\n7,1\n{cell},1\n").numbers(0, findings)
    assert values[0] == 7
    assert np.isnan(values[1])
    assert kinds(findings) == [("number", 3, 1)]


def test_a_short_row_lacks_what_it_lacks_and_a_long_one_loses_what_has_no_name():
    findings = Findings()
    rows = read("a,b,c\n1\n4,5,6,7\n8,9,10,\n1,2,3\n", findings)
    assert np.isnan(rows.numbers(2, findings)[0])
    assert rows.numbers(2, findings)[1:].tolist() == [6, 10, 3]
    assert kinds(findings) == [("ragged", 2, 1), ("ragged", 3, 1)]


def test_a_last_row_without_its_end_is_left_out():
    findings = Findings()
    assert len(read("a,b\n1,2\n3", findings)) == 1
    assert kinds(findings) == [("truncated", 3, 1)]


def test_a_row_longer_than_any_real_one_is_missing_and_reported():
    findings = Findings()
    rows = read(f"a,b\n{'1' * (ROW + 1)},2\n3,4\n", findings)
    assert np.isnan(rows.numbers(1, findings)[0])
    assert rows.numbers(1, findings)[1] == 4


def test_more_columns_than_a_table_has_are_refused():
    with pytest.raises(Damaged, match=r"made\.csv"):
        read("a," * COLUMNS + "a\n")


def test_columns_are_converted_and_those_without_a_channel_are_named():
    findings = Findings()
    rows = read("Speed,Mood\n36,good\n")
    values = columns(rows, {"speed": ("speed", "km/h")}, findings)
    assert values["speed"].tolist() == [10.0]
    assert "Mood" in findings.problems()[0].message


def test_a_column_of_zeros_is_not_measured_one_of_gaps_is_not_there_and_one_zero_is_a_reading():
    findings = Findings()
    given = {
        "power": np.array([0.0, 1.0]),
        "cadence": np.zeros(2),
        "speed": np.array([0.0, np.nan]),
        "slope": np.full(2, np.nan),
    }
    assert list(measured(given, findings)) == ["power"]
    assert [problem.message.split()[0] for problem in findings.problems()] == ["cadence", "speed"]


def test_a_run_of_equal_numbers_is_a_lap():
    laps = interval_laps(np.arange(6) * 10, np.array([0.0, 0.0, 1.0, np.nan, 0.0, 2.0]))
    assert [(lap.name, lap.start, lap.stop) for lap in laps] == [
        ("lap 0", 0, 20),
        ("lap 1", 20, 40),
        ("lap 0", 40, 50),
        ("lap 2", 50, 60),
    ]
    assert [lap.name for lap in interval_laps(np.arange(6), np.array([0.0, 0, 1, 1, 0, 2]), skip=0.0)] == [
        "lap 1",
        "lap 2",
    ]


@pytest.mark.parametrize("numbers", [[], [3.0], [3.0, 3.0]])
def test_a_number_that_never_changes_makes_no_lap(numbers):
    assert interval_laps(np.arange(len(numbers)), np.array(numbers)) == ()


def test_a_head_loses_its_cut_line():
    assert head_lines(b"a\nb\nc") == ["a", "b"]
    assert head_lines("a\nb\nc".encode("utf-16")[:-1]) == ["a", "b"]


def test_a_number_is_ascii_finite_and_plausible():
    assert number(" -1.5 ") == -1.5
    assert all(np.isnan(number(text)) for text in ("", "nan", "1e999", "1_0", "٣"))


def test_of_too_many_lines_the_first_are_kept_and_that_is_reported(monkeypatch):
    monkeypatch.setattr(delimited, "LINES", 3)
    findings = Findings()
    assert lines_of(b"a,b\n1,2\n3,4\n5,6\n7,8\n", findings) == ["a,b", "1,2", "3,4"]
    assert kinds(findings) == [("too_much", 4, 1)]


def test_as_many_lines_as_may_be_are_no_problem(monkeypatch):
    monkeypatch.setattr(delimited, "LINES", 3)
    findings = Findings()
    assert lines_of(b"a,b\n1,2\n3,4", findings) == ["a,b", "1,2", "3,4"]
    assert kinds(findings) == []


def test_of_too_many_rows_the_first_are_kept_and_that_is_reported(monkeypatch):
    monkeypatch.setattr(delimited, "CELLS", 16)
    findings = Findings()
    assert [row[0] for row in read("a,b\n1,2\n\n3,4\n5,6\n7,8\n", findings).rows] == ["1", "3"]
    assert kinds(findings) == [("too_much", 5, 1)]
