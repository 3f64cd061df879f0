"""Many JSON values in one text: a long list that may break off, or one value a line."""

from __future__ import annotations

import json
import re
from typing import Any

from paceline.record.formats.readings import Findings
from paceline.record.recordings import Problem

_BETWEEN = re.compile(r"[\s,]*")
_LONGEST = 4 * 1024 * 1024
"""Characters of a line: a frame with a hundred people takes 100,000."""


def json_values(text: str, findings: Findings) -> tuple[list[tuple[Any, int]], Problem | None]:
    """The values, each with its number from 0, and the damage at which reading stopped, if there was any.

    Where the first line is a whole value and others follow, each line is a value, and one that is none is left out and
    noted. Otherwise the text is one value; of a list, what stands before damage is kept.

    >>> json_values('[{"a": 1}, {"a": 2}, {"a', Findings())
    ([({'a': 1}, 0), ({'a': 2}, 1)], Problem(kind='truncated', ...))
    >>> json_values('{"a": 1}\\n{"a": 2}', Findings())
    ([({'a': 1}, 0), ({'a': 2}, 1)], None)
    """
    lines = text.strip().split("\n")
    if len(lines) > 1 and _value(lines[0]) is not None:
        return _of_lines(lines, findings), None
    return _of_document(text)


def _value(text: str) -> Any:
    """The value, or None where the text is none; `null` says nothing either."""
    if len(text) > _LONGEST:
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _of_lines(lines: list[str], findings: Findings) -> list[tuple[Any, int]]:
    found = []
    for index, line in enumerate(lines):
        if not line.strip():
            continue
        value = _value(line)
        if value is None:
            kind = "truncated" if index == len(lines) - 1 else "syntax"
            findings.add(kind, "A line that is no JSON is left out.", line=index + 1)
        else:
            found.append((value, index))
    return found


def _of_document(text: str) -> tuple[list[tuple[Any, int]], Problem | None]:
    decoder = json.JSONDecoder()
    position = len(text) - len(text.lstrip())
    listed = text[position : position + 1] == "["
    found: list[tuple[Any, int]] = []
    position += listed
    while True:
        position = _next(text, position) if listed else position
        if listed and text[position : position + 1] == "]":
            break
        try:
            value, position = decoder.raw_decode(text, position)
        except (ValueError, RecursionError):
            return found, _damage("truncated", text, position)
        found.append((value, len(found)))
        if not listed:
            position -= 1
            break
    after = text[position + 1 :].strip()
    return found, _damage("trailing", text, position + 1) if after else None


def _next(text: str, position: int) -> int:
    match = _BETWEEN.match(text, position)
    return match.end() if match else position


def _damage(kind: str, text: str, position: int) -> Problem:
    messages = {
        "truncated": "The text breaks off or stops being JSON; what stood before is kept.",
        "trailing": "Something follows the end of the document; it is ignored.",
    }
    before = text[:position]
    return Problem(kind, messages[kind], len(before.encode("utf-8", "replace")), before.count("\n") + 1)
