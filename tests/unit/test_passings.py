"""Passings: every shape in which they are logged, exact times, and nothing filled or thrown away in silence."""

from __future__ import annotations

import json

import numpy as np
import pytest

from paceline.domain.efforts import SECOND
from paceline.record.files import read_bytes
from paceline.record.formats import Source
from paceline.record.formats.passings import transponder

MIDNIGHT = 1_714_780_800 * SECOND  # 2024-05-04


def passing(index=0, **more):
    fixed = {"index": index, "date": "2024-05-04", "time": "10:00:00.250", "mpid": 1, "refid": "7001", "env": None}
    return {**fixed, "moto": None, "elap": None, "lap": None, "text": "Finish", **more}


def read(text, start=None):
    return read_bytes(text.encode(), Source("made", start))


def lines(*entries):
    return "".join(json.dumps(entry) + "\n" for entry in entries)


def kinds(raw):
    return [problem.kind for problem in raw.problems]


def test_a_bare_json_line_is_a_passing_to_the_millisecond():
    raw = read(lines(passing(), passing(1, time="10:00:15.625", mpid=4)))
    (recording,) = raw.recordings
    stream = recording.streams["passings"]
    assert stream.time.tolist() == [MIDNIGHT + 36_000_250_000_000, MIDNIGHT + 36_015_625_000_000]
    assert stream.values["loop"].tolist() == [1.0, 4.0]
    assert transponder(recording) == "7001"
    assert raw.format == "Track passings"


@pytest.mark.parametrize(
    "shape",
    [
        lambda p: "velotrain/passing " + json.dumps(p),
        lambda p: "hall-2/velotrain/passing\t" + json.dumps(p),
        lambda p: json.dumps({"topic": "velotrain/passing", "payload": p}),
        lambda p: json.dumps({"topic": "velotrain/passing", "payload": json.dumps(p)}),
        lambda p: "velotrain/replay " + json.dumps([p]),
        lambda p: json.dumps([p]),
    ],
)
def test_every_shape_of_json_says_the_same(shape):
    (recording,) = read(shape(passing()) + "\n").recordings
    assert recording.streams["passings"].time.tolist() == [MIDNIGHT + 36_000_250_000_000]


def test_each_transponder_is_a_recording_and_the_gate_is_in_all():
    raw = read(
        lines(
            passing(refid="gate", mpid=2, time="09:59:50.00"),
            passing(1, refid="a"),
            passing(2, refid="b", time="10:00:01.00"),
            passing(3, refid="a", time="10:00:15.00"),
        )
    )
    assert [transponder(r) for r in raw.recordings] == ["a", "b"]
    assert [len(r.streams["passings"]) for r in raw.recordings] == [2, 1]
    assert [r.streams["gate"].values["loop"].tolist() for r in raw.recordings] == [[2.0], [2.0]]


def test_the_weather_becomes_a_stream_in_our_units():
    raw = read(lines(passing(env=[26.5, 48.0, 1008.5]), passing(1, time="10:00:20.00", env=[26.6, None, 1008.4])))
    weather = raw.recordings[0].streams["weather"]
    assert weather.values["temperature"].tolist() == [26.5, 26.6]
    np.testing.assert_allclose(weather.values["relative_humidity"], [0.48, np.nan])
    np.testing.assert_allclose(weather.values["pressure"], [100_850.0, 100_840.0])


def test_what_the_system_computed_is_kept_beside_what_it_measured():
    raw = read(lines(passing(elap="2:10.51", lap="15.62", moto="0.12")))
    values = raw.recordings[0].streams["passings"].values
    assert {name: column.tolist() for name, column in values.items()} == {
        "loop": [1.0], "published_elap": [130.51], "published_lap": [15.62], "moto_gap": [0.12],
    }  # fmt: skip


