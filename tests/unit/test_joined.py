"""What joins a ride: passings, weather, and turns of a wheel; and what is said where something can't be told."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest

from paceline.domain.devices import Device
from paceline.domain.efforts import SECOND, Effort
from paceline.domain.errors import SettingsError
from paceline.domain.tracks import TRACKS
from paceline.measure.grids import Grid, on_grid
from paceline.measure.sessions import sessions
from paceline.measure.settings import Settings, load
from paceline.measure.sources import Constant, serve
from paceline.measure.track.loop_clock import clock_fit
from paceline.measure.track.ridden import wheel
from paceline.measure.track.timing import placed
from paceline.record.recordings import Problem, RawFile, Recording
from paceline.record.streams import Stream
from paceline.simulate.pursuits import START, simulate_pursuit

HALL = TRACKS["adelaide"]
LATE = 2.1
"""s that the Bluetooth log's clock is behind the loops'."""


@pytest.fixture(scope="module")
def ride():
    return simulate_pursuit(4, distance=2000.0)


@pytest.fixture(scope="module")
def bluetooth(ride):
    """Whole turns and the time at which they ended, as a meter tells them once a second, 30 ms late."""
    told = np.arange(ride.truth.time[0] + SECOND, ride.truth.time[-1], SECOND)
    seconds = (told - START) / SECOND
    clock = (ride.truth.time - START) / SECOND
    rolled = ride.truth.values["distance"] / ride.rider.circumference
    turns = np.floor(np.interp(seconds, clock, rolled))
    ended = np.round((np.interp(turns, rolled, clock) + 7.0) * 2048) / 2048
    cranked = rolled / ride.rider.gear
    strokes = np.floor(np.interp(seconds, clock, cranked))
    values = {
        "power": np.interp(seconds, clock, ride.truth.values["power"]),
        "wheel_revolutions": turns,
        "wheel_event_time": ended,
        "crank_revolutions": strokes,
        "crank_event_time": np.interp(strokes, cranked, clock),
    }
    log = told - round((LATE - 0.03) * SECOND)
    return Recording({"record": Stream("record", log, values)}, Device("power", product="meter"), "cycling")


def file(*recordings, name="a.csv", problems=()):
    return RawFile(f"/nowhere/{name}", "made", name, recordings, problems)


def transponder(ride, serial):
    return replace(ride.timing, device=Device("timing", serial=serial))


def settings(folder, text):
    path = folder / "paceline.yaml"
    path.write_text(text)
    return load(path)


def test_turns_and_their_times_give_speed_distance_and_cadence(ride, bluetooth):
    stream = bluetooth.streams["record"]
    effort = Effort("middle", int(stream.time[40]), int(stream.time[90]))
    known = {"wheel_circumference": Constant(ride.rider.circumference, "wheel circumference of a test")}
    served = serve([bluetooth], effort, constants=known)
    clock = (ride.truth.time - START) / SECOND
    at = (effort.start - START) / SECOND + LATE + np.arange(50) + 0.4
    truth = np.interp(at, clock, ride.truth.values["wheel_speed"])
    np.testing.assert_allclose(served.values["speed"][:-1], truth[:-1], rtol=0.02)
    assert served.sources["speed"].name == (
        "wheel_revolutions of record and wheel_event_time of record and wheel circumference of a test, derived: "
        "turns in the time they took"
    )
    turns_a_second = truth / ride.rider.circumference / ride.rider.gear
    np.testing.assert_allclose(served.values["cadence"][:-1], turns_a_second[:-1] * 60.0, rtol=0.03)
    assert served.values["distance"][0] == 0.0
    assert served.values["distance"][-1] == pytest.approx(np.sum(truth[:-1]), rel=0.01)


def test_without_a_circumference_turns_give_no_speed_but_a_cadence(bluetooth):
    stream = bluetooth.streams["record"]
    served = serve([bluetooth], Effort("all", int(stream.time[0]), int(stream.time[-1])))
    assert "speed" not in served.values
    assert "cadence" in served.values


def test_a_counter_that_is_silent_or_goes_back_says_nothing_there():
    turns = np.array([0.0, 4.0, np.nan, 12.0, 2.0, 6.0, 10.0])
    stream = Stream("record", np.arange(7) * SECOND, {"wheel_revolutions": turns})
    known = {"wheel_circumference": Constant(2.0, "made")}
    served = serve([Recording({"record": stream})], Effort("all", 0, 7 * SECOND), constants=known)
    np.testing.assert_array_equal(served.values["speed"], [8.0, np.nan, np.nan, np.nan, 8.0, 8.0, np.nan])


def test_a_bluetooth_log_is_put_on_the_loops_clock(ride, bluetooth):
    fit = clock_fit(bluetooth.streams["record"], placed(ride.timing, HALL), HALL, wheel_circumference=None)
    assert fit.offset.value == pytest.approx(LATE, abs=0.1)
    assert fit.scale.value * 2.1 == pytest.approx(ride.rider.circumference, rel=0.003)
    assert np.sqrt(np.mean(fit.residuals**2)) < 1.0


def test_the_roll_out_stands_in_for_a_circumference_that_is_not_set(ride, bluetooth):
    (session,) = sessions(
        [file(bluetooth), file(transponder(ride, "1"), name="b")], settings=Settings("made", track=HALL)
    )
    assert session.settings["wheel_circumference"].value == pytest.approx(ride.rider.circumference, rel=0.003)
    assert "the roll-out between timing loops" in session["moving_time"].sources[0].name
    assert session.clocks[0].offset == pytest.approx(LATE, abs=0.1)
    assert bluetooth.streams["record"].time[0] != session.recordings[0].streams["record"].time[0]


def test_only_the_named_transponder_joins_and_its_name_is_in_no_message(ride, bluetooth, tmp_path):
    log = file(transponder(ride, "424201"), transponder(ride, "424202"), name="log")
    for text, count in (("transponder: 424202", 2), ("transponder: 99", 1)):
        known = settings(tmp_path, f"track: adelaide\nathlete: {{{text}}}\n")
        (session,) = sessions([file(bluetooth), log], settings=known)
        assert len(session.recordings) == count
        assert not any("4242" in finding.message for finding in session.findings)
    assert [f.count for f in session.findings if f.kind == "transponder"] == [2]


def test_local_passings_are_read_in_the_zone_that_brings_them_into_the_ride(ride, bluetooth, tmp_path):
    local = transponder(ride, "1").shifted(2 * 3600)
    log = file(local, name="log", problems=(Problem("zone", "Local time."),))
    known = settings(tmp_path, "zone: Europe/Berlin\ntrack: adelaide\n")
    (session,) = sessions([file(bluetooth), log], settings=known)
    np.testing.assert_array_equal(session.recordings[-1].streams["passings"].time, ride.timing.streams["passings"].time)
    assert [f.kind for f in session.findings if f.kind == "time_zone"] == ["time_zone"]


def test_an_hourly_station_speaks_between_its_readings_and_an_hour_beyond():
    time = np.array([0, 3600, 7200]) * SECOND
    stream = Stream(
        "weather", time, {"temperature": np.array([10.0, 20.0, 40.0]), "wind_direction": np.array([350.0, 10.0, 20.0])}
    )
    grid = Grid(-2 * 3600 * SECOND, 1800.0, 10)
    cells = on_grid(stream, "temperature", grid)
    np.testing.assert_allclose(cells.values[2:9], [10.0, 10.0, 12.5, 17.5, 25.0, 35.0, 40.0])
    assert np.isnan(cells.values[:2]).all()
    assert on_grid(stream, "wind_direction", grid).values[4:6].tolist() == [350.0, 10.0]
    assert cells.readings == 3


def test_a_device_on_the_bike_is_believed_before_a_station():
    measured = np.where(np.arange(60) < 30, 25.0, np.nan)
    own = Stream("record", np.arange(60) * SECOND, {"temperature": measured, "power": np.full(60, 200.0)})
    air = Stream(
        "weather", np.array([0, 600]) * SECOND, {"temperature": np.full(2, 15.0), "altitude": np.full(2, 400.0)}
    )
    (session,) = sessions([file(Recording({"record": own})), file(Recording({"weather": air}), name="air.csv")])
    assert session["average_temperature"].value == 25.0
    assert "altitude" not in session.served().values
    assert session.whole.duration == 60.0


@pytest.mark.parametrize("text", [
    "track: atlantis", "track: {length: 250}", "track: {name: adelaide, length: 77777}",
    "track: {name: adelaide, loops: {one: 0.0}}", "track: {name: adelaide, loops: {1: 300.0}}",
    "track: {name: adelaide, straight: 120}", "athlete: {transponder: [1]}", "athlete: {transponder: ''}", "station: 3",
])  # fmt: skip
def test_a_track_or_a_name_that_cannot_be_is_refused(tmp_path, text):
    with pytest.raises(SettingsError):
        settings(tmp_path, text)


def test_a_track_is_a_known_one_with_ones_own_figures_or_all_ones_own(tmp_path):
    known = settings(tmp_path, "track: {name: adelaide, loops: {1: 0.0, 9: 100.0}}").track
    assert (known.length, dict(known.loops), "loops" in known.approximate) == (250.0, {1: 0.0, 9: 100.0}, False)
    figures = "length: 200, straight: 35, radius: 18, banking_straight: 12, banking_bend: 45, width: 6, loops: {1: 0}"
    assert settings(tmp_path, f"track: {{{figures}}}").track.length == 200.0


def test_a_transponder_may_change_with_the_day(tmp_path):
    known = settings(tmp_path, "athlete: {transponder: [{from: 2024-01-01, value: a1}, {from: 2024-06-01, value: 7}]}")
    days = [dt.date(2023, 1, 1), dt.date(2024, 2, 1), dt.date(2024, 7, 1)]
    assert [known.transponder(day) for day in days] == [None, "a1", "7"]


def test_turns_are_taken_when_they_ended_not_when_the_packet_came(ride, bluetooth):
    stream = bluetooth.streams["record"]
    random = np.random.default_rng(6)
    late = random.exponential(0.15, len(stream))  # the air is busy: packets wait
    jumbled = replace(stream, time=stream.time + (late * SECOND).astype(np.int64))
    rolled = wheel(jumbled, circumference=ride.rider.circumference)
    by_packet = wheel(
        Stream("record", jumbled.time, {"wheel_revolutions": stream.values["wheel_revolutions"]}),
        circumference=ride.rider.circumference,
    )
    at = np.arange(ride.truth.time[0] + 40 * SECOND, ride.truth.time[-1] - 20 * SECOND, SECOND)
    true = np.interp(at, ride.truth.time, ride.truth.values["distance"])
    off = [np.std(each.at(at - round(LATE * SECOND)) - true) for each in (rolled, by_packet)]
    assert off[0] < 0.1
    assert off[1] > 1.0


def test_a_turn_that_is_told_twice_counts_once(bluetooth):
    stream = bluetooth.streams["record"]
    twice = Stream(
        "record", np.sort(np.concatenate([stream.time, stream.time + SECOND // 4])),
        {name: np.repeat(column, 2) for name, column in stream.values.items()},
    )  # fmt: skip
    once, again = (wheel(each, circumference=2.1) for each in (stream, twice))
    np.testing.assert_allclose(again.distance, once.distance)
