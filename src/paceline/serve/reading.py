"""From what a client sent to what a route asked for; each thing that can't be used is named by its place."""

from __future__ import annotations

import re
import types
import typing
from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec
from starlette.datastructures import QueryParams

from paceline.domain.errors import RequestRefused
from paceline.serve.bodies import shallow
from paceline.serve.routes import PARTS, Route

T = TypeVar("T")
_PLACE = re.compile(r" - at `(?:key in )?\$(?P<place>[^`]*)`$")
_NAMED = re.compile(r"(?:unknown|required) field `(?P<field>[^`]+)`")
_QUOTED = re.compile(r"^(Invalid [a-z ]*value) .*", re.DOTALL)  # the only sentences that quote what was sent


def parts(route: Route, given: Mapping[str, Any]) -> dict[str, str]:
    """The parts of the path.

    Raises:
        RequestRefused: one does not look like anything that could exist.
    """
    for name in route.parts:
        pattern, meaning = PARTS[name]
        if not re.fullmatch(pattern, str(given[name])):
            raise RequestRefused("not-found", f"There is no such {name}. {meaning}", field=name)
    return {name: str(given[name]) for name in route.parts}


def query(kind: type[T], given: QueryParams) -> T:
    """The parameters behind the question mark.

    Raises:
        RequestRefused: one is unknown, given twice, or can't be used.
    """
    lists = _lists(kind)
    raw: dict[str, Any] = {}
    for name in given:
        values = given.getlist(name)
        if name not in lists and len(values) > 1:
            raise RequestRefused("invalid", f"{name} is given {len(values)} times; once is enough.", field=name)
        raw[name] = values if name in lists else values[0]
    try:
        return msgspec.convert(raw, kind, strict=False)
    except msgspec.ValidationError as error:
        field, sentence = _said(str(error))
        raise RequestRefused("invalid", sentence, field=field.lstrip("#/")) from error


def json(kind: type[T], content: bytes, media: str) -> T:
    """A JSON body.

    Raises:
        RequestRefused: it is no JSON, too deep, or a field can't be used.
    """
    if media.partition(";")[0].strip().lower() != "application/json":
        raise RequestRefused("unsupported", "This route takes application/json.", field="Content-Type")
    shallow(content)
    try:
        return msgspec.json.decode(content, type=kind)
    except msgspec.ValidationError as error:
        field, sentence = _said(str(error))
        raise RequestRefused("invalid", sentence, field=field) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise RequestRefused("unreadable", f"The body is not JSON: {str(error)[:120]}.", field="#") from error


def _said(message: str) -> tuple[str, str]:
    """Where it is, as a JSON pointer, and the sentence, without any value that was sent.

    >>> _said("Expected `int` >= 0 - at `$.efforts[2].lap`")
    ('#/efforts/2/lap', 'Expected `int` >= 0.')
    >>> _said("Object missing required field `start` - at `$.window`")
    ('#/window/start', 'Object missing required field `start`.')
    """
    found = _PLACE.search(message)
    place = found["place"] if found else ""
    sentence = _PLACE.sub("", message)
    pointer = "#" + "".join(f"/{step}" for step in re.split(r"[.\[\]]+", place) if step)
    if named := _NAMED.search(sentence):
        pointer += "/" + named["field"].replace("~", "~0").replace("/", "~1")
    sentence = _QUOTED.sub(r"\1", sentence)
    return pointer, sentence + "."


def _lists(kind: type) -> frozenset[str]:
    """The fields that take several values."""
    hints = typing.get_type_hints(kind)
    return frozenset(name for name, hint in hints.items() if _takes_several(hint))


def _takes_several(hint: Any) -> bool:
    origin = typing.get_origin(hint)
    if origin in {typing.Union, types.UnionType}:
        return any(_takes_several(option) for option in typing.get_args(hint))
    return (origin or hint) in {list, tuple}
