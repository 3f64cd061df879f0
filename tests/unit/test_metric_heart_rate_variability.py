"""Heart-rate variability: slow implementations, the rule for abnormal beats, and lost beats."""

from __future__ import annotations

import statistics
from itertools import pairwise

import numpy as np
import pytest

from paceline.domain.errors import TooFewSamples
from paceline.measure.flow import NotHad, compute
from paceline.measure.metrics.heart_rate_variability import (
    abnormal_beat_share,
    average_nn,
    nn_intervals,
    pnn20,
    pnn50,
    rmssd,
    sdann,
    sdnn,
    sdnn_index,
)

BEATS = 0.9 + np.cumsum(np.random.default_rng(6).normal(0.0, 0.004, 3000)).clip(-0.2, 0.2)
NAMES = ["average_nn", "sdnn", "rmssd", "pnn50", "pnn20", "sdann", "sdnn_index", "abnormal_beat_share"]


def slow_nn(intervals):
    possible = [i for i, rr in enumerate(intervals) if 0.3 <= rr <= 2.0]
    clean = [intervals[i] for i in possible]
    mirrored = clean[9::-1] + clean + clean[:-11:-1]
    found = [float("nan")] * len(intervals)
    for k, i in enumerate(possible):
        usual = statistics.median(mirrored[k : k + 21])
        if abs(intervals[i] - usual) <= 0.2 * usual:
            found[i] = intervals[i]
    return found


def test_normal_intervals_are_those_near_the_median_of_their_neighbours():
    intervals = BEATS[:300].copy()
    intervals[[20, 21, 100, 150, 299]] = [0.5, 1.3, 0.25, 3.0, 1.2]
    found = nn_intervals(intervals)
    np.testing.assert_array_equal(found, slow_nn(intervals.tolist()))
    assert np.flatnonzero(np.isnan(found)).tolist() == [20, 21, 100, 150, 299]
    assert abnormal_beat_share(found) == 5 / 300


def test_the_measures_are_their_definitions():
    plain = BEATS.tolist()
    steps = [b - a for a, b in pairwise(plain)]
    assert average_nn(BEATS) == pytest.approx(statistics.fmean(plain))
    assert sdnn(BEATS) == pytest.approx(statistics.stdev(plain))
    assert rmssd(BEATS) == pytest.approx((sum(d * d for d in steps) / len(steps)) ** 0.5)


def test_shares_count_differences_beyond_the_limit_only():
    intervals = np.array([0.8, 0.85, 0.82, 0.84, 0.90])  # 50, 30, 20 and 60 ms
    assert pnn50(intervals) == 0.25
    assert pnn20(intervals) == 0.75


def test_no_difference_is_taken_across_a_beat_that_was_left_out():
    intervals = np.array([0.80, 0.81, np.nan, 0.95, 0.96])
    assert rmssd(intervals) == pytest.approx(0.01)
    assert pnn50(intervals) == 0.0


def test_five_minute_measures_cut_the_running_sum_of_all_intervals():
    clock, segments = 0.0, {}
    for interval in BEATS.tolist():
        segments.setdefault(int(clock // 300), []).append(interval)
        clock += interval
    whole = [s for s in segments.values() if sum(s) >= 150.0]
    assert len(whole) >= 8
    assert sdann(BEATS, BEATS) == pytest.approx(statistics.stdev([statistics.fmean(s) for s in whole]))
    assert sdnn_index(BEATS, BEATS) == pytest.approx(statistics.fmean([statistics.stdev(s) for s in whole]))


def test_an_abnormal_interval_still_takes_its_time_on_the_clock():
    rr = np.concatenate([np.full(300, 0.9), np.full(20, 1.5), np.full(300, 1.0)])  # 270 s, 30 s left out, 300 s
    nn = np.where(rr == 1.5, np.nan, rr)
    assert sdann(nn, rr) == pytest.approx(statistics.stdev([0.9, 1.0]))
    assert sdnn_index(nn, rr) == pytest.approx(0.0, abs=1e-12)


def test_a_segment_with_less_than_half_its_time_in_normal_beats_does_not_count():
    rr = np.full(700, 0.9)
    nn = rr.copy()
    nn[:250] = np.nan
    with pytest.raises(TooFewSamples):
        sdann(nn, rr)
    assert sdnn_index(nn, rr) == pytest.approx(0.0, abs=1e-12)


def test_too_few_beats_are_a_reason_for_each_measure():
    for intervals in (np.full(4, np.nan), np.empty(0), np.array([5.0, 0.1])):
        found = compute({"rr_interval": intervals}, NAMES)
        assert all(isinstance(value, NotHad) for value in found.values())
    one = compute({"rr_interval": np.array([0.8])}, NAMES)
    assert one["average_nn"] == 0.8
    assert isinstance(one["sdnn"], NotHad)
    assert isinstance(one["rmssd"], NotHad)


def test_lost_beats_are_no_normal_beats():
    intervals = BEATS.copy()
    intervals[::10] = np.nan
    assert abnormal_beat_share(nn_intervals(intervals)) == pytest.approx(0.1)
