"""Joule exports, made here."""

from __future__ import annotations

import pytest

from paceline.domain.efforts import SECOND
from paceline.domain.errors import Damaged
from paceline.record.formats import Source, joule_csv, powertap_csv

FACTS = (
    'Version,Date/Time,Km,"Weight, kg",Device Type,Firmware Version,Last Updated\n6,{date},0,70,Joule,18.018,\n'
    "User Name,Power Zone 1\nsomebody,0\n"
)
TABLE = (
    'Minutes, Torq (N-m),Km/h,Watts,Km,Cadence,Hrate,ID,Altitude (m),Temperature (°C),"Grade, %",Latitude,Longitude\n'
)
ROWS = "0,20,36,200,0,90,130,0,62,16.5,1.5,52.5,13.25\n0.5,20,36,210,0.3,90,131,1,62,16.5,1.5,52.5,13.25\n"


def made(date="1970-01-02 10:00:00", *, names=TABLE, encoding="utf-8"):
    return (FACTS.format(date=date) + names + ROWS).encode(encoding)


def read(data, **known):
    (recording,), problems = joule_csv.decode(data, Source("made.csv", **known))
    return recording, {problem.kind for problem in problems}


@pytest.mark.parametrize("date", ["1970-01-02 10:00:00", "1970-01-02 10:00:00|1970-01-02 10:00|01/02/1970 10:00"])
def test_the_date_is_local_and_the_first_spelling_counts(date):
    recording, kinds = read(made(date))
    assert recording.streams["record"].time.tolist() == [122_400 * SECOND, 122_430 * SECOND]
    assert (recording.dated, "zone" in kinds) == (True, True)


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_all_columns_come_in_the_catalogues_units(encoding):
    values = read(made(encoding=encoding))[0].streams["record"].values
    assert {name: column[0] for name, column in values.items()} == pytest.approx(
        {
            "torque": 20,
            "speed": 10,
            "power": 200,
            "distance": 0,
            "cadence": 90,
            "heart_rate": 130,
            "altitude": 62,
            "temperature": 16.5,
            "slope": 0.015,
            "latitude": 52.5,
            "longitude": 13.25,
        }
    )


def test_fahrenheit_is_told_by_its_letter():
    values = read(made(names=TABLE.replace("°C", "°F")))[0].streams["record"].values
    assert values["temperature"][0] == pytest.approx((16.5 - 32) / 1.8)


def test_the_device_and_the_intervals_are_kept_and_the_rider_is_not():
    recording, _ = read(made())
    assert (recording.device.product, recording.device.software) == ("Joule", "18.018")
    assert [lap.name for lap in recording.laps] == ["lap 0", "lap 1"]
    assert recording.notes == {}


def test_without_a_readable_date_the_recording_is_undated():
    recording, kinds = read(made("yesterday"))
    assert (recording.dated, "undated" in kinds) == (False, True)
    assert read(made("yesterday"), start=5)[0].streams["record"].time[0] == 5


def test_blocks_without_a_table_are_damaged():
    with pytest.raises(Damaged, match="Minutes"):
        joule_csv.decode(FACTS.encode(), Source("made.csv"))


def test_it_is_told_from_a_powertap_table():
    assert joule_csv.sniff(made())
    assert not powertap_csv.sniff(made())
