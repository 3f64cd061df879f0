"""Variability of the time between heartbeats, over normal beats only.

Which beats are normal: an interval counts as normal to normal (NN) where it lasts 0.3 to 2.0 s and differs by at most
20 % from the median of the intervals within 10 beats of it. The others (ectopic beats, missed and doubled detections)
are left out, not repaired; `abnormal_beat_share` says how many. A difference between neighbours is taken only where
both are normal and nothing was left out between them.

Power in frequency bands (LF/HF) isn't offered: it needs beats at rest over minutes, on a clock of their own; from the
intervals of a ride, which come without times, it would be a number without a meaning.
"""

from __future__ import annotations

import numpy as np

from paceline.domain.errors import TooFewSamples
from paceline.measure.catalogue import metric
from paceline.measure.quantities import Floats, Scalar, Seconds
from paceline.measure.readings import measured

SHORTEST, LONGEST = 0.3, 2.0
NEIGHBOURS = 10
LARGEST_DEVIATION = 0.2
SEGMENT = 300.0
"""s: the five minutes of SDANN and of the SDNN index."""


@metric("s", low=SHORTEST, high=LONGEST, nan=True, label="Intervals between normal beats", known_as=("NN", "RR, clean"))
def nn_intervals(rr_interval: Seconds) -> Seconds:
    """The time between heartbeats, without the beats that are no normal ones.

    Args:
        rr_interval: (beat,), s, NaN where one was lost.

    Returns:
        (beat,), s; NaN where the interval isn't normal, by the rule at the head of this module.

    Raises:
        TooFewSamples: no interval lasts 0.3 to 2.0 s.

    Source:
        The filter of PhysioNet's HRV toolkit (20 % from the neighbours), with the median in place of the mean.

    >>> nn_intervals(np.array([0.8, 0.8, 1.6, 0.8, 0.81, 4.0])).tolist()  # a missed beat, and a strap taken off
    [0.8, 0.8, nan, 0.8, 0.81, nan]
    """
    possible = (rr_interval >= SHORTEST) & (rr_interval <= LONGEST)
    intervals = rr_interval[possible]
    if intervals.size == 0:
        raise TooFewSamples("nn_intervals", need=1, got=0)
    padded = np.pad(intervals, NEIGHBOURS, mode="symmetric")
    usual = np.median(np.lib.stride_tricks.sliding_window_view(padded, 2 * NEIGHBOURS + 1), axis=1)
    found = np.full(rr_interval.shape, np.nan)
    found[possible] = np.where(np.abs(intervals - usual) <= LARGEST_DEVIATION * usual, intervals, np.nan)
    return found


@metric("1", low=0.0, high=0.2, label="Share of abnormal beats")
def abnormal_beat_share(nn_intervals: Seconds) -> Scalar:
    """How many of the intervals were left out; where it is more than a few per cent, the strap sat badly.

    Args:
        nn_intervals: (beat,), s, NaN where not normal.

    Returns:
        scalar, a fraction of all intervals.

    >>> abnormal_beat_share(np.array([0.8, np.nan, 0.8, 0.8]))
    0.25
    """
    return float(np.isnan(nn_intervals).mean())


@metric("s", low=SHORTEST, high=LONGEST, label="Average interval between beats", known_as=("AVNN", "mean NN"))
def average_nn(nn_intervals: Seconds) -> Scalar:
    """The average time between normal heartbeats.

    Args:
        nn_intervals: (beat,), s, NaN where not normal.

    Returns:
        scalar, s: the mean over the normal intervals.

    Raises:
        TooFewSamples: there is no normal interval.

    >>> round(average_nn(np.array([0.8, np.nan, 0.9])), 6)
    0.85
    """
    return float(measured(nn_intervals, "average_nn").mean())


@metric("s", low=0.0, high=0.6, label="SDNN")
def sdnn(nn_intervals: Seconds) -> Scalar:
    """How much the time between normal heartbeats varies over the whole recording.

    Args:
        nn_intervals: (beat,), s, NaN where not normal.

    Returns:
        scalar, s: the standard deviation, with n − 1.

    Raises:
        TooFewSamples: there are fewer than two normal intervals.

    >>> round(sdnn(np.array([0.7, 0.8, 0.9])), 6)
    0.1
    """
    return float(measured(nn_intervals, "sdnn", need=2).std(ddof=1))


