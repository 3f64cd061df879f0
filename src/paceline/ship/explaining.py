"""Why a product answered as it did: how much each field of a request added to one number of the answer.

`linear` compares with the mean of the product's data, and is exact wherever the effects of fields add up, which it
checks. `permutation` shares the answer's distance from the answers to rows of the data among the fields (Shapley
values): each row turns into the request field by field, in a drawn order and in that order reversed. Both are the same
at every call.

Source: Strumbelj and Kononenko, Knowledge and Information Systems 41 (2014), doi 10.1007/s10115-013-0679-x, for drawn
orders.
"""

from __future__ import annotations

import csv
import itertools
import math
import random
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from paceline.domain.errors import ProductInvalid, RequestRefused
from paceline.ship.data import FOLDER
from paceline.ship.product import FILE, Product

ROWS = 20
"""Rows of the data that a request is compared with, where product.yaml says nothing."""

ASKED = 2000
"""Predictions that one explanation may cost: with many fields, fewer rows are compared with."""

LINES = 100_000
"""Rows of a table that are looked at."""

SEED = 1

EXACT = 1e-9
"""By how much of the largest of them, at most, the parts may miss the whole in a linear explanation."""

Steps = Generator[Any, Any, dict[str, Any]]
"""Yields requests, takes their answers (None where there was none), returns the explanation."""


class Explained(Protocol):
    """A way to explain."""

    def steps(self, request: Any) -> Steps:
        """The requests to ask, and in the end the explanation."""


class _Own:
    """The product's code has a function of its own."""

    def steps(self, request: Any) -> Steps:
        raise NotImplementedError  # the worker is asked for it


OWN = _Own()


def explained_by(product: Product) -> Explained:
    """How a product explains itself, its data read where it needs it.

    Raises:
        RequestRefused: it does not.
        ProductInvalid: the table can't be read, or none of its columns is a field of the request.
    """
    said = product.text.get("explain", "none")
    asked: Mapping[str, Any] = {"method": said} if isinstance(said, str) else said
    if asked["method"] == "none":
        raise RequestRefused("not-found", f"{product.name} explains nothing: its product.yaml has no `explain`.")
    if asked["method"] == "own":
        return OWN
    output = asked.get("output") or _only_number(product)
    rows = _rows(product, asked.get("columns", {}), asked["method"])
    return Background(product, asked["method"], output, asked.get("rows", ROWS), tuple(rows))


def _only_number(product: Product) -> str:
    """The response's only number, as a JSON pointer."""
    fields = product.response.schema.get("properties", {})
    numbers = [name for name, said in fields.items() if said.get("type") in ("number", "integer")]
    if len(numbers) != 1:
        raise _wrong(product, "explain.output", "a JSON pointer to the number that is explained", "none")
    return f"/{numbers[0]}"


def _rows(product: Product, columns: Mapping[str, str], method: str) -> list[dict[str, Any]]:
    """The rows of the first table, each with the request's fields that it has a column for."""
    properties = product.request.schema.get("properties", {})
    path = product.folder / FOLDER / product.data[0].table if product.data else None
    if path is None or path.suffix not in (".csv", ".txt"):
        raise _wrong(product, "explain", "a table with commas at data, to compare with", "none")
    found: list[dict[str, Any]] = []
    try:
        with path.open(newline="", encoding="utf-8-sig") as lines:
            table = csv.DictReader(lines)
            names = [name for name in properties if columns.get(name, name) in (table.fieldnames or ())]
            for row in itertools.islice(table, LINES):
                cast = {name: _cast(row[columns.get(name, name)], properties[name]) for name in names}
                if None not in cast.values():  # a row with a gap is no row to compare with
                    found.append(cast)
    except (OSError, ValueError, csv.Error) as error:
        raise _wrong(product, "data", "a table with commas", type(error).__name__) from error
    if not found or not found[0]:
        raise _wrong(product, "explain.columns", "a column for at least one field of the request", "none")
    if method == "linear" and any(not _is_number(value) for value in found[0].values()):
        raise _wrong(product, "explain", "permutation: a text has no mean", "linear")
    return found


def _cast(text: str | None, schema: Any) -> Any:
    """A cell as the request's schema wants it; None where it is absent or no such thing."""
    if text is None:
        return None
    kind = schema.get("type") if isinstance(schema, Mapping) else None
    try:
        if kind == "integer":
            return int(text)
        if kind == "number":
            return float(text) if math.isfinite(float(text)) else None
    except ValueError:
        return None
    if kind == "boolean":
        return {"true": True, "false": False}.get(text.strip().lower())
    return text


