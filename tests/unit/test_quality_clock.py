"""Which readings stand at a time that can be believed."""

from __future__ import annotations

from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paceline.domain.efforts import SECOND
from paceline.record.quality import assess
from paceline.record.quality.clock import MONTH, TURNS, Order, elapsed
from paceline.record.quality.clock import order as order_of
from paceline.record.recordings import Recording
from paceline.record.streams import Flag, Stream


def seconds(*times: int) -> np.ndarray:
    return np.array(times, np.int64) * SECOND


def order(time: np.ndarray) -> Order:
    return order_of(Stream("record", time, {"altitude": np.full(len(time), 150.0)}))


def assessed(time: np.ndarray):
    return assess(Recording({"record": Stream("record", time, {"altitude": np.full(len(time), 150.0)})}))


def test_times_in_order_are_all_kept():
    assert order(seconds(0, 1, 2, 10, 11)).kept.tolist() == [0, 1, 2, 3, 4]


def test_of_repeated_times_the_first_is_kept():
    found = order(seconds(0, 1, 1, 1, 2))
    assert found.kept.tolist() == [0, 1, 4]
    assert np.flatnonzero(found.repeated).tolist() == [2, 3]


def test_samples_at_one_time_that_complete_each_other_are_kept():
    values = {"speed": np.array([1, np.nan, 2, np.nan, np.nan]), "distance": np.array([np.nan, 5, np.nan, 6, 7])}
    found = order_of(Stream("record", seconds(0, 0, 1, 1, 1), values))
    assert found.kept.tolist() == [0, 1, 2, 3]
    assert np.flatnonzero(found.repeated).tolist() == [4]


def test_an_empty_sample_at_a_time_that_was_is_repeated():
    found = order_of(Stream("record", seconds(0, 0, 1), {"speed": np.array([1, np.nan, 2])}))
    assert np.flatnonzero(found.repeated).tolist() == [1]


def test_what_completes_a_sample_out_of_order_is_out_of_order_too():
    values = {"speed": np.array([1, 2, 3, np.nan, 4, 5]), "distance": np.array([np.nan, 4, np.nan, 5, 6, 7])}
    found = order_of(Stream("record", seconds(10, 11, 5, 5, 12, 13), values))
    assert np.flatnonzero(found.backward).tolist() == [2, 3]


def test_times_that_the_reader_doubts_are_left_out_and_not_told_of_again():
    flags = {"time": np.array([0, Flag.TIME, 0], np.uint8)}
    stream = Stream("record", seconds(1, 0, 2), {"altitude": np.ones(3)}, flags)
    found = order_of(stream)
    assert found.kept.tolist() == [0, 2]
    assert not found.doubted.any()
    assert assess(Recording({"record": stream})).findings == ()


def test_a_lone_reading_ahead_of_the_others_is_the_wrong_one():
    found = order(seconds(0, 1, 500, 2, 3, 4))
    assert np.flatnonzero(found.backward).tolist() == [2]


def test_a_lone_reading_behind_the_others_is_the_wrong_one():
    found = order(seconds(100, 101, 5, 102, 103))
    assert np.flatnonzero(found.backward).tolist() == [2]


def test_a_clock_set_back_costs_the_smaller_side_of_the_overlap():
    found = order(np.r_[np.arange(100), np.arange(97, 200)] * SECOND)
    assert int(found.doubted.sum()) == 3


def test_a_jump_of_years_forward_and_back_costs_only_the_readings_between():
    times = np.arange(1000) * SECOND
    times[400:410] += 68_000_000 * SECOND
    found = order(times)
    assert np.flatnonzero(found.jumped).tolist() == list(range(400, 410))
    assert len(found.kept) == 990


def test_a_clock_that_was_wrong_until_it_found_satellites_costs_only_its_first_readings():
    times = np.arange(1000) * SECOND
    times[7:] += 900_000_000 * SECOND
    assert np.flatnonzero(order(times).jumped).tolist() == list(range(7))


def test_sessions_of_several_days_in_one_file_are_no_jump():
    assert not order(np.r_[np.arange(100), np.arange(100) + 8 * 86_400] * SECOND).doubted.any()


def test_a_clock_in_ruins_keeps_what_is_later_than_all_before():
    times = np.tile([10, 5], TURNS + 50) * SECOND + np.arange(2 * TURNS + 100) * SECOND * 10
    found = order(times)
    assert (np.diff(times[found.kept]) > 0).all()
    assert len(found.kept) >= TURNS


def test_the_extremes_of_the_clock_are_survived():
    ends = np.iinfo(np.int64)
    found = order(np.array([ends.min, 0, SECOND, ends.max], np.int64))
    assert found.kept.tolist() == [1, 2]
    assert elapsed(np.array([ends.min, ends.max], np.int64)).tolist() == [0.0, (2**64 - 1) / SECOND]


@given(st.lists(st.integers(0, 12), max_size=10))
@settings(max_examples=300)
def test_no_larger_choice_of_readings_goes_forward_only(times: list[int]):
    kept = order(seconds(*times)).kept
    chosen = [times[i] for i in kept]
    assert chosen == sorted(set(chosen))
    alone = [t for i, t in enumerate(times) if i == 0 or t != times[i - 1]]
    longer = combinations(alone, len(chosen) + 1)
    assert not any(all(a < b for a, b in pairwise(c)) for c in longer)


@given(st.lists(st.integers(-(2**63), 2**63 - 1), max_size=30))
def test_any_clock_gives_an_order(times: list[int]):
    found = order(np.array(times, np.int64))
    assert (elapsed(np.array(times, np.int64)[found.kept])[1:] > 0).all()
    assert len(found.kept) + int(found.doubted.sum()) == len(times)


def test_doubted_times_are_flagged_and_told_of_by_kind():
    times = np.arange(100) * SECOND
    times[50], times[60], times[70] = times[49], times[10], times[70] + 2 * MONTH
    found = assessed(times)
    flagged = np.flatnonzero(found.recording.streams["record"].flags["time"] & Flag.TIME)
    assert flagged.tolist() == [50, 60, 70]
    clock = [(f.kind, f.count) for f in found.findings]
    assert clock == [("repeated_time", 1), ("backward_time", 1), ("time_jump", 1)]
    assert found.findings[2].message == (
        "Clock: one reading more than a month away from the rest, at 0:01:09 into the recording; not used."
    )


def test_the_recorded_times_stay_as_they_are():
    times = seconds(5, 4, 4, 3)
    assert assessed(times).recording.streams["record"].time.tolist() == times.tolist()


@pytest.mark.parametrize("length", [0, 1, 2])
def test_the_shortest_streams_are_assessed(length: int):
    assert assessed(np.arange(length) * SECOND).findings == ()
