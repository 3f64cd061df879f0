from __future__ import annotations

import json

import numpy as np
import pytest

from paceline.domain.devices import Event
from paceline.domain.errors import Damaged, TooLarge
from paceline.record.formats import Source, goldencheetah_json
from paceline.record.formats.goldencheetah_json import decode, sniff
from paceline.record.formats.loose_json import members
from paceline.record.formats.readings import Findings

SECOND = 1_000_000_000
NOON = 978_350_400 * SECOND  # 2001-01-01T12:00:00Z
START = '"STARTTIME":"2001\\/01\\/01 12:00:00 UTC "'


def ride(*parts: str) -> bytes:
    return ('{ "RIDE":{ ' + ", ".join((START, *parts)) + " } }").encode()


def samples(*rows: dict[str, object] | str) -> str:
    return '"SAMPLES":[' + ", ".join(row if isinstance(row, str) else json.dumps(row) for row in rows) + "]"


def extra(name: str, values: str, rows: str) -> str:
    return f'"XDATA":[{{ "NAME" : "{name}", {values}, "SAMPLES" : [ {rows} ] }}]'


def read(data: bytes, start: int | None = None):
    return decode(data, Source("ride.json", start))


def only(data: bytes):
    recordings, problems = read(data)
    assert problems == ()
    (recording,) = recordings
    return recording


def test_every_series_comes_in_our_units():
    row = {
        "SECS": 0, "KM": 1.5, "WATTS": 250, "NM": 30, "CAD": 90, "KPH": 36, "HR": 150, "ALT": 5, "LAT": 10, "LON": -30,
        "HEADWIND": 18, "SLOPE": 2, "TEMP": 21, "LRBALANCE": 48, "LTE": 80, "RPS": 25, "LPCO": 3, "LPPB": 350,
        "RPPPE": 90, "SMO2": 60, "THB": 12, "RVERT": 8, "RCON": 250,
    }  # fmt: skip
    record = only(ride(samples(row))).streams["record"]
    assert {name: round(column[0], 12) for name, column in record.values.items()} == {
        "distance": 1500, "power": 250, "torque": 30, "cadence": 90, "speed": 10, "heart_rate": 150, "altitude": 5,
        "latitude": 10, "longitude": -30, "airspeed": 5, "slope": 0.02, "temperature": 21, "left_balance": 0.48,
        "left_torque_effectiveness": 0.8, "right_pedal_smoothness": 0.25, "left_platform_offset": 0.003,
        "left_power_phase_start": 350, "right_peak_power_phase_end": 90, "muscle_oxygen": 0.6,
        "total_haemoglobin": 120, "vertical_oscillation": 0.08, "stance_time": 0.25,
    }  # fmt: skip
    assert record.channel("right_peak_power_phase_end").unit == "°"


def test_the_time_of_a_sample_is_the_start_plus_its_seconds_exactly():
    record = only(ride(samples({"SECS": 0}, {"SECS": 1.257}, {"SECS": 86400.1}))).streams["record"]
    assert record.time.tolist() == [NOON, NOON + 1_257_000_000, NOON + 86_400_100_000_000]


def test_the_marks_of_absence_are_absent_and_zero_stays_zero():
    rows = [{"SECS": t, "TEMP": v, "LRBALANCE": b, "HR": 0} for t, v, b in ((0, -255, -255), (1, 0, -100), (2, -10, 0))]
    values = only(ride(samples(*rows))).streams["record"].values
    np.testing.assert_array_equal(values["temperature"], [np.nan, 0, -10])
    np.testing.assert_array_equal(values["left_balance"], [np.nan, np.nan, 0])
    np.testing.assert_array_equal(values["heart_rate"], [0, 0, 0])


def test_a_series_that_a_sample_does_not_have_is_absent_from_it():
    values = only(ride(samples({"SECS": 0, "HR": 150}, {"SECS": 1}, {"SECS": 2, "HR": None}))).streams["record"].values
    np.testing.assert_array_equal(values["heart_rate"], [150, np.nan, np.nan])


def test_steps_are_the_cadence_only_where_no_crank_turned():
    assert only(ride(samples({"SECS": 0, "RCAD": 85}))).streams["record"].values["cadence"].tolist() == [85]
    both = only(ride(samples({"SECS": 0, "RCAD": 85, "CAD": 90}))).streams["record"].values
    assert both["cadence"].tolist() == [90]


def test_a_reading_that_is_no_number_is_missing_and_counted():
    rows = {"SECS": 0, "HR": "high"}, {"SECS": 1, "HR": [1]}, '{ "SECS":2, "HR":1e999 }', {"SECS": 3, "HR": True}
    (recording,), (problem,) = read(ride(samples(*rows)))
    assert np.isnan(recording.streams["record"].values["heart_rate"]).all()
    assert (problem.kind, problem.count) == ("number", 4)


