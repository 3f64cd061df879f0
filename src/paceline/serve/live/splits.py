"""Laps of a running session, from the passings that a track's timing system publishes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from paceline.domain.efforts import SECOND
from paceline.record.formats.passing_lines import Line, json_line
from paceline.record.formats.passings import instant
from paceline.record.formats.readings import Findings
from paceline.record.packets import Packet


def passings_of(topic: str, message: bytes) -> Iterator[tuple[Line, int]]:
    """The passings of one message, and when each was; what can't be read is left out."""
    text = f"{topic} {message.decode('utf-8', 'replace')}".replace("\n", " ")
    for line in json_line(text, 0, Findings(), last=False):
        if (time := instant(line)) is not None:
            yield line, time


class Splits:
    """Time between passings, of one transponder."""

    def __init__(self) -> None:
        self._at: dict[int, int] = {}
        self._before: int | None = None
        self._laps: dict[int, int] = {}

    def passings(self, packet: Packet) -> Iterator[dict[str, Any]]:
        """What each passing of a message tells: the loop, when, since the loop before, and since this loop."""
        for line, time in passings_of(packet.description.stream, packet.message):
            lap = (time - self._at[line.loop]) / SECOND if line.loop in self._at else None
            split = (time - self._before) / SECOND if self._before is not None else None
            self._laps[line.loop] = self._laps.get(line.loop, -1) + 1
            self._at[line.loop], self._before = time, time
            yield {
                "loop": line.loop,
                "name": line.text,
                "time_s": time / SECOND,
                "split_s": split,
                "lap_s": lap,
                "lap": self._laps[line.loop],
            }
