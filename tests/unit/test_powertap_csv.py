"""PowerTap tables, made here."""

from __future__ import annotations

import numpy as np
import pytest

from paceline.domain.efforts import SECOND
from paceline.record.formats import Source, powertap_csv

METRIC = "Minutes,Torq (N-m),Km/h,Watts,Km,Cadence,Hrate,ID,Altitude (m)\n"
MILES = " Minutes, Torq (N-m),  MPH, Watts,  Miles, Cadence, Hrate,  ID\n"


def read(text, **known):
    (recording,), problems = powertap_csv.decode(text.encode(), Source("made.csv", **known))
    return recording, {problem.kind for problem in problems}


def ride(minutes):
    return METRIC + "".join(f"{text},8,36,200,0.1,90,120,0,5\n" for text in minutes)


def test_metric_and_english_tables_say_the_same():
    metric = read(METRIC + "0.5,8.5,36,250,1.609344,90,120,0,30.48\n")[0].streams["record"].values
    english = read(MILES + "0.500, 8.5, 22.36936, 250, 1.0, 90, 120, 0\n")[0].streams["record"].values
    assert {name: column[0] for name, column in english.items()} == pytest.approx(
        {"torque": 8.5, "speed": 10, "power": 250, "distance": 1609.344, "cadence": 90, "heart_rate": 120}
    )
    assert metric["speed"] == pytest.approx(english["speed"])
    assert metric["altitude"] == pytest.approx([30.48])


def test_minus_one_watt_is_no_reading():
    power = (
        read(METRIC + "0.1,8,36,-1,0.1,90,120,0,5\n0.2,8,36,-2,0.1,90,120,0,5\n")[0].streams["record"].values["power"]
    )
    assert np.isnan(power[0])
    assert power[1] == -2


def test_rounded_minutes_that_fit_the_recording_interval_become_its_multiples():
    recording, kinds = read(ride(f"{n * 1.26 / 60:.3f}" for n in (*range(1, 30), 100, 101)))
    assert (recording.streams["record"].time / (1.26 * SECOND)).tolist() == pytest.approx([*range(1, 30), 100, 101])
    assert "rounded_clock" not in kinds  # 1.26 s is 0.021 min to the digit: nothing was changed


def test_whole_seconds_that_were_rounded_are_whole_again_and_that_is_reported():
    recording, kinds = read(ride(f"{n / 60:.3f}" for n in range(1, 30)))
    assert recording.streams["record"].time.tolist() == [n * SECOND for n in range(1, 30)]
    assert "rounded_clock" in kinds


def test_rounded_minutes_that_fit_no_interval_stand_as_written_and_that_is_reported():
    written = [f"{n / 60:.3f}" for n in range(1, 30)] + ["1.234"]
    recording, kinds = read(ride(written))
    assert recording.streams["record"].time.tolist() == [round(float(text) * 60e9) for text in written]
    assert "rounded_clock" in kinds


def test_exact_minutes_are_exact_times():
    recording, kinds = read(ride(repr(n / 60) for n in range(20)))
    assert recording.streams["record"].time.tolist() == [n * SECOND for n in range(20)]
    assert "rounded_clock" not in kinds


def test_interval_numbers_become_laps():
    text = METRIC + "".join(f"{n / 4},8,36,200,0.1,90,120,{n // 2},5\n" for n in range(4))
    laps = read(text)[0].laps
    assert [(lap.name, lap.start, lap.stop) for lap in laps] == [
        ("lap 0", 0, 30 * SECOND),
        ("lap 1", 30 * SECOND, 60 * SECOND),
    ]


def test_the_file_has_no_date_unless_a_person_gives_it():
    recording, kinds = read(ride(["0.5", "1.0"]))
    assert (recording.dated, "undated" in kinds) == (False, True)
    recording, kinds = read(ride(["0.5", "1.0"]), start=7 * SECOND)
    assert recording.streams["record"].time.tolist() == [7 * SECOND, 37 * SECOND]
    assert (recording.dated, "undated" in kinds) == (True, False)


def test_a_row_without_a_time_is_left_out_and_a_sensor_without_readings_too():
    recording, kinds = read(METRIC + "0.5,0,36,200,0.1,90,120,0,5\nx,0,36,200,0.1,90,120,0,5\n")
    assert len(recording.streams["record"]) == 1
    assert "torque" not in recording.streams["record"].values
    assert {"clock", "not_measured"} <= kinds


def test_a_table_without_rows_is_an_empty_recording():
    assert len(read(METRIC)[0].streams["record"]) == 0


def test_only_the_computers_own_header_is_recognised():
    assert powertap_csv.sniff(METRIC.encode())
    assert powertap_csv.sniff(MILES.encode())
    assert not powertap_csv.sniff(b"Minutes,Watts\n1,2\n")
