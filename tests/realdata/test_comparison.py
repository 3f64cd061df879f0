"""Comparison on real rides: the same ride from two formats, laps of a velodrome, a month of runs."""

from __future__ import annotations

import numpy as np
import pytest

from paceline.measure.comparison import Compared, compare
from paceline.measure.sessions import read
from paceline.measure.trends import folder, trend

pytestmark = pytest.mark.realdata


def test_the_same_ride_from_two_formats_has_the_same_heart_rate_and_says_what_differs(data):
    folder = data / "sweatpy_rides"
    rides = {"fit": read(folder / "4078723797.fit"), "gpx": read(folder / "activity_4078723797.gpx")}
    found = compare([Compared(ride, ride.whole, name) for name, ride in rides.items()], by="time", cell=60.0)
    assert [m.kind for m in found.mismatches] == ["source"]  # one has a hub's speed, the other a receiver's places
    for channel in ("heart_rate", "altitude"):
        apart = found.difference("gpx", channel)
        assert np.count_nonzero(~np.isnan(apart)) > 60
        assert float(np.nanmax(np.abs(apart))) < 1e-4
    assert found.matrix.row("average_power").cells[1].value is None


def test_two_rides_of_other_places_are_told_apart(data):
    one = read(data / "sweatpy_rides" / "4078723797.fit")
    other = read(data / "sweatpy_rides" / "activity_5039744860.gpx")
    found = compare([Compared(one, one.whole, "one"), Compared(other, other.whole, "other")])
    assert "course" in [mismatch.kind for mismatch in found.mismatches]


def test_a_month_of_runs_has_a_trend_with_an_interval(data):
    store = folder(data / "tracker_runs")
    found = trend(store.sessions, "average_heart_rate")
    assert found.values.size >= 5
    assert found.slope is not None
    assert found.slope.low <= found.slope.per_year <= found.slope.high
    assert found.values.size + len(found.missing) == len(store.sessions)
