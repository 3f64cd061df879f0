"""From recordings to what models take: several sensors of one wearer side by side, without inventing anything.

An accelerometer at 12.5 Hz, a gyroscope at 25 and a strain gauge at 10 keep their own clocks in the recording. Here
they meet on one even grid. Between two readings of one sensor the line is straight; where a sensor was silent for
longer than `windows.APART` of its steps its columns are NaN, and no window is cut from there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from paceline.domain.efforts import SECOND
from paceline.domain.errors import NotPlausible, TooFewSamples
from paceline.learn.sets import Floats32
from paceline.learn.windows import Nanoseconds, at_points
from paceline.record.recordings import Recording
from paceline.record.streams import Stream

KINDS = ("acceleration", "rotation", "strain", "heart_rate")
"""Streams of a wearable, in the order of a model's channels; triads first."""
LONGEST = 6 * 3600
"""s: nobody trains longer, and a clock that jumps would ask for a grid without end."""


def joined(streams: Mapping[str, Stream], *, rate: float) -> tuple[Nanoseconds, Floats32, tuple[str, ...]]:
    """Streams on one even grid.

    Args:
        streams: place and kind, or kind alone → stream, each on its own clock.
        rate: points a second.

    Returns:
        (point,), int64 ns UTC, from the first reading of any to the last of any; (point, channel), NaN where a stream
        has no readings near by; and the channels' names: "acceleration_x", or "left wrist acceleration_x" where the
        stream's own name is preceded by a place.

    Raises:
        TooFewSamples: no stream has two readings.
        NotPlausible: readings that are further apart than `LONGEST`.
    """
    usable = {name: stream for name, stream in streams.items() if len(stream) >= 2}
    if not usable:
        raise TooFewSamples("joining sensors", need=2, got=max((len(s) for s in streams.values()), default=0))
    start = min(int(stream.time.min()) for stream in usable.values())
    stop = max(int(stream.time.max()) for stream in usable.values())
    if stop - start > LONGEST * SECOND:
        raise NotPlausible("the readings of one set", expected=f"within {LONGEST // 3600} hours of each other")
    points = start + np.rint(np.arange(int((stop - start) / SECOND * rate) + 1) * (SECOND / rate)).astype(np.int64)
    columns, names = [], []
    for name, stream in usable.items():
        place = name.removesuffix(stream.name).strip()
        values = np.stack([stream.values[channel] for channel in stream.values], axis=1).astype(np.float32)
        grid, sound = at_points(stream.time, values, points=points)
        columns.append(np.where(sound[:, None], grid, np.float32(np.nan)))
        names += [f"{place} {channel}".strip() for channel in stream.values]
    return points, np.concatenate(columns, axis=1), tuple(names)


def worn(recordings: Sequence[Recording]) -> dict[str, Stream]:
    """The streams of all that one athlete wore, by place and kind; the first of two at one place and kind is taken."""
    found: dict[str, Stream] = {}
    for recording in recordings:
        place = recording.notes.get("place", "")
        for kind in KINDS:
            if kind in recording.streams:
                found.setdefault(f"{place} {kind}".strip(), recording.streams[kind])
    return found


def within(stream: Stream, start: int, stop: int) -> Stream:
    """The readings of a stream from one instant on and before another, int64 ns UTC."""
    keep = (stream.time >= start) & (stream.time < stop)
    values = {name: column[keep] for name, column in stream.values.items()}
    flags = {name: column[keep] for name, column in stream.flags.items()}
    return Stream(stream.name, stream.time[keep], values, flags, stream.described)