@dataclass(frozen=True, slots=True)
class Background:
    """Rows of the product's data that a request is compared with."""

    product: Product
    method: Literal["linear", "permutation"]
    output: str
    most: int
    rows: tuple[Mapping[str, Any], ...]

    def steps(self, request: Any) -> Steps:
        """The requests to ask, and in the end the explanation.

        Raises:
            RequestRefused: the request has none of the fields, or its answer not the number, or the effects of its
                fields don't add up although `linear` was promised.
        """
        fields = [name for name in self.rows[0] if isinstance(request, Mapping) and name in request]
        if not fields:
            raise RequestRefused("invalid", f"Nothing to compare: give one of {', '.join(self.rows[0])}.", field="#")
        value = yield from self._number(request)
        if value is None:
            raise RequestRefused("invalid", f"The answer to this request has no number at {self.output}.", field="#")
        effects = self._linear if self.method == "linear" else self._drawn
        told = yield from effects(request, fields, value)
        fixed = [name for name in request if name not in fields]
        return {"method": self.method, "output": self.output, "value": value, **told, "fixed": fixed}

    def _linear(self, request: Mapping[str, Any], fields: Sequence[str], value: float) -> Steps:
        means = {name: math.fsum(row[name] for row in self.rows) / len(self.rows) for name in fields}
        base = yield from self._number({**request, **means})
        parts = {}
        for name in fields:
            without = yield from self._number({**request, name: means[name]})
            if base is None or without is None:
                raise RequestRefused(
                    "invalid", "Its mean can't be asked for: explain by permutation.", field=f"#/{name}"
                )
            parts[name] = value - without
        missed = abs(value - math.fsum([base or 0.0, *parts.values()]))
        if missed > EXACT * max(abs(value), abs(base or 0.0), *map(abs, parts.values())):
            raise RequestRefused(
                "invalid", "The effects of its fields don't add up: explain by permutation.", field="#"
            )
        return {
            "base": base,
            "fields": {name: {"effect": part, "error": 0.0} for name, part in parts.items()},
            "rows": len(self.rows),
            "left_out": 0,
        }

    def _drawn(self, request: Mapping[str, Any], fields: Sequence[str], value: float) -> Steps:
        draw = random.Random(SEED)  # noqa: S311 - the same rows and orders at every call
        count = max(2, min(self.most, len(self.rows), ASKED // (2 * len(fields))))
        chosen = list(self.rows) if count >= len(self.rows) else draw.sample(self.rows, count)
        bases: list[float] = []
        there: list[dict[str, float]] = []
        back: list[dict[str, float]] = []
        for row in chosen:
            order = draw.sample(fields, len(fields))
            start = {**request, **{name: row[name] for name in fields}}
            base = yield from self._number(start)
            one = yield from self._walk(request, start, order, base, value)
            other = yield from self._walk(request, start, order[::-1], base, value)
            if base is not None and one is not None and other is not None:
                bases.append(base)
                there.append(one)
                back.append(other)
        if not bases:
            raise RequestRefused("invalid", "No row of the data can be asked for in its place.", field="#")
        pairs = {name: [(one[name], other[name]) for one, other in zip(there, back, strict=True)] for name in fields}
        effects = {
            name: {
                "effect": math.fsum(one + other for one, other in both) / (2 * len(bases)),
                "error": math.hypot(*(one - other for one, other in both)) / (2 * len(bases)),
            }
            for name, both in pairs.items()
        }
        base = math.fsum(bases) / len(bases)
        return {"base": base, "fields": effects, "rows": len(bases), "left_out": len(chosen) - len(bases)}

    def _walk(
        self,
        request: Mapping[str, Any],
        start: Mapping[str, Any],
        order: Sequence[str],
        base: float | None,
        value: float,
    ) -> Generator[Any, Any, dict[str, float] | None]:
        """What each field adds on the way from a row to the request; None where a step has no answer."""
        if base is None:
            return None
        here, now, added = dict(start), base, {}
        for place, name in enumerate(order, 1):
            here[name] = request[name]
            then = value if place == len(order) else (yield from self._number(here))
            if then is None:
                return None
            added[name], now = then - now, then
        return added

    def _number(self, request: Mapping[str, Any]) -> Generator[Any, Any, float | None]:
        """The number that is explained, in the answer to a request; None where there is none."""
        if not self.product.request.holds(request):
            return None
        found = yield dict(request)
        for part in self.output.strip("/").split("/"):
            if isinstance(found, Mapping):
                found = found.get(part)
            elif isinstance(found, list) and part.isdecimal() and int(part) < len(found):
                found = found[int(part)]
            else:
                return None
        return float(found) if _is_number(found) else None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _wrong(product: Product, place: str, expected: str, found: str) -> ProductInvalid:
    return ProductInvalid(str(product.folder / FILE), place=place, expected=expected, found=found)
