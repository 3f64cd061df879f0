"""Tables of weather stations, as they are and as they break."""

from __future__ import annotations

import numpy as np
import pytest

from paceline.domain.efforts import SECOND, Effort
from paceline.measure.flow import compute
from paceline.measure.sources import serve
from paceline.record.files import read_bytes
from paceline.record.formats import Source
from paceline.record.recordings import Recording
from paceline.record.streams import Stream

HEADER = "station,date/time,temperature (degrees celsius),pressure (hPa),humidity (%),wind speed (knots)"


def read(*rows, header=HEADER, end="\n"):
    return read_bytes(end.join([header, *rows, ""]).encode(), Source("weather"))


def weather(raw, place=0):
    return raw.recordings[place].streams["weather"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_any_line_end_will_do(end):
    raw = read("A,203001010000,10,1015,90,10", "A,203001010100,11,1014,80,20", end=end)
    assert raw.format == "Weather station"
    assert weather(raw).values["temperature"].tolist() == [10.0, 11.0]
    assert weather(raw).values["wind_speed"].tolist() == pytest.approx([5.14444, 10.28889], abs=1e-5)


def test_each_station_is_a_recording_and_keeps_its_name():
    raw = read("A,203001010000,10,1015,90,1", "B,203001010000,9,1016,95,2", "A,203001010100,11,1014,80,3")
    assert [r.notes["station"] for r in raw.recordings] == ["A", "B"]
    assert [len(weather(raw, place)) for place in (0, 1)] == [2, 1]


def test_a_row_in_which_nothing_was_measured_is_no_sample():
    raw = read("A,203001010000,10,1015,90,1", "A,203001010010,,,,", "A,203001010100,11,,80,3")
    stream = weather(raw)
    assert np.diff(stream.time).tolist() == [3600 * SECOND]
    assert np.isnan(stream.values["sea_level_pressure"][1])


def test_a_pressure_that_does_not_say_where_is_taken_as_reduced_and_reported():
    raw = read("A,203001010000,10,1015.5,90,1")
    assert weather(raw).values["sea_level_pressure"].tolist() == [101_550.0]
    assert "pressure" in {problem.kind for problem in raw.problems}


def test_a_pressure_at_the_station_is_one():
    raw = read("A,203001010000,10,955,90,1", header=HEADER.replace("pressure", "station pressure"))
    assert weather(raw).values["pressure"].tolist() == [95_500.0]
    assert "pressure" not in {problem.kind for problem in raw.problems}


def test_a_height_that_changes_is_the_cloud_base_and_left_out():
    header = HEADER + ",altitude (metres)"
    for heights in (("2000", "3000"), ("", "4000"), ("", "")):
        rows = (f"A,203001010000,10,1015,90,1,{heights[0]}", f"A,203001010100,10,1015,90,1,{heights[1]}")
        raw = read(*rows, header=header)
        assert "altitude" not in weather(raw).values
        assert "altitude" in {problem.kind for problem in raw.problems}


def test_a_height_that_stays_is_that_of_the_station():
    rows = ("A,203001010000,10,1015,90,1,556", "A,203001010100,10,1015,90,1,556")
    raw = read(*rows, header=HEADER + ",altitude (metres)")
    assert weather(raw).values["altitude"].tolist() == [556.0, 556.0]


def test_an_unreadable_time_is_reported_with_its_line():
    raw = read("A,203001010000,10,1015,90,1", "A,2030133100,11,1014,80,3")
    assert len(weather(raw)) == 1
    assert [problem.line for problem in raw.problems if problem.kind == "clock"] == [3]


def test_a_table_of_a_ride_is_not_taken_for_weather():
    raw = read_bytes(b"time,power,temperature (c),pressure (hpa)\n0,200,20,1000\n1,210,20,1000\n", Source("ride"))
    assert raw.format == "CSV"


def test_density_from_sea_level_pressure_is_had_with_the_altitude_and_refused_without():
    raw = read("A,203001010000,12.1,1019.4,91,3", "A,203001010100,12.1,1019.4,91,3")
    effort = Effort("a minute", raw.recordings[0].streams["weather"].time[0].item(), 0 + 1893456060 * SECOND)
    alone = compute(serve(raw.recordings, effort).values, ["average_air_density"])["average_air_density"]
    assert "altitude" in alone.why
    time = effort.start + np.arange(60) * SECOND
    ride = Recording({"record": Stream("record", time, {"altitude": np.full(60, 556.0)})})
    with_it = compute(serve([ride, *raw.recordings], effort).values, ["average_air_density"])["average_air_density"]
    assert with_it == pytest.approx(1.159, abs=0.002)  # 95.4 kPa, not 101.9
