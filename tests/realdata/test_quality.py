"""Doubts about real readings, and the same ride in two files."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from paceline.domain.efforts import SECOND
from paceline.domain.errors import ReadError
from paceline.record.files import read_file
from paceline.record.quality import Assessment, assess
from paceline.record.recordings import Recording
from paceline.record.sameness import rides
from paceline.record.streams import Flag, Stream

pytestmark = pytest.mark.realdata

FOLDERS = ("fit_corpus", "sweatpy_rides", "tracker_runs", "aerolab", "goldencheetah_rides")


@cache
def readable(data: Path) -> dict[Path, tuple[Recording, ...]]:
    """Every file that some reader knows; what no reader knows is the readers' own matter."""
    found = {}
    for path in sorted(p for folder in FOLDERS for p in (data / folder).rglob("*") if p.is_file()):
        try:
            found[path.relative_to(data)] = read_file(path).recordings
        except ReadError:
            continue
    return found


@cache
def assessed(data: Path) -> dict[tuple[Path, int], Assessment]:
    return {(path, i): assess(r) for path, found in readable(data).items() for i, r in enumerate(found)}


def streams(data: Path) -> Iterator[tuple[Path, Stream]]:
    for (path, _), found in assessed(data).items():
        yield from ((path, stream) for stream in found.recording.streams.values())


def one(data: Path, name: str) -> Assessment:
    (path,) = data.rglob(name)
    return assessed(data)[path.relative_to(data), 0]


def test_there_are_enough_real_recordings_to_say_something(data: Path):
    assert len(assessed(data)) > 100


def test_the_times_of_each_channels_readings_increase(data: Path):
    for path, stream in streams(data):
        kept = (stream.flags["time"] & Flag.TIME) == 0
        assert (np.diff(stream.time[kept]) >= 0).all(), path
        for values in stream.values.values():
            assert (np.diff(stream.time[kept & ~np.isnan(values)]) > 0).all(), path


def test_no_power_beyond_any_rider_is_left_unflagged(data: Path):
    for path, stream in streams(data):
        if "power" in stream.values:
            beyond = stream.values["power"] > 3000
            assert (stream.flags["power"][beyond] & Flag.OUT_OF_RANGE).all(), path
        if path.name == "20130717_143733.fit":  # not part of every collection; tests/unit has its like
            spikes = stream.values["power"][(stream.flags["power"] & Flag.SPIKE).astype(bool)]
            assert 21_733 in spikes.tolist()
            assert 239 in (np.diff(stream.time) // SECOND)[np.flatnonzero(stream.flags["time"] & Flag.GAP) - 1]


def test_a_heart_rate_of_zero_is_always_a_dropout(data: Path):
    for path, stream in streams(data):
        if "heart_rate" in stream.values:
            zero = (stream.values["heart_rate"] == 0) & ((stream.flags["time"] & Flag.TIME) == 0)
            assert (stream.flags["heart_rate"][zero] & Flag.DROPOUT).all(), path


def test_a_clock_that_jumps_two_years_and_back_costs_only_the_readings_between(data: Path):
    found = one(data, "2013-04-11-17-32-50.fit")
    assert [f.count for f in found.findings if f.kind == "time_jump"] == [14]
    time = found.recording.streams["record"].time
    kept = time[(found.recording.streams["record"].flags["time"] & Flag.TIME) == 0]
    assert (kept[-1] - kept[0]) / SECOND < 86_400


def test_a_record_sixty_years_off_is_doubted(data: Path):
    found = one(data, "strava-android-app-201.10-b1218918.fit")
    record = found.recording.streams["record"]
    kept = record.time[(record.flags["time"] & Flag.TIME) == 0]
    assert len(kept) > 0.99 * len(record)
    assert (kept[-1] - kept[0]) / SECOND < 86_400


def test_positions_of_a_receiver_without_a_fix_are_out_of_range(data: Path):
    record = one(data, "Compton_Challenge_TA.json").recording.streams["record"]
    nowhere = (record.values["latitude"] == 0) & (record.values["longitude"] == 0)
    assert nowhere.any()
    assert (record.flags["latitude"][nowhere] & Flag.OUT_OF_RANGE).all()


def test_smart_recorded_rides_are_not_full_of_gaps(data: Path):
    (path,) = data.rglob("2010-04-05-21-45-04.tcx")
    (found,) = (a for (p, _), a in assessed(data).items() if p == path.relative_to(data))
    assert len([f for f in found.findings if f.kind == "gap"]) < 20


SAME = {
    frozenset({"4078723797.fit", "activity_4078723797.gpx"}),
    frozenset({"2020-06-01-16-52-40.fit", "activity_5039744860.gpx", "activity_5039744860.tcx"}),
    frozenset({"Fr955v19.28andStryd.fit", "Fr955v19.28andStryd-saved.fit"}),
}


def grouped(data: Path, *, backwards: bool) -> set[frozenset[str]]:
    named = [
        (path.name, recording)
        for path, found in readable(data).items()
        for recording in found
        if path.parts[0] != "fit_corpus"
        and not path.name.startswith("TC_Run")  # parts of the Compton ride: truly the same
    ]
    names = {id(recording): name for name, recording in named}
    given = [recording for _, recording in (reversed(named) if backwards else named)]
    return {frozenset(names[id(r)] for r in ride) for ride in rides(given) if len(ride) > 1}


@pytest.mark.parametrize("backwards", [False, True])
def test_the_same_rides_in_several_files_are_found_and_all_others_stay_apart(data: Path, backwards: bool):
    assert grouped(data, backwards=backwards) == SAME
