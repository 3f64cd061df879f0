"""A finding: one thing that is doubtful about a recording, in a sentence for a coach."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from paceline.domain.efforts import SECOND
from paceline.record.streams import Flag, Nanoseconds

Mask = npt.NDArray[np.bool_]

KINDS = {
    Flag.SPIKE: (
        "spike",
        "that the body and the bike can't make: away from {its} neighbours and back at once",
        "not used",
    ),
    Flag.DROPOUT: ("dropout", "of zero where nothing was measured", "not used"),
    Flag.OUT_OF_RANGE: ("out_of_range", "outside the plausible range", "not used"),
    Flag.FLAT: ("flat", "that only {repeats} the one before, longer than a live sensor would", "used all the same"),
}
"""Flag → kind, what is wrong, and what becomes of the reading. Of several flags the first tells of the reading."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is doubtful about a recording.

    Attributes:
        kind: a stable word for programs: "gap", "pause", "repeated_time", "backward_time", "time_jump", "spike",
            "dropout", "flat", "out_of_range", "missing".
        stream: the stream's name.
        channel: the channel's name, or "time" where it concerns the clock.
        start: int64 ns UTC of the first reading it speaks of; for a gap or a pause, of the last reading before it.
        stop: int64 ns UTC of the last reading it speaks of; for a gap or a pause, of the first reading after it.
        count: how many readings it speaks of.
        message: a sentence for people, without any of the athlete's values.
    """

    kind: str
    stream: str
    channel: str
    start: int
    stop: int
    count: int
    message: str


def clock_face(nanoseconds: int) -> str:
    """A duration as a person says it: hours, minutes and seconds.

    >>> clock_face(1_867_000_000_000)
    '0:31:07'
    """
    minutes, seconds = divmod(max(nanoseconds, 0) // SECOND, 60)
    return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"


def readings(count: int) -> str:
    """How many readings, in words that fit into a sentence."""
    return "one reading" if count == 1 else f"{count:,} readings"


def place(start: int, *, count: int, origin: int) -> str:
    """Where in the recording something is, or where it is first."""
    return f"{'at' if count == 1 else 'first at'} {clock_face(start - origin)} into the recording"


def title(channel: str) -> str:
    """A channel's name at the beginning of a sentence."""
    return channel.replace("_", " ").capitalize()


def flag_findings(
    flags: npt.NDArray[np.uint8], time: Nanoseconds, *, stream: str, channel: str, origin: int
) -> list[Finding]:
    """One finding for each kind of flag that a channel has.

    Args:
        flags: (sample,), `Flag` bits of the channel.
        time: (sample,), int64 ns UTC.
        stream: the stream's name.
        channel: the channel's name.
        origin: int64 ns UTC at which the recording begins.
    """
    found, told = [], np.zeros(flags.shape, bool)
    for flag, (kind, fault, outcome) in KINDS.items():
        mask = (flags & flag).astype(bool) & ~told
        if not mask.any():
            continue
        told |= mask
        at = time[mask]
        start, stop, count = int(at.min()), int(at.max()), len(at)
        words = fault.format(its="its" if count == 1 else "their", repeats="repeats" if count == 1 else "repeat")
        where = place(start, count=count, origin=origin)
        message = f"{title(channel)}: {readings(count)} {words}, {where}; {outcome}."
        found.append(Finding(kind, stream, channel, start, stop, count, message))
    return found
