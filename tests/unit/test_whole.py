"""A file that is written is there whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from paceline.domain.errors import WriteError
from paceline.record.whole import folder, write_whole


def names(place):
    return sorted(path.name for path in place.iterdir())


def test_a_file_is_written_and_nothing_beside_it(tmp_path):
    write_whole(tmp_path / "report.html", b"whole")
    assert (tmp_path / "report.html").read_bytes() == b"whole"
    assert names(tmp_path) == ["report.html"]


def test_a_file_that_is_there_is_kept_unless_it_may_be_replaced(tmp_path):
    target = tmp_path / "ride.csv"
    target.write_bytes(b"first")
    with pytest.raises(WriteError, match="there is a file already"):
        write_whole(target, b"second", overwrite=False)
    assert target.read_bytes() == b"first"
    write_whole(target, b"second")
    assert target.read_bytes() == b"second"


def test_a_name_as_long_as_the_system_allows_can_be_written(tmp_path):
    write_whole(tmp_path / ("r" * 250 + ".csv"), b"whole")
    assert len(names(tmp_path)) == 1


@pytest.mark.parametrize("end", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_whatever_ends_the_writing_leaves_what_was_there_and_no_more(tmp_path, monkeypatch, end):
    def interrupted(self, target):
        raise end

    (tmp_path / "report.html").write_bytes(b"old")
    monkeypatch.setattr(Path, "replace", interrupted)
    with pytest.raises((WriteError, KeyboardInterrupt)):
        write_whole(tmp_path / "report.html", b"new")
    assert names(tmp_path) == ["report.html"]
    assert (tmp_path / "report.html").read_bytes() == b"old"


@pytest.mark.parametrize("name", ["no/such/folder/report.html", "report\0.html"])
def test_a_place_that_can_not_be_written_is_refused_in_a_sentence(tmp_path, name):
    with pytest.raises(WriteError):
        write_whole(tmp_path / name, b"whole")


def test_a_folder_where_a_file_lies_is_refused_in_a_sentence(tmp_path):
    (tmp_path / "demo").touch()
    with pytest.raises(WriteError, match="demo"):
        folder(tmp_path / "demo")
