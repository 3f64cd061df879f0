"""Power metrics of two recorded rides, as other programs and an independent computation gave them."""

from __future__ import annotations

import numpy as np
import pytest

from paceline.domain.efforts import SECOND, Effort
from paceline.measure.grids import Grid, on_grid
from paceline.measure.metrics import mean_max, power, weighted_power, work
from paceline.record.files import read_file

pytestmark = pytest.mark.realdata

STEADY = "sweatpy_rides/4078723797.fit"
KAROO = "goldencheetah_rides/rides/Karoo-Botley_BW_Swanmore_Wickham-2025-05-09-1238.fit"


def watts(path):
    (recording,) = read_file(path).recordings
    stream = recording.streams["record"]
    ride = Effort("ride", int(stream.time[0]), int(stream.time[-1]) + SECOND)
    return on_grid(stream, "power", Grid.over(ride)).values


def best(ride):
    return mean_max.mean_max(ride, 1.0)[[4, 59, 299, 1199]]


def test_a_ride_without_gaps_gives_what_others_computed_from_it(data):
    ride = watts(data / STEADY)
    assert ride.size == 8357
    assert not np.isnan(ride).any()
    assert power.average_power(ride) == pytest.approx(219.071, abs=5e-4)
    assert weighted_power.weighted_power(ride, 1.0) == pytest.approx(267.431, abs=5e-4)
    assert weighted_power.weighted_power_zero_start(ride, 1.0) == pytest.approx(267.199, abs=5e-4)
    assert weighted_power.weighted_power_expanding_start(ride, 1.0) == pytest.approx(267.199, abs=5e-4)
    assert weighted_power.x_power(ride, 1.0) == pytest.approx(263.846, abs=5e-4)
    assert work.work(ride, 1.0) == pytest.approx(1_830_770, abs=5)
    assert best(ride) == pytest.approx([721.6, 392.28, 340.43, 306.82], abs=0.0051)


def test_two_silent_seconds_are_left_out_where_others_take_them_for_zeros(data):
    ride = watts(data / KAROO)
    assert np.count_nonzero(np.isnan(ride)) == 2
    filled = np.nan_to_num(ride)
    assert power.average_power(filled) == pytest.approx(170.939, abs=5e-4)
    assert weighted_power.weighted_power(filled, 1.0) == pytest.approx(195.848, abs=5e-4)
    assert power.average_power(ride) == pytest.approx(170.939 * ride.size / (ride.size - 2), abs=5e-4)
    assert 195.848 < weighted_power.weighted_power(ride, 1.0) < 195.86
    assert work.work(ride, 1.0) == work.work(filled, 1.0) == pytest.approx(737_430, abs=5)
    assert best(ride) == pytest.approx([392.2, 284.68, 220.58, 186.06], abs=0.0051)
