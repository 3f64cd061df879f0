"""Ergomo exports, made here: in German and English, with commas and semicolons."""

from __future__ import annotations

import pytest

from paceline.domain.efforts import SECOND
from paceline.record.formats import Source, ergomo_csv

GERMAN = "ZEIT,STRECKE,POWER,RPM,SPEED,PULS,HÖHE,TEMP,INTERVAL,PAUSE\nL_SEC,KM,WATT,RPM,KM/H,BPM,METER,°C,NUM,SEC\n"
ENGLISH = (
    "TIME;DISTANCE;POWER;RPM;SPEED;PULSE;ALTITUDE;TEMP;INTERVAL;PAUSE\nL_SEC;MILES;WATT;RPM;MPH;BPM;FEET;°F;NUM;SEC\n"
)


def read(text, *, encoding="utf-8", **known):
    (recording,), problems = ergomo_csv.decode(text.encode(encoding), Source("made.csv", **known))
    return recording, {problem.kind for problem in problems}


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1", "cp850"])
def test_columns_are_told_by_their_units_in_any_encoding(encoding):
    assert ergomo_csv.sniff(GERMAN.encode(encoding))
    values = (
        read(GERMAN + "  1, 0.500, 200, 90, 36.0, 130, 100.5, 21.3,  0,  0\n", encoding=encoding)[0]
        .streams["record"]
        .values
    )
    assert {name: column[0] for name, column in values.items()} == pytest.approx(
        {
            "distance": 500,
            "power": 200,
            "cadence": 90,
            "speed": 10,
            "heart_rate": 130,
            "altitude": 100.5,
            "temperature": 21.3,
        }
    )


def test_semicolons_decimal_commas_miles_and_fahrenheit_are_read():
    assert ergomo_csv.sniff(ENGLISH.encode())
    values = read(ENGLISH + "1;0,5;200;90;22,36936;130;100;68;0;0\n")[0].streams["record"].values
    assert values["distance"][0] == pytest.approx(804.672)
    assert values["speed"][0] == pytest.approx(10)
    assert values["altitude"][0] == pytest.approx(30.48)
    assert values["temperature"][0] == pytest.approx(20)


def test_a_pause_moves_the_rows_behind_it():
    rows = "".join(f"{n},0.1,200,90,36,130,100,20,0,{60 if n == 2 else 0}\n" for n in (1, 2, 3, 4))
    assert (read(GERMAN + rows)[0].streams["record"].time // SECOND).tolist() == [1, 2, 63, 64]


def test_intervals_are_laps_and_zero_is_none():
    rows = "".join(f"{n},0.1,200,90,36,130,100,20,{number},0\n" for n, number in enumerate((0, 9, 9, 0, 10), 1))
    laps = read(GERMAN + rows)[0].laps
    assert [(lap.name, lap.start // SECOND, lap.stop // SECOND) for lap in laps] == [("lap 9", 2, 4), ("lap 10", 5, 6)]


def test_a_speed_of_zeros_is_not_measured_and_the_file_is_undated():
    recording, kinds = read(GERMAN + "1,0,200,90,0,130,100,20,0,0\n")
    assert "speed" not in recording.streams["record"].values
    assert {"not_measured", "undated"} <= kinds
    assert read(GERMAN + "1,0,200,90,0,130,100,20,0,0\n", start=5)[0].streams["record"].time.tolist() == [5]


def test_a_row_without_a_time_is_left_out():
    recording, kinds = read(GERMAN + "x,0,200,90,0,130,100,20,0,0\n2,0,200,90,0,130,100,20,0,0\n")
    assert len(recording.streams["record"]) == 1
    assert "clock" in kinds


def test_another_header_is_not_recognised():
    assert not ergomo_csv.sniff(b"ZEIT,STRECKE\nSEC,KM\n1,2\n")
    assert not ergomo_csv.sniff(b"ZEIT")
