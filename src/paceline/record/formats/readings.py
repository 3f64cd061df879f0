"""What readers of text formats share: a table that grows row by row, and problems that are counted, not repeated."""

from __future__ import annotations

import math
from array import array
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from itertools import repeat

import numpy as np

from paceline.domain.channels import CHANNELS, Channel
from paceline.domain.units import convert
from paceline.record.recordings import Problem
from paceline.record.streams import Floats, Stream

MESSAGES = {
    "number": "What should be a number is none; the reading is missing.",
    "time": "A time can't be read.",
    "no_time": "A point has no time, so it can't be part of a recording.",
    "zone": "Local time without a zone: taken as UTC. Give the start in UTC where you know it.",
    "lap": "A lap or interval without a start or a length is left out.",
    "course": "This is a planned course, not an activity: it is kept as the stream 'course'.",
    "empty": "The file holds no activity: nothing was recorded in it.",
    "undated": "The file does not say when it was made: its clock starts at 1970-01-01T00:00:00Z.",
}
"""What a kind of problem means, for people."""


class Findings:
    """The problems of one file as they are met: the same one again is counted at its first place."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], Problem] = {}
        self._again: Counter[tuple[str, str]] = Counter()

    def add(self, kind: str, message: str = "", *, offset: int | None = None, line: int | None = None) -> None:
        """Note one problem; without a message it is the usual one of its kind."""
        message = message or MESSAGES[kind]
        if (kind, message) in self._found:
            self._again[kind, message] += 1
        else:
            self._found[kind, message] = Problem(kind, message, offset, line)

    def problems(self) -> tuple[Problem, ...]:
        """Each problem once, in the order in which they were first met."""
        return tuple(replace(problem, count=1 + self._again[key]) for key, problem in self._found.items())


def reason(damage: Problem) -> str:
    """What a damage is, without what was kept: for the error that says that nothing was."""
    what = damage.message.partition(";")[0]
    return what[:1].lower() + what[1:]


def number(text: str) -> float | None:
    """A decimal number of XML Schema, "NaN" included, or None where the text is none.

    Python's own reading of floats is wider: it takes "1_000", infinity and the digits of every script.

    >>> number(" 12.5 "), number("1_000"), number("inf")
    (12.5, None, None)
    """
    try:
        value = float(text)
    except ValueError:
        return None
    if math.isinf(value) or "_" in text or not text.isascii():
        return None
    return value


class Readings:
    """A stream that grows row by row; what a row does not say is absent from it."""

    def __init__(self) -> None:
        self._time = array("q")
        self._columns: dict[str, array[float]] = {}

    def __len__(self) -> int:
        """How many rows there are."""
        return len(self._time)

    def add(self, time: int, row: Mapping[str, float]) -> None:
        """One more row: its time in int64 ns UTC, and its readings by channel."""
        rows = len(self._time)
        for name, value in row.items():
            column = self._columns.get(name)
            if column is None:
                column = self._columns[name] = array("d")
            if len(column) < rows:
                column.extend(repeat(math.nan, rows - len(column)))
            column.append(value)
        self._time.append(time)

    @property
    def times(self) -> array[int]:
        """Row times so far, int64 ns UTC."""
        return self._time

    def stream(
        self,
        name: str,
        *,
        start: int = 0,
        units: Mapping[str, str] | None = None,
        described: Mapping[str, Channel] | None = None,
    ) -> Stream:
        """The rows as a stream.

        Args:
            name: of the stream.
            start: int64 ns UTC, where the rows' times count from.
            units: channel → the unit its readings were added in, where that is not the catalogue's.
            described: channels that the catalogue does not have.
        """
        values = {channel: self._column(channel) for channel in self._columns}
        for channel in (units or {}).keys() & values.keys():
            values[channel] = convert(values[channel], unit=(units or {})[channel], to=CHANNELS[channel].unit)
        unknown = {key: channel for key, channel in (described or {}).items() if key in values and key not in CHANNELS}
        return Stream(name, np.array(self._time, np.int64) + start, values, {}, unknown)

    def _column(self, channel: str) -> Floats:
        column = np.full(len(self._time), np.nan)
        readings = np.array(self._columns[channel], np.float64)
        column[: len(readings)] = readings
        return column