def test_a_sample_without_a_time_is_left_out_and_reported():
    (recording,), (problem,) = read(ride(samples({"HR": 150}, {"SECS": 1e300}, {"SECS": 1})))
    assert recording.streams["record"].time.tolist() == [NOON + SECOND]
    assert (problem.kind, problem.count) == ("no_time", 2)


def test_a_series_of_unknown_meaning_is_left_out_and_reported():
    (recording,), (problem,) = read(ride(samples({"SECS": 0, "MOOD": 5})))
    assert dict(recording.streams["record"].values) == {}
    assert problem.kind == "channel"
    assert "MOOD" in problem.message


def test_intervals_and_calibrations_stand_at_their_time():
    intervals = '"INTERVALS":[{ "NAME":"Climb ", "START": 10, "STOP": 20.5 }, { "NAME":" ", "START": 0, "STOP": 5 }]'
    calibrations = '"CALIBRATIONS":[{ "NAME":"zero ", "START": 3, "VALUE": 512 }]'
    recording = only(ride(intervals, calibrations, samples({"SECS": 0})))
    assert [(e.name, e.start, e.stop) for e in recording.laps] == [
        ("lap 2", NOON, NOON + 5 * SECOND),
        ("Climb", NOON + 10 * SECOND, NOON + 20_500_000_000),
    ]
    assert recording.events == (Event(NOON + 3 * SECOND, "calibration", "zero", 512.0),)


@pytest.mark.parametrize("ends", ['"START": 5, "STOP": 1', '"START": 5', '"START": "a", "STOP": 9'])
def test_an_interval_without_its_ends_is_left_out_and_reported(ends):
    (recording,), (problem,) = read(ride('"INTERVALS":[{ "NAME":"x", ' + ends + " }]", samples({"SECS": 0})))
    assert (recording.laps, problem.kind) == ((), "lap")


def test_tags_are_notes_without_the_athlete():
    tags = '"DEVICETYPE":"Unit ", "TAGS":{ "Athlete":"Nobody ", "Sport":"Run ", "Notes":"Hot.\\nDry. ", "Empty":" " }'
    recording = only(ride(tags, samples({"SECS": 0})))
    assert (recording.sport, recording.device.product) == ("running", "Unit")
    assert recording.notes == {"Sport": "Run", "Notes": "Hot.\nDry."}


