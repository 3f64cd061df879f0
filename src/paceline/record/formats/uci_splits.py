"""From the rows of a table to splits: elapsed and lap times have to add up, and what does not is repaired or reported.

Some results lose the tens digit of a time: 15.158 stands there as 5.158. Each lap ends where the elapsed time is
printed too, so that one tells what the other lost. A repair is made only where exactly one value fits, and is always
reported; a time that fits nowhere is kept as it is printed, and reported.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from paceline.domain.races import Split
from paceline.record.formats.readings import Findings
from paceline.record.formats.uci_text import Row

FASTEST = 30.0
"""m/s. Nobody rides faster than 23 on a track, so that a time which asks for more has lost a digit."""
_TENS = 10_000

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


def _at_laps(rows: Sequence[Row], findings: Findings) -> dict[int, int | None]:
    """Row → elapsed ms, for the rows that end a lap; None where it can't be told."""
    known: dict[int, int | None] = {}
    begin: int | None = 0
    reached = (0, 0)
    for index, row in enumerate(rows):
        if row.lap is None:
            continue
        expected = None if begin is None else begin + row.lap
        time, doubt = _agreed(row, expected, reached)
        if doubt:
            findings.add(doubt, _MESSAGES[doubt], line=row.line)
        known[index] = begin = time
        reached = reached if time is None else (row.distance, time)
    return known


def _agreed(row: Row, expected: int | None, reached: tuple[int, int]) -> tuple[int | None, str | None]:
    """The elapsed time at the end of a lap, and the kind of problem that it has."""
    time = row.time
    if time is None:
        return None, None
    sound = _after(row.distance, time, reached)
    if expected is None or time == expected:
        return (time, None) if sound else (time, "order")
    lost = expected - time
    if lost > 0 and lost % _TENS == 0 and _after(row.distance, expected, reached):
        return expected, "tens_digit"
    if not sound:
        return time, "order"
    return time, "lap_digit" if lost % _TENS == 0 else "lap_sum"


def _between(rows: Sequence[Row], known: dict[int, int | None], findings: Findings) -> list[int | None]:
    """Elapsed ms of every row: those inside a lap have to lie between its ends."""
    times: list[int | None] = []
    reached = (0, 0)
    for index, row in enumerate(rows):
        time = known.get(index, row.time)
        if index not in known and time is not None:
            ends = (i for i in range(index + 1, len(rows)) if known.get(i) is not None)
            later = next(((rows[i].distance, known[i]) for i in ends), None)
            time, doubt = _inside(row, time, reached, later)
            if doubt:
                findings.add(doubt, _MESSAGES[doubt], line=row.line)
        times.append(time)
        reached = reached if time is None else (row.distance, time)
    return times


def _inside(
    row: Row, time: int, reached: tuple[int, int], later: tuple[int, int | None] | None
) -> tuple[int | None, str | None]:
    """The elapsed time within a lap, as it stands or with its tens, where one value fits."""
    last = math.inf if later is None or later[1] is None else later[1] - _least(later[0] - row.distance)
    if _after(row.distance, time, reached) and time <= last:
        return time, None
    first = reached[1] + _least(row.distance - reached[0])
    tens = math.ceil((first - time) / _TENS)
    fits = (
        [] if math.isinf(last) else [time + k * _TENS for k in (tens, tens + 1) if k > 0 and time + k * _TENS <= last]
    )
    return (fits[0], "tens_digit") if len(fits) == 1 else (time, "order")


def _after(distance: int, time: int, reached: tuple[int, int]) -> bool:
    return time >= reached[1] + _least(distance - reached[0])


def _least(metres: int) -> float:
    """The ms that so many metres take at the very least."""
    return metres / FASTEST * 1000
