"""The same ride from two devices or in two formats is recognised by its content; two riders never are."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paceline.domain.efforts import SECOND
from paceline.record.recordings import Recording
from paceline.record.sameness import on_one_clock, rides, same_ride
from paceline.record.streams import Stream

START = 1_600_000_000
HOUR = 3600


def wander(seed: int, spread: float, *, memory: float, length: int = HOUR) -> np.ndarray:
    """Noise that forgets itself over 1 / (1 - memory) samples."""
    steps = np.random.default_rng(seed).normal(0, 1, length)
    out = np.zeros(length)
    for i in range(1, length):
        out[i] = memory * out[i - 1] + np.sqrt(1 - memory**2) * steps[i]
    return spread * out


def road(seed: int) -> dict[str, np.ndarray]:
    speed = np.clip(9 + wander(seed, 2, memory=0.98), 1, 20)
    altitude = 200 + wander(seed + 1, 40, memory=0.999)
    return {
        "speed": speed,
        "altitude": altitude,
        "latitude": 10 + np.cumsum(speed) * 5e-6,
        "longitude": 20 + wander(seed + 2, 0.01, memory=0.9999),
    }


def body(seed: int, *, level: float = 200.0, effort: np.ndarray | None = None) -> dict[str, np.ndarray]:
    """Power and heart rate of one rider: a shared effort, and what only these legs and this heart do."""
    shared = wander(seed + 3, 60, memory=0.95) if effort is None else effort
    power = np.clip(level + shared + wander(seed + 4, 35, memory=0.5), 0, None)
    smooth = np.convolve(power, np.exp(-np.arange(240) / 40) / 40)[:HOUR]
    rate = 90 + 0.28 * smooth + wander(seed + 5, 2.5, memory=0.95)
    return {"power": np.round(power), "heart_rate": np.round(rate)}


def recording(values: dict[str, np.ndarray], *, start: int = START, dated: bool = True, part: slice = slice(None)):
    length = len(next(iter(values.values())))
    time = ((start if dated else 0) + np.arange(length)) * SECOND
    return Recording({"record": Stream("record", time[part], {n: v[part] for n, v in values.items()})}, dated=dated)


def noisy(values: dict[str, np.ndarray], seed: int) -> dict[str, np.ndarray]:
    """The same ride as a second set of sensors on the same rider and bike would write it."""
    spread = {"power": 6, "heart_rate": 0.7, "speed": 0.15, "altitude": 1.0, "latitude": 3e-5, "longitude": 3e-5}
    rng = np.random.default_rng(seed)
    factor = {"power": 1.03, "altitude": 1.0}
    return {n: v * factor.get(n, 1.0) + rng.normal(0, spread[n], len(v)) for n, v in values.items()}


RIDE = {**road(1), **body(1)}
OTHER = {**road(50), **body(50)}
BESIDE = {**noisy(road(1), 5), **body(70, effort=wander(4, 60, memory=0.95))}


def test_a_recording_is_the_same_as_itself():
    found = same_ride(recording(RIDE), recording(RIDE))
    assert found is not None
    assert found.shift == 0


def test_even_a_few_identical_readings_are_the_same():
    assert same_ride(recording(RIDE, part=slice(5)), recording(RIDE, part=slice(5))) is not None


def test_recordings_without_samples_are_never_the_same():
    assert same_ride(Recording({}), Recording({})) is None
    assert same_ride(recording(RIDE, part=slice(0)), recording(RIDE)) is None


def test_another_format_that_rounds_and_lacks_channels_is_the_same():
    other = {n: np.round(v, 6) for n, v in RIDE.items() if n in ("latitude", "longitude", "altitude", "heart_rate")}
    found = same_ride(recording(RIDE), recording(other))
    assert found is not None
    assert set(found.evidence) == {"heart_rate"}


def test_another_format_with_nothing_but_positions_is_the_same():
    other = {n: np.round(RIDE[n], 6) for n in ("latitude", "longitude")}
    found = same_ride(recording(RIDE), recording(other))
    assert found is not None
    assert set(found.evidence) == {"latitude", "longitude"}


def test_two_devices_on_one_rider_are_the_same():
    found = same_ride(recording(RIDE), recording(noisy(RIDE, 9)))
    assert found is not None
    assert set(found.evidence) == {"power", "heart_rate"}


def test_two_devices_with_clocks_a_few_seconds_apart_are_the_same():
    found = same_ride(recording(RIDE), recording(noisy(RIDE, 9), start=START + 17))
    assert found is not None
    assert found.shift == -17


def test_a_file_in_local_time_is_the_same():
    for zone in (7 * HOUR, -4 * HOUR, 5 * HOUR + 2700):
        found = same_ride(recording(RIDE), recording(RIDE, start=START + zone))
        assert found is not None
        assert found.shift == -zone


def test_a_clock_that_is_off_by_no_time_zone_is_not_explained():
    assert same_ride(recording(RIDE), recording(RIDE, start=START + 7 * HOUR + 400)) is None


def test_the_same_numbers_days_apart_are_not_the_same_ride():
    assert same_ride(recording(RIDE), recording(RIDE, start=START + 3 * 86_400)) is None


def test_an_undated_file_is_found_by_its_content():
    found = same_ride(recording(RIDE), recording(RIDE, dated=False, part=slice(600, 3000)))
    assert found is not None
    assert found.shift == START
    assert same_ride(recording(RIDE, dated=False), recording(OTHER, dated=False)) is None


def test_a_recording_every_few_seconds_is_the_same():
    assert same_ride(recording(RIDE), recording(RIDE, part=slice(None, None, 7))) is not None


def test_a_lap_that_was_saved_apart_is_the_same():
    assert same_ride(recording(RIDE), recording(RIDE, part=slice(1000, 1600))) is not None


def test_files_that_share_only_their_ends_are_apart():
    assert same_ride(recording(RIDE, part=slice(0, 2000)), recording(RIDE, part=slice(1800, 3600))) is None


def test_two_riders_side_by_side_are_apart():
    assert same_ride(recording(RIDE), recording(BESIDE)) is None


def test_two_riders_side_by_side_of_the_same_strength_are_apart():
    twin = {**noisy(road(1), 5), **body(90, effort=wander(4, 60, memory=0.95))}
    twin["power"] *= np.median(RIDE["power"]) / np.median(twin["power"])
    assert same_ride(recording(RIDE), recording(twin)) is None


def test_two_riders_without_body_sensors_are_apart():
    assert same_ride(recording(road(1)), recording(noisy(road(1), 5))) is None


def test_a_tandem_with_one_wheel_sensor_is_two_riders():
    stoker = {**road(1), **body(70, effort=wander(4, 60, memory=0.95))}
    assert same_ride(recording(RIDE), recording(stoker)) is None


def test_two_riders_in_one_erg_class_are_apart():
    steps = np.repeat([0.0, 120, -40, 120, -40, 120, -40, 120, -40, 0], 360)
    first = {k: v for k, v in body(11, effort=steps).items() if k == "power"}
    second = {k: v for k, v in body(31, effort=steps).items() if k == "power"}
    assert same_ride(recording(first), recording(second)) is None


def test_a_wrist_that_misreads_the_heart_does_not_hide_the_same_power_meter():
    wrist = {**RIDE, "heart_rate": RIDE["heart_rate"] * 0.6}
    assert same_ride(recording(RIDE), recording(wrist)) is not None


def test_the_order_of_two_recordings_does_not_matter():
    pairs = [(RIDE, noisy(RIDE, 9)), (RIDE, BESIDE), (RIDE, OTHER)]
    for ours, theirs in pairs:
        first, second = recording(ours), recording(theirs, start=START + 31)
        forth, back = same_ride(first, second), same_ride(second, first)
        assert (forth is None) == (back is None)
        assert forth is None or back is None or (forth.shift, forth.evidence) == (-back.shift, back.evidence)


def test_rides_are_grouped_whatever_the_order():
    named = {
        "a": recording(RIDE),
        "a, second device": recording(noisy(RIDE, 9), start=START + 5),
        "a, lap": recording(RIDE, part=slice(1000, 1600)),
        "a, undated": recording(RIDE, dated=False),
        "beside": recording(BESIDE),
        "other": recording(OTHER, start=START + HOUR),
        "nothing": recording(RIDE, part=slice(0)),
    }
    names = {id(r): n for n, r in named.items()}
    for order in list(permutations(named.values()))[::701]:
        found = {frozenset(names[id(r)] for r in ride) for ride in rides(order)}
        assert found == {
            frozenset({"a", "a, second device", "a, lap", "a, undated"}),
            frozenset({"beside"}),
            frozenset({"other"}),
            frozenset({"nothing"}),
        }


def test_rides_come_in_the_order_in_which_they_were_given():
    first, second = recording(OTHER, start=START + 2 * HOUR), recording(RIDE)
    again = replace(second)
    assert rides([first, second, again]) == ((first,), (second, again))
    assert rides([]) == ()


def begins(recordings) -> list[int]:
    return [int(r.streams["record"].time[0] // SECOND) for r in recordings]


def test_the_recordings_of_a_ride_are_put_on_the_first_dated_clock():
    group = [recording(RIDE, dated=False), recording(RIDE), recording(RIDE, start=START + 2 * HOUR)]
    assert begins(on_one_clock(group)) == [START, START, START]
    assert begins(group) == [0, START, START + 2 * HOUR]


def test_a_lap_in_local_time_finds_its_place_through_the_whole_ride():
    laps = [recording(RIDE, part=slice(0, 900)), recording(RIDE, start=START + HOUR, part=slice(2000, 2900))]
    assert begins(on_one_clock([*laps, recording(RIDE)])) == [START, START + 2000, START]


def test_recordings_that_are_not_the_same_stay_where_they_are():
    assert begins(on_one_clock([recording(RIDE), recording(OTHER, start=START + 5)])) == [START, START + 5]
    assert on_one_clock([]) == ()


anything = st.floats(allow_nan=True, allow_infinity=True)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(anything, min_size=70, max_size=70),
    st.lists(st.integers(-(2**63), 2**63 - 1), min_size=70, max_size=70),
    st.booleans(),
    st.booleans(),
)
def test_whatever_the_readings_a_comparison_is_made_without_a_warning(values, times, even, dated):
    column = np.resize(np.array(values), 700)
    time = np.arange(700) * SECOND if even else np.resize(np.array(times, np.int64), 700)
    streams = [Stream("record", time, dict.fromkeys(("power", "speed", "altitude"), c)) for c in (column, column[::-1])]
    made = [Recording({"record": stream}, dated=dated) for stream in streams]
    assert (same_ride(*made) is None) == (same_ride(*made[::-1]) is None)


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e308, -1e308, 0.0])
def test_worthless_readings_are_survived(value: float):
    column = np.full(400, value)
    time = np.arange(400) * SECOND
    made = [Recording({"record": Stream("record", time + i, {"power": column, "speed": column})}) for i in range(2)]
    assert same_ride(*made) is None or value == 0.0
