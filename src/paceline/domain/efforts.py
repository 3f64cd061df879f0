"""An effort: an interval of a session, in continuous time.

A lap is not a whole number of samples: its ends are int64 nanoseconds UTC, and no grid rounds them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Origin = Literal["whole", "session", "lap", "length", "mark", "detected"]

NANOSECOND = 1e-9
SECOND = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Effort:
    """An interval of a session.

    Attributes:
        name: what people call it: "lap 3", "start", "20 min test".
        start: int64 ns UTC, the first instant that belongs to it.
        stop: int64 ns UTC, the first instant that no longer does.
        origin: who drew it: the whole recording, a sport session of a multi-sport file, the device's lap button,
            a pool length, a person's mark, or detection from the data.
        summary: what the device wrote about it, by channel-like names in the catalogue's units; never computed by us.
        sport: as the device named it, or None.
    """

    name: str
    start: int
    stop: int
    origin: Origin = "mark"
    summary: Mapping[str, float] = field(default_factory=dict)
    sport: str | None = None

    def __post_init__(self) -> None:
        """An effort that ends before it starts is refused.

        Raises:
            ValueError: `stop` is before `start`.
        """
        if self.stop < self.start:
            raise ValueError(f"Effort {self.name!r} ends before it starts. Give the earlier time first.")

    @property
    def duration(self) -> float:
        """How long it lasts, in seconds.

        >>> Effort("lap 1", 0, 61_250_000_000).duration
        61.25
        """
        return (self.stop - self.start) / SECOND
