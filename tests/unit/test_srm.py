"""SRM files, made here byte by byte after the layout in the module's header."""

from __future__ import annotations

import struct

import numpy as np
import pytest

from paceline.domain.efforts import SECOND
from paceline.domain.errors import Damaged
from paceline.record.formats import Source, srm

DAYS = 47_482  # 2010-01-01, counted from 1880-01-01
MIDNIGHT = 14_610 * 86_400 * SECOND  # the same day, counted from 1970-01-01
SAMPLES = [(200, 90, 140, 10_000, 55, 215), (210, 91, 141, 10_100, 56, 215), (0, 0, 139, 9_000, 56, -5)]


def made(
    version=7,
    *,
    interval=(1, 2),
    blocks=((3_600_000, 2), (3_700_050, 1)),
    markers=(("", 1, 3), ("Berg", 2, 3)),
    data=None,
):
    """A file with two blocks, half a second between samples, and one marker beside the ride's own."""
    wide = version == 9
    text, index = (3 if version == 5 else 255), ("I" if wide else "H")
    out = struct.pack(
        "<4sHHBBHHBB70s", b"SRM%d" % version, DAYS, 2096, *interval, len(blocks), len(markers) - 1, 0, 4, b"test"
    )
    for note, first, last in markers:
        out += struct.pack(f"<{text}sB{index}{index}5H", note.encode("cp1252"), 1, first, last, *[0] * 5)
    for start, count in blocks:
        out += struct.pack(f"<i{index}", start, count)
    data = b"".join(struct.pack("<HBBiih", *sample) for sample in SAMPLES) if data is None else data
    return out + struct.pack(f"<HH{index}B", 500, 6112, 3, 0) + data


def packed(power, speed, cadence, heart):
    """One sample of SRM5 and SRM6: 11 bits of speed and 12 of power in three bytes."""
    return bytes((speed & 0x7F, (speed >> 3) & 0xF0 | power & 0x0F, power >> 4, cadence, heart))


def read(data, **known):
    (recording,), problems = srm.decode(data, Source("made.srm", **known))
    return recording, {problem.kind for problem in problems}


def test_each_block_has_its_own_start_and_a_pause_is_exact():
    time = read(made())[0].streams["record"].time - MIDNIGHT
    assert time.tolist() == [36_000 * SECOND, 36_000 * SECOND + SECOND // 2, 37_000 * SECOND + SECOND // 2]


def test_readings_come_in_the_catalogues_units():
    values = read(made())[0].streams["record"].values
    assert values["power"].tolist() == [200, 210, 0]
    assert values["cadence"].tolist() == [90, 91, 0]
    assert values["heart_rate"].tolist() == [140, 141, 139]
    assert values["speed"].tolist() == pytest.approx([10, 10.1, 9])
    assert values["altitude"].tolist() == [55, 56, 56]
    assert values["temperature"].tolist() == pytest.approx([21.5, 21.5, -0.5])


@pytest.mark.parametrize("version", [5, 6])
def test_five_bytes_hold_a_sample_of_the_older_versions(version):
    data = packed(300, 260, 95, 150) + packed(2_047, 130, 96, 151) + packed(0, 0, 0, 152)
    values = read(made(version, markers=(("", 1, 3), ("Ber", 2, 3)), data=data))[0].streams["record"].values
    assert values["power"].tolist() == [300, 2_047, 0]
    assert values["speed"].tolist() == pytest.approx([260 * 3 / 26 / 3.6, 130 * 3 / 26 / 3.6, 0])
    assert values["cadence"].tolist() == [95, 96, 0]
    assert values["heart_rate"].tolist() == [150, 151, 152]


def test_version_nine_has_positions():
    quarter = 0x7FFFFFFF // 4
    data = b"".join(struct.pack("<HBBiihii", *sample, quarter, -quarter) for sample in SAMPLES)
    values = read(made(9, data=data))[0].streams["record"].values
    assert values["latitude"] == pytest.approx([45] * 3)
    assert values["longitude"] == pytest.approx([-45] * 3)


def test_a_marker_becomes_a_lap_and_the_rides_own_does_not():
    (lap,) = read(made())[0].laps
    assert (lap.name, lap.start - MIDNIGHT, lap.stop - MIDNIGHT) == (
        "Berg",
        36_000 * SECOND + SECOND // 2,
        37_001 * SECOND,
    )


def test_a_marker_that_is_swapped_or_too_long_is_put_right_and_reported():
    recording, kinds = read(made(markers=(("", 1, 3), ("", 9, 0))))
    assert recording.laps[0].duration == pytest.approx(1001)
    assert "lap" in kinds


def test_calibration_and_wheel_stand_in_the_notes_and_the_athletes_name_nowhere():
    recording, _ = read(made(markers=(("A. Name", 1, 3), ("Berg", 2, 3))))
    assert recording.notes == {
        "comment": "test",
        "wheel_circumference_mm": "2096",
        "zero_offset_hz": "500",
        "slope_hz_per_nm": "20.00",
    }
    assert all("Name" not in lap.name for lap in recording.laps)


def test_local_time_is_reported_and_a_given_start_tells_the_zone():
    recording, kinds = read(made())
    assert (recording.utc_offset, "zone" in kinds) == (None, True)
    recording, kinds = read(made(), start=MIDNIGHT + 34_000 * SECOND + 200 * SECOND)
    assert (recording.utc_offset, "zone" in kinds) == (1_800, False)
    assert recording.streams["record"].time[0] == MIDNIGHT + 34_200 * SECOND


def test_without_blocks_the_ride_starts_at_midnight_and_that_is_reported():
    recording, kinds = read(made(5, blocks=(), data=packed(1, 1, 1, 1) * 3))
    assert recording.streams["record"].time[0] == MIDNIGHT
    assert "clock" in kinds


def test_what_was_read_before_a_cut_is_kept():
    recording, kinds = read(made()[:-1])
    assert len(recording.streams["record"]) == 2
    assert "truncated" in kinds


def test_bytes_behind_the_samples_are_reported():
    assert "trailing" in read(made() + b"\0\0")[1]


def test_a_block_that_goes_back_in_time_is_kept_and_reported():
    recording, kinds = read(made(blocks=((3_700_000, 2), (3_600_000, 1))))
    assert (np.diff(recording.streams["record"].time) < 0).any()
    assert "clock" in kinds


def test_a_ride_longer_than_sixteen_bits_is_read_whole():
    data = struct.pack("<HBBiih", *SAMPLES[0]) * 80_000
    recording, kinds = read(made(blocks=((0, 40_000), (9_000_000, 40_000)), data=data))
    assert len(recording.streams["record"]) == 80_000
    assert "count" in kinds  # 3 is not 80,000 in 16 bits


@pytest.mark.parametrize(
    "data", [made()[:50], made()[:400], made(interval=(0, 1)), made(interval=(1, 0)), made(data=b"")]
)
def test_a_file_without_a_sample_or_an_interval_is_damaged(data):
    with pytest.raises(Damaged, match=r"made\.srm"):
        srm.decode(data, Source("made.srm"))


def test_only_known_versions_are_recognised():
    assert srm.sniff(made()[:4096])
    assert not srm.sniff(b"SRM8" + made()[4:])
