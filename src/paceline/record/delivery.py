"""Packets that came twice, late or not at all: what is kept of them, and what is said about the rest.

A watch sends again what was not acknowledged, and drops what it can't send. Both look like more or less motion in a
plain table; the numbers of the packets tell them apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from paceline.domain.efforts import SECOND
from paceline.domain.errors import NotPlausible
from paceline.record.streams import Nanoseconds

WRAP = 256
"""Packets are numbered in one byte."""
RECENT = 128
"""A number that comes again within so many packets, with the same end, is the same packet sent again."""
COMPLETE = 0.9
"""Share of the packets below which a recording is called lossy: it then misses whole repetitions."""
APART = 0.5
"""Packets further apart than this share of their length have a hole between them."""


@dataclass(frozen=True, slots=True)
class Numbered:
    """A packet by what its header says about order and time.

    Attributes:
        sequence: 0 to 255, or None where packets have no number.
        end: int64 ns UTC, the end of its last sample.
        duration: ns from the start of its first sample to `end`.
        count: of its samples.
    """

    sequence: int | None
    end: int
    duration: int
    count: int

    def __post_init__(self) -> None:
        """Checked here once.

        Raises:
            NotPlausible: a number of more than one byte, no samples, or no duration.
        """
        if not 0 <= (self.sequence or 0) < WRAP or self.count < 1 or self.duration < 1:
            raise NotPlausible("a packet", expected="a sequence of one byte, a sample and a duration above 0")


@dataclass(frozen=True, slots=True)
class Break:
    """A hole between two packets.

    Attributes:
        start: int64 ns UTC, where the packet before ends.
        stop: int64 ns UTC, where the packet after begins.
        lost: packets missing by their numbers, modulo 256; 0 where the numbers start again, or there are none.
    """

    start: int
    stop: int
    lost: int


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of a stream's packets.

    Attributes:
        received: as they came, repeats included.
        kept: positions of the packets that are kept, in order of their ends.
        breaks: holes between them, in time order.
        rate: samples a second by the packets' own times: median of count over duration; NaN without packets.
    """

    received: int
    kept: tuple[int, ...]
    breaks: tuple[Break, ...] = field(repr=False)
    rate: float

    @property
    def lost(self) -> int:
        """How many packets never came, by their numbers."""
        return sum(hole.lost for hole in self.breaks)

    @property
    def share(self) -> float:
        """Packets kept, of those that were sent; NaN where none came."""
        sent = len(self.kept) + self.lost
        return len(self.kept) / sent if sent else np.nan

    @property
    def lossy(self) -> bool:
        """Whether so much is missing that repetitions can't be counted."""
        return bool(self.share < COMPLETE)


def delivery(packets: Sequence[Numbered]) -> Delivery:
    """Repeats dropped by number, the rest in the order of time, holes and the true rate told.

    >>> packets = [Numbered(n, n * 2 * SECOND, 2 * SECOND, 98) for n in (1, 1, 2, 4)]
    >>> found = delivery(packets)
    >>> found.kept, found.lost, found.rate, found.lossy
    ((0, 2, 3), 1, 49.0, True)
    """
    kept: list[int] = []
    seen: dict[tuple[int | None, int], int] = {}
    for index, packet in enumerate(packets):
        key = packet.sequence, packet.end
        if key in seen and index - seen[key] <= RECENT:
            continue
        seen[key] = index
        kept.append(index)
    kept.sort(key=lambda index: packets[index].end)
    rates = [packets[index].count * SECOND / packets[index].duration for index in kept]
    rate = float(np.median(rates)) if rates else np.nan
    return Delivery(len(packets), tuple(kept), tuple(_breaks([packets[index] for index in kept])), rate)


def _breaks(packets: Sequence[Numbered]) -> list[Break]:
    found = []
    for before, after in pairwise(packets):
        begin = after.end - after.duration
        hole = max(begin - before.end, 0) / after.duration
        missing = _missing(before, after)
        if missing or hole > APART:
            # Numbers that jump further than the hole is wide started again: they don't say what is missing.
            found.append(Break(before.end, begin, missing if hole > APART and missing <= 1.5 * hole + 1.0 else 0))
    return found


def _missing(before: Numbered, after: Numbered) -> int:
    """Packets between two, by their numbers; 0 where they have none."""
    if before.sequence is None or after.sequence is None:
        return 0
    return (after.sequence - before.sequence - 1) % WRAP


def sample_times(packet: Numbered) -> Nanoseconds:
    """When each of a packet's samples was taken, (sample,), int64 ns UTC: evenly over its own duration.

    >>> (sample_times(Numbered(0, 4 * SECOND, 4 * SECOND, 4)) // SECOND).tolist()
    [0, 1, 2, 3]
    """
    steps = np.arange(packet.count, dtype=np.int64) * packet.duration // packet.count
    return steps + (packet.end - packet.duration)
