"""Which tables there are, and their columns.

Every row says whose it is and in which month its session began (UTC): the folders of a table are subject and month, so
that one athlete's month is a small read. Absent is null. A table of samples has further columns, one for each channel
of the catalogue that was ever recorded, and `<channel>_flags` where a reading of it was doubtful.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

import polars as pl

from paceline.domain.errors import UnknownName

PARTITIONS = ("subject", "month")

_WHOSE = {"subject": pl.String(), "month": pl.String(), "session": pl.String()}

_SAMPLE = {
    **_WHOSE,
    "recording": pl.String(),
    "part": pl.Int32(),
    "stream": pl.String(),
    "sample": pl.Int64(),
    "t": pl.Int64(),
}

KINDS = ("record", "rr", "hr", "course", "weather", "passings", "gate", "keypoints", "acceleration")
"""Names of streams that have a table of their own; any other stream's samples are in `samples_other`."""


@dataclass(frozen=True, slots=True)
class Table:
    """One table.

    Attributes:
        name: its name, and its folder's.
        meaning: what one row is.
        columns: name → type; a table of samples has more.
        order: by which its rows stand within a session.
    """

    name: str
    meaning: str
    columns: Mapping[str, pl.DataType]
    order: tuple[str, ...]


_FIXED = (
    Table(
        "samples_described",
        "A reading of a channel that the catalogue does not have: a developer field, say.",
        MappingProxyType(
            {**_SAMPLE, "channel": pl.String(), "unit": pl.String(), "value": pl.Float64(), "flags": pl.Int16()}
        ),
        ("recording", "part", "stream", "channel", "sample"),
    ),
    Table(
        "efforts",
        "An interval of a session: the whole, a lap, a mark, what was detected.",
        MappingProxyType(
            {
                **_WHOSE,
                "number": pl.Int32(),
                "effort": pl.String(),
                "origin": pl.String(),
                "start": pl.Int64(),
                "stop": pl.Int64(),
                "sport": pl.String(),
                "summary": pl.String(),
                "recordings": pl.String(),
                "settings": pl.String(),
                "flow_version": pl.String(),
            }
        ),
        ("number",),
    ),
    Table(
        "metrics",
        "A metric of an effort: its value, or the reason why it has none.",
        MappingProxyType(
            {
                **_WHOSE,
                "start": pl.Int64(),
                "number": pl.Int32(),
                "effort": pl.String(),
                "metric": pl.String(),
                "value": pl.Float64(),
                "detail": pl.String(),
                "unit": pl.String(),
                "reason": pl.String(),
                "sources": pl.String(),
                "used": pl.Int64(),
                "settings": pl.String(),
                "problems": pl.String(),
                "flow_version": pl.String(),
            }
        ),
        ("number", "metric"),
    ),
    Table(
        "labels",
        "What somebody said was done in an interval.",
        MappingProxyType(
            {
                **_WHOSE,
                "label": pl.String(),
                "exercise": pl.String(),
                "start": pl.Int64(),
                "stop": pl.Int64(),
                "values": pl.String(),
            }
        ),
        ("start", "label"),
    ),
    Table(
        "predictions",
        "What a release was asked, and what it answered.",
        MappingProxyType(
            {
                **_WHOSE,
                "product": pl.String(),
                "release": pl.String(),
                "t": pl.Int64(),
                "request": pl.String(),
                "response": pl.String(),
                "id": pl.String(),
            }
        ),
        ("t", "product", "request"),
    ),
    Table(
        "feedback",
        "What turned out to be true of an answer.",
        MappingProxyType(
            {
                **_WHOSE,
                "product": pl.String(),
                "id": pl.String(),
                "t": pl.Int64(),
                "label": pl.String(),
                "source": pl.String(),
            }
        ),
        ("t", "product", "id"),
    ),
)

_SAMPLES = tuple(
    Table(
        f"samples_{kind}",
        f"A sample of a stream of the kind {kind}.",
        MappingProxyType(_SAMPLE),
        ("recording", "part", "stream", "sample"),
    )
    for kind in (*KINDS, "other")
)

TABLES: Mapping[str, Table] = MappingProxyType({table.name: table for table in (*_SAMPLES, *_FIXED)})
"""Every table by name; samples first and metrics after efforts, which is the order in which a session is written."""

MEASURED = (*(table.name for table in _SAMPLES), "samples_described", "efforts", "metrics")
"""The tables that follow from what was recorded: these are written anew when a session is measured."""


def table(name: str) -> Table:
    """A table by its name.

    Raises:
        UnknownName: there is none.
    """
    if name not in TABLES:
        raise UnknownName("table", name, known=TABLES)
    return TABLES[name]


@cache
def samples_table(stream: str) -> str:
    """The table in which the samples of a stream of this name lie.

    >>> samples_table("record"), samples_table("xdata.SPEED")
    ('samples_record', 'samples_other')
    """
    return f"samples_{stream}" if stream in KINDS else "samples_other"


def empty(name: str) -> pl.DataFrame:
    """The table without a row."""
    return pl.DataFrame(schema=dict(table(name).columns))
