"""A recorded session as the packets that its devices would have sent while it ran, second by second."""

from __future__ import annotations

import heapq
import re
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from paceline.domain.channels import CHANNELS
from paceline.domain.efforts import SECOND
from paceline.domain.errors import NotPlausible
from paceline.record.packets import Packet, packet, sampled
from paceline.record.recordings import Recording
from paceline.record.streams import Floats, Stream

_OTHER = re.compile(r"[^A-Za-z0-9._:-]+")
_OTHER_STREAM = re.compile(r"[^a-z0-9_/]+")


@dataclass(frozen=True, eq=False, slots=True)
class _Second:
    """A second of one stream, as a device would send it."""

    first: int
    device: str
    stream: str
    values: Mapping[str, Floats]
    since: Sequence[int]


def packets_of(recordings: Sequence[Recording]) -> Iterator[Packet]:
    """Every packet, in the order in which they would have come.

    A packet holds at most a second of one stream, each sample with its own time. Channels that the catalogue does not
    have stay behind, and so do samples whose time is not after the one before: no device could have sent them live.

    Args:
        recordings: of one session, on one clock.
    """
    streams = []
    for number, recording in enumerate(recordings, 1):
        place = recording.notes.get("place") or recording.device.product or ""
        device = _OTHER.sub("-", place).strip("-._:")[:60] or f"device-{number}"
        streams += [_of_stream(stream, device) for stream in recording.streams.values()]
    counts: Counter[str] = Counter()
    for one in heapq.merge(*streams, key=lambda one: one.first):
        yield packet(
            sampled(
                one.device, one.stream, one.values, sequence=counts[one.device], first=one.first, since=one.since
            )
        )  # fmt: skip
        counts[one.device] += 1


def _of_stream(stream: Stream, device: str) -> Iterator[_Second]:
    channels = [name for name in stream.values if name in CHANNELS and name not in stream.described]
    clock = np.asarray(stream.time)
    if not channels or not len(clock):
        return
    keep = np.flatnonzero(clock > np.maximum.accumulate(np.concatenate([[-(2**62)], clock]))[:-1])
    seconds = (clock[keep] - clock[keep[0]]) // SECOND
    name = _OTHER_STREAM.sub("_", stream.name.lower()).lstrip("_/0123456789")[:60] or "samples"
    for rows in np.split(keep, np.flatnonzero(np.diff(seconds)) + 1):
        values = {channel: np.asarray(stream.values[channel], np.float64)[rows] for channel in channels}
        yield _Second(int(clock[rows[0]]), device, name, values, (clock[rows] - clock[rows[0]]).tolist())


def in_time(
    packets: Iterable[Packet], *, speed: float, wait: Callable[[float], None] = time.sleep,
    now: Callable[[], float] = time.monotonic,
) -> Iterator[Packet]:  # fmt: skip
    """Packets as they came, so many times as fast.

    Args:
        packets: in the order of their times.
        speed: 1 is as it was; 0 waits for nothing.
        wait: sleeps so many seconds.
        now: a clock, s.

    Raises:
        NotPlausible: a speed below 0.
    """
    if not speed >= 0.0:
        raise NotPlausible("the speed of a replay", expected="at least 0")
    begun, first = now(), None
    for one in packets:
        first = one.first if first is None else first
        if speed > 0.0:
            late = begun + (one.first - first) / SECOND / speed - now()
            if late > 0.0:
                wait(late)
        yield one
