"""Clocks against loops: what was put in is found, within the errors that are claimed."""

from __future__ import annotations

import numpy as np
import pytest

from paceline.domain.efforts import SECOND
from paceline.domain.errors import NotIdentifiable, TooFewSamples
from paceline.measure import clocks
from paceline.measure.robust_regression import robust_regression
from paceline.measure.track.passed import passed
from paceline.measure.track.ridden import Wheel, wheel
from paceline.measure.track.timing import placed, places
from paceline.record.recordings import Recording
from paceline.record.streams import Stream
from paceline.simulate.pursuits import Noise, Pursuiter, simulate_pursuit


@pytest.fixture(scope="module")
def ride():
    return simulate_pursuit(3, noise=Noise(offset=-7.35, drift=60e-6), rider=Pursuiter(circumference=2.083))


@pytest.fixture(scope="module")
def loops(ride):
    time, position = places(placed(ride.timing, ride.track))
    return time, passed((time - time[0]) / SECOND, position, 250.0).distance


def test_offset_and_drift_are_found_from_the_loops(ride, loops):
    time, distance = loops
    rolled = wheel(ride.hub.streams["record"], circumference=2.1)
    fit = clocks.against_loops(rolled, passing_time=time, passing_distance=distance)
    # The hub was 7.35 s behind at the gate, and gained 60 µs a second since.
    middle = (fit.reference - ride.hub.streams["record"].time[0]) / SECOND
    assert fit.offset.value == pytest.approx(7.35 - 60e-6 * middle, abs=4 * fit.offset.standard_error)
    assert fit.drift.value == pytest.approx(-60e-6, abs=4 * fit.drift.standard_error)
    assert fit.scale.value == pytest.approx(2.083 / 2.1, abs=4 * fit.scale.standard_error)
    assert 0.0 < fit.offset.standard_error < 0.05
    assert np.sqrt(np.mean(fit.residuals**2)) < 0.1


def test_a_loop_that_lies_does_not_spoil_the_fit(ride, loops):
    time, distance = loops
    wild = time.copy()
    wild[[20, 60]] += SECOND // 2
    rolled = wheel(ride.hub.streams["record"], circumference=2.083)
    sound = clocks.against_loops(rolled, passing_time=time, passing_distance=distance)
    spoiled = clocks.against_loops(rolled, passing_time=wild, passing_distance=distance)
    assert spoiled.offset.value == pytest.approx(sound.offset.value, abs=3 * sound.offset.standard_error)
    assert spoiled.offset.discarded >= 2


def test_reclocking_gives_a_new_recording_and_says_what_was_done(ride, loops):
    time, distance = loops
    record = ride.hub.streams["record"]
    rolled = wheel(record, circumference=2.083)
    fit = clocks.against_loops(rolled, passing_time=time, passing_distance=distance)
    before = record.time.copy()
    moved, done = clocks.reclocked(ride.hub, fit)
    assert (record.time == before).all()
    off = (moved.streams["record"].time - ride.truth.time) / SECOND
    assert np.abs(off).max() < 0.02
    assert done.streams == ("record",)
    assert done.offset == fit.offset.value
    again = clocks.against_loops(
        wheel(moved.streams["record"], circumference=2.083), passing_time=time, passing_distance=distance
    )
    assert again.offset.value == pytest.approx(0.0, abs=1e-4)


