"""Times as text files write them: minutes since the start and clocks on a wall.

A wall clock without a zone says when for a person, not for a computer. Its digits are kept as if they were UTC, the
recording's `utc_offset` stays None, and a `Problem` says so; who knows better gives the start in UTC.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np

from paceline.domain.efforts import SECOND
from paceline.domain.errors import Damaged
from paceline.record.formats.delimited import number
from paceline.record.formats.readings import Findings
from paceline.record.streams import Floats, Nanoseconds

LONGEST = 1e9
"""Seconds, 31 years: an elapsed time beyond it is damage."""
FAR = 2**62
"""Nanoseconds from 1970, 146 years: a date beyond it is damage, and would leave int64 no room for what is added."""
_QUARTER = 900 * SECOND


def nanoseconds(seconds: Floats) -> Nanoseconds:
    """Seconds as whole nanoseconds, rounded; the caller has left out NaN and what is beyond `LONGEST`.

    >>> nanoseconds(np.array([1.26])).tolist()
    [1260000000]
    """
    whole = np.floor(seconds)
    # The fraction is rounded apart: a double holds the seconds of a date to 0.2 µs only when both stand in one number.
    return whole.astype(np.int64) * SECOND + np.rint((seconds - whole) * 1e9).astype(np.int64)


def evenly(count: int, interval: float, *, file: str) -> Nanoseconds:
    """The clock of rows that are `interval` seconds apart, from zero, (row,), ns.

    Raises:
        Damaged: it would run for longer than `LONGEST`.

    >>> evenly(3, 0.5, file="made").tolist()
    [0, 500000000, 1000000000]
    """
    if count * interval > LONGEST:
        raise Damaged(file, expected=f"at most {LONGEST:,.0f} s of rows", found="more", offset=None)
    return np.arange(count, dtype=np.int64) * round(interval * SECOND)


def usable(seconds: Floats, lines: Sequence[int], findings: Findings) -> list[bool]:
    """Which rows have a time; a row without one has no place on a clock, is left out, and that is reported."""
    keep = np.isfinite(seconds) & (np.abs(np.nan_to_num(seconds)) <= LONGEST)
    for row in np.flatnonzero(~keep):
        findings.add("clock", "A row without a readable time is left out.", line=lines[int(row)])
    return [bool(wanted) for wanted in keep]


def undated(elapsed: Nanoseconds, start: int | None, findings: Findings) -> Nanoseconds:
    """The clock of a file without a date, ns: from 1970 on, or its first sample at the start that a person gave."""
    if start is None:
        findings.add("undated")
        return elapsed
    return elapsed + (start - int(elapsed[0])) if len(elapsed) else elapsed


def zoned(local: int, start: int | None, findings: Findings) -> tuple[int, int | None]:
    """UTC for the first instant of a wall clock without a zone, and the offset that follows.

    Args:
        local: ns, the wall clock's digits read as UTC.
        start: ns UTC of that instant, where a person gave it.
        findings: takes the doubt where nobody did.

    Returns:
        ns UTC and the seconds that the wall clock was ahead of it; None where that is not known or no zone's offset.

    >>> zoned(7_200 * SECOND, 0, Findings())
    (0, 7200)
    """
    if start is None:
        findings.add("zone", "Local time without a zone: taken as UTC. Give the start in UTC where you know it.")
        return local, None
    ahead = local - start
    return start, ahead // SECOND if ahead % _QUARTER == 0 and abs(ahead) <= 14 * 3600 * SECOND else None


def date_time(*parts: int, fraction: int = 0) -> int | None:
    """Year, month, day, hour, minute, second → ns as if in UTC; None for a date that does not exist.

    >>> date_time(1970, 1, 2, 0, 0, 1)
    86401000000000
    >>> date_time(2011, 2, 30, 0, 0, 0) is None
    True
    """
    try:
        moment = datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]  # mypy can't count the parts
    except (ValueError, TypeError, OverflowError):
        return None
    instant = int(moment.timestamp()) * SECOND + fraction
    return instant if abs(instant) < FAR else None


def clock_seconds(text: str) -> float:
    """h:mm:ss(.d) or mm:ss(.d) → seconds; NaN where it is neither.

    >>> clock_seconds("1:00:01.5"), clock_seconds("02:30"), clock_seconds("soon")
    (3601.5, 150.0, nan)
    """
    parts = text.strip().split(":")
    if not 2 <= len(parts) <= 3 or not all(part.isascii() and part[:1].isdigit() for part in parts):
        return math.nan
    return math.fsum(number(part) * 60.0**power for power, part in enumerate(reversed(parts)))


def unwrapped(seconds: Floats, period: float, findings: Findings) -> Floats:
    """A clock that starts again at zero after each period, as one that does not, (row,), s.

    >>> unwrapped(np.array([3599.0, 0.0, 1.0]), 3600.0, Findings()).tolist()
    [3599.0, 3600.0, 3601.0]
    """
    known = np.flatnonzero(~np.isnan(seconds))
    back = np.diff(seconds[known], prepend=seconds[known][:1]) < -period / 2
    if back.any():
        findings.add("clock_wrap", f"The clock starts again after {period:g} s: the periods before are added.")
    result = seconds.copy()
    result[known] += np.cumsum(back) * period
    return result
