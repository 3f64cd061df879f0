"""The simulated ride: the same for the same seed, true to its physics, plausible, and honest about what it recorded."""

from __future__ import annotations

import numpy as np
import pytest

from paceline.domain.channels import CHANNELS
from paceline.domain.efforts import SECOND
from paceline.measure import resistance
from paceline.simulate.ride import START, simulate_ride


@pytest.fixture(scope="module")
def ride():
    return simulate_ride(1)


def test_the_same_seed_gives_the_same_ride_and_another_seed_another(ride):
    again, other = simulate_ride(1), simulate_ride(2)
    for name, stream in ride.recording.streams.items():
        np.testing.assert_array_equal(stream.time, again.recording.streams[name].time)
        for channel, column in stream.values.items():
            np.testing.assert_array_equal(column, again.recording.streams[name].values[channel])
    mine, theirs = (r.truth.stream.values["power"] for r in (ride, other))
    assert not np.array_equal(mine, theirs)


@pytest.mark.parametrize("seed", range(4))
def test_the_ride_is_one_that_a_person_could_ride(seed):
    ride = simulate_ride(seed)
    values = ride.recording.streams["record"].values
    power = values["power"]
    fourth = np.mean(np.convolve(power, np.full(30, 1 / 30), "valid") ** 4) ** 0.25
    assert 185 < power.mean() < 215
    assert 215 < fourth < 245
    assert 800 < power.max() < 1050
    assert 7.5 < values["speed"].mean() < 10.5
    assert values["speed"].max() < 20
    assert 130 < values["heart_rate"].mean() < 170
    assert 60 < values["cadence"][power > 0].mean() < 100
    assert np.ptp(values["altitude"]) > 60


def test_every_reading_lies_in_the_catalogue_s_range(ride):
    for stream in ride.recording.streams.values():
        for name, column in stream.values.items():
            low, high = CHANNELS[name].low, CHANNELS[name].high
            read = column[~np.isnan(column)]
            assert low <= read.min(), name
            assert read.max() <= high, name


def test_speed_follows_from_power_by_the_energy_balance(ride):
    load, truth = ride.truth.load, ride.truth.stream.values
    tempo = next(lap for lap in ride.recording.laps if lap.name == "tempo")
    begin, end = (tempo.start - START) // SECOND, (tempo.stop - START) // SECOND
    now, before = slice(begin + 1, end), slice(begin, end - 1)
    speed = (truth["speed"][now] + truth["speed"][before]) / 2
    taken = resistance.steady_power(
        speed,
        air_speed=speed + truth["head_wind"][before],
        cda=load.cda,
        crr=load.crr,
        mass=load.mass,
        air_density=load.air_density,
        slope=truth["slope"][before],
    ) + resistance.kinetic_power(
        truth["speed"][before], truth["speed"][now], duration=1.0, mass=load.mass, rotating_mass=load.rotating_mass
    )
    given = truth["power"][now] * load.efficiency
    assert taken.sum() == pytest.approx(given.sum(), rel=0.01)
    assert np.abs(taken - given).max() < 40


def test_distance_is_the_sum_of_speed_and_the_altitude_closes_with_the_course(ride):
    truth = ride.truth.stream.values
    summed = np.cumsum((truth["speed"][1:] + truth["speed"][:-1]) / 2)
    np.testing.assert_allclose(truth["distance"][1:], summed, atol=12.0)
    climbed = np.sum(np.diff(truth["distance"]) * truth["slope"][:-1])
    assert climbed == pytest.approx(truth["altitude"][-1] - truth["altitude"][0], abs=2.0)


def test_the_map_shows_the_distance_ridden_in_the_open_ocean(ride):
    truth = ride.truth.stream.values
    east = np.diff(truth["longitude"]) * 111_320.0
    north = np.diff(truth["latitude"]) * 111_320.0
    assert np.hypot(east, north).sum() == pytest.approx(truth["distance"][-1], rel=0.001)
    assert np.abs(truth["latitude"]).max() < 0.1
    assert np.abs(truth["longitude"] + 30.0).max() < 0.1


def test_the_pause_at_the_cafe_is_not_recorded_but_noted(ride):
    record = ride.recording.streams["record"]
    steps = np.diff(record.time) // SECOND
    assert np.unique(steps).tolist() == [1, 271]
    pause = int(np.argmax(steps))
    actions = [(event.time, event.action) for event in ride.recording.events]
    assert [action for _, action in actions] == ["start", "stop_all", "start", "stop_all"]
    assert actions[1][0] == record.time[pause] + SECOND
    assert actions[2][0] == record.time[pause + 1]
    assert record.values["speed"][pause] == 0.0
    assert record.values["distance"][pause + 1] == record.values["distance"][pause]


def test_the_laps_are_named_and_cover_every_sample_that_was_recorded(ride):
    laps, record = ride.recording.laps, ride.recording.streams["record"]
    assert [lap.name for lap in laps][:3] == ["warm-up", "interval 1", "recovery 1"]
    held = sum((record.time >= lap.start) & (record.time < lap.stop) for lap in laps)
    assert held[:-1].tolist() == [1] * (len(record) - 1)
    assert laps[-1].stop == record.time[-1]


def test_the_beats_agree_with_the_heart_rate(ride):
    beats = ride.recording.streams["rr"]
    record = ride.recording.streams["record"]
    tempo = next(lap for lap in ride.recording.laps if lap.name == "tempo")
    chosen = (beats.time >= tempo.start) & (beats.time < tempo.stop)
    rate = 60.0 / beats.values["rr_interval"][chosen].mean()
    same = (record.time >= tempo.start) & (record.time < tempo.stop)
    assert rate == pytest.approx(record.values["heart_rate"][same].mean(), rel=0.01)
    next_to = np.diff(ride.truth.beats)
    assert (next_to > 0).all()


def test_the_recording_is_the_truth_within_what_its_sensors_resolve(ride):
    record, truth = ride.recording.streams["record"], ride.truth.stream
    at = np.searchsorted(truth.time, record.time)
    np.testing.assert_array_equal(truth.time[at], record.time)
    for name, error in {"heart_rate": 0.5, "cadence": 0.5, "speed": 0.0005, "distance": 0.005}.items():
        assert np.abs(record.values[name] - truth.values[name][at]).max() <= error + 1e-9, name
    assert np.abs(record.values["power"] - truth.values["power"][at]).mean() < 3.0
    assert np.isnan(record.values["left_balance"]).any()


def test_any_length_from_ten_minutes_on_can_be_had(ride):
    short = simulate_ride(5, duration=600)
    assert short.truth.stream.time[-1] - short.truth.stream.time[0] == 600 * SECOND
    assert len(short.recording.laps) == len(ride.recording.laps)
    with pytest.raises(ValueError, match="at least 600 s"):
        simulate_ride(5, duration=599)
