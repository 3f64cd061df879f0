"""The Open Inference Protocol's tensors, and the requests and answers of a contract: one rule, both ways.

A tensor is a field, its first dimension is the batch: place 3 of the tensor `count` is the field `count` of the fourth
request. Numbers, texts and truths are elements; a list of them is one more dimension. Everything else, an object or a
field of several types, is JSON text, an element of type BYTES. Where a contract is no object, its one tensor is called
`request` or `response`.

Source: Open Inference Protocol, specification/protocol/inference_rest.md (github.com/kserve/open-inference-protocol).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec

from paceline.domain.errors import RequestRefused
from paceline.serve.predict.served import BATCH
from paceline.ship.product import Product

TYPES = {"string": "BYTES", "integer": "INT64", "number": "FP64", "boolean": "BOOL"}
"""A JSON type → the datatype that it is sent as; other datatypes of the same sort are taken too."""

INTEGERS = {f"{sign}INT{bits}": (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if not sign else (0, 2**bits - 1)
            for sign in ("", "U") for bits in (8, 16, 32, 64)}  # fmt: skip
FLOATS = ("FP16", "FP32", "FP64")

JSON = {"content_type": "application/json"}
"""The parameters of a tensor whose elements are JSON text."""

Size = Annotated[int, msgspec.Meta(ge=0, le=10_000_000)]


class Tensor(msgspec.Struct, omit_defaults=True):
    """Some values of one field."""

    name: str
    datatype: str
    shape: Annotated[list[Size], msgspec.Meta(max_length=8)]
    data: list[Any]
    parameters: dict[str, Any] = {}


@dataclass(frozen=True, slots=True)
class Field:
    """How a field travels: the datatype of its elements, and the sizes of a list's dimensions, -1 for any."""

    name: str
    datatype: str
    dimensions: tuple[int, ...]
    text: bool
    """Whether each element is JSON text."""


def fields(product: Product, side: str) -> tuple[Field, ...]:
    """The tensors of one side of a contract, in the contract's order."""
    schema = (product.request if side == "request" else product.response).schema
    if schema.get("type") != "object":
        return (_field(side, schema, schema),)
    return tuple(_field(name, inner, schema) for name, inner in schema.get("properties", {}).items())


def _field(name: str, schema: Any, root: Mapping[str, Any]) -> Field:
    said, dimensions = _followed(schema, root), []
    while said.get("type") == "array":
        most = said.get("maxItems", -1)
        dimensions.append(most if most == said.get("minItems") else -1)
        said = _followed(said.get("items"), root)
    kind = said.get("type")
    if kind is None and said.get("enum") and all(isinstance(one, str) for one in said["enum"]):
        kind = "string"
    if isinstance(kind, str) and kind in TYPES:
        return Field(name, TYPES[kind], tuple(dimensions), text=False)
    return Field(name, "BYTES", (), text=True)


def _followed(schema: Any, root: Mapping[str, Any]) -> Mapping[str, Any]:
    """A schema behind its `$ref`, where that points into the same file."""
    for _ in range(10):
        if not isinstance(schema, Mapping):
            return {}
        place = schema.get("$ref")
        if not isinstance(place, str) or not place.startswith("#/"):
            return schema
        schema = root
        for part in place[2:].split("/"):
            schema = schema.get(part, {}) if isinstance(schema, Mapping) else {}
    return {}


