"""Simulated rides, where the truth is known: what was broken is found, what was not is left alone."""

from __future__ import annotations

from functools import cache, partial

import numpy as np
import pytest

from paceline.record.quality import assess
from paceline.record.sameness import rides, same_ride
from paceline.record.streams import Flag, Stream
from paceline.simulate import faults
from paceline.simulate.ride import SimulatedRide, simulate_ride


@cache
def sound(seed: int = 3) -> SimulatedRide:
    return simulate_ride(seed)


def pushing(stream: Stream, *, seconds: int) -> float:
    """Where the rider has been pushing for ten seconds and goes on, in seconds from the start."""
    hard = (stream.values["power"] > 120) & (stream.values["cadence"] > 60)
    runs = np.lib.stride_tricks.sliding_window_view(hard, seconds + 20).all(axis=1)
    return float(stream.time[np.flatnonzero(runs)[0] + 10] - stream.time[0]) / 1e9


@pytest.mark.parametrize("seed", range(3))
def test_a_sound_ride_has_nothing_but_its_pause(seed: int):
    assert {f.kind for f in assess(sound(seed).recording).findings} == {"pause"}


@pytest.mark.parametrize(
    ("flag", "channel", "break_it", "seconds"),
    [
        (Flag.SPIKE, "power", faults.power_spike, 1),
        (Flag.DROPOUT, "power", partial(faults.zero_dropout, channel="power", duration=2.0), 2),
        (Flag.DROPOUT, "cadence", partial(faults.zero_dropout, channel="cadence", duration=5.0), 5),
        (Flag.DROPOUT, "heart_rate", partial(faults.zero_dropout, channel="heart_rate", duration=30.0), 30),
        (Flag.SPIKE, "speed", partial(faults.zero_dropout, channel="speed", duration=2.0), 2),
    ],
)
def test_what_was_broken_is_flagged_and_nothing_else(flag: Flag, channel: str, break_it, seconds: int):
    at = pushing(sound().recording.streams["record"], seconds=seconds)
    broken = simulate_ride(3, faults=[partial(break_it, at=at)])
    stream, fault = assess(broken.recording).recording.streams["record"], broken.truth.faults[0]
    flagged = stream.time[(stream.flags[channel] & flag).astype(bool)]
    wrong = stream.time[(stream.time >= fault.start) & (stream.time < fault.stop)]
    assert flagged.tolist() == wrong.tolist()


def test_a_clock_that_was_set_back_for_a_while_is_flagged_there():
    broken = simulate_ride(3, faults=[partial(faults.backward_time, at=900.0, duration=30.0)])
    stream = assess(broken.recording).recording.streams["record"]
    assert np.flatnonzero(stream.flags["time"] & Flag.TIME).tolist() == list(range(900, 930))


def test_samples_that_were_never_written_are_a_gap():
    broken = simulate_ride(3, faults=[partial(faults.gap, at=900.0, duration=60.0)])
    gaps = [f for f in assess(broken.recording).findings if (f.stream, f.kind) == ("record", "gap")]
    assert [(f.stop - f.start) // 10**9 for f in gaps] == [61]


def test_rides_of_one_plan_at_one_time_by_different_riders_stay_apart():
    assert all(len(ride) == 1 for ride in rides([sound(seed).recording for seed in range(3)]))


def test_a_damaged_copy_of_a_ride_is_the_same_ride():
    breaks = [
        partial(faults.power_spike, at=500.0),
        partial(faults.zero_dropout, channel="heart_rate", at=700.0, duration=300.0),
        partial(faults.gap, at=1500.0, duration=120.0),
    ]
    assert same_ride(sound().recording, simulate_ride(3, faults=breaks).recording) is not None
