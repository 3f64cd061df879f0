"""A team's line: order, changes and time in each place by hand; a missed rider makes places unknown."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from paceline.domain.errors import TooFewSamples
from paceline.domain.tracks import TRACKS
from paceline.measure.track.passed import Passed, passed
from paceline.measure.track.team import POWER_IN_WAKE, team_pursuit
from paceline.measure.track.timing import placed, since
from paceline.simulate.pursuits import START, Pursuiter, simulate_pursuit

# Each row a line, half a lap apart; each column a rider: a leads two lines, b two, c one.
TIMES = np.array([
    [12.0, 12.2, 12.4],
    [19.5, 19.7, 19.9],
    [27.5, 27.0, 27.2],
    [35.0, 34.4, 34.6],
    [42.3, 42.5, 42.0],
])  # fmt: skip


def team(times=TIMES):
    found = {}
    for name, column in zip("abc", times.T, strict=True):
        seen = ~np.isnan(column)
        distance = 125.0 * np.arange(1, len(column) + 1)[seen]
        found[name] = Passed(column[seen], distance, np.zeros(seen.sum(), np.int64))
    return found


def test_order_and_changes_by_hand():
    found = team_pursuit(team(), start=0.0)
    assert found.place.tolist() == [[1, 2, 3], [1, 2, 3], [3, 1, 2], [3, 1, 2], [2, 3, 1]]
    assert [(c.distance, c.before, c.after, c.time) for c in found.changes] == [
        (375.0, "a", "b", 27.0),
        (625.0, "b", "c", 42.0),
    ]
    np.testing.assert_allclose(found.gap[2], [0.3, np.nan, 0.2])
    assert not found.dropped.any()


def test_time_in_each_place_is_the_time_ridden():
    found = team_pursuit(team(), start=0.0)
    # a: led from the start to the third line, 27.5 s; was third from there to the last line, 14.8 s.
    np.testing.assert_allclose(found.in_place[0], [27.5, 0.0, 14.8])
    # b: second until 27.0, then led for 15.5 s.
    np.testing.assert_allclose(found.in_place[1], [15.5, 27.0, 0.0])
    np.testing.assert_allclose(found.in_place.sum(axis=1) + found.unknown, TIMES[-1])


def test_the_factor_is_the_mean_share_of_the_leaders_power():
    found = team_pursuit(team(), start=0.0)
    assert found.factor[0] == pytest.approx((27.5 * 1.0 + 14.8 * 0.65) / 42.3)
    assert team_pursuit(team(), start=0.0, shares=(1.0, 0.8)).factor[0] == pytest.approx((27.5 + 14.8 * 0.8) / 42.3)
    assert POWER_IN_WAKE[0] == 1.0


def test_a_missed_rider_leaves_the_places_at_that_line_unknown():
    times = TIMES.copy()
    times[2, 1] = np.nan  # the loop missed b, who led
    found = team_pursuit(team(times), start=0.0)
    assert np.isnan(found.place[2]).all()
    assert [(c.distance, c.before, c.after) for c in found.changes] == [(500.0, "a", "b"), (625.0, "b", "c")]
    np.testing.assert_allclose(found.unknown, [7.5, 0.0, 7.4])
    np.testing.assert_allclose(found.in_place.sum(axis=1) + found.unknown, times[-1])


def test_a_rider_who_left_the_team_is_not_missed():
    times = TIMES.copy()
    times[3:, 2] = np.nan
    found = team_pursuit(team(times), start=0.0)
    assert found.place[3, :2].tolist() == [2.0, 1.0]
    assert np.isnan(found.place[3, 2])


def test_a_rider_who_lost_the_wheel_is_said():
    times = TIMES.copy()
    times[3, 0] = 36.5
    found = team_pursuit(team(times), start=0.0)
    assert np.argwhere(found.dropped).tolist() == [[3, 0]]


def test_who_rides_alone_or_was_never_seen_is_no_team():
    one = passed(np.array([0.0, 16.0]), np.zeros(2), 250.0)
    with pytest.raises(TooFewSamples):
        team_pursuit({"a": one}, start=0.0)
    none = passed(np.empty(0), np.empty(0), 250.0)
    with pytest.raises(TooFewSamples):
        team_pursuit({"a": none, "b": none}, start=0.0)
    apart = Passed(np.array([0.0]), np.array([60.0]), np.zeros(1, np.int64))
    with pytest.raises(TooFewSamples):
        team_pursuit({"a": apart, "b": Passed(np.array([1.0]), np.array([90.0]), np.zeros(1, np.int64))}, start=0.0)


def test_recordings_of_a_team_share_their_lines_even_where_the_first_was_missed():
    track = TRACKS["adelaide"]
    ride = simulate_pursuit(2, distance=500.0, track=track)
    behind = simulate_pursuit(3, distance=500.0, track=track, rider=Pursuiter(lag=0.2)).timing
    stream = behind.streams["passings"]
    late = replace(stream, time=stream.time[2:], values={"loop": stream.values["loop"][2:]})
    recordings = {"a": ride.timing, "b": replace(behind, streams=behind.streams | {"passings": late})}
    runs = {
        name: since(placed(recording, track), track, start=START, line=track.home)
        for name, recording in recordings.items()
    }
    found = team_pursuit(runs, start=0.0)
    assert found.distance[:3].tolist() == [12.5, 62.5, 112.5]
    assert np.isnan(found.time[:2, 1]).all()
    assert (found.place[2:] == [1.0, 2.0]).all()
    np.testing.assert_allclose(found.gap[2:, 1], 0.2, atol=0.01)
