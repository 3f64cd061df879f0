"""What stands in a plan file, as plain Python objects: JSON or YAML, and nothing that grows when it is read."""

from __future__ import annotations

import json
from typing import Any

import yaml

from paceline.domain.errors import PlanInvalid

LARGEST = 4_194_304
"""Bytes: the original's largest bundle takes 280 kB."""

DEEPEST = 8
"""Nested levels of YAML: a sound plan has four."""

_Loader: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def content(raw: bytes, *, file: str) -> Any:
    """What the bytes hold. What begins with a brace is JSON: as YAML, a bundle would take minutes.

    Raises:
        PlanInvalid: too large, neither JSON nor YAML, with aliases, nested too deeply, or with a key twice.
    """
    if len(raw) > LARGEST:
        raise PlanInvalid(file, place="the file", expected=f"at most {LARGEST:,} bytes", found="more")
    try:
        text = raw.decode("utf-8-sig")
        if text.lstrip().startswith("{"):
            return json.loads(text, object_pairs_hook=_each_once)
        _refuse_what_grows(text, file=file)
        return yaml.load(text, Loader=_EachOnce)  # noqa: S506 - a SafeLoader
    except PlanInvalid:
        raise
    except (ValueError, OverflowError, RecursionError, yaml.YAMLError) as error:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        place = "the file" if mark is None else f"line {mark.line + 1}"
        raise PlanInvalid(file, place=place, expected="JSON or YAML, each key once", found="something else") from None


class _EachOnce(_Loader):  # type: ignore[misc, valid-type]
    """Plain YAML in which a key stands once in its mapping."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """The mapping of a node."""
        keys = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        if len(set(keys)) < len(keys) or any(key.tag.endswith(":merge") for key, _ in node.value):
            raise yaml.constructor.ConstructorError(None, None, "a key twice, or a merge", node.start_mark)
        found: dict[Any, Any] = super().construct_mapping(node, deep)
        return found


def _refuse_what_grows(text: str, *, file: str) -> None:
    """Aliases unfold to any size and deep nesting exhausts the stack; the events tell both before they do."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        place = "the file" if event.start_mark is None else f"line {event.start_mark.line + 1}"
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            raise PlanInvalid(file, place=place, expected="everything written out", found="an anchor or alias")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            raise PlanInvalid(file, place=place, expected=f"at most {DEEPEST} levels", found="more")


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError
    return found