def test_a_csv_with_the_same_names_is_the_same():
    head = "index,date,time,mpid,refid,env,moto,elap,lap,half,qtr,200,100,50,text\n"
    row = '0,2024-05-04,10:00:00.250,1,7001,"[26.5, 48.0, 1008.5]",,,15.620,,,,,,Finish\n'
    (recording,) = read(head + row).recordings
    assert recording.streams["passings"].time.tolist() == [MIDNIGHT + 36_000_250_000_000]
    assert recording.streams["weather"].values["pressure"].tolist() == [100_850.0]
    assert recording.streams["passings"].values["published_lap"].tolist() == [15.62]
    assert recording.notes == {"loop 1": "Finish"}


def test_a_timer_line_has_a_time_of_day_without_a_date():
    raw = read("1;C3;;123456;23:59:59.9995\n2;C1;;123456;0:00:15.2\n")
    (recording,) = raw.recordings
    assert recording.streams["passings"].time.tolist() == [86_399_999_500_000, 86_415_200_000_000]
    assert not recording.dated
    assert kinds(raw) == ["clock_wrap", "undated"]


def test_a_given_start_dates_the_first_passing():
    raw = read(";C3;;123456;14:00:10.2345\n;C1;;123456;14:00:20\n", start=MIDNIGHT)
    (recording,) = raw.recordings
    assert recording.dated
    assert recording.streams["passings"].time.tolist() == [MIDNIGHT, MIDNIGHT + 9_765_500_000]


def test_a_last_line_without_its_end_is_not_trusted():
    raw = read(lines(passing()) + json.dumps(passing(1))[:-20])
    assert "truncated" in kinds(raw)
    assert len(raw.recordings[0].streams["passings"]) == 1
    assert "truncated" in kinds(read(";C3;;1;14:00:10.2345\n;C1;;1;14:00:2"))


def test_passings_that_can_not_be_read_are_reported_with_their_line():
    raw = read(lines(passing(), passing(1, time=None), passing(2, time="10:99:00"), passing(3, mpid=True)))
    assert [(p.kind, p.line, p.count) for p in raw.problems] == [("passing", 2, 2), ("time", 3, 1), ("zone", None, 1)]
    assert len(raw.recordings[0].streams["passings"]) == 1


def test_passings_out_of_order_stay_in_the_order_they_were_published():
    raw = read(lines(passing(time="10:00:20.00"), passing(1, time="10:00:10.00")))
    assert np.diff(raw.recordings[0].streams["passings"].time).tolist() == [-10 * SECOND]


def test_raw_passings_beside_filtered_ones_are_counted_once_and_reported():
    raw = read(
        "velotrain/rawpass " + json.dumps(passing()) + "\nvelotrain/passing " + json.dumps(passing()) + "\n"
    )  # fmt: skip
    assert len(raw.recordings[0].streams["passings"]) == 1
    assert "raw" in kinds(raw)
    alone = read("velotrain/rawpass " + json.dumps(passing()) + "\n")
    assert len(alone.recordings[0].streams["passings"]) == 1


def test_other_topics_are_passed_over_and_said():
    status = 'velotrain/status {"count": 1, "refid": null, "mpid": 3}\n'
    raw = read("velotrain/passing " + json.dumps(passing()) + "\n" + status)
    assert "topic" in kinds(raw)


def test_a_marker_is_an_event_and_no_passing():
    raw = read(lines(passing(), passing(1, refid="marker", mpid=0, time="10:01:00.00", text="rest")))
    assert [(e.kind, e.time) for e in raw.recordings[0].events] == [("marker", MIDNIGHT + 36_060 * SECOND)]
    assert [transponder(r) for r in raw.recordings] == ["7001"]


def test_a_line_nested_without_end_is_a_problem_and_no_crash():
    raw = read(lines(passing()) + "[" * 100_000 + "\n" + lines(passing(1, time="10:00:30.00")))
    assert "syntax" in kinds(raw)
    assert len(raw.recordings[0].streams["passings"]) == 2
