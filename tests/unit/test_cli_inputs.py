"""What a command makes of its arguments before anything is read."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import typer

from paceline.cli.inputs import apart, hints, paths
from paceline.domain.errors import FileUnreadable, WriteError


def test_a_folder_stands_for_its_files_without_hidden_ones_and_settings(tmp_path):
    for name in ("b.fit", "a.tcx", ".hidden.fit", "paceline.yaml", "sub/c.gpx", ".git/d.fit"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert [p.name for p in paths([tmp_path])] == ["a.tcx", "b.fit", "c.gpx"]


def test_a_file_named_outright_is_kept_even_where_it_does_not_exist(tmp_path):
    assert paths([tmp_path / "no.fit"]) == [tmp_path / "no.fit"]


def test_a_start_time_with_an_offset_is_exact():
    assert hints("2024-05-01T09:30:00.000001+02:00", []).start == 1_714_548_600_000_001_000


def test_a_start_time_without_an_offset_is_utc():
    assert hints("1970-01-01T00:00:01", []).start == 1_000_000_000


@pytest.mark.parametrize("text", ["yesterday", "2024-13-01", ""])
def test_nonsense_for_a_time_is_refused(text):
    with pytest.raises(typer.BadParameter):
        hints(text, [])


def test_columns_are_pairs_and_units_may_hold_spaces():
    assert hints(None, ["Watt=power [W]", "a b=heart_rate"]).columns == {"Watt": "power [W]", "a b": "heart_rate"}


@pytest.mark.parametrize("pair", ["power", "=power", "Watt="])
def test_a_half_pair_is_refused(pair):
    with pytest.raises(typer.BadParameter):
        hints(None, [pair])


def test_an_empty_folder_is_named_and_not_passed_over(tmp_path):
    (found,) = paths([tmp_path])
    assert isinstance(found, FileUnreadable)
    assert str(found) == f"{tmp_path}: a folder without files"


def test_a_folder_that_can_not_be_opened_is_named_and_the_rest_is_found(tmp_path, monkeypatch):
    def walk(folder, onerror):
        onerror(PermissionError(13, "Permission denied", str(tmp_path / "closed")))
        yield str(tmp_path), [], ["ride.fit"]

    (tmp_path / "ride.fit").touch()
    monkeypatch.setattr(os, "walk", walk)
    ride, closed = paths([tmp_path])
    assert ride == tmp_path / "ride.fit"
    assert str(closed) == f"{tmp_path / 'closed'}: Permission denied"


@pytest.mark.parametrize("name", ["long" * 2000, "a\0b", "\ud800"])
def test_a_name_that_no_system_takes_is_left_to_the_reader(name):
    assert paths([Path(name)]) == [Path(name)]


def test_what_is_read_is_not_written_over(tmp_path):
    (tmp_path / "ride.fit").touch()
    (tmp_path / "link.html").symlink_to("ride.fit")
    for output, given in (("ride.fit", "ride.fit"), ("link.html", "ride.fit"), ("ride.fit", ".")):
        with pytest.raises(WriteError, match="one of the files that are read"):
            apart(tmp_path / output, [tmp_path / given])
    apart(tmp_path / "new.html", [tmp_path / "ride.fit"])