def requests(product: Product, tensors: Sequence[Tensor]) -> list[Any]:
    """The requests that some tensors hold.

    Raises:
        RequestRefused: a tensor is none of the contract's or comes twice, their first dimensions differ, an element is
            not of its tensor's type, or there are not as many as the shape says.
    """
    known = {field.name: field for field in fields(product, "request")}
    columns: dict[str, list[Any]] = {}
    rows = tensors[0].shape[0] if tensors and tensors[0].shape else 0
    if not 0 < rows <= BATCH:
        raise _refused(0, "shape", f"The first dimension is the batch: from 1 to {BATCH:,}.")
    for place, tensor in enumerate(tensors):
        if tensor.name not in known:
            raise _refused(place, "name", f"There are {', '.join(known)}.")
        if tensor.name in columns:
            raise _refused(place, "name", "It is there twice.")
        if tensor.shape[:1] != [rows]:
            raise _refused(place, "shape", f"The first dimension is the batch: {rows}, as in the first tensor.")
        columns[tensor.name] = _column(tensor, known[tensor.name], place)
    if product.request.schema.get("type") != "object":
        return columns["request"]
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _column(tensor: Tensor, field: Field, place: int) -> list[Any]:
    flat = list(_flat(tensor.data, depth=len(tensor.shape)))
    if len(flat) != math.prod(tensor.shape):
        raise _refused(
            place, "data", f"The shape asks for {math.prod(tensor.shape):,} elements, here are {len(flat):,}."
        )
    for number, element in enumerate(flat):
        if not _is(element, tensor.datatype):
            raise _refused(place, "data", f"Element {number} is not of the type {tensor.datatype[:20]}.")
    if field.text:
        if tensor.datatype != "BYTES" or len(tensor.shape) != 1:
            raise _refused(place, "datatype", "An element is JSON text, so BYTES, one a request.")
        return [_parsed(element, place) for element in flat]
    for size in reversed(tensor.shape[1:]):
        flat = [flat[start : start + size] for start in range(0, len(flat), size)] if size else [[]] * tensor.shape[0]
    return flat


def _flat(data: list[Any], *, depth: int) -> Iterator[Any]:
    """The elements of lists nested at most so deep, in row-major order; what lies deeper is no element of any type."""
    for element in data:
        if isinstance(element, list) and depth > 1:
            yield from _flat(element, depth=depth - 1)
        else:
            yield element


def _is(element: Any, datatype: str) -> bool:
    if datatype == "BYTES":
        return isinstance(element, str)
    if datatype == "BOOL" or isinstance(element, bool):
        return datatype == "BOOL" and isinstance(element, bool)
    if datatype in INTEGERS:
        least, most = INTEGERS[datatype]
        return isinstance(element, int) and least <= element <= most
    return datatype in FLOATS and isinstance(element, int | float)


def _parsed(element: str, place: int) -> Any:
    try:
        return msgspec.json.decode(element)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise _refused(place, "data", "An element is no JSON text.") from error


def _refused(place: int, part: str, detail: str) -> RequestRefused:
    return RequestRefused("invalid", detail, field=f"#/inputs/{place}/{part}")


def tensors(product: Product, answers: Sequence[Any], wanted: Sequence[str]) -> list[Tensor]:
    """Answers as tensors: those that are wanted, or all.

    A field that is absent in an answer, and a list that is longer in one answer than in another, travel as JSON text.

    Raises:
        RequestRefused: a wanted one is none of the contract's.
    """
    known = {field.name: field for field in fields(product, "response")}
    for place, name in enumerate(wanted):
        if name not in known:
            raise RequestRefused("invalid", f"There are {', '.join(known)}.", field=f"#/outputs/{place}/name")
    whole = product.response.schema.get("type") != "object"
    return [
        _tensor(known[name], [answer if whole else answer.get(name) for answer in answers]) for name in wanted or known
    ]


def _tensor(field: Field, column: list[Any]) -> Tensor:
    shape, flat = [len(column)], column
    for _ in field.dimensions:
        sizes = {len(element) for element in flat if isinstance(element, list)}
        if len(sizes) != 1 or not all(isinstance(element, list) for element in flat):
            break
        shape.append(*sizes)
        flat = [inner for element in flat for inner in element]
    plain = len(shape) == 1 + len(field.dimensions) and None not in flat
    if field.text or not plain:
        return Tensor(field.name, "BYTES", [len(column)], [msgspec.json.encode(one).decode() for one in column], JSON)
    if field.datatype == "INT64":
        flat = [int(element) for element in flat]  # JSON Schema takes 3.0 for an integer
    return Tensor(field.name, field.datatype, shape, flat)
