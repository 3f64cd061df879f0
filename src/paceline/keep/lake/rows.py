"""Rows as a table takes them, and conditions that say which rows are meant."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TypeAlias

import polars as pl

from paceline.domain.channels import CHANNELS
from paceline.domain.errors import UnknownName
from paceline.keep.lake.tables import PARTITIONS, table

Where: TypeAlias = Mapping[str, object] | pl.Expr

FLAGS = "_flags"


def arranged(name: str, frame: pl.DataFrame) -> pl.DataFrame:
    """The rows with exactly the table's columns, in their order, session by session.

    Args:
        name: which table.
        frame: rows; a column that is left out is null. Samples may have channels and their flags besides.

    Raises:
        UnknownName: a column that the table does not have.
    """
    known = table(name)
    more = [column for column in frame.columns if column not in known.columns]
    for column in more:
        channel = column.removesuffix(FLAGS)
        if not name.startswith("samples_") or (channel != "time" and channel not in CHANNELS):
            raise UnknownName("column", column, known=known.columns)
    whole = [
        (pl.col(column) if column in frame.columns else pl.lit(None)).cast(kind).alias(column)
        for column, kind in known.columns.items()
    ]
    types = {column: pl.Int16() if column.endswith(FLAGS) else pl.Float64() for column in more}
    cast = [pl.col(column).cast(kind) for column, kind in sorted(types.items())]
    return frame.select(*whole, *cast).sort(*PARTITIONS, "session", *known.order, maintain_order=True)


def chosen(where: Where | None, known: Sequence[str]) -> pl.Expr:
    """A condition as polars takes it.

    Raises:
        UnknownName: it names a column that the table does not have.
    """
    if isinstance(where, pl.Expr):
        return where
    found = pl.lit(True)
    for column, value in (where or {}).items():
        if column not in known:
            raise UnknownName("column", column, known=known)
        several = isinstance(value, Collection) and not isinstance(value, str)
        found &= pl.col(column).is_in(list(value)) if several else pl.col(column) == value  # type: ignore[call-overload]
    return found


def condition(values: Mapping[str, Sequence[str]]) -> str:
    """A condition as Delta takes it: in each column one of the values.

    >>> condition({"subject": ["s2"], "session": ["b", "a", "a"]})
    "subject IN ('s2') AND session IN ('a', 'b')"
    """
    parts = []
    for column, found in values.items():
        quoted = ", ".join("'{}'".format(value.replace("'", "''")) for value in sorted(set(found)))
        parts.append(f"{column} IN ({quoted})")
    return " AND ".join(parts)
