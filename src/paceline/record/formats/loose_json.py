"""JSON as programmes write it that print it by hand: read as far as it goes, without recursion.

Taken though no JSON: commas that are missing or too many, names without the braces around the whole, several values of
one name at the top, NaN in any spelling, control characters inside strings, a byte order mark, Latin-1.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass, field
from typing import TypeAlias

from paceline.record.formats.readings import Findings, number
from paceline.record.recordings import Problem

Value: TypeAlias = "dict[str, Value] | list[Value] | str | float | bool | None"

DEPTH = 32
"""How deep values may nest. A ride needs 7."""

_TOKEN = re.compile(r'[\s,]*+(?:([{}\[\]:])|"([^"\\]*+(?:\\.[^"\\]*+)*+)"|([^\s,{}\[\]:"]++)|(\Z))', re.DOTALL)
_FLAT = re.compile(r"\{[^{}\[\]]*+\}")
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
_ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_WORDS: dict[str, Value] = {"true": True, "false": False, "null": None, "nan": math.nan, "-nan": math.nan}


def text_of(data: bytes, findings: Findings) -> str:
    """The bytes as text: UTF-8, or Latin-1 where they are none (GoldenCheetah wrote that before 3.0)."""
    content = data.removeprefix(b"\xef\xbb\xbf")
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        findings.add("encoding", "Not valid UTF-8: read as Latin-1.", offset=error.start + len(data) - len(content))
        return content.decode("latin-1")


def members(text: str, findings: Findings) -> tuple[list[tuple[str, Value]], Problem | None]:
    """The names and values of the outermost object, and the damage at which reading stopped, if there was any.

    What was still open at the damage is kept without the object that was being read in a list: a number may have lost
    its last digits.

    >>> members('{"a": [1, {"b": nan, "c": 2} {"b": 3', Findings())
    ([('a', [1.0, {'b': nan, 'c': 2.0}])], Problem(kind='truncated', ...))
    """
    reader = _Reader(findings)
    position = 0
    while reader.wrong is None:
        match = _TOKEN.match(text, position)
        if match is None:
            reader.wrong = "truncated"  # all that can fail to be a token is a string that never ends
            break
        if match.lastindex == 4:
            reader.finish()
            break
        position = _flat(text, match, reader) or reader.take(match)
    if reader.wrong is None:
        return reader.members, None
    reader.drop_unfinished()
    return reader.members, _damage(reader.wrong, text, position)


_MESSAGES = {
    "truncated": "The file breaks off; what stood before is kept.",
    "syntax": "The file stops being JSON; what stood before is kept.",
    "depth": f"Values nest deeper than {DEPTH}; what stood before is kept.",
    "trailing": "Something follows the end of the document; it is ignored.",
}


def _damage(kind: str, text: str, position: int) -> Problem:
    before = text[:position]
    return Problem(kind, _MESSAGES[kind], len(before.encode()), before.count("\n") + 1)


def _flat(text: str, match: re.Match[str], reader: _Reader) -> int | None:
    """An object without anything nested goes through the standard library's reader, twenty times as fast."""
    if match[1] != "{" or not reader.expects_value():
        return None
    flat = _FLAT.match(text, match.start(1))
    if flat is None:
        return None
    try:
        value = json.loads(flat[0], strict=False, parse_int=float)
    except ValueError:
        return None
    reader.put(value)
    return flat.end()


@dataclass(slots=True)
class _Reader:
    """The containers that are open, from the outside in; the outermost object is a list of its members."""

    findings: Findings
    members: list[tuple[str, Value]] = field(default_factory=list)
    open: list[dict[str, Value] | list[Value]] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=lambda: [None])
    braced: bool = False
    ended: bool = False
    wrong: str | None = None

    def expects_value(self) -> bool:
        """Whether the next token is a value, and no name."""
        return bool(self.open and isinstance(self.open[-1], list)) or self.keys[-1] is not None

    def take(self, match: re.Match[str]) -> int:
        """One token."""
        mark, quoted, bare = match[1], match[2], match[3]
        if self.ended:
            self.wrong = "trailing"
        elif mark:
            self._mark(mark)
        elif self.expects_value():
            self.put(_unescaped(quoted) if bare is None else self._bare(bare))
        elif quoted is not None:
            self.keys[-1] = _unescaped(quoted)
        else:
            self.wrong = "syntax"
        return match.start() if self.wrong else match.end()

    def put(self, value: Value) -> None:
        """One value, at its place."""
        key, self.keys[-1] = self.keys[-1], None
        if not self.open:
            self.members.append((key or "", value))
            return
        inner = self.open[-1]
        if isinstance(inner, list):
            inner.append(value)
        else:
            inner[key or ""] = value

    def finish(self) -> None:
        """The text is at its end."""
        if self.open or self.keys[-1] is not None or (self.braced and not self.ended):
            self.wrong = "truncated"

    def drop_unfinished(self) -> None:
        """Take the innermost object out of the list it stands in."""
        for outer, inner in zip(self.open[-2::-1], self.open[:0:-1], strict=False):
            if isinstance(outer, list) and isinstance(inner, dict):
                del outer[-1]
                return

    def _mark(self, mark: str) -> None:
        if mark in "{[":
            self._begin({} if mark == "{" else [])
        elif mark in "}]":
            self._end(dict if mark == "}" else list)
        elif self.keys[-1] is None:
            self.wrong = "syntax"

    def _begin(self, container: dict[str, Value] | list[Value]) -> None:
        if not self.expects_value():
            outermost = isinstance(container, dict) and not (self.open or self.members or self.braced)
            self.braced, self.wrong = True, None if outermost else "syntax"
        elif len(self.open) >= DEPTH:
            self.wrong = "depth"
        else:
            self.put(container)
            self.open.append(container)
            self.keys.append(None)

    def _end(self, kind: type) -> None:
        if self.keys[-1] is not None:
            self.wrong = "syntax"
        elif self.open and isinstance(self.open[-1], kind):
            self.open.pop()
            self.keys.pop()
        elif not self.open and self.braced and kind is dict:
            self.ended = True
        else:
            self.wrong = "syntax"

    def _bare(self, word: str) -> Value:
        if (plain := word.lower()) in _WORDS:
            return _WORDS[plain]
        value = number(word)
        if value is None:
            self.findings.add("number")
        return value


def _unescaped(quoted: str) -> str:
    if "\\" not in quoted:
        return quoted
    return _ESCAPE.sub(lambda m: chr(int(m[1][1:], 16)) if len(m[1]) == 5 else _ESCAPES.get(m[1], m[1]), quoted)
