"""Passings on a track: hand sums, and a loop that missed the rider is reported, never made up."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from paceline.domain.efforts import SECOND
from paceline.domain.errors import NoSamples, TooFewSamples, UnknownName
from paceline.domain.tracks import TRACKS
from paceline.measure.track import ridden
from paceline.measure.track.passed import line_times, missed, passed, splits
from paceline.measure.track.timing import placed, places, runs
from paceline.record.recordings import Recording
from paceline.record.streams import Stream
from paceline.simulate.pursuits import simulate_pursuit

TRACK = TRACKS["adelaide"]


def recording(*rows, gate=()):
    """Passings as (s, loop)."""

    def stream(name, found):
        time = np.array([round(t * SECOND) for t, _ in found], np.int64)
        return Stream(name, time, {"loop": np.array([float(loop) for _, loop in found])})

    return Recording({"passings": stream("passings", rows)} | ({"gate": stream("gate", gate)} if gate else {}))


def test_half_laps_by_hand():
    found = passed(np.array([0.0, 8.1, 15.9, 23.6]), np.array([237.5, 112.5, 237.5, 112.5]), 250.0)
    assert found.distance.tolist() == [0.0, 125.0, 250.0, 375.0]
    assert [t.tolist() for t in line_times(found, 125.0)] == [[0.0, 8.1, 15.9, 23.6]]
    ends, taken = splits(found, 250.0)
    assert ends.tolist() == [15.9, 23.6]
    np.testing.assert_allclose(taken, [15.9, 15.5])


def test_a_missed_passing_is_reported_and_its_times_are_absent():
    time = np.array([0.0, 8.0, 24.0, 32.0])  # the one at 16 s is not there
    position = np.array([0.0, 125.0, 125.0, 0.0])
    found = passed(time, position, 250.0)
    assert found.distance.tolist() == [0.0, 125.0, 375.0, 500.0]
    np.testing.assert_array_equal(line_times(found, 250.0)[0], [0.0, np.nan, 32.0])
    (gap,) = missed(time, position, 250.0)
    assert (gap.position, gap.distance, gap.after, gap.before) == (0.0, 250.0, 8.0, 24.0)
    assert missed(time[:2], position[:2], 250.0) == ()


def test_whole_laps_that_no_loop_saw_are_told_by_the_speed():
    time = np.array([0.0, 16.0, 32.0, 64.0, 80.0])
    found = passed(time, np.zeros(5), 250.0)
    assert found.distance.tolist() == [0.0, 250.0, 500.0, 1000.0, 1250.0]
    assert [gap.distance for gap in missed(time, np.zeros(5), 250.0)] == [750.0]


def test_a_pause_parts_runs_and_nothing_is_measured_across_it():
    time = np.array([0.0, 16.0, 200.0, 216.0])
    found = passed(time, np.zeros(4), 250.0)
    assert found.run.tolist() == [0, 0, 1, 1]
    assert [t.tolist() for t in line_times(found, 250.0)] == [[0.0, 16.0], [200.0, 216.0]]
    assert splits(found, 250.0)[1].tolist() == [16.0, 16.0]
    assert missed(time, np.zeros(4), 250.0) == ()


def test_a_second_reading_of_one_passing_is_no_lap():
    found = passed(np.array([0.0, 0.2, 16.0]), np.zeros(3), 250.0)
    np.testing.assert_array_equal(found.distance, [0.0, np.nan, 250.0])


def test_a_loop_of_unknown_place_counts_for_nothing():
    found = passed(np.array([0.0, 4.0, 16.0]), np.array([0.0, np.nan, 0.0]), 250.0)
    np.testing.assert_array_equal(found.distance, [0.0, np.nan, 250.0])


def test_passings_out_of_order_are_put_in_order():
    found = passed(np.array([16.0, 0.0, 8.0]), np.array([0.0, 0.0, 125.0]), 250.0)
    assert found.distance.tolist() == [0.0, 125.0, 250.0]


@pytest.mark.parametrize("count", [0, 1])
def test_no_passings_make_no_distance(count):
    found = passed(np.zeros(count), np.zeros(count), 250.0)
    assert found.distance.tolist() == [0.0] * count
    assert splits(found, 250.0)[1].size == 0


def test_placing_gives_runs_from_the_gate_and_laps():
    rows = [(5.0, 1), (15.0, 3), (23.0, 2), (31.0, 3), (39.0, 2), (47.0, 3)]
    found = placed(recording(*rows[1:], gate=[(2.5, 2)]), TRACK)
    assert found.streams["passings"].values["track_position"].tolist() == [112.5, 237.5, 112.5, 237.5, 112.5]
    assert [(e.name, e.start / SECOND, e.stop / SECOND) for e in found.laps] == [
        ("run 1", 2.5, 47.0),
        ("run 1 lap 1", 2.5, 23.0),
        ("run 1 lap 2", 23.0, 39.0),
    ]


def test_a_gate_that_let_someone_else_go_starts_no_run():
    found = placed(recording((15.0, 3), (23.0, 2), gate=[(14.0, 2), (40.0, 2)]), TRACK)
    assert [e.start / SECOND for e in runs(found, TRACK)] == [15.0]


def test_a_lap_whose_line_was_missed_is_not_drawn():
    found = placed(recording((0.0, 1), (8.0, 5), (24.0, 5), (32.0, 1), (48.0, 1)), TRACK)
    assert [e.name for e in found.laps] == ["run 1", "run 1 lap 3"]


def test_a_loop_that_the_track_does_not_know_has_no_place():
    found = placed(recording((0.0, 1), (3.0, 9), (16.0, 1)), TRACK)
    np.testing.assert_array_equal(found.streams["passings"].values["track_position"], [0.0, np.nan, 0.0])
    with pytest.raises(NoSamples):
        placed(recording((0.0, 9)), TRACK)
    with pytest.raises(NoSamples):
        placed(Recording({}), TRACK)


@pytest.fixture(scope="module")
def ride():
    return simulate_pursuit(7, distance=1500.0)


@pytest.fixture(scope="module")
def place(ride):
    time, position = places(placed(ride.timing, ride.track))
    distance = position[0] + passed((time - time[0]) / SECOND, position, 250.0).distance
    rolled = ridden.wheel(ride.hub.streams["record"])
    return ridden.ridden(
        ride.truth.time, passing_time=time, passing_distance=distance, rolled=rolled
    )  # fmt: skip


def test_the_place_at_every_instant_is_known_between_the_loops(ride, place):
    truth = ride.truth.values["distance"] + ride.track.home
    off = place.distance - (truth - 250.0)
    known = ~np.isnan(off)
    assert known.mean() > 0.9
    assert np.abs(off[known]).max() < 0.1
    assert 0.0 < place.error < 0.1
    assert np.nanmedian(place.stretch) == pytest.approx(1.0, abs=0.002)


def test_a_hole_in_the_wheel_leaves_the_place_unknown(ride):
    record = ride.hub.streams["record"]
    kept = np.ones(len(record), bool)
    kept[4000:4100] = False  # a second without readings
    holed = Stream("record", record.time[kept], {"wheel_speed": record.values["wheel_speed"][kept]})
    time, position = places(placed(ride.timing, ride.track))
    distance = passed((time - time[0]) / SECOND, position, 250.0).distance
    found = ridden.ridden(
        ride.truth.time, passing_time=time, passing_distance=distance, rolled=ridden.wheel(holed)
    )  # fmt: skip
    unknown = np.flatnonzero(np.isnan(found.stretch))
    assert 1 <= unknown.size <= 2  # the hole may lie across a passing
    first, last = time[unknown[0]], time[unknown[-1] + 1]
    assert np.isnan(found.distance[(found.time > first) & (found.time < last)]).all()
    assert not np.isnan(found.distance[(found.time > last) & (found.time < time[-1])]).any()


def test_bends_and_straights_are_efforts_in_continuous_time(ride, place):
    efforts = list(ridden.section_efforts(place, ride.track))
    names = [effort.name for effort in efforts]
    assert {"bends 1-2 of lap 2", "back straight of lap 2", "bends 3-4 of lap 2", "home straight of lap 2"} <= set(
        names
    )
    by_name = {effort.name: effort for effort in efforts}
    bend, straight = by_name["bends 1-2 of lap 2"], by_name["back straight of lap 2"]
    assert bend.stop == straight.start
    # 41 m at the true mean speed there
    truth = np.interp([straight.start, straight.stop], ride.truth.time, ride.truth.values["distance"])
    assert truth[1] - truth[0] == pytest.approx(41.0, abs=0.05)


def test_a_section_with_a_hole_is_no_effort(ride, place):
    holed = replace(place, distance=place.distance.copy())
    effort = next(e for e in ridden.section_efforts(place, ride.track) if e.name == "back straight of lap 3")
    holed.distance[(place.time > effort.start + SECOND) & (place.time < effort.start + 2 * SECOND)] = np.nan
    assert "back straight of lap 3" not in [e.name for e in ridden.section_efforts(holed, ride.track)]


def test_a_place_that_was_not_ridden_has_no_time(place):
    with pytest.raises(TooFewSamples):
        ridden.instants_at(np.array([1e6]), place)
    still = ridden.Wheel(place.time, np.zeros(len(place.time)), np.ones(len(place.time), bool))
    with pytest.raises(TooFewSamples):
        ridden.ridden(place.time, passing_time=place.time[:1], passing_distance=np.zeros(1), rolled=still)


def test_a_stream_without_a_wheel_is_named():
    time = np.arange(3) * SECOND
    with pytest.raises(UnknownName):
        ridden.wheel(Stream("a", time, {"power": np.ones(3)}))
    with pytest.raises(TooFewSamples):
        ridden.wheel(Stream("a", time, {"wheel_speed": np.array([np.nan, np.nan, 1.0])}))
    turns = Stream("a", time, {"wheel_revolutions": np.array([0.0, 5.0, 10.0]), "distance": np.zeros(3)})
    assert ridden.wheel(turns, circumference=2.1).distance.tolist() == [0.0, 10.5, 21.0]


def test_turns_counted_while_the_logger_was_silent_are_not_lost():
    time = np.array([0, 1, 2, 20, 21]) * SECOND
    turns = Stream("a", time, {"wheel_revolutions": np.array([0.0, 5.0, 10.0, 100.0, 105.0])})
    rolled = ridden.wheel(turns, circumference=2.0)
    assert rolled.distance.tolist() == [0.0, 10.0, 20.0, 200.0, 210.0]
    assert np.isnan(rolled.at(np.array([11 * SECOND]))).all()  # where it was in the meantime nobody knows
    assert not rolled.unbroken(int(time[0]), int(time[-1]))


def test_a_passing_without_a_place_is_left_out_of_the_distance(ride, place):
    time, position = places(placed(ride.timing, ride.track))
    distance = position[0] + passed((time - time[0]) / SECOND, position, 250.0).distance
    distance[5:9] = np.nan
    found = ridden.ridden(
        ride.truth.time, passing_time=time, passing_distance=distance, rolled=ridden.wheel(ride.hub.streams["record"])
    )
    np.testing.assert_array_equal(np.isnan(found.distance), np.isnan(place.distance))
    assert found.stretch.size == place.stretch.size - 4


def test_the_wheel_tells_a_missed_line_within_its_error(ride):
    time, position = places(placed(ride.timing, ride.track))
    distance = position[0] + passed((time - time[0]) / SECOND, position, 250.0).distance
    missed_ones = np.arange(12, distance.size - 4, 9)
    kept = np.setdiff1d(np.arange(distance.size), missed_ones)
    found = ridden.ridden(
        ride.truth.time, passing_time=time[kept], passing_distance=distance[kept],
        rolled=ridden.wheel(ride.hub.streams["record"]),
    )  # fmt: skip
    when, error = ridden.by_wheel(distance[missed_ones], found)
    off = (when - time[missed_ones]) / SECOND
    assert (error < 0.005).all()
    assert np.abs(off).max() < 5 * error.max()
    with pytest.raises(TooFewSamples):
        ridden.by_wheel(np.array([1e5]), found)
