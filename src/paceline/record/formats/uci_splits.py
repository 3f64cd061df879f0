"""From the rows of a table to splits: elapsed and lap times have to add up, and what does not is repaired or reported.

Some results lose the tens digit of a time: 15.158 stands there as 5.158. Each lap ends where the elapsed time is
printed too, so that one tells what the other lost. A repair is made only where exactly one value fits, and is always
reported; a time that fits nowhere is kept as it is printed, and reported.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from paceline.domain.races import Split
from paceline.record.formats.readings import Findings
from paceline.record.formats.uci_text import Row

FASTEST = 30.0
"""m/s. Nobody rides faster than 23 on a track, so that a time which asks for more has lost a digit."""
_TENS = 10_000

Line: TypeAlias = tuple[int, int]
"""A distance, m, and the elapsed time there, ms."""

_MESSAGES = {
    "lap_digit": "A lap time lost its tens digit; the elapsed times say what it was and are kept.",
    "tens_digit": "An elapsed time lost a digit and is rebuilt from its neighbours.",
    "lap_sum": "A lap time and the elapsed times around it do not agree; the elapsed times are kept.",
    "order": "An elapsed time does not fit its neighbours, and no single digit would mend it: it is kept as printed.",
}


def splits(rows: Sequence[Row], findings: Findings) -> tuple[Split, ...]:
    """The rows that give a time or a place, as splits, in order of distance.

    >>> found = Findings()
    >>> rows = [Row(250, time=20_000, lap=20_000), Row(500, time=35_000, lap=5_000)]
    >>> [split.time for split in splits(rows, found)], [problem.kind for problem in found.problems()]
    ([20.0, 35.0], ['lap_digit'])
    """
    times = _between(rows, _at_laps(rows, findings), findings)
    found = (
        Split(float(row.distance), None if time is None else time / 1000, row.place)
        for row, time in zip(rows, times, strict=True)
    )
    return tuple(split for split in found if split.time is not None or split.place is not None)


def _at_laps(rows: Sequence[Row], findings: Findings) -> dict[int, int]:
    """Row → elapsed ms, for the rows that end a lap and have a time."""
    known: dict[int, int] = {}
    begin: int | None = 0
    reached: Line = (0, 0)
    for index, row in enumerate(rows):
        if row.lap is None:
            continue
        if row.time is None:
            begin = None
            continue
        begin, doubt = _agreed(row, row.time, reached, None if begin is None else row.lap - (row.time - begin))
        known[index] = begin
        reached = (row.distance, begin)
        if doubt:
            findings.add(doubt, _MESSAGES[doubt], line=row.line)
    return known


def _agreed(row: Row, time: int, reached: Line, excess: int | None) -> tuple[int, str | None]:
    """The elapsed time at the end of a lap, and what is wrong; by `excess` the lap is longer than they say."""
    sound = _after(row.distance, time, reached)
    if not excess:
        return time, None if sound else "order"
    if _lost(time, time + excess) and _after(row.distance, time + excess, reached):
        return time + excess, "tens_digit"
    if not sound:
        return time, "order"
    return time, "lap_digit" if row.lap is not None and _lost(row.lap, row.lap - excess) else "lap_sum"


def _between(rows: Sequence[Row], known: Mapping[int, int], findings: Findings) -> list[int | None]:
    """Elapsed ms of every row: those inside a lap have to lie between its ends."""
    ends: list[Line | None] = [None] * len(rows)
    for index in range(len(rows) - 2, -1, -1):
        ends[index] = (rows[index + 1].distance, known[index + 1]) if index + 1 in known else ends[index + 1]
    times: list[int | None] = []
    reached: Line = (0, 0)
    for index, (row, end) in enumerate(zip(rows, ends, strict=True)):
        time = known.get(index, row.time)
        if index not in known and time is not None:
            time, doubt = _inside(row.distance, time, reached, end)
            if doubt:
                findings.add(doubt, _MESSAGES[doubt], line=row.line)
        times.append(time)
        reached = reached if time is None else (row.distance, time)
    return times


def _inside(distance: int, time: int, reached: Line, end: Line | None) -> tuple[int, str | None]:
    """The elapsed time within a lap, as it stands or with its tens, where one value fits."""
    last = math.inf if end is None else end[1] - _least(end[0] - distance)
    if _after(distance, time, reached) and time <= last:
        return time, None
    if math.isinf(last):
        return time, "order"
    first = max(reached[1] + _least(distance - reached[0]), time + 1)
    tens = range(math.ceil((first - time) / _TENS), math.floor((last - time) / _TENS) + 1)
    fits = [value for k in tens[:2] if _lost(time, value := time + k * _TENS)]
    return (fits[0], "tens_digit") if len(tens) == len(fits) == 1 else (time, "order")


def _lost(printed: int, meant: int) -> bool:
    """Whether the time that is printed is the one that was meant without its tens digit, its minutes, or both."""
    missing = meant - printed
    return missing > 0 and (missing % 60_000 == 0 or (missing % _TENS == 0 and printed // 1000 % 60 < 10))


def _after(distance: int, time: int, reached: tuple[int, int]) -> bool:
    return time >= reached[1] + _least(distance - reached[0])


def _least(metres: int) -> float:
    """The ms that so many metres take at the very least."""
    return metres / FASTEST * 1000
