"""The XML and JSON readers on real files: nothing is lost, and the same ride says the same in every format."""

from __future__ import annotations

import gzip
import re
from itertools import pairwise

import numpy as np
import pytest

from paceline.record.files import read_file
from paceline.record.formats import FORMATS

pytestmark = pytest.mark.realdata

POINTS = {"TCX": rb"<Trackpoint>", "GPX": rb"<trkpt\b", "PWX": rb"<timeoffset>", "GoldenCheetah JSON": rb'"SECS"'}
"""What stands exactly once in each sample of these files."""
ENDINGS = {".tcx": "TCX", ".gpx": "GPX", ".pwx": "PWX", ".json": "GoldenCheetah JSON"}
FOLDERS = ("goldencheetah_rides/rides", "sweatpy_rides", "tracker_runs", "aerolab")
EXPECTED = {"no_time", "course", "zone"}
"""The kinds of problem that these files do have: a mapped route, and local time in PWX."""


def files(data, *formats):
    found = []
    for folder in FOLDERS:
        for path in sorted((data / folder).rglob("*")):
            ending = path.name.lower().removesuffix(".gz")
            name = next((name for end, name in ENDINGS.items() if ending.endswith(end)), None)
            if path.is_file() and name in (formats or ENDINGS.values()):
                found.append((path, name))
    return found


def content(path):
    data = path.read_bytes()
    return gzip.decompress(data) if path.suffix == ".gz" else data


def record(path):
    (recording,) = read_file(path).recordings
    return recording.streams["record"]


def agree(one, other, *, channels, tolerance):
    """Each reading of one equals the reading of the other at the same time."""
    assert set(channels) <= set(one.values) & set(other.values)
    _, here, there = np.intersect1d(one.time, other.time, return_indices=True)
    assert len(here) == min(len(np.unique(one.time)), len(np.unique(other.time)))
    for channel in channels:
        mine, theirs = one.values[channel][here], other.values[channel][there]
        np.testing.assert_array_equal(np.isnan(mine), np.isnan(theirs), err_msg=channel)
        np.testing.assert_allclose(mine, theirs, atol=tolerance.get(channel, 0), rtol=0, err_msg=channel)


@pytest.mark.parametrize("name", POINTS)
def test_every_point_of_every_file_is_there(data, name):
    paths = files(data, name)
    assert paths
    for path, _ in paths:
        raw = read_file(path)
        assert raw.format.removesuffix("+gz") == name
        assert sum(len(s) for r in raw.recordings for s in r.streams.values()) == len(
            re.findall(POINTS[name], content(path))
        )
        assert {problem.kind for problem in raw.problems} <= EXPECTED


def test_every_lap_of_every_file_is_there_and_in_order(data):
    for path, _ in files(data, "TCX"):
        laps = [lap for recording in read_file(path).recordings for lap in recording.laps]
        assert len(laps) == content(path).count(b"<Lap ")
        assert all(one.stop <= two.start for one, two in pairwise(laps))
        assert all(lap.duration >= int(lap.summary["timer_time"]) - 1 for lap in laps)


def test_the_same_ride_is_the_same_in_tcx_and_gpx(data):
    folder = data / "sweatpy_rides"
    tcx, gpx = record(folder / "activity_5039744860.tcx"), record(folder / "activity_5039744860.gpx")
    channels = ("latitude", "longitude", "altitude", "heart_rate", "cadence")
    agree(tcx, gpx, channels=channels, tolerance={"latitude": 1e-9, "longitude": 1e-9, "altitude": 1e-6})


@pytest.mark.parametrize(
    ("fit", "other", "channels"),
    [
        (
            "4078723797.fit",
            "activity_4078723797.gpx",
            ("latitude", "longitude", "altitude", "heart_rate", "temperature"),
        ),
        (
            "2020-06-01-16-52-40.fit",
            "activity_5039744860.tcx",
            ("latitude", "longitude", "altitude", "heart_rate", "power"),
        ),
        ("2020-06-01-16-52-40.fit", "activity_5039744860.gpx", ("latitude", "longitude", "altitude", "heart_rate")),
    ],
)
def test_the_same_ride_is_the_same_in_fit(data, fit, other, channels):
    folder = data / "sweatpy_rides"
    agree(
        record(folder / fit),
        record(folder / other),
        channels=channels,
        tolerance={"latitude": 1e-6, "longitude": 1e-6, "altitude": 0.05},
    )


def test_a_truncated_ride_gives_the_ride_so_far(data, tmp_path):
    for path, name in files(data):
        whole = content(path)
        if len(whole) < 10_000:
            continue
        cut = tmp_path / "cut"
        cut.write_bytes(whole[: len(whole) * 2 // 3])
        so_far, all_of_it = (
            sum(len(s) for r in read_file(p).recordings for s in r.streams.values()) for p in (cut, path)
        )
        assert 0.6 * all_of_it < so_far < 0.75 * all_of_it, (path.name, name)


def test_these_formats_are_registered():
    assert {"tcx", "gpx", "pwx", "goldencheetah_json"} <= set(FORMATS)
