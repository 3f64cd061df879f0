"""A comparison on a page, as JSON and in the terminal."""

from __future__ import annotations

import json
from html import escape
from xml.etree.ElementTree import fromstring

import pytest
from tests.unit.made_rides import ride
from typer.testing import CliRunner

from paceline.cli import app
from paceline.measure.comparison import Compared, compare
from paceline.measure.comparison.document import document
from paceline.measure.comparison.page import chart, page
from paceline.measure.comparison.tables import lost_line, reasons, stretch_table
from paceline.record.export import write
from paceline.simulate.ride import simulate_ride

HOSTILE = "<script>alert(1)</script>&"


@pytest.fixture(scope="module")
def laps():
    session = ride()
    efforts = [Compared(session, session.effort(name), name) for name in ("lap 1", "lap 2")]
    bare = ride("speed", "distance")
    return [*efforts, Compared(bare, bare.whole, HOSTILE)]


@pytest.fixture(scope="module")
def rides(tmp_path_factory):
    folder = tmp_path_factory.mktemp("compare")
    write(simulate_ride(1, duration=1500).recording, folder / "monday.fit")
    write(simulate_ride(1, duration=1400).recording, folder / "fri#day.fit")
    return folder


def told(*arguments):
    return CliRunner().invoke(app, ["compare", *map(str, arguments)])


@pytest.mark.parametrize("by", ["distance", "time"])
def test_the_page_is_whole_escaped_and_draws_each_effort_in_each_panel(laps, by):
    found = compare(laps, by=by)
    text = page(found)
    assert "<script" not in text
    assert "&lt;script&gt;" in text
    assert "http://" not in text.replace("http://www.w3.org/2000/svg", "")
    drawn = fromstring(chart(found))
    kinds = [path.get("class") for path in drawn.iter("{http://www.w3.org/2000/svg}path")]
    assert kinds.count("trace effort-0") == 1 + len(found.channels)
    assert kinds.count("trace effort-2") == 2 + len(found.channels)
    for message in (*reasons(found), *lost_line(found)):
        assert escape(message) in text


def test_the_table_of_parts_adds_up_to_the_whole(laps):
    found = compare(laps[:2])
    lost = [float(row[-1].replace("−", "-")) for row in stretch_table(found).rows]
    assert len(lost) == 8
    assert sum(lost) == pytest.approx(float(found.time_lost("lap 2")[-1]), abs=0.05)


def test_the_document_is_json_with_a_reason_for_what_is_missing(laps):
    found = json.loads(json.dumps(document(compare(laps)), allow_nan=False))
    assert set(found) == {"by", "unit", "edges", "efforts", "metrics", "missing", "mismatches"}
    assert len(found["efforts"][1]["time_lost_s"]) == len(found["edges"])
    power = found["metrics"]["average_power"]
    assert power["values"][2] is None
    assert "power" in power["why"][2]


def test_the_command_compares_files_and_efforts(rides):
    done = told(rides / "monday.fit", rides / "fri#day.fit")
    assert done.exit_code == 0, done.output
    assert "different lengths" in done.output
    assert "Average power" in done.output
    one_file = told(f"{rides}/monday.fit#interval 1", f"{rides}/monday.fit#interval 5", "--by", "time", "--json")
    found = json.loads(one_file.stdout)
    assert [effort["name"] for effort in found["efforts"]] == ["interval 1", "interval 5"]
    marked = told(f"{rides}/monday.fit#1:00-2:00.250", f"{rides}/fri#day.fit#1:00-2:00", "--by", "time", "--json")
    found = json.loads(marked.stdout)
    assert found["efforts"][0]["stop_ns"] - found["efforts"][0]["start_ns"] == 60_250_000_000


def test_shifts_are_given_once_an_effort_and_the_page_is_written(rides, tmp_path):
    efforts = (f"{rides}/monday.fit#interval 1", f"{rides}/monday.fit#interval 2")
    done = told(*efforts, "--by", "time", "--shift", "0", "--shift", "-2.5", "-o", tmp_path / "page.html")
    assert done.exit_code == 0, done.output
    assert (tmp_path / "page.html").read_text("utf-8").startswith("<!doctype html>")
    assert told(*efforts, "--shift", "1").exit_code == 2
    assert told(*efforts, "--by", "heart").exit_code == 2


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("#nope",), "no effort 'nope'"),
        (("#1:00-99:00",), "no effort"),
        (("", "-o", "page.pdf"), "written as a page"),
        (("", "--metric", "wrok"), "no metric"),
    ],
)
def test_what_can_not_be_done_is_said(rides, more, said):
    done = told(f"{rides}/monday.fit{more[0]}", f"{rides}/fri#day.fit", *more[1:])
    assert done.exit_code == 1
    assert said in str(done.exception)
