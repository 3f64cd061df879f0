"""When the device's timer stood still: what its timer events say about pauses."""

from __future__ import annotations

from collections.abc import Sequence

from paceline.domain.devices import Event
from paceline.domain.efforts import SECOND, Effort

Pause = tuple[int, int]
"""From where to where, int64 ns UTC: from a timer's stop to its next start."""


def pauses(events: Sequence[Event]) -> list[Pause]:
    """The pauses between a timer's stop and its next start, in time order; a stop with no start after it is the end.

    >>> pauses([Event(0, "timer", "start"), Event(5, "timer", "stop_all"), Event(9, "timer", "start")])
    [(5, 9)]
    """
    found, stopped = [], None
    for event in sorted((event for event in events if event.kind == "timer"), key=lambda event: event.time):
        if event.action.startswith("stop") and stopped is None:
            stopped = event.time
        elif event.action == "start" and stopped is not None:
            found.append((stopped, event.time))
            stopped = None
    return found


def timer_time(effort: Effort, still: Sequence[Pause]) -> float:
    """How long the timer ran in an effort, s: what the device wrote about it, else its length without the pauses.

    >>> timer_time(Effort("lap 1", 0, 20 * SECOND), [(5 * SECOND, 9 * SECOND)])
    16.0
    """
    if "timer_time" in effort.summary:
        return effort.summary["timer_time"]
    paused = sum(max(min(stop, effort.stop) - max(start, effort.start), 0) for start, stop in still)
    return (effort.stop - effort.start - paused) / SECOND
