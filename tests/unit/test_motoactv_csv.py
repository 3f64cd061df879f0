"""motoACTV exports, made here."""

from __future__ import annotations

import pytest

from paceline.domain.errors import Damaged
from paceline.record.formats import Source, motoactv_csv

NAMES = (
    "DISTANCE", "activity_id", "HEARTRATE", "SPEED", "LATITUDE", "temperature", "INSTANT_TORQUE_CRANK",
    "timestamp_epoch", "ELEVATION", "POWER", "wheel_torque", "CALORIEBURN", "LONGITUDE", "CADENCE", "heading",
)  # fmt: skip
FIRST = dict.fromkeys(NAMES, "0.0") | {"timestamp_epoch": "1338042301055", "POWER": "250", "CALORIEBURN": "2"}


def made(*rows):
    lines = [NAMES, *((FIRST | row).values() for row in rows)]
    return "".join(",".join(f'"{cell}"' for cell in line) + "\n" for line in lines).encode()


def read(data):
    (recording,), problems = motoactv_csv.decode(data, Source("made.csv"))
    return recording, {problem.kind for problem in problems}


def test_milliseconds_are_kept_to_the_digit():
    recording, _ = read(made({}, {"timestamp_epoch": "1338042302058"}))
    assert recording.streams["record"].time.tolist() == [1_338_042_301_055_000_000, 1_338_042_302_058_000_000]
    assert recording.dated


def test_torque_comes_from_the_wheel_where_the_crank_has_none():
    assert read(made({"wheel_torque": "7.5"}))[0].streams["record"].values["torque"] == [7.5]
    both = {"wheel_torque": "7.5", "INSTANT_TORQUE_CRANK": "20"}
    assert read(made(both))[0].streams["record"].values["torque"] == [20]


def test_energy_is_in_joule_and_zeros_throughout_are_not_measured():
    recording, kinds = read(made({}, {}))
    assert recording.streams["record"].values["energy"].tolist() == [8368, 8368]
    assert set(recording.streams["record"].values) == {"power", "energy"}
    assert "not_measured" in kinds


@pytest.mark.parametrize("stamp", ["", "soon", "-5", "9999999999999"])
def test_a_row_without_a_plausible_time_is_left_out(stamp):
    recording, kinds = read(made({}, {"timestamp_epoch": stamp}))
    assert len(recording.streams["record"]) == 1
    assert "clock" in kinds


def test_a_header_cut_before_the_time_is_damaged():
    with pytest.raises(Damaged, match="timestamp_epoch"):
        motoactv_csv.decode(made({})[:40], Source("made.csv"))


def test_only_the_watchs_names_are_recognised():
    assert motoactv_csv.sniff(made({}))
    assert not motoactv_csv.sniff(b'"activity_id","POWER"\n"1","2"\n')
