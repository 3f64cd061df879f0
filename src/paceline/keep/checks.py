"""What commands are given, checked before anything is written: a fact that is wrong stays wrong for ever."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

import msgspec

from paceline.domain.errors import Absent, Refused
from paceline.keep.subjects import SUBJECT

_SHA256 = re.compile(r"[0-9a-f]{64}")
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9:/_.,+ -]{0,99}")

TEXT = 10_000
"""Characters of a note."""

CONTENT = 262_144
"""Bytes of a plan, as JSON."""

MOMENT = 2**63 - 1


def subject(command: str, value: str) -> str:
    """A pseudonym: nothing that could be a name gets past this."""
    if not SUBJECT.fullmatch(value):
        raise Refused(command, because="the subject is not a pseudonym as keep/people makes them")
    return value


def sha256(command: str, value: str) -> str:
    """64 lower-case hexadecimal digits."""
    if not _SHA256.fullmatch(value):
        raise Refused(command, because="a sha256 is 64 hexadecimal digits in lower case")
    return value


def word(command: str, what: str, value: str, *, empty: bool = False) -> str:
    """A short name of the house's own, not free text: letters, digits and :/_.,+- and spaces inside."""
    if not (_WORD.fullmatch(value) or (empty and not value)):
        raise Refused(command, because=f"{what} must be a word of at most 100 letters, digits and :/_.,+-")
    return value


def period(command: str, start: int | None, end: int | None) -> None:
    """Moments in int64 ns UTC, the end not before the start."""
    for moment in (start, end):
        if moment is not None and not -MOMENT <= moment <= MOMENT:
            raise Refused(command, because="a time is int64 nanoseconds UTC")
    if start is not None and end is not None and end < start:
        raise Refused(command, because="the end lies before the start")


def number(command: str, what: str, value: float, *, low: float = -math.inf, high: float = math.inf) -> float:
    """A finite number in a range."""
    if not (math.isfinite(value) and low <= value <= high):
        raise Refused(command, because=f"{what} must be a number from {low:g} to {high:g}")
    return value


def numbers(command: str, values: Mapping[str, float]) -> dict[str, float]:
    """Few named finite numbers."""
    if len(values) > 100:
        raise Refused(command, because="at most 100 values fit in one")
    return {word(command, "a value's name", name): number(command, name, value) for name, value in values.items()}


def day(command: str, value: str) -> str:
    """A day as ISO 8601: 2024-05-01."""
    try:
        return date.fromisoformat(value).isoformat()
    except ValueError as error:
        raise Refused(command, because="a day is written as 2024-05-01") from error


def content(command: str, value: Mapping[str, Any]) -> dict[str, Any]:
    """What JSON can hold, of bounded size."""
    try:
        encoded = msgspec.json.encode(value)
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        raise Refused(command, because="it holds something that JSON has no form for") from error
    if len(encoded) > CONTENT:
        raise Refused(command, because=f"it is larger than {CONTENT:,} bytes")
    found = msgspec.json.decode(encoded)
    if not isinstance(found, dict):
        raise Refused(command, because="it is no object")
    return found


def key(kind: str, value: UUID | str) -> UUID:
    """An id; what is no id names nothing."""
    try:
        return value if isinstance(value, UUID) else UUID(value)
    except ValueError as error:
        raise Absent(kind, "of that id") from error
