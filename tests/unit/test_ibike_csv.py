"""iBike exports, made here."""

from __future__ import annotations

import numpy as np
import pytest

from paceline.domain.efforts import SECOND
from paceline.domain.errors import Damaged
from paceline.record.formats import Source, ibike_csv

ENGLISH = (
    "Speed (mph),Wind Speed (mph),Power (W),Distance (miles),Cadence (RPM),Heartrate (BPM),Elevation (feet),"
    "Hill slope (%),Temperature (degF),Lap Marker,Annotation,DFPM Power,Latitude,Longitude,Timestamp,Internal\n"
)
METRIC = ENGLISH.replace("mph", "km/h").replace("miles", "km").replace("feet", "meters").replace("degF", "degC")


def made(rows, *, units="english", interval="1.000000", date="1970,1,2,10,0,0"):
    setup = f"180.0,49.3,0.2,5.2,{interval}," + ",".join(["0.0"] * 11) + ",0.350000,0.004000,0"
    return f"iBike,11,{units}\n{date}\n\n{setup}\n{ENGLISH if units == 'english' else METRIC}{rows}".encode()


def row(*, power=180, marker=0, direct=0, stamp=""):
    return f"36,40,{power},1,90,140,100,1.5,68,{marker},,{direct},,,{stamp},q\n"


def read(data, **known):
    (recording,), problems = ibike_csv.decode(data, Source("made.csv", **known))
    return recording, {problem.kind for problem in problems}


def values(data):
    return {name: column[0] for name, column in read(data)[0].streams["record"].values.items()}


def test_english_and_metric_files_come_in_the_catalogues_units():
    assert values(made(row())) == pytest.approx(
        {
            "speed": 16.09344,
            "airspeed": 17.8816,
            "power": 180,
            "distance": 1609.344,
            "cadence": 90,
            "heart_rate": 140,
            "altitude": 30.48,
            "slope": 0.015,
            "temperature": 20,
        }
    )
    metric = values(made(row(), units="metric"))
    assert (metric["speed"], metric["distance"], metric["temperature"]) == pytest.approx((10, 1000, 68))


def test_rows_are_a_recording_interval_apart_from_the_local_start_on():
    recording, kinds = read(made(row() * 3, interval="5.000000"))
    assert (recording.streams["record"].time // SECOND - 122_400).tolist() == [0, 5, 10]
    assert "zone" in kinds
    recording, _ = read(made(row() * 3), start=(122_400 - 3600) * SECOND)
    assert recording.utc_offset == 3600


def test_timestamps_are_the_times_where_every_row_has_one():
    rows = row(stamp="2010-02-02T12:52:08Z") + row(stamp="2010-02-02T12:52:11Z")
    recording, kinds = read(made(rows))
    assert np.diff(recording.streams["record"].time).tolist() == [3 * SECOND]
    assert "zone" not in kinds
    assert "clock" in read(made(rows + row()))[1]


def test_a_direct_meter_is_the_power_and_the_estimate_stands_beside_it():
    stream = read(made(row(power=180, direct=200)))[0].streams["record"]
    assert (stream.values["power"][0], stream.values["ibike_power"][0]) == (200, 180)
    assert stream.channel("ibike_power").unit == "W"


def test_a_marker_begins_a_lap():
    laps = read(made(row() + row() + row(marker=1) + row()))[0].laps
    assert [(lap.name, lap.duration) for lap in laps] == [("lap 1", 2), ("lap 2", 2)]
    assert read(made(row() * 4))[0].laps == ()


def test_the_bikes_coefficients_are_notes_and_the_riders_weight_is_not():
    assert read(made(row()))[0].notes == {"cda": "0.350000", "crr": "0.004000"}


@pytest.mark.parametrize("date", ["2010,2,x,12,52,8", "2010,2,2,12,,8", "2010,13,2,12,52,8", ""])
def test_a_date_that_is_none_leaves_the_recording_undated(date):
    recording, kinds = read(made(row(), date=date))
    assert (recording.dated, "undated" in kinds) == (False, True)


@pytest.mark.parametrize(
    "data", [made(row(), interval="x"), made(row(), interval="0"), b"iBike,11,english\n2010,2,2,12,52,8\n"]
)
def test_without_an_interval_or_its_columns_the_file_is_damaged(data):
    with pytest.raises(Damaged, match=r"made\.csv"):
        ibike_csv.decode(data, Source("made.csv"))


def test_only_the_devices_first_line_is_recognised():
    assert ibike_csv.sniff(made(row()))
    assert not ibike_csv.sniff(b"iBike,eleven,english\n")
