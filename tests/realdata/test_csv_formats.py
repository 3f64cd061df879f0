"""SRM, Polar HRM and delimited text, on files from real devices; and files of other kinds, which are none of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from paceline.domain.errors import UnknownFormat
from paceline.record.formats import (
    HEAD,
    Format,
    Source,
    ergomo_csv,
    generic_csv,
    ibike_csv,
    joule_csv,
    motoactv_csv,
    peripedal_csv,
    polar_hrm,
    powertap_csv,
    rr_text,
    srm,
    wattbike_csv,
)
from paceline.record.recordings import Recording

pytestmark = pytest.mark.realdata

DIALECTS = (
    srm, polar_hrm, powertap_csv, joule_csv, ergomo_csv, ibike_csv, motoactv_csv, wattbike_csv, peripedal_csv, rr_text,
)  # fmt: skip

EXPECTED = {
    "2009_12_21_05_42_14.srm": (srm, "record", 8664),
    "04010301.hrm": (polar_hrm, "record", 3894),
    "06021201.hrm": (polar_hrm, "record", 2150),
    "09052101.hrm": (polar_hrm, "record", 843),
    "10091901.hrm": (polar_hrm, "record", 811),
    "10092501.hrm": (polar_hrm, "record", 1012),
    "2009_07_10_17_55_06.csv": (powertap_csv, "record", 3703),
    "2009_11_28_13_00_00.csv": (powertap_csv, "record", 3600),
    "20141231_160000-swim10x200.csv": (powertap_csv, "record", 2100),
    "2009_08_04_06_22_50.CSV": (ergomo_csv, "record", 3633),
    "2009_08_06_05_33_49.CSV": (ergomo_csv, "record", 5800),
    "2010_02_02_12_52_08.csv": (ibike_csv, "record", 310),
    "2010_02_02_13_09_11.csv": (ibike_csv, "record", 177),
    "motoActv_powertap.csv": (motoactv_csv, "record", 1541),
    "motoActv_quarg.csv": (motoactv_csv, "record", 4973),
    "wattbike_20110430.txt": (wattbike_csv, "record", 3654),
    "wattbike_20110430_all.txt": (wattbike_csv, "record", 37),
    "peripedal_3min_1.csv": (peripedal_csv, "record", 3620),
    "2017-07-19 07-50-42.txt": (rr_text, "rr", 150),
    "rr-*.txt": (rr_text, "rr", 979),
}


@pytest.fixture
def rides(data: Path) -> Path:
    return data / "goldencheetah_rides" / "rides"


def expected(path: Path) -> bool:
    return any(path.match(pattern) for pattern in EXPECTED)


def only(folder: Path, pattern: str) -> Path:
    """The one file of a pattern: some names are people's and don't belong here."""
    (path,) = folder.glob(pattern)
    return path


def read(path: Path, form: Format) -> Recording:
    (recording,), _ = form.decode(path.read_bytes(), Source(path.name))
    return recording


@pytest.mark.parametrize("name", EXPECTED)
def test_each_file_is_recognised_by_one_dialect_and_read_to_its_last_row(rides, name):
    form, stream, rows = EXPECTED[name]
    head = only(rides, name).read_bytes()[:HEAD]
    assert [dialect.NAME for dialect in DIALECTS if dialect.sniff(head)] == [form.NAME]
    assert len(read(only(rides, name), form).streams[stream]) == rows


def test_no_other_file_is_taken_for_one_of_these_dialects(data):
    for path in sorted((data / "goldencheetah_rides").rglob("*")):
        if path.is_file() and not expected(path):
            head = path.read_bytes()[:HEAD]
            assert [dialect.NAME for dialect in DIALECTS if dialect.sniff(head)] == [], path.name


def test_no_other_table_is_taken_for_a_recording_without_a_column_map(data):
    refused = 0
    for path in sorted((data / "goldencheetah_rides").rglob("*")):
        content = path.read_bytes() if path.is_file() else b""
        if not expected(path) and generic_csv.sniff(content[:HEAD]):
            refused += 1
            with pytest.raises(UnknownFormat, match="column map"):
                generic_csv.decode(content, Source(path.name))
    assert refused > 0


@pytest.mark.parametrize("name", [name for name, (form, *_) in EXPECTED.items() if form is polar_hrm])
def test_a_polar_file_holds_a_row_at_the_start_and_one_after_each_interval_of_its_length(rides, name):
    recording = read(only(rides, name), polar_hrm)
    rows = recording.streams["record"]
    length = (recording.laps[-1].stop - recording.laps[0].start) / 1e9
    interval = (rows.time[1] - rows.time[0]) / 1e9
    assert len(rows) == int(length // interval) + 1
    assert rows.time[0] == recording.laps[0].start


def test_srm_blocks_keep_the_pauses_between_them(rides):
    stream = read(rides / "2009_12_21_05_42_14.srm", srm).streams["record"]
    steps = np.diff(stream.time)
    assert (steps > 0).all()
    assert (steps > 1_000_000_000).sum() == 13  # 14 blocks


@pytest.mark.parametrize("name", ["wattbike_20110430.txt", "wattbike_20110430_all.txt"])
def test_wattbike_distance_grows_by_speed_times_the_seconds_of_the_clock(rides, name):
    stream = read(only(rides, name), wattbike_csv).streams["record"]
    distance, speed = stream.values["distance"], stream.values["speed"]
    known = ~np.isnan(distance) & ~np.isnan(speed)
    seconds = (stream.time[known][-1] - stream.time[known][0]) / 1e9
    mean = (distance[known][-1] - distance[known][0]) / seconds
    assert mean == pytest.approx(speed[known].mean(), rel=0.15)  # in mm:ss:cc; in hh:mm:ss it would be 60 times less


def test_motoactv_torque_at_the_wheel_is_in_newton_metres(rides):
    values = read(rides / "motoActv_powertap.csv", motoactv_csv).streams["record"].values
    riding = (values["power"] > 100) & (values["speed"] > 3) & (values["torque"] > 0)
    radius = np.median(values["torque"][riding] * values["speed"][riding] / values["power"][riding])
    assert 0.28 < radius < 0.36  # a road wheel


@pytest.mark.parametrize("name", ["2009_07_10_17_55_06.csv", "2009_11_28_13_00_00.csv"])
def test_powertap_distance_agrees_with_speed(rides, name):
    stream = read(only(rides, name), powertap_csv).streams["record"]
    seconds = np.diff(stream.time, prepend=stream.time[0]) / 1e9
    riding = seconds < 2
    travelled = np.diff(stream.values["distance"], prepend=stream.values["distance"][0])[riding].sum()
    assert (stream.values["speed"] * seconds)[riding].sum() == pytest.approx(travelled, rel=0.03)


def test_rr_times_and_intervals_agree(rides):
    stream = read(only(rides, "rr-*.txt"), rr_text).streams["rr"]
    off = np.abs(np.diff(stream.time) / 1e9 - stream.values["rr_interval"][1:])
    assert (off < 0.002).mean() > 0.95


@pytest.mark.parametrize("name", [name for name in EXPECTED if name.lower().endswith((".csv", ".txt"))])
def test_a_part_of_a_file_is_read_to_where_it_ends(rides, name):
    form, stream, rows = EXPECTED[name]
    content = only(rides, name).read_bytes()
    (part,), problems = form.decode(content[: len(content) * 2 // 3], Source(name))
    assert 0 < len(part.streams[stream]) < rows
    assert problems
