"""Trends as a person sees them: tables, a page, a picture, and the command that prints them."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from tests.unit.made_rides import ride
from typer.testing import CliRunner

from paceline.cli import app
from paceline.measure.trends import Slope, power_curves, trend
from paceline.measure.trends_page import chart, curves, page, picture, reasons, sloped, slopes
from paceline.record.export import write
from paceline.simulate.ride import simulate_ride

DAY = 86_400


@pytest.fixture(scope="module")
def rides():
    return [ride("power", "speed", shift=days * DAY) for days in range(6)]


@pytest.fixture(scope="module")
def found(rides):
    return [trend(rides, "average_power"), trend(rides, "average_moving_speed")]


def test_a_metric_is_a_row_with_its_change_in_shown_units(found):
    sure = replace(found[1], slope=Slope(1.0, 0.5, 2.0, 0.9))
    row = slopes([sure]).rows[0]
    assert row[1:3] == ("km/h", "6")
    assert row[5:] == ("+3.60", "+1.80 to +7.20")


def test_a_line_is_drawn_only_where_the_direction_is_sure(found):
    unsure = replace(found[0], slope=Slope(1.0, -0.5, 2.0, 0.95))
    sure = replace(found[0], slope=Slope(36.525, 30.0, 40.0, 0.95))
    assert sloped(unsure) is None
    (x1, y1), (x2, y2) = sloped(sure)
    assert x2 - x1 == 5 * DAY
    assert y2 - y1 == pytest.approx(0.5)
    assert 'class="slope"' in chart([sure])
    assert 'class="slope"' not in chart([unsure])


def test_every_ride_is_a_dot_and_every_text_is_escaped(found):
    named = replace(found[0], metric=replace(found[0].metric, label="<b>Power"))
    drawn = page([named, found[1]], ())
    assert drawn.count("<circle") == 12
    assert "<b>Power" not in drawn
    assert "&lt;b&gt;Power" in drawn


def test_the_best_powers_stand_by_period(rides):
    table = curves(power_curves(rides))
    assert [row[:2] for row in table.rows] == [("2024-05", "6")]
    assert table.rows[0][2:4] == ("301", "301")


def test_what_has_no_value_says_why_once(rides):
    said = reasons([trend(rides, "average_heart_rate")])
    assert said[0].startswith("Average heart rate: A slope takes at least 5")
    assert said[1].startswith("Average heart rate, 6 rides: ")
    assert len(said) == 2


def test_a_picture_is_a_png_with_or_without_anything_to_draw(found):
    for given in (found, []):
        assert picture(given).startswith(b"\x89PNG")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("rides")
    for number in range(5):
        recording = simulate_ride(number, duration=600).recording.shifted(number * 3 * DAY)
        write(recording, made / f"{number}.fit")
    return made


def test_the_command_prints_tables_json_and_writes_files(folder, tmp_path):
    run = CliRunner().invoke
    shown = run(app, ["trends", str(folder)])
    assert shown.exit_code == 0
    assert "Average power" in shown.output
    told = json.loads(run(app, ["trends", str(folder), "--metric", "average_power", "--json"]).output)
    assert len(told["trends"][0]["rides"]) == 5
    assert np.isfinite(told["trends"][0]["slope"]["per_year"])
    for name in ("t.html", "t.png"):
        assert run(app, ["trends", str(folder), "-o", str(tmp_path / name)]).exit_code == 0
        assert (tmp_path / name).stat().st_size > 1000


@pytest.mark.parametrize("wrong", [["--period", "day"], ["--level", "1.5"], ["--json", "-o", "x.html"]])
def test_what_can_not_be_understood_is_refused(folder, wrong):
    assert CliRunner().invoke(app, ["trends", str(folder), *wrong]).exit_code == 2


def test_a_page_of_another_kind_is_refused(folder, tmp_path):
    ran = CliRunner().invoke(app, ["trends", str(folder), "-o", str(tmp_path / "t.docx")])
    assert ran.exit_code != 0
    assert not (tmp_path / "t.docx").exists()
