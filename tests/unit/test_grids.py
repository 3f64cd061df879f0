"""Grids: the one place where streams of different clocks meet."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from paceline.domain.efforts import SECOND, Effort
from paceline.domain.errors import NotPlausible
from paceline.measure.grids import Grid, longest_hold, on_grid
from paceline.record.streams import Flag, Stream


def stream(times, values, *, channel="power", flags=None):
    time = np.array([round(t * SECOND) for t in times], np.int64)
    return Stream("record", time, {channel: np.array(values, float)}, flags or {})


def test_a_one_second_stream_on_the_grids_seconds_passes_unchanged():
    values = np.random.default_rng(1).integers(0, 900, 500).astype(float) / 3
    found = on_grid(stream(range(500), values), "power", Grid(0, 1.0, 500))
    assert np.array_equal(found.values, values)
    assert (found.readings, found.unused) == (500, 0)


def test_a_gap_stays_absent():
    found = on_grid(stream([0, 1, 2, 7, 8], [1, 2, 3, 8, 9]), "power", Grid(0, 1.0, 9)).values
    assert np.isnan(found[4:7]).all()
    assert found[[0, 1, 2, 7, 8]].tolist() == [1, 2, 3, 8, 9]


def test_each_reading_holds_until_the_next_so_that_work_is_kept():
    times, values = [0.0, 1.26, 2.52, 3.78], [100.0, 200.0, 300.0, 400.0]
    found = on_grid(stream(times, values), "power", Grid(0, 1.26, 4)).values
    assert np.allclose(found, values)
    fine = on_grid(stream(times, values), "power", Grid(0, 0.63, 8)).values
    assert np.allclose(fine, np.repeat(values, 2))


@given(
    steps=st.lists(st.sampled_from([1, 2, 3, 4, 5]), min_size=5, max_size=60),
    seed=st.integers(0, 2**31),
)
def test_regridding_never_makes_or_loses_work(steps, seed):
    times = np.concatenate([[0], np.cumsum(steps)])
    values = np.random.default_rng(seed).uniform(0, 1000, len(times))
    made = stream(times, values)
    hold = longest_hold(made)
    held = np.minimum(np.append(np.diff(times), np.inf), hold)
    grid = Grid(0, 0.5, int(2 * (times[-1] + hold)) + 2)
    found = on_grid(made, "power", grid).values
    assert np.nansum(found) * 0.5 == pytest.approx((values * held).sum(), rel=0.05)
    assert np.nanmax(found) <= values.max() + 1e-6
    assert np.nanmin(found) >= values.min() - 1e-6


@pytest.mark.parametrize("flag", [Flag.SPIKE, Flag.OUT_OF_RANGE, Flag.DROPOUT, Flag.MISSING])
def test_a_flagged_reading_is_left_out_and_counted(flag):
    flags = {"power": np.array([0, flag, 0], np.uint8)}
    found = on_grid(stream([0, 1, 2], [100, 9999, 300], flags=flags), "power", Grid(0, 1.0, 3))
    assert np.isnan(found.values[1])
    assert (found.readings, found.unused) == (2, 1)


def test_a_flat_or_repaired_reading_is_used():
    flags = {"power": np.array([Flag.FLAT, Flag.REPAIRED], np.uint8)}
    assert on_grid(stream([0, 1], [5, 6], flags=flags), "power", Grid(0, 1.0, 2)).values.tolist() == [5, 6]


def test_a_reading_whose_time_is_doubtful_is_left_out_of_every_channel():
    flags = {"time": np.array([0, Flag.TIME, 0], np.uint8)}
    found = on_grid(stream([0, 1, 2], [1, 2, 3], flags=flags), "power", Grid(0, 1.0, 3))
    assert np.isnan(found.values[1])


def test_backward_and_repeated_times_do_not_break_the_grid():
    found = on_grid(stream([0, 2, 1, 2, 3], [10, 99, 20, 30, 40]), "power", Grid(0, 1.0, 4)).values
    assert found.tolist() == [10, 20, 30, 40]


def test_places_are_interpolated_and_not_across_a_gap():
    made = stream([0, 1, 2, 3, 60], [0, 10, 20, 30, 600], channel="distance")
    found = on_grid(made, "distance", Grid(SECOND // 2, 1.0, 10)).values
    assert found[:3].tolist() == [5, 15, 25]
    assert np.isnan(found[3:]).all()


def test_smart_recording_is_not_a_gap():
    times = np.cumsum([0, 1, 4, 6, 2, 7, 5, 3, 6, 7, 4])
    found = on_grid(stream(times, np.arange(11)), "power", Grid(0, 1.0, int(times[-1]))).values
    assert not np.isnan(found).any()


def test_an_effort_in_continuous_time_starts_its_own_grid():
    grid = Grid.over(Effort("lap", 250_000_000, 10_250_000_000))
    found = on_grid(stream(range(12), range(12)), "power", grid).values
    assert grid.size == 10
    assert found[0] == pytest.approx(0.25 * 1 + 0.75 * 0)


@pytest.mark.parametrize("count", [0, 1])
def test_almost_nothing_gives_almost_nothing(count):
    found = on_grid(stream(range(count), range(count)), "power", Grid(0, 1.0, 3))
    assert np.isnan(found.values).sum() == 3 - count
    assert on_grid(stream(range(3), range(3)), "power", Grid(0, 1.0, 0)).values.size == 0


@pytest.mark.parametrize("step", [0.0, -1.0, np.nan, np.inf])
def test_a_step_that_is_no_length_of_time_is_refused(step):
    with pytest.raises(NotPlausible, match="step must be a number of seconds above 0"):
        Grid.over(Effort("ride", 0, 60 * SECOND), step=step)


def test_a_ride_of_ten_days_has_a_grid_and_one_of_years_is_refused():
    assert Grid.over(Effort("tour", 0, 10 * 86_400 * SECOND)).size == 864_000
    with pytest.raises(NotPlausible, match="at most 1,500,000 steps of 1 s"):
        Grid.over(Effort("a clock gone wrong", 0, 2**62))


@pytest.mark.parametrize(
    ("readings", "mean"),
    [([350.0, 10.0], 0.0), ([355.0, 15.0], 5.0), ([-10.0, 20.0], 5.0), ([80.0, 100.0], 90.0), ([170.0, 190.0], 180.0)],
)
def test_a_mean_of_directions_goes_the_short_way_round(readings, mean):
    time = np.array([0, SECOND // 2], np.int64)
    stream = Stream("record", time, {"heading": np.array(readings)})
    cell = on_grid(stream, "heading", Grid(0, 1.0, 1)).values[0]
    assert (cell - mean + 180.0) % 360.0 == pytest.approx(180.0)


def test_directions_that_cancel_point_nowhere():
    stream = Stream("record", np.array([0, SECOND // 2], np.int64), {"heading": np.array([90.0, 270.0])})
    assert np.isnan(on_grid(stream, "heading", Grid(0, 1.0, 1)).values[0])


def test_a_direction_once_a_second_passes_through_unchanged():
    heading = np.array([359.3, 0.7, np.nan, -12.25])
    stream = Stream("record", np.arange(4) * SECOND, {"heading": heading})
    np.testing.assert_array_equal(on_grid(stream, "heading", Grid(0, 1.0, 4)).values, heading)
