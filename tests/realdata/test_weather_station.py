"""A week of five stations: CR line ends, hourly rows among ten-minute ones, pressure at sea level."""

from __future__ import annotations

import numpy as np
import pytest

from paceline.domain.efforts import SECOND
from paceline.measure import air
from paceline.record.files import read_file

pytestmark = pytest.mark.realdata


def test_five_stations_have_a_row_an_hour(data):
    raw = read_file(data / "weather_station" / "weather_zurich_and_geneva.csv")
    assert raw.format == "Weather station"
    assert [r.notes["station"] for r in raw.recordings] == ["KLO", "REH", "SMA", "GVE", "CGI"]
    streams = [r.streams["weather"] for r in raw.recordings]
    assert [len(stream) for stream in streams] == [168] * 5
    assert all(np.all(np.diff(stream.time) == 3600 * SECOND) for stream in streams)
    assert {problem.kind for problem in raw.problems} == {"pressure", "column", "zone", "altitude"}
    assert not any("altitude" in stream.values or "pressure" in stream.values for stream in streams)


def test_humidity_and_dew_point_of_the_stations_agree_by_our_vapour_formula(data):
    raw = read_file(data / "weather_station" / "weather_zurich_and_geneva.csv")
    for recording in raw.recordings:
        values = recording.streams["weather"].values
        ours = air.relative_humidity(values["temperature"], dew_point=values["dew_point"])
        assert np.median(np.abs(ours - values["relative_humidity"])) < 0.01


def test_the_pressure_as_published_would_make_the_air_five_to_seven_percent_too_heavy(data):
    raw = read_file(data / "weather_station" / "weather_zurich_and_geneva.csv")
    heights = {"KLO": 426.0, "REH": 444.0, "SMA": 556.0, "GVE": 420.0, "CGI": 455.0}  # the readme's table
    for recording in raw.recordings:
        values = recording.streams["weather"].values
        height = heights[recording.notes["station"]]
        at_station = air.station_pressure(
            values["sea_level_pressure"], altitude=height, temperature=values["temperature"]
        )
        excess = np.mean(values["sea_level_pressure"] / at_station) - 1.0
        assert 0.045 < excess < 0.07
