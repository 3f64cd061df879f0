"""Polar HRM files, made here after the format's description."""

from __future__ import annotations

import numpy as np
import pytest

from paceline.domain.efforts import SECOND
from paceline.domain.errors import Damaged
from paceline.record.formats import Source, polar_hrm

START = 14_610 * 86_400 * SECOND + 36_000 * SECOND  # 2010-01-01 10:00:00


def made(rows, *, smode="000000000", interval=5, version=106, more="", date="20100101"):
    params = f"Version={version}\nMonitor=12\nSMode={smode}\nDate={date}\nStartTime=10:00:00.0\nInterval={interval}\n"
    return f"[Params]\n{params}\n{more}\n[HRData]\n{rows}".encode()


def read(data, **known):
    (recording,), problems = polar_hrm.decode(data, Source("made.hrm", **known))
    return recording, {problem.kind for problem in problems}


def values(*given, **known):
    return read(made(*given, **known))[0].streams["record"].values


def test_every_column_of_smode_comes_in_the_catalogues_unit():
    found = values("120\t360\t90\t285\t250\t12857\n", smode="111111100")
    assert {name: column[0] for name, column in found.items()} == pytest.approx(
        {
            "heart_rate": 120,
            "speed": 10,
            "cadence": 90,
            "altitude": 285,
            "power": 250,
            "left_balance": 0.57,
            "pedalling_index": 0.50,
        }
    )


def test_columns_that_smode_leaves_out_are_not_there():
    found = values("120\t250\n", smode="000100100")
    assert {name: column[0] for name, column in found.items()} == {"heart_rate": 120, "power": 250}


def test_english_units_are_tenths_of_a_mile_an_hour_and_feet():
    found = values("120\t100\t1000\n", smode="101000110")
    assert found["speed"][0] == pytest.approx(4.4704)
    assert found["altitude"][0] == pytest.approx(304.8)


def test_the_first_row_stands_at_the_start_and_the_others_an_interval_apart():
    stream = read(made("60\n61\n62\n", interval=15))[0].streams["record"]
    assert (stream.time - START).tolist() == [0, 15 * SECOND, 30 * SECOND]


def test_beats_stand_at_the_end_of_their_intervals():
    recording, _ = read(
        made("800\n1000\n900\n", interval=238, more="StartDelay=500\n").replace(b"\n\nStart", b"\nStart")
    )
    stream = recording.streams["rr"]
    assert stream.values["rr_interval"].tolist() == [0.8, 1.0, 0.9]
    assert (stream.time - START).tolist() == [1_300_000_000, 2_300_000_000, 3_200_000_000]


def test_lap_times_only_make_laps_and_no_stream():
    recording, kinds = read(made("120\n", interval=204, more="[IntTimes]\n00:01:00.0\t120\t90\t110\t130\n"))
    assert not recording.streams
    assert recording.laps[0].duration == 60
    assert "no_clock" in kinds


def test_laps_end_at_their_times_whether_they_take_three_lines_or_five():
    first, second = "00:01:30.5\t120\t90\t110\t130\n", "0:02:00.0\t1\t2\t3\t4\n"
    notes = "\n[IntNotes]\n2\tclimb\n"
    five, three = (f"[IntTimes]\n{first}{zeros}{second}{zeros}{notes}" for zeros in ("0\t0\n" * 4, "0\t0\n" * 2))
    for text in (five, three):
        laps = read(made("60\n", more=text))[0].laps
        assert [(lap.name, lap.start - START, lap.stop - START) for lap in laps] == [
            ("lap 1", 0, 90_500_000_000),
            ("climb", 90_500_000_000, 120 * SECOND),
        ]
    assert laps[0].summary == {"minimum_heart_rate": 90, "average_heart_rate": 110, "maximum_heart_rate": 130}


def test_a_lap_time_that_goes_back_is_left_out_and_reported():
    recording, kinds = read(made("60\n", more="[IntTimes]\n00:02:00.0\t1\n00:01:00.0\t1\n"))
    assert len(recording.laps) == 1
    assert "lap" in kinds


def test_without_smode_only_the_heart_rate_is_read_and_that_is_reported():
    data = made("120\t55\n").replace(b"SMode=000000000\n", b"Mode=011\n")
    recording, kinds = read(data)
    assert list(recording.streams["record"].values) == ["heart_rate"]
    assert "smode" in kinds


def test_more_columns_than_smode_names_are_reported():
    recording, kinds = read(made("120\t360\t90\n", smode="100000100"))
    assert list(recording.streams["record"].values) == ["heart_rate", "speed"]
    assert "columns" in kinds


def test_a_short_row_and_a_word_are_missing_and_reported():
    recording, kinds = read(made("120\t360\n121\nx\t360\n", smode="100000100"))
    found = recording.streams["record"].values
    assert np.isnan(found["speed"]).tolist() == [False, True, False]
    assert np.isnan(found["heart_rate"]).tolist() == [False, False, True]
    assert {"ragged", "number"} <= kinds


def test_local_time_is_reported_and_a_given_start_tells_the_zone():
    assert "zone" in read(made("60\n"))[1]
    recording, kinds = read(made("60\n"), start=START - 3_600 * SECOND)
    assert (recording.utc_offset, recording.streams["record"].time[0]) == (3_600, START - 3_600 * SECOND)
    assert "zone" not in kinds


def test_without_a_date_the_recording_is_undated():
    recording, kinds = read(made("60\n", date="20101301"))
    assert (recording.dated, recording.streams["record"].time[0], "undated" in kinds) == (False, 0, True)


def test_a_note_is_kept_and_the_monitor_named():
    recording, _ = read(made("60\n", more="[Note]\nwindy\n"))
    assert recording.notes == {"note": "windy"}
    assert (recording.device.maker, recording.device.product) == ("Polar", "S710")


def test_a_file_cut_before_its_samples_says_so():
    data = made("60\n")
    recording, kinds = read(data[: data.index(b"[HRData]")])
    assert len(recording.streams["record"]) == 0
    assert "truncated" in kinds


def test_without_an_interval_nothing_can_be_placed():
    with pytest.raises(Damaged, match="Interval="):
        polar_hrm.decode(made("60\n", interval="x"), Source("made.hrm"))


def test_only_a_file_of_params_with_a_version_is_recognised():
    assert polar_hrm.sniff(made("60\n"))
    assert not polar_hrm.sniff(b"[USER DATA]\nVersion=106\n")
    assert not polar_hrm.sniff(b"[Params]\nname=x\n")
