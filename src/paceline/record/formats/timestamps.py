"""Times as files write them: text or seconds in, exact int64 nanoseconds out."""

from __future__ import annotations

import math
import re
from datetime import date
from typing import NamedTuple

from paceline.domain.efforts import SECOND

_EPOCH = date(1970, 1, 1).toordinal()
_YEARS = range(1900, 2200)
_LONGEST = 1e9
"""Seconds. Within these years and this length no sum leaves int64."""

_INSTANT = re.compile(
    r"(\d{4})[-/](\d\d)[-/](\d\d)[T ]+(\d\d):(\d\d)(?::(\d\d)(?:[.,](\d+))?)?\s*(Z|UTC|([+-])(\d\d):?(\d\d)?)?",
    re.ASCII | re.IGNORECASE,
)


class Instant(NamedTuple):
    """A moment and what was said about its zone.

    Attributes:
        time: int64 ns UTC; what has no zone is read as UTC.
        zone: seconds ahead of UTC, 0 for "Z", None where nothing was said.
    """

    time: int
    zone: int | None


def instant(text: str) -> Instant | None:
    """A moment in ISO 8601, in the profile that activity files use, or None where the text is no such thing.

    Digits beyond the nanosecond are cut off; no float is involved. A leap second is read as the second after it.

    >>> instant("1970-01-01T01:00:00.5+01:00")
    Instant(time=500000000, zone=3600)
    >>> instant("1970/01/01 00:00:01").zone is None
    True
    """
    match = _INSTANT.fullmatch(text)
    if match is None:
        return None
    year, month, day, hour, minute, second, fraction, zone, sign, ahead, and_minutes = match.groups()
    seconds = int(hour) * 3600 + int(minute) * 60 + int(second or 0)
    if int(year) not in _YEARS or seconds > 86_400 or int(minute) > 59 or int(second or 0) > 60:
        return None
    try:
        days = date(int(year), int(month), int(day)).toordinal() - _EPOCH
    except ValueError:
        return None
    offset = None if zone is None else 0
    if sign:
        offset = (int(ahead) * 3600 + int(and_minutes or 0) * 60) * (-1 if sign == "-" else 1)
    whole = days * 86_400 + seconds - (offset or 0)
    return Instant(whole * SECOND + (int(fraction[:9].ljust(9, "0")) if fraction else 0), offset)


def nanoseconds(seconds: float) -> int | None:
    """Seconds as whole nanoseconds, or None where they are no plausible length of time.

    Nine decimals survive up to 45 days: half a nanosecond is then still more than float64's own rounding.

    >>> nanoseconds(278.2120056)
    278212005600
    """
    if not math.isfinite(seconds) or abs(seconds) > _LONGEST:
        return None
    return round(seconds * SECOND)
