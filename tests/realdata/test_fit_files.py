"""The FIT reader on files of real devices: agreement with others' decodes, nothing refused, damage survived."""

from __future__ import annotations

import csv
import gzip
import zipfile
from datetime import datetime, timedelta

import numpy as np
import pytest

from paceline.domain.efforts import SECOND
from paceline.domain.errors import PacelineError
from paceline.record.files import read_file
from paceline.record.formats import Source, fit
from paceline.record.formats.fit_messages import files
from paceline.record.formats.fit_profile import EPOCH

pytestmark = pytest.mark.realdata

FOLDERS = ("fit_corpus", "goldencheetah_rides", "sweatpy_rides")
DECODED = ("garmin-edge-500-activity", "garmin-edge-820-bike", "garmin-fenix-5-bike")
DECODED += ("garmin-fenix-5-run", "garmin-fenix-5-walk", "compressed-speed-distance")
HARMLESS = {
    "crc",
    "header_crc",
    "data_size",
    "field_size",
    "developer_field",
    "balance",
    "clock",
    "course",
    "no_time",
    "text",
}
DAMAGED = {
    "activity-settings-corruptheader.fit",
    "activity-settings-nodata.fit",
    "activity-unexpected-eof.fit",
    "lezyne_super_gps-garmin_fit-sample-bad-endian.fit",
    "nick.fit",
    "strava-android-app-201.10-b1218918.fit",
}
"""Files that are truncated or broken inside, says where they came from."""


def paths(data):
    found = [path for folder in FOLDERS for path in sorted((data / folder).rglob("*")) if path.is_file()]
    return [path for path in found if path.name.lower().removesuffix(".gz").removesuffix(".zip").endswith(".fit")]


def content(path):
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            return archive.read(archive.namelist()[0])
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()


def table(path):
    """A decoded CSV: column → floats, NaN where it has nothing; times in FIT seconds."""
    with path.open(newline="") as stream:
        rows = list(csv.DictReader(stream, skipinitialspace=True))
    return {name.split(" [")[0].lower().replace(" ", "_"): [number(row[name]) for row in rows] for name in rows[0]}


def number(text):
    if text in ("", "null"):
        return np.nan
    if " PDT " in text:
        when = datetime.strptime(text.replace(" PDT ", " "), "%a %b %d %H:%M:%S %Y") + timedelta(hours=7)
        return (when - datetime(1970, 1, 1)).total_seconds() - EPOCH
    return float(text)


@pytest.mark.parametrize("name", DECODED)
def test_columns_equal_the_decode_that_lies_beside_the_file(data, name):
    folder = data / "fit_corpus" / "python-fitparse"
    (found,) = files((folder / f"{name}.fit").read_bytes())
    records, expected = found.messages("record"), table(folder / f"{name}-records.csv")
    rows = np.isin(records.column("timestamp"), expected["timestamp"])
    assert rows.sum() == len(expected["timestamp"])
    assert len(records) - rows.sum() <= 1  # the first record of the oldest file has no reading, and no line
    assert len(expected) >= 5
    for column, values in expected.items():
        ours, theirs = records.column(column)[rows], np.array(values)
        read = ~np.isnan(ours)
        np.testing.assert_allclose(ours[read], theirs[read], atol=1e-9, rtol=0, err_msg=column)
        before = np.roll(theirs, 1)
        filled = np.isnan(theirs) | (theirs == 0) | (theirs == before)  # theirs fills a few gaps; ours never
        assert filled[~read].all(), column


def test_no_file_is_refused_and_only_damaged_ones_have_damage(data):
    for path in paths(data):
        raw = read_file(path)
        found = {problem.kind for problem in raw.problems}
        if path.name not in DAMAGED:
            assert found <= HARMLESS, path.name


def test_every_record_of_every_file_is_in_a_recording(data):
    for path in paths(data):
        found = sum(len(file.messages("record")) for file in files(content(path)))
        recordings = read_file(path).recordings
        streams = [r.streams[name] for r in recordings for name in ("record", "course") if name in r.streams]
        assert sum(map(len, streams)) == found, path.name


def test_readings_are_plausible(data):
    """A wrong scale, sign or offset would put most of a channel outside of the catalogue's range."""
    for path in paths(data):
        for recording in read_file(path).recordings:
            for stream in recording.streams.values():
                for name, values in stream.values.items() if len(stream) > 100 else ():
                    channel = stream.channel(name)
                    read = values[~np.isnan(values) & (values != 0)]  # some write 0 where nothing was worn
                    inside = (read >= channel.low) & (read <= channel.high)
                    assert not len(read) or inside.mean() > 0.9 or name.startswith("developer."), (path.name, name)


def test_damage_costs_no_record_before_it(data):
    """A file that lost bytes here and there is read on behind them."""
    raw = read_file(data / "fit_corpus" / "python-fitparse" / "strava-android-app-201.10-b1218918.fit")
    assert raw.records > 4800
    stream = raw.recordings[0].streams["record"]
    assert np.mean(np.abs(np.diff(stream.time)) <= 60 * SECOND) > 0.99


def test_beats_agree_with_the_clock_and_with_the_heart_rate(data):
    """Where each beat comes its interval after the last, their time must be that of the ride."""
    folder = data / "goldencheetah_rides" / "rides"
    for name in ("2017_hrv.FIT", "HRV-Data.fit"):
        (recording,) = read_file(folder / name).recordings
        beats, record = recording.streams["rr"], recording.streams["record"]
        span = (record.time[-1] - record.time[0]) / SECOND
        assert (beats.time[-1] - beats.time[0]) / SECOND == pytest.approx(span, abs=5)
        assert np.mean(np.diff(beats.time) > 0) > 0.99
        rate = 60 / np.median(beats.values["rr_interval"])
        assert rate == pytest.approx(np.nanmedian(record.values["heart_rate"]), rel=0.05)


def test_the_memory_of_a_strap_falls_into_its_swim(data):
    (recording,) = read_file(data / "fit_corpus" / "python-fitparse" / "event_timestamp.fit").recordings
    beats, record = recording.streams["hr"], recording.streams["record"]
    inside = (beats.time >= record.time[0]) & (beats.time <= record.time[-1])
    assert inside.mean() > 0.8  # the strap was worn before and after
    steps = np.diff(beats.time)
    assert np.all(steps >= 0)
    assert np.mean(steps > 0) > 0.99  # the last message of each piece is filled up with repetitions


@pytest.mark.parametrize("seed", range(8))
def test_damaged_real_files_are_read_or_refused(data, seed):
    random = np.random.default_rng(seed)
    for path in paths(data)[seed::8]:
        whole = bytearray(content(path))
        for turn in range(6):
            damaged = bytearray(whole)
            for at in random.integers(0, len(damaged), 1 + turn):
                damaged[at] ^= 1 << int(random.integers(8))
            read(bytes(damaged[: int(random.integers(1, len(damaged)))] if turn % 2 else damaged))


def read(damaged):
    try:
        recordings, problems = fit.decode(damaged, Source("damaged.fit"))
    except PacelineError:
        return
    assert len(problems) <= fit.MOST_PROBLEMS + 1
    numbers = sum(v.size for r in recordings for s in r.streams.values() for v in s.values.values())
    assert numbers <= 24 * len(damaged) + 50_000
