"""Moments as JSON has them: ISO 8601 in UTC, with as many digits as the nanoseconds need.

JSON's numbers lose nanoseconds since 1970 in JavaScript; a text keeps them.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated

from msgspec import Meta

from paceline.domain.errors import RequestRefused

_SHAPE = (
    r"^(?P<second>(19[7-9][0-9]|20[0-9]{2}|21[0-9]{2})-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
    r"T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9])(\.(?P<fraction>[0-9]{1,9}))?Z$"
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Moment = Annotated[
    str,
    Meta(
        pattern=_SHAPE.replace("?P<second>", "").replace("?P<fraction>", ""),
        description="A moment in UTC, such as 2026-05-01T09:30:00.25Z; up to nine decimals count.",
        examples=["2026-05-01T09:30:00.25Z"],
        extra_json_schema={"format": "date-time"},
    ),
]


def text(moment: int) -> str:
    """A moment, int64 ns UTC, as JSON has it.

    >>> text(1_500_000_000_250_000_000), text(0)
    ('2017-07-14T02:40:00.25Z', '1970-01-01T00:00:00Z')
    """
    seconds, fraction = divmod(moment, 10**9)
    told = (_EPOCH + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S")
    return told + (f".{fraction:09d}".rstrip("0") if fraction else "") + "Z"


def text_or_none(moment: int | None) -> str | None:
    """The same, where nothing may be known."""
    return None if moment is None else text(moment)


def nanoseconds(told: str, *, field: str) -> int:
    """The moment that a text says, int64 ns UTC.

    >>> nanoseconds("2017-07-14T02:40:00.25Z", field="start")
    1500000000250000000

    Raises:
        RequestRefused: it is no moment, such as the 31st of June.
    """
    found = re.match(_SHAPE, told)
    if found is None:
        raise RequestRefused("invalid", "A moment looks like 2026-05-01T09:30:00.25Z.", field=field)
    try:
        second = datetime.fromisoformat(found["second"]).replace(tzinfo=UTC)
    except ValueError as error:
        raise RequestRefused("invalid", "There is no such day.", field=field) from error
    whole = round((second - _EPOCH) / timedelta(seconds=1))
    return whole * 10**9 + int((found["fraction"] or "").ljust(9, "0"))


def nanoseconds_or_none(told: str | None, *, field: str) -> int | None:
    """The same, where nothing may be said."""
    return None if told is None else nanoseconds(told, field=field)
