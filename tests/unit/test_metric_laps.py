"""Laps, starts and schedules: sums by hand, and nothing in the place of a passing that was missed."""

from __future__ import annotations

import numpy as np
import pytest

from paceline.domain.efforts import SECOND, Effort
from paceline.domain.errors import NotIdentifiable, TooFewSamples
from paceline.measure.metrics import laps
from paceline.measure.metrics.schedule import against_schedule
from paceline.measure.metrics.standing_start import standing_start
from paceline.measure.sessions import sessions
from paceline.measure.track.timing import timed
from paceline.record.recordings import RawFile
from paceline.simulate.pursuits import Noise, simulate_pursuit

# A ride from the home pursuit line of a 250 m track, past its three loops and the quarter: (s, m).
TIMES = np.array([0.0, 0.9, 7.7, 11.6, 15.5, 16.35, 23.1, 26.9, 30.8])
PLACES = np.array([237.5, 0.0, 112.5, 175.0, 237.5, 0.0, 112.5, 175.0, 237.5])


def without(index):
    return np.delete(TIMES, index), np.delete(PLACES, index)


def test_laps_and_their_halves_by_hand():
    np.testing.assert_allclose(laps.lap_times(TIMES, PLACES, 250.0), [15.5, 15.3])
    np.testing.assert_allclose(laps.half_lap_times(TIMES, PLACES, 250.0), [7.7, 7.8, 7.6, 7.7])
    quarters = laps.quarter_lap_times(TIMES, PLACES, 250.0)
    np.testing.assert_allclose(quarters, [np.nan, np.nan, 3.9, 3.9, np.nan, np.nan, 3.8, 3.9])


def test_a_missed_passing_takes_both_times_that_needed_it():
    time, place = without(4)
    np.testing.assert_array_equal(
        laps.lap_times(np.append(time, 46.2), np.append(place, 237.5), 250.0)[:2], [np.nan] * 2
    )
    np.testing.assert_allclose(laps.half_lap_times(time, place, 250.0), [7.7, np.nan, np.nan, 7.7])
    assert laps.missed_passings(time, place, 250.0) == 1.0
    assert laps.missed_passings(TIMES, PLACES, 250.0) == 0.0


def test_nothing_passed_is_too_few():
    none = np.empty(0)
    for node in (laps.lap_times, laps.half_lap_times, laps.quarter_lap_times, laps.missed_passings):
        with pytest.raises(TooFewSamples):
            node(none, none, 250.0)
    with pytest.raises(NotIdentifiable):
        laps.flying_200_time(none, none, 250.0)
    for node in (laps.fastest_lap, laps.lap_fade, laps.lap_variation):
        with pytest.raises(TooFewSamples):
            node(np.full(5, np.nan))
        with pytest.raises(TooFewSamples):
            node(none)
    with pytest.raises(TooFewSamples):
        standing_start(none, none, 250.0, 0.0)
    with pytest.raises(TooFewSamples):
        against_schedule(none, none, 250.0, (15.0,))


def test_fade_and_variation_leave_the_first_lap_and_missed_ones_out():
    times = np.array([21.0, 15.0, np.nan, 15.4, 15.6])
    # The line through (0, 15), (2, 15.4), (3, 15.6) rises by 0.2 a lap.
    assert laps.lap_fade(times) == pytest.approx(0.2 / np.mean([15.0, 15.4, 15.6]))
    assert laps.lap_variation(times) == pytest.approx(np.std([15.0, 15.4, 15.6], ddof=1) / np.mean([15.0, 15.4, 15.6]))
    assert laps.fastest_lap(times) == 15.0


def test_the_flying_200_is_from_its_line_to_the_finish():
    time = np.array([0.0, 3.0, 6.1, 9.2, 15.4, 31.0, 34.0, 37.0, 40.0, 46.1])
    place = np.array([0.0, 50.0, 100.0, 150.0, 0.0, 0.0, 50.0, 100.0, 150.0, 0.0])
    assert laps.flying_200_time(time, place, 250.0) == pytest.approx(46.1 - 34.0)
    with pytest.raises(NotIdentifiable):
        laps.flying_200_time(np.delete(time, [1, 6]), np.delete(place, [1, 6]), 250.0)


def test_a_standing_start_in_quarters():
    time = np.array([0.0, 0.9, 8.3, 12.6, 16.6, 20.4])
    place = np.array([237.5, 0.0, 50.0, 112.5, 175.0, 237.5])
    found = standing_start(time, place, 250.0, 0.0)
    np.testing.assert_allclose(found.elapsed, [8.3, 12.6, 16.6, 20.4])
    np.testing.assert_allclose(found.phases, [8.3, 4.3, 4.0, 3.8])
    np.testing.assert_allclose(found.speeds[1], 62.5 / 4.3)
    missed = standing_start(np.delete(time, 3), np.delete(place, 3), 250.0, 0.0)
    np.testing.assert_allclose(missed.elapsed, [8.3, np.nan, 16.6, 20.4])
    np.testing.assert_allclose(missed.phases, [8.3, np.nan, np.nan, 3.8])


def test_the_schedule_is_known_again_after_a_missed_line():
    time, place = np.array([0.0, 20.2, 28.0, 43.8, 51.4]), np.array([237.5, 237.5, 112.5, 112.5, 237.5])
    found = against_schedule(time, place, 250.0, (20.0, 15.5, 15.5, 15.5))
    np.testing.assert_allclose(found.laps, [0.2, np.nan, np.nan])
    np.testing.assert_allclose(found.cumulative, [0.2, np.nan, 0.4])


@pytest.fixture(scope="module")
def session():
    ride = simulate_pursuit(5, distance=1000.0, noise=Noise(passing=0.0))
    raw = RawFile("made", "made", "0" * 64, (ride.hub,))
    (alone,) = sessions([raw])
    return ride, alone, timed(alone, ride.timing, ride.track, schedule=[21.0, 16.0, 16.0, 16.0])


def test_a_session_with_passings_has_laps_and_without_says_what_is_missing(session):
    ride, alone, with_loops = session
    assert "lap_times" not in alone
    assert "passing" in alone.metrics(only=["lap_times"]).missing["lap_times"].why
    run = with_loops.effort("run 1")
    found = with_loops.metrics(run)
    truth = np.interp(np.arange(0.0, 1001.0, 250.0), ride.truth.values["distance"], np.arange(len(ride.truth)) / 100.0)
    truth[0] = 0.0  # the bike stands for a sample: the gate opens at the first of the two
    np.testing.assert_allclose(found["lap_times"].value, np.diff(truth), atol=0.0011)
    assert found["standing_start"].value.elapsed[-1] == pytest.approx(truth[1], abs=0.001)
    assert found["against_schedule"].value.cumulative[-1] == pytest.approx(truth[-1] - 69.0, abs=0.001)
    assert found["missed_passings"].value == 0.0
    assert found["lap_times"].problems == ()
    assert "timing loops" in found["lap_times"].sources[0].name


def test_a_lap_as_an_effort_has_its_own_passing_at_both_ends(session):
    _, _, with_loops = session
    lap = with_loops.effort("run 1 lap 2")
    assert with_loops.metrics(lap, only=["lap_times"])["lap_times"].value.tolist() == [lap.duration]


def test_an_effort_that_does_not_start_with_the_gate_has_no_standing_start(session):
    ride, _, with_loops = session
    start = int(ride.truth.time[0]) + SECOND
    later = Effort("later", start, int(ride.truth.time[-1]))
    found = with_loops.metrics(later, only=["standing_start", "lap_times"])
    assert "standing_start" in found.missing
    assert "lap_times" in found