def test_a_steady_speed_can_not_tell_a_late_clock_from_a_longer_way():
    time = np.arange(0, 200 * SECOND, SECOND // 10)
    random = np.random.default_rng(1)
    rolled = Wheel(time, 15.0 * time / SECOND, np.ones(time.size, bool))
    passing = np.arange(10, 190, 4) * SECOND
    distance = 15.0 * passing / SECOND + random.normal(0.0, 0.01, passing.size)
    with pytest.raises(NotIdentifiable):
        clocks.against_loops(rolled, passing_time=passing, passing_distance=distance)


def test_passings_outside_the_wheels_time_are_too_few():
    rolled = Wheel(np.arange(0, 100) * SECOND, np.arange(100.0), np.ones(100, bool))
    with pytest.raises(TooFewSamples):
        clocks.against_loops(
            rolled, passing_time=np.arange(900, 910) * SECOND, passing_distance=np.arange(10.0)
        )  # fmt: skip


def test_two_meters_on_one_bike_share_their_power():
    random = np.random.default_rng(5)
    seconds = np.arange(0.0, 900.0, 1.0)

    def power(at):
        return 250.0 + 80.0 * np.sin(at / 17.0) + 60.0 * np.sin(at / 5.3 + 1.0) + 40.0 * np.sin(at / 41.0)

    trusted = Stream("a", (seconds * SECOND).astype(np.int64), {"power": power(seconds) + random.normal(0, 3, 900)})
    # The other meter reads 3 % high, and its clock says 100.4 s too much.
    other = Stream(
        "b", ((seconds + 100.4) * SECOND).astype(np.int64), {"power": 1.03 * power(seconds) + random.normal(0, 3, 900)}
    )
    fit = clocks.by_correlation(trusted, other, "power")
    assert fit.offset.value == pytest.approx(-100.4, abs=4 * fit.offset.standard_error)
    assert fit.offset.standard_error < 0.05
    assert fit.scale.value == pytest.approx(1 / 1.03, abs=0.01)
    moved, _ = clocks.reclocked(Recording({"b": other}), fit)
    assert np.abs(moved.streams["b"].time - trusted.time).max() / SECOND < 0.1


def test_a_hole_in_one_of_two_streams_stays_a_hole():
    seconds = np.arange(0.0, 600.0)
    curve = 200.0 + 50.0 * np.sin(seconds / 11.0) + 30.0 * np.sin(seconds / 4.0)
    kept = (seconds < 200) | (seconds > 320)
    whole = Stream("a", (seconds * SECOND).astype(np.int64), {"power": curve})
    holed = Stream("b", (seconds[kept] * SECOND).astype(np.int64), {"power": curve[kept]})
    fit = clocks.by_correlation(whole, holed, "power")
    assert fit.offset.value == pytest.approx(0.0, abs=1e-6)
    assert not ((fit.time > 200 * SECOND) & (fit.time < 319 * SECOND)).any()


def test_the_circumference_comes_from_whole_laps(ride, loops):
    time, distance = loops
    record = ride.hub.streams["record"]
    turned = wheel(Stream("r", ride.truth.time, record.values), circumference=1.0)
    found = clocks.circumference(turned, passing_time=time, passing_distance=distance, lap_length=250.0)
    assert found.value == pytest.approx(2.083, abs=4 * found.standard_error)
    assert found.standard_error < 0.001
    low, high = found.interval()
    assert low < 2.083 < high
    assert found.used >= 14


def test_laps_with_a_hole_in_the_wheel_do_not_count(ride, loops):
    time, distance = loops
    kept = np.ones(len(ride.truth), bool)
    kept[10_000:12_000] = False
    values = {"wheel_revolutions": ride.hub.streams["record"].values["wheel_revolutions"][kept]}
    turned = wheel(Stream("r", ride.truth.time[kept], values), circumference=1.0)
    found = clocks.circumference(turned, passing_time=time, passing_distance=distance, lap_length=250.0)
    assert found.used + found.discarded <= 14
    assert found.value == pytest.approx(2.083, abs=0.001)
    with pytest.raises(TooFewSamples):
        clocks.circumference(turned, passing_time=time[:20], passing_distance=distance[:20], lap_length=250.0)


def test_a_regression_agrees_with_least_squares_on_normal_errors():
    random = np.random.default_rng(2)
    x = random.normal(size=400)
    columns = np.stack([np.ones(400), x], axis=1)
    errors = []
    for _ in range(200):
        fit = robust_regression(columns, 1.0 + 2.0 * x + random.normal(0.0, 0.3, 400), model="made")
        errors.append((fit.parameters[1] - 2.0) / fit.covariance[1, 1] ** 0.5)
    assert np.std(errors) == pytest.approx(1.0, abs=0.15)
    with pytest.raises(NotIdentifiable):
        robust_regression(np.ones((10, 2)), np.arange(10.0), model="made")
