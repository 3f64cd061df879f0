"""Fields of what was asked and answered as columns: numbers or names, with what is missing told apart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

RESPONSE = "response."
"""What stands before the name of a field of the response; any other is of the request."""

LONGEST = 200
"""Characters of a name that are looked at."""

FIELDS = 200
"""Fields that are watched where a product names none."""


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """One field over many rows.

    Attributes:
        kind: "number" or "name".
        values: (row,), float64 with NaN where absent, or text.
        missing: (row,), whether it is absent.
    """

    kind: Literal["number", "name"]
    values: NDArray[Any]
    missing: NDArray[np.bool_]

    def __len__(self) -> int:
        """Rows."""
        return len(self.values)

    @property
    def present(self) -> NDArray[Any]:
        """The values that are there, in order."""
        return self.values[~self.missing]

    def part(self, rows: slice) -> Column:
        """Some of the rows."""
        return Column(self.kind, self.values[rows], self.missing[rows])


def value_at(document: Any, path: str) -> Any:
    """What lies at a dotted path, list places counted from 0; None where nothing does.

    >>> value_at({"fixtures": [{"home": "Wales"}]}, "fixtures.0.home")
    'Wales'
    """
    for part in path.split("."):
        if isinstance(document, Mapping):
            document = document.get(part)
        elif isinstance(document, Sequence) and not isinstance(document, str) and part.isdecimal():
            document = document[int(part)] if int(part) < len(document) else None
        else:
            return None
    return document


def column(values: Sequence[Any], *, kind: Literal["number", "name"] | None = None) -> Column:
    """Values as JSON has them as one column.

    Args:
        values: a row each; None is absent. Truth values are names, and so is everything where one value is no number.
        kind: what it is to be; a value that is no number is then missing from a column of numbers.

    >>> column([1, None, 2.5]).kind, column([1, "a"]).values.tolist()
    ('number', ['1', 'a'])
    """
    numeric = [isinstance(value, int | float) and not isinstance(value, bool) for value in values]
    absent = np.array([value is None for value in values], bool)
    if kind is None:
        kind = "number" if all(n or a for n, a in zip(numeric, absent, strict=True)) else "name"
    if kind == "number":
        found = np.array([float(v) if n else np.nan for v, n in zip(values, numeric, strict=True)], np.float64)
        return Column("number", found, np.isnan(found))
    named = ["" if value is None else str(value)[:LONGEST] for value in values]
    return Column("name", np.array(named, np.str_), absent)


def joined(one: Column, other: Column) -> Column:
    """One column after the other; names where either is of names."""
    if one.kind == other.kind:
        parts = np.concatenate([one.values, other.values]), np.concatenate([one.missing, other.missing])
        return Column(one.kind, *parts)
    return joined(_named(one), _named(other))


def _named(of: Column) -> Column:
    if of.kind == "name":
        return of
    return column([None if gone else f"{value:g}" for value, gone in zip(of.values, of.missing, strict=True)],
                  kind="name")  # fmt: skip


def fields_of(request: Mapping[str, Any], response: Mapping[str, Any]) -> tuple[str, ...]:
    """Every field of two JSON Schemas that holds one value: what is watched where a product names nothing.

    >>> schema = {"type": "object", "properties": {"a": {"type": "number"}, "b": {"type": "array"}}}
    >>> fields_of(schema, {"type": "number"})
    ('a',)
    """
    found = [*_leaves(request, request, ""), *(RESPONSE + name for name in _leaves(response, response, ""))]
    return tuple(found[:FIELDS])


def _leaves(schema: Any, root: Mapping[str, Any], place: str, depth: int = 0) -> Iterator[str]:
    """Paths of properties with one value; lists have no one value, and what nests without end is left."""
    if not isinstance(schema, Mapping) or depth > 8:
        return
    if isinstance(there := schema.get("$ref"), str) and there.startswith("#/"):
        yield from _leaves(value_at(root, there[2:].replace("/", ".")), root, place, depth + 1)
    elif "properties" in schema:
        for name, inner in schema["properties"].items():
            yield from _leaves(inner, root, f"{place}.{name}" if place else name, depth + 1)
    elif place and schema.get("type") != "array" and schema.get("type") != "object":
        yield place
