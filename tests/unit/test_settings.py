"""The settings file: what held on a day, where it is looked for, and what it is refused for."""

from __future__ import annotations

import datetime as dt
import math
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paceline.domain.errors import FileUnreadable, PacelineError, SettingsError, UnknownName
from paceline.measure.quantities import QUANTITIES
from paceline.measure.settings import find, load
from paceline.measure.settings_values import ATHLETE, BIKE

WHOLE = """
zone: Europe/London
units: imperial
athlete:
  sex: female
  mass: 61.5
  threshold_power: [{from: 2024-01-01, value: 240}, {from: 2024-06-01, value: 255}]
  power_zones: [0.55, 0.75, .inf]
bike: road
bikes:
  road: {bike_mass: 7.8, chainrings: [50, 34]}
  track: {bike_mass: 7.1}
"""
DAY = dt.date(2024, 5, 1)


def written(folder: Path, text: str | bytes) -> Path:
    path = folder / "paceline.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_a_ride_takes_the_value_that_held_on_its_day(tmp_path):
    found = load(written(tmp_path, WHOLE))
    before, after = found.on(dt.date(2024, 5, 31)), found.on(dt.date(2024, 6, 1))
    assert (before["threshold_power"].value, before["threshold_power"].since) == (240.0, "2024-01-01")
    assert (after["threshold_power"].value, after["threshold_power"].since) == (255.0, "2024-06-01")
    assert (before["mass"].value, before["mass"].since) == (61.5, None)


def test_a_day_before_the_first_value_has_none_and_the_reason_says_so(tmp_path):
    found = load(written(tmp_path, WHOLE))
    assert "threshold_power" not in found.on(dt.date(2023, 12, 31))
    assert "from 2024-01-01 on" in found.not_yet(dt.date(2023, 12, 31))["threshold_power"]
    assert not found.not_yet(DAY)


def test_zone_units_zones_and_sex_are_read(tmp_path):
    found = load(written(tmp_path, WHOLE))
    assert (str(found.zone), found.units) == ("Europe/London", "imperial")
    assert found.on(DAY)["power_zones"].value == (0.55, 0.75, math.inf)
    assert found.on(DAY)["trimp_factor"].value == 1.67


def test_a_trimp_factor_of_its_own_goes_before_the_one_for_the_sex(tmp_path):
    path = written(tmp_path, "athlete: {sex: male, trimp_factor: 1.8}")
    assert load(path).on(DAY)["trimp_factor"].value == 1.8


def test_the_default_bike_is_meant_where_none_is_named(tmp_path):
    found = load(written(tmp_path, WHOLE))
    assert found.bikes == ("road", "track")
    assert found.on(DAY)["bike_mass"].value == 7.8
    assert found.on(DAY)["chainrings"].value == (50.0, 34.0)
    assert found.on(DAY, bike="track")["bike_mass"].value == 7.1
    assert "chainrings" not in found.on(DAY, bike="track")


def test_among_several_bikes_without_a_default_none_is_guessed(tmp_path):
    two = load(written(tmp_path, "bikes: {a: {bike_mass: 7}, b: {bike_mass: 9}}"))
    assert "bike_mass" not in two.on(DAY)
    one = load(written(tmp_path, "bikes: {a: {bike_mass: 7}}"))
    assert one.on(DAY)["bike_mass"].value == 7.0
    alone = load(written(tmp_path, "bike: {bike_mass: 7}"))
    assert alone.on(DAY)["bike_mass"].value == 7.0


def test_an_unknown_bike_is_an_error_that_names_close_ones(tmp_path):
    with pytest.raises(UnknownName, match="track"):
        load(written(tmp_path, WHOLE)).on(DAY, bike="trak")