def test_extra_series_are_streams_of_their_own():
    data = extra("HRV", '"VALUE" : "R-R", "UNIT" : "msecs"', '{ "SECS":0.5, "KM":0, "VALUE":500 }')
    stream = only(ride(samples({"SECS": 0}), data)).streams["hrv"]
    assert (stream.time.tolist(), stream.values["rr_interval"].tolist()) == ([NOON + SECOND // 2], [0.5])
    assert set(stream.values) == {"rr_interval"}


def test_extra_values_that_the_catalogue_does_not_have_are_described():
    values = '"VALUES" : [ "WINDSPEED", "MOOD", "TEMPERATURE" ], "UNITS" : [ "kmh", "points", "stone" ]'
    data = extra(
        "WEATHER", values, '{ "SECS":0, "KM":1, "VALUES":[ 36, 7, 20 ] }, { "SECS":1, "KM":2, "VALUES":[ 18 ] }'
    )
    stream = only(ride(data)).streams["weather"]
    np.testing.assert_allclose(stream.values["wind_speed"], [10, 5])
    np.testing.assert_array_equal(stream.values["weather.mood"], [7, np.nan])
    np.testing.assert_array_equal(stream.values["distance"], [1000, 2000])
    assert (stream.channel("weather.mood").unit, stream.channel("weather.temperature").unit) == ("points", "stone")


def test_a_second_series_does_not_overwrite_the_record():
    data = extra("RECORD", '"VALUE" : "X"', '{ "SECS":0, "KM":0, "VALUE":1 }')
    assert set(only(ride(samples({"SECS": 0}), data)).streams) == {"record", "xdata.record"}


def test_without_a_start_the_clock_begins_in_1970_or_where_a_person_says():
    data = ('{"RIDE":{' + samples({"SECS": 1}) + "}}").encode()
    (recording,), (problem,) = read(data)
    assert (recording.streams["record"].time[0], recording.dated, problem.kind) == (SECOND, False, "undated")
    (recording,), problems = read(data, NOON)
    assert (recording.streams["record"].time[0], recording.dated, problems) == (NOON + SECOND, True, ())


@pytest.mark.parametrize(
    "text",
    [
        '{"RIDE":{START,"SAMPLES":[{"SECS":0,"HR":150}{"SECS":1,"HR":151}]}}',
        '{"RIDE":{START,"SAMPLES":[{"SECS":0,"HR":150},{"SECS":1,"HR":151},],}}',
        '{"RIDE":{START "SAMPLES":[{"SECS":0 "HR":150},{"SECS":1 "HR":151}]}}',
        '"RIDE":{START,"SAMPLES":[{"SECS":0,"HR":150},{"SECS":1,"HR":151}]}',
        '\ufeff{"RIDE":{START,"SAMPLES":[{"SECS":0,"HR":150},{"SECS":1,"HR":151}]}}',
        '{"RIDE":{START,"TAGS":{"Notes":"two\nlines\t{["},"SAMPLES":[{"SECS":0,"HR":150},{"SECS":1,"HR":151}]}}',
        '{"RIDE":{START,"SAMPLES":[{"SECS":0,"HR":150,"KM":nan},{"SECS":1,"HR":151,"KM":NaN}]}}',
        '{"RIDE":{START,"SAMPLES":[{"SECS":0,"HR":150,"X":[{}]},{"SECS":1,"HR":151}]}}',
    ],
)
def test_what_programmes_write_that_is_no_json_is_read(text):
    recordings, _ = read(text.replace("START", START).encode())
    assert recordings[0].streams["record"].values["heart_rate"].tolist() == [150, 151]
    assert recordings[0].streams["record"].time.tolist() == [NOON, NOON + SECOND]


def test_two_rides_in_one_file_are_two_recordings():
    data = '{"RIDE":{' + samples({"SECS": 0}) + '},"RIDE":{' + samples({"SECS": 0}, {"SECS": 1}) + "}}"
    assert [len(r.streams["record"]) for r in read(data.encode())[0]] == [1, 2]


def test_latin_1_is_read_and_reported():
    data = ride('"TAGS":{"Notes":"Käse "}', samples({"SECS": 0})).decode().encode("latin-1")
    (recording,), (problem,) = read(data)
    assert (recording.notes, problem.kind, problem.offset) == ({"Notes": "Käse"}, "encoding", data.index(b"\xe4"))


def test_a_truncated_file_gives_every_whole_sample_before_the_break():
    data = ride(samples(*({"SECS": second, "HR": 150} for second in range(9))))
    cut = data.index(b'"SECS": 5, "HR": 15') + 18
    (recording,), (problem,) = read(data[:cut])
    assert recording.streams["record"].values["heart_rate"].tolist() == [150] * 5
    assert (problem.kind, problem.offset) == ("truncated", cut)


def test_damage_in_a_later_sample_keeps_those_before_and_says_where():
    data = ride("\n" + samples({"SECS": 0}, '\n{ "SECS":1, : }', {"SECS": 2}))
    (recording,), (problem,) = read(data)
    assert len(recording.streams["record"]) == 1
    assert (problem.kind, problem.line) == ("syntax", 3)


def test_damage_before_the_first_sample_is_an_error():
    with pytest.raises(Damaged):
        read(ride('"TAGS":{'))


def test_deep_nesting_is_refused_without_recursion():
    for inside in ("[" * 100_000, '{"a":' * 100_000, '{"b":"}","a":' + "[" * 100_000):
        with pytest.raises(Damaged, match="nest"):
            read(('{"RIDE":{"SAMPLES":' + inside).encode())


def test_a_number_of_a_million_digits_is_no_trouble():
    (recording,), _ = read(ride(samples('{ "SECS":0, "HR":' + "9" * 1_000_000 + " }")))
    assert np.isnan(recording.streams["record"].values["heart_rate"]).all()


def test_a_file_without_samples_holds_nothing_and_says_so():
    recordings, (problem,) = read(ride())
    assert (recordings, problem.kind) == ((), "empty")


def test_a_file_that_would_not_fit_in_memory_is_refused(monkeypatch):
    monkeypatch.setattr(goldencheetah_json, "LIMIT", 50)
    with pytest.raises(TooLarge, match="50 bytes"):
        read(ride(samples({"SECS": 0}, {"SECS": 1})))


def test_what_follows_the_document_is_ignored_and_reported():
    (recording,), (problem,) = read(ride(samples({"SECS": 0})) + b"{}")
    assert (len(recording.streams["record"]), problem.kind) == (1, "trailing")


def test_only_a_ride_is_recognised():
    assert sniff(ride())
    assert sniff(b'\xef\xbb\xbf\n{ \n "RIDE" : {')
    assert sniff(b'"RIDE":{')
    assert not sniff(b'{"RIDES":{')
    assert not sniff(b'{"type":"RIDE"}')
    assert not sniff(b"")


@pytest.mark.parametrize(
    "value",
    [
        {"a": [1.5, {"b": None, "c": True}], "d": 'x"y\\z\n/é'},
        {},
        {"a": {}, "b": []},
        {"a": {"b": {"c": [[1.0], [2.0]]}}},
    ],
)
def test_proper_json_is_read_as_the_standard_library_reads_it(value):
    for text in (json.dumps(value), json.dumps(value, ensure_ascii=False, indent=1)):
        found, damage = members(text, Findings())
        assert (dict(found), damage) == (value, None)