@metric("s", low=0.0, high=0.6, label="RMSSD", known_as=("rMSSD",))
def rmssd(nn_intervals: Seconds) -> Scalar:
    """How much the time between heartbeats varies from one to the next, which breathing at rest drives.

    Args:
        nn_intervals: (beat,), s, NaN where not normal: no difference is taken across those.

    Returns:
        scalar, s: the root of the mean square of the differences of neighbours.

    Raises:
        TooFewSamples: no two neighbours are both normal.

    >>> round(rmssd(np.array([0.8, 0.83, 0.79, np.nan, 0.9])), 6)  # √((0.03² + 0.04²) / 2)
    0.035355
    """
    return float(np.sqrt(np.mean(_differences(nn_intervals, "rmssd") ** 2)))


@metric("1", low=0.0, high=1.0, label="pNN50")
def pnn50(nn_intervals: Seconds) -> Scalar:
    """Which share of neighbouring heartbeat intervals differ by more than 50 ms.

    Args:
        nn_intervals: (beat,), s, NaN where not normal: no difference is taken across those.

    Returns:
        scalar, a fraction of the differences.

    Raises:
        TooFewSamples: no two neighbours are both normal.

    >>> pnn50(np.array([0.8, 0.86, 0.85, np.nan, 0.7]))
    0.5
    """
    return _share_beyond(nn_intervals, 0.05, "pnn50")


@metric("1", low=0.0, high=1.0, label="pNN20")
def pnn20(nn_intervals: Seconds) -> Scalar:
    """Which share of neighbouring heartbeat intervals differ by more than 20 ms.

    Args:
        nn_intervals: (beat,), s, NaN where not normal: no difference is taken across those.

    Returns:
        scalar, a fraction of the differences.

    Raises:
        TooFewSamples: no two neighbours are both normal.

    >>> pnn20(np.array([0.8, 0.83, 0.82, np.nan, 0.7]))
    0.5
    """
    return _share_beyond(nn_intervals, 0.02, "pnn20")


@metric("s", low=0.0, high=0.6, label="SDANN")
def sdann(nn_intervals: Seconds, rr_interval: Seconds) -> Scalar:
    """How much the average time between heartbeats varies from five minutes to five minutes.

    Args:
        nn_intervals: (beat,), s, NaN where not normal.
        rr_interval: (beat,), s, all intervals: their running sum is the clock; a lost one (NaN) takes no time on it.

    Returns:
        scalar, s: the standard deviation, with n − 1, of the averages of five-minute segments, of those at least half
        of which lies in normal intervals.

    Raises:
        TooFewSamples: there are fewer than two such segments.

    >>> beats = np.concatenate([np.full(375, 0.8), np.full(300, 1.0)])  # two segments of 300 s
    >>> round(sdann(beats, beats), 6)  # of 0.8 and 1.0: 0.2 / √2
    0.141421
    """
    segments = _segments(nn_intervals, rr_interval)
    if len(segments) < 2:
        raise TooFewSamples("sdann", need=2, got=len(segments))
    return float(np.std([segment.mean() for segment in segments], ddof=1))


@metric("s", low=0.0, high=0.6, label="SDNN index", known_as=("SDNNIDX", "ASDNN"))
def sdnn_index(nn_intervals: Seconds, rr_interval: Seconds) -> Scalar:
    """How much the time between heartbeats varies within five minutes, on average.

    Args:
        nn_intervals: (beat,), s, NaN where not normal.
        rr_interval: (beat,), s, as for `sdann`.

    Returns:
        scalar, s: the mean of the standard deviations, with n − 1, of the segments that `sdann` uses.

    Raises:
        TooFewSamples: there is no such segment.

    >>> beats = np.tile([0.9, 1.1], 150)  # one segment of 300 s
    >>> round(sdnn_index(beats, beats), 6)  # √(300 · 0.1² / 299)
    0.100167
    """
    segments = _segments(nn_intervals, rr_interval)
    if not segments:
        raise TooFewSamples("sdnn_index", need=1, got=0)
    return float(np.mean([segment.std(ddof=1) for segment in segments]))


def _differences(nn_intervals: Seconds, name: str) -> Floats:
    return measured(np.diff(nn_intervals), name)


def _share_beyond(nn_intervals: Seconds, limit: float, name: str) -> float:
    """A difference of exactly the limit isn't beyond it: half a millisecond is finer than devices write."""
    return float(np.mean(np.abs(_differences(nn_intervals, name)) > limit + 5e-4))


def _segments(nn_intervals: Seconds, rr_interval: Seconds) -> list[Floats]:
    """The normal intervals of each five minutes, by the moment at which each interval begins."""
    lasted = np.nan_to_num(rr_interval, nan=0.0)
    place = ((np.cumsum(lasted) - lasted + 1e-6) // SEGMENT).astype(np.int64)
    normal = ~np.isnan(nn_intervals)
    found = [nn_intervals[normal & (place == number)] for number in np.unique(place[normal])]
    return [segment for segment in found if segment.size >= 2 and segment.sum() >= SEGMENT / 2]
