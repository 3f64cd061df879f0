"""Heart beats: the intervals that a head unit notes, and the memory of a heart-rate strap."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from paceline.record.formats.fit_columns import Floats
from paceline.record.formats.fit_messages import SECOND, Messages
from paceline.record.streams import Nanoseconds, Stream

DRIFT = 3.0
"""Seconds by which the sum of the intervals may part from the clock of the records."""


def rr_stream(hrv: Messages, time: Nanoseconds) -> Stream | None:
    """One reading for each beat, from `hrv` messages; None where they hold none.

    An `hrv` message has no time: it stands in the file behind the record of its second. The first beat gets that
    second; each later one comes its interval after the one before it. Where that would part by more than three seconds
    from the second in which its message stands (beats were lost, or recording paused), the beat gets that second.

    Args:
        hrv: up to five intervals in each message.
        time: (row,), int64 ns UTC, the running timestamp at each message.
    """
    intervals = hrv.array("time")
    read = ~np.isnan(intervals)
    if not read.any():
        return None
    values = intervals[read]
    row = np.repeat(np.arange(len(time)), read.sum(axis=1))
    seconds = ((time - time[0]) / SECOND)[row]
    placed = _placed(values, seconds, opens=np.diff(row, prepend=-1) > 0)
    return Stream("rr", time[0] + np.rint(placed * SECOND).astype(np.int64), {"rr_interval": values})


def _placed(intervals: Floats, seconds: Floats, *, opens: npt.NDArray[np.bool_]) -> Floats:
    """(beat,), s: each beat its interval after the one before; set anew where a message opens too far off."""
    ends = np.cumsum(intervals)
    away = (seconds - ends).tolist()
    offsets = np.empty(len(ends))
    begin, offset = 0, away[0]
    for k in np.flatnonzero(opens).tolist():
        if abs(away[k] - offset) > DRIFT:
            offsets[begin:k] = offset
            begin, offset = k, away[k]
    offsets[begin:] = offset
    return ends + offsets


def hr_stream(hr: Messages, time: Nanoseconds) -> Stream | None:
    """Heart rate beat by beat, from the `hr` messages of a strap's memory; None where nothing dates them.

    The strap counts its own seconds (`event_timestamp`); a message that has a timestamp besides says what they are on
    the clock, for itself and for those behind it.

    Args:
        hr: events and heart rates, several in each message.
        time: (row,), int64 ns UTC, with parts of a second.
    """
    events, rates = hr.array("event_timestamp"), hr.array("filtered_bpm")
    anchored = np.zeros(len(hr), bool) if events.shape[1] == 0 else hr.timed & ~np.isnan(events[:, 0])
    count = min(events.shape[1], rates.shape[1])
    if not anchored.any():
        return None
    anchor = np.maximum.accumulate(np.where(anchored, np.arange(len(hr)), -1))
    anchor = np.where(anchor < 0, np.argmax(anchored), anchor)
    since = events[:, :count] - events[anchor, 0][:, None]
    known = ~np.isnan(since) & ~np.isnan(rates[:, :count])
    when = time[anchor][:, None] + np.rint(np.where(known, since, 0.0) * SECOND).astype(np.int64)
    return Stream("hr", when[known], {"heart_rate": rates[:, :count][known]}) if known.any() else None