def test_an_empty_file_says_nothing(tmp_path):
    found = load(written(tmp_path, "# nothing yet\n"))
    assert not found.on(DAY)
    assert found.zone is None


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("athlet: {}", "the file"),
        ("athlete: {weight: 70}", "athlete"),
        ("athlete: {mass: heavy}", "athlete.mass"),
        ("athlete: {mass: true}", "athlete.mass"),
        ("athlete: {mass: 777.25}", "athlete.mass"),
        ("athlete: {mass: .nan}", "athlete.mass"),
        ("athlete: {mass: .inf}", "athlete.mass"),
        ("athlete: {mass: }", "athlete.mass"),
        ("athlete: {mass: [70]}", "athlete.mass"),
        ("athlete: [1]", "athlete"),
        (
            "athlete: {threshold_power: [{from: 2024-01-01, value: 250}, {from: 2024-01-01, value: 260}]}",
            "power[1].from",
        ),
        (
            "athlete: {threshold_power: [{from: 2024-01-01, value: 250}, {from: 2023-01-01, value: 260}]}",
            "power[1].from",
        ),
        ("athlete: {threshold_power: [{from: 2024-01-01, value: 777.25}]}", "threshold_power[0].value"),
        ("athlete: {threshold_power: [{value: 250}]}", "threshold_power[0]"),
        ("athlete: {threshold_power: [{from: 2024-01-01 10:00:00, value: 250}]}", "threshold_power[0].from"),
        ("athlete: {threshold_power: [{from: soon, value: 250}]}", "threshold_power[0].from"),
        ("athlete: {threshold_power: [{from: 2024-01-01, value: 250}, 260]}", "threshold_power[1]"),
        ("athlete: {power_zones: [0.9, 0.5]}", "athlete.power_zones"),
        ("athlete: {power_zones: []}", "athlete.power_zones"),
        ("athlete: {power_zones: [.inf, 0.5]}", "athlete.power_zones[0]"),
        ("athlete: {sex: perhaps}", "athlete.sex"),
        ("bike: {chainrings: [50.5]}", "bike.chainrings"),
        ("bike: other\nbikes: {road: {bike_mass: 7}}", "bike"),
        ("bike: road", "bike"),
        ("bikes: {1: {bike_mass: 7}}", "bikes"),
        ("zone: Europe/Nowhere", "zone"),
        ("zone: ../../etc/passwd", "zone"),
        ("zone: Europe", "zone"),
        ("units: stones", "units"),
        ("athlete: {mass: 70, mass: 71}", "line 1"),
        ("athlete: {mass: 70, <<: {mass: 71}}", "line 1"),
        ("athlete: &a {mass: 70}", "line 1"),
        ("athlete: &a {mass: 70}\nbike: *a", "line 1"),
        ("athlete: }", "line 1"),
        ("athlete: {mass: !!python/name:os.system }", "line 1"),
        ("? [a]\n: b", "line 1"),
        ("athlete: {mass: 2024-99-99}", "the file"),
        ("- 1", "the file"),
        ("just words", "the file"),
        ("a: 1\n---\nb: 2", "line 2"),
        ("[" * 30_000, "line 1"),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_place_and_without_its_value(tmp_path, text, place):
    with pytest.raises(SettingsError) as error:
        load(written(tmp_path, text))
    assert error.value.place.endswith(place)
    assert "777.25" not in str(error.value)


def test_other_bytes_than_utf8_and_too_many_are_refused(tmp_path):
    with pytest.raises(SettingsError, match="UTF-8"):
        load(written(tmp_path, b"athlete: \xff\xfe"))
    with pytest.raises(SettingsError, match="65,536"):
        load(written(tmp_path, "#" * 70_000))


def test_a_file_that_is_not_there_is_unreadable(tmp_path):
    with pytest.raises(FileUnreadable):
        load(tmp_path / "none.yaml")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes with names are a thing of Unix")
def test_a_pipe_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "paceline.yaml")
    with pytest.raises(FileUnreadable, match="a pipe"):
        load(tmp_path / "paceline.yaml")


def test_the_file_is_looked_for_beside_the_ride_and_one_folder_up(tmp_path):
    month = tmp_path / "2024" / "05"
    month.mkdir(parents=True)
    top = written(tmp_path, "units: metric")
    assert find(month / "ride.fit") is None
    above = written(tmp_path / "2024", "units: metric")
    assert find(month / "ride.fit") == above
    beside = written(month, "units: metric")
    assert find(month / "ride.fit") == beside
    assert find(tmp_path / "ride.fit") == top


def test_every_setting_that_metrics_know_can_be_written():
    asked = {name for name, quantity in QUANTITIES.items() if quantity.kind == "setting"}
    assert asked <= {*ATHLETE, *BIKE}


def test_every_setting_has_a_row_in_the_guide():
    guide = (Path(__file__).parents[2] / "docs" / "how-to" / "keep-settings.md").read_text()
    assert [name for name in {**ATHLETE, **BIKE} if f"`{name}`" not in guide] == []


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.binary(max_size=200), st.text("athlebikmsfrov:{}[],-&*!<0123456789.\n '\"?|>", max_size=120)))
def test_any_content_gives_settings_or_a_paceline_error(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("settings") / "paceline.yaml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    try:
        found = load(path)
    except PacelineError:
        return
    assert found.on(DAY) is not None
