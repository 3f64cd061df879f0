"""From a path to its bytes: what is no ordinary file is refused at once, in a sentence."""

from __future__ import annotations

import gzip
import os

import numpy as np
import pytest

from paceline.domain.errors import FileUnreadable, NotPlausible, TooLarge
from paceline.record import files
from paceline.record.files import read_bytes, read_file
from paceline.record.formats import Source

CSV = b"time,power_w\n0,100\n1,200\n"


def test_a_folder_is_refused(tmp_path):
    with pytest.raises(FileUnreadable, match="is a folder"):
        read_file(tmp_path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes with names are a thing of Unix")
def test_a_pipe_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(FileUnreadable, match="a device, a pipe or a socket"):
        read_file(tmp_path / "pipe")


@pytest.mark.skipif(not os.path.exists("/dev/zero"), reason="no such device here")  # noqa: PTH110
def test_a_device_is_refused():
    with pytest.raises(FileUnreadable, match="a device, a pipe or a socket"):
        read_file("/dev/zero")


@pytest.mark.parametrize("name", ["none.fit", "a\0b", "long" * 2000, "\udcff\ud800"])
def test_a_name_that_leads_to_nothing_is_refused(tmp_path, name):
    with pytest.raises(FileUnreadable):
        read_file(tmp_path / name)


def test_a_link_to_itself_is_refused(tmp_path):
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with pytest.raises(FileUnreadable):
        read_file(tmp_path / "loop")


def test_a_file_that_is_larger_than_it_says_is_read_no_further_than_the_limit(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "LIMIT", 10)
    (tmp_path / "ride.csv").write_bytes(CSV)
    with pytest.raises(TooLarge):
        read_file(tmp_path / "ride.csv")


@pytest.mark.parametrize("start", [1.5, "2024-05-01", 2**62, -(2**70)])
def test_a_start_that_no_clock_can_show_is_refused(start):
    with pytest.raises(NotPlausible, match="start must be whole nanoseconds"):
        read_bytes(CSV, Source("made", start))


def test_a_start_may_be_a_whole_number_of_any_kind():
    raw = read_bytes(CSV, Source("made", np.int64(5_000_000_000)))
    assert raw.recordings[0].streams["record"].time.tolist() == [5_000_000_000, 6_000_000_000]


def test_a_gzip_file_of_countless_empty_parts_is_refused(monkeypatch):
    monkeypatch.setattr(files, "MEMBERS", 100)
    part, last = gzip.compress(b""), gzip.compress(CSV)
    assert read_bytes(part * 99 + last, Source("ride.csv.gz")).recordings
    with pytest.raises(TooLarge, match="at most 100 parts"):
        read_bytes(part * 100 + last, Source("ride.csv.gz"))
