"""Holes in time: where the recorder wrote nothing, and whether it was told to.

Recorders that write evenly and recorders that write when something changes need different rules. A stream is even when
at least 19 of 20 steps are within half a median step of the median; a hole is then longer than five median steps. Else
a hole is longer than 10 s, the longest step that a recorder leaves out on purpose, and longer than five times the step
that 9 of 10 steps don't exceed.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from paceline.domain.devices import Event
from paceline.domain.efforts import SECOND
from paceline.record.quality.findings import Finding, Mask, clock_face, place, title
from paceline.record.quality.series import Series
from paceline.record.streams import Floats, Nanoseconds

TIMES = 5.0
SMART = 10.0
EVEN_SHARE = 0.95
PEDAL = ("left_", "right_")
"""Channels of one leg have nothing to say while the rider coasts."""


def longest_step(seconds: Floats) -> float:
    """How long a step between two readings may be before it is a hole, in seconds; infinite for fewer than two steps.

    Args:
        seconds: (sample,), s, never decreasing.

    >>> longest_step(np.array([0.0, 2.0, 4.0, 6.0, 8.0, 9.0]))   # one step of five is short: uneven, but 10 s at least
    10.0
    >>> longest_step(np.arange(100.0))
    5.0
    """
    steps = np.diff(seconds)
    steps = steps[steps > 0]
    if len(steps) < 2:
        return float("inf")
    median = float(np.median(steps))
    if np.mean(np.abs(steps - median) <= median / 2) >= EVEN_SHARE:
        return TIMES * median
    return max(SMART, TIMES * float(np.percentile(steps, 90)))


def gaps(series: Series) -> Mask:
    """(sample,), the first reading after each hole."""
    return np.diff(series.seconds, prepend=series.seconds[:1]) > series.hole


def pauses(events: Iterable[Event]) -> tuple[Floats, Floats]:
    """When the device's timer was stopped and started again, in order: (pause,), s UTC, twice.

    A stop that no start follows lasts for ever.
    """
    starts: list[float] = []
    stops: list[float] = []
    for event in sorted(events, key=lambda e: e.time):
        if event.kind == "timer" and event.action.startswith("stop") and len(starts) == len(stops):
            starts.append(event.time / SECOND)
        elif event.kind == "timer" and event.action == "start" and len(starts) > len(stops):
            stops.append(event.time / SECOND)
    return np.array(starts), np.array(stops + [np.inf] * (len(starts) - len(stops)))


def gap_findings(
    found: Mask, time: Nanoseconds, *, series: Series, events: Iterable[Event], stream: str, origin: int
) -> list[Finding]:
    """A finding for each hole: a pause where the timer was stopped for all of it but a moment, else a gap.

    Args:
        found: (sample,), first readings after a hole.
        time: (sample,), int64 ns UTC, of the same readings.
        series: the same readings.
        events: the device's.
        stream: the stream's name.
        origin: int64 ns UTC at which the recording begins.
    """
    after = np.flatnonzero(found)
    if len(after) == 0:
        return []
    stopped, started = pauses(events)
    findings = []
    for start, stop in zip(time[after - 1].tolist(), time[after].tolist(), strict=True):
        paused = np.clip(np.minimum(started, stop / SECOND) - np.maximum(stopped, start / SECOND), 0, None).sum()
        kind = "pause" if (stop - start) / SECOND - paused <= max(series.hole, SMART) else "gap"
        fault = "the timer was stopped" if kind == "pause" else "nothing was written"
        where = place(start, count=1, origin=origin)
        message = f"{_recorder(stream)}: {fault} for {clock_face(stop - start)}, {where}; not filled."
        findings.append(Finding(kind, stream, "time", start, stop, 1, message))
    return findings


def _recorder(stream: str) -> str:
    return {"record": "Recording", "rr": "Beat-to-beat intervals"}.get(stream) or title(stream)


def missing_findings(series: Series, time: Nanoseconds, *, stream: str, origin: int) -> list[Finding]:
    """A finding for each channel that is silent for longer than its own steps explain, while others are recorded."""
    findings = []
    for channel, values in series.values.items():
        known = np.flatnonzero(~np.isnan(values))
        absent = len(values) - len(known)
        if absent == 0 or len(known) == 0 or channel.startswith(PEDAL):
            continue
        seconds = np.r_[series.seconds[:1], series.seconds[known], series.seconds[-1:]]
        left_out = np.diff(np.r_[-1, known, len(values)]) - 1
        holes = np.flatnonzero(
            (np.diff(seconds) > max(series.hole, longest_step(series.seconds[known]))) & (left_out > 0)
        )
        if len(holes) == 0:
            continue
        count = int(left_out[holes].sum())
        ends = np.r_[-1, known, len(values)]
        start, stop = int(time[ends[holes[0]] + 1]), int(time[ends[holes[-1] + 1] - 1])
        message = (
            f"{title(channel)}: no reading {count:,} times, {place(start, count=count, origin=origin)}; not filled."
        )
        findings.append(Finding("missing", stream, channel, start, stop, count, message))
    return findings
