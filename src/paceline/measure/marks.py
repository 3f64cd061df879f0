"""Efforts as a person marks them: "start 0:10:00-0:15:30.250", counted from the beginning of the ride."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta, tzinfo

from paceline.domain.efforts import SECOND, Effort
from paceline.domain.errors import SettingsError

EXPECTED = "a name and two times, as in: start 0:10:00-0:15:30.250"

_MARK = re.compile(r"(?:(?P<name>.*?)\s*[:=]?\s+)?(?P<start>\S+?)\s*(?P<between>-|–|/|\bto\b)\s*(?P<stop>[^\s/–]+)")
_OFFSET = re.compile(r"(?:(?:(\d{1,4}):(?=\d+:))?(\d{1,4}):)?(\d{1,7})(?:\.(\d{1,9}))?", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def marks(written: str | Mapping[str, str], *, ride: Effort, zone: tzinfo = UTC) -> tuple[Effort, ...]:
    """The efforts that a person wrote down.

    Args:
        written: marks between commas, semicolons or new lines, each a name (or none) and two times; or name → two
            times. A time is h:mm:ss, m:ss or s after the beginning of the ride, with up to nine decimals; or, with
            "/" or "to" between the two, a date and time of the athlete's wall clock: 2024-05-04T10:00:00.
        ride: what they are counted from, and must lie in.
        zone: the athlete's wall clock.

    Returns:
        In the order they were written, exact to the nanosecond. The first mark without a name is "mark 1".

    Raises:
        SettingsError: a mark can't be read, ends before it starts, lies outside the ride, or shares its name.

    >>> ride = Effort("ride", 0, 3600 * SECOND)
    >>> [(mark.name, mark.start, mark.duration) for mark in marks("start 10:00-15:30.25, 16:00-16:10", ride=ride)]
    [('start', 600000000000, 330.25), ('mark 2', 960000000000, 10.0)]
    """
    found: dict[str, Effort] = {}
    for number, text in enumerate(_texts(written), 1):
        place = f"mark {number}"
        parts = _MARK.fullmatch(text.strip())
        if parts is None:
            raise SettingsError("marks", place=place, expected=EXPECTED, found=repr(text.strip()[:80]))
        name = (parts["name"] or "").strip() or place
        start, stop = (_instant(parts[end], ride, zone, place) for end in ("start", "stop"))
        if not ride.start <= start < stop <= ride.stop:
            wanted = f"a start before its end, both within the {timedelta(seconds=ride.duration)} of the ride"
            raise SettingsError("marks", place=place, expected=wanted, found=repr(text.strip()[:80]))
        if name in found:
            raise SettingsError("marks", place=place, expected="a name of its own", found=f"{name!r} a second time")
        found[name] = Effort(name, start, stop, "mark", sport=ride.sport)
    return tuple(found.values())


def _texts(written: str | Mapping[str, str]) -> Iterable[str]:
    if isinstance(written, str):
        return (text for text in re.split(r"[,;\n]", written) if text.strip())
    return (f"{name} {times}" for name, times in written.items())


def _instant(text: str, ride: Effort, zone: tzinfo, place: str) -> int:
    """One time as int64 ns UTC; whole numbers throughout, since a float holds no nanosecond of our years."""
    if (parts := _OFFSET.fullmatch(text)) is not None:
        hours, minutes, seconds, decimals = parts.groups()
        under = (minutes is None or int(seconds) < 60) and (hours is None or int(minutes) < 60)
        if under:
            whole = (int(hours or 0) * 60 + int(minutes or 0)) * 60 + int(seconds)
            return ride.start + whole * SECOND + int((decimals or "").ljust(9, "0"))
    try:
        clock = datetime.fromisoformat(text) if "T" in text else None
        if clock is not None:
            aware = clock if clock.tzinfo is not None else clock.replace(tzinfo=zone)
            return (aware - _EPOCH) // timedelta(microseconds=1) * 1000
    except (ValueError, OverflowError):
        pass
    raise SettingsError("marks", place=place, expected="h:mm:ss, m:ss or seconds", found=repr(text[:40]))
