"""Faults put in on purpose: each changes what it says, where it says, and nothing else."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from paceline.domain.efforts import SECOND
from paceline.simulate import faults
from paceline.simulate.ride import simulate_ride

PLACED = [
    partial(faults.power_spike, at=120.0),
    partial(faults.zero_dropout, channel="power", at=150.0, duration=20.0),
    partial(faults.missing_readings, channel="heart_rate", at=100.0, duration=30.0),
    partial(faults.flat_line, channel="cadence", at=110.0, duration=25.0),
    partial(faults.strap_noise, at=60.0, duration=40.0),
    partial(faults.gap, at=130.0, duration=15.0),
    partial(faults.repeated_time, at=70.0, duration=5.0),
    partial(faults.backward_time, at=80.0, duration=10.0),
]


@pytest.fixture(scope="module")
def clean():
    return simulate_ride(3, duration=600).recording.streams["record"]


@pytest.mark.parametrize("inject", PLACED, ids=lambda inject: inject.func.__name__)
def test_a_fault_changes_what_it_names_and_leaves_the_rest_alone(inject, clean):
    before = {name: column.copy() for name, column in clean.values.items()}
    clock = clean.time.copy()
    broken, fault = inject(clean)
    assert fault.kind == inject.func.__name__
    touched = (clock >= fault.start) & (clock < fault.stop)
    assert touched.any()
    if fault.kind == "gap":
        np.testing.assert_array_equal(broken.time, clock[~touched])
        for name, column in before.items():
            np.testing.assert_array_equal(broken.values[name], column[~touched])
    else:
        np.testing.assert_array_equal(broken.time[~touched], clock[~touched])
        for name, column in before.items():
            same = ~touched if name == fault.channel else np.ones_like(touched)
            np.testing.assert_array_equal(broken.values[name][same], column[same])
    for name, column in before.items():
        np.testing.assert_array_equal(clean.values[name], column)
    np.testing.assert_array_equal(clean.time, clock)


def test_each_fault_looks_like_what_it_is_called(clean):
    span = slice(100, 110)
    assert faults.power_spike(clean, at=100.0)[0].values["power"][100] == 2600.0
    assert not faults.zero_dropout(clean, channel="power", at=100.0, duration=10.0)[0].values["power"][span].any()
    missing = faults.missing_readings(clean, channel="power", at=100.0, duration=10.0)[0].values["power"]
    assert np.isnan(missing[span]).all()
    assert np.isnan(missing).sum() == 10
    flat = faults.flat_line(clean, channel="power", at=100.0, duration=10.0)[0].values["power"]
    assert set(flat[span].tolist()) == {clean.values["power"][100]}
    noise = faults.strap_noise(clean, at=100.0, duration=10.0)[0].values["heart_rate"][span]
    assert np.abs(np.diff(noise)).mean() > 20.0
    stuck = faults.repeated_time(clean, at=100.0, duration=10.0)[0].time
    assert np.diff(stuck)[99:110].tolist() == [SECOND, *[0] * 9, 10 * SECOND]
    back = faults.backward_time(clean, at=100.0, duration=10.0, back=60.0)[0].time
    assert (np.diff(back) < 0).sum() == 1


def test_a_ride_carries_its_faults_beside_a_truth_that_has_none():
    plain = simulate_ride(3, duration=600)
    ride = simulate_ride(3, duration=600, faults=PLACED)
    assert [fault.kind for fault in ride.truth.faults] == [inject.func.__name__ for inject in PLACED]
    np.testing.assert_array_equal(ride.truth.stream.values["power"], plain.truth.stream.values["power"])
    assert len(ride.recording.streams["record"]) == len(plain.recording.streams["record"]) - 15


def test_a_fault_outside_the_stream_is_refused(clean):
    with pytest.raises(ValueError, match="touches no sample"):
        faults.power_spike(clean, at=10_000.0)
    with pytest.raises(ValueError, match="touches no sample"):
        faults.gap(clean, at=-5.0, duration=10.0)
