"""The settings file as YAML: read strictly, and every part of it knowing its place, for errors that help."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from paceline.domain.errors import SettingsError
from paceline.record.files import regular_bytes

LARGEST = 65_536
"""Bytes: a season's settings take a few hundred."""

DEEPEST = 8
"""Nested levels: the deepest sound setting has six."""

_Loader: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_KINDS = {dict: "a mapping", list: "a list", str: "text", bool: "true or false", int: "a number", float: "a number"}


@dataclass(frozen=True, slots=True)
class Place:
    """A part of the file, and where it stands.

    Attributes:
        file: the file's path.
        name: such as `athlete.threshold_power[1]`.
        content: what YAML made of it.
    """

    file: str
    name: str
    content: Any

    def error(self, expected: str, found: str | None = None) -> SettingsError:
        """What is wrong here; without `found` it is the kind of the content, never the content."""
        return SettingsError(self.file, place=self.name, expected=expected, found=found or self.kind)

    @property
    def kind(self) -> str:
        """What sort of thing stands here."""
        if self.content is None:
            return "nothing"
        return _KINDS.get(type(self.content), "a date" if isinstance(self.content, dt.date) else "something else")

    def mapping(self, known: Collection[str] | None, *, required: bool = False) -> dict[str, Place]:
        """The parts of a mapping by key.

        Args:
            known: the keys that may be there; any text if None.
            required: whether all of them must be.
        """
        if not isinstance(self.content, dict):
            raise self.error("a mapping")
        for key in self.content:
            if not isinstance(key, str):
                raise self.error("keys of text", f"a key that is {Place(self.file, '', key).kind}")
            if known is not None and key not in known:
                raise self.error(f"one of {', '.join(sorted(known))}", f"the key {key[:40]!r}")
        absent = sorted(set(known or ()) - set(self.content)) if required else []
        if absent:
            raise self.error(" and ".join(sorted(known or ())), f"no {absent[0]}")
        prefix = "" if self.name == "the file" else f"{self.name}."
        return {key: Place(self.file, f"{prefix}{key}", value) for key, value in self.content.items()}

    def elements(self) -> Iterator[Place]:
        """The parts of a list."""
        for index, element in enumerate(self.content):
            yield Place(self.file, f"{self.name}[{index}]", element)

    def text(self) -> str:
        """The content as text."""
        if not isinstance(self.content, str):
            raise self.error("text")
        return self.content

    def one_of(self, choices: Collection[str]) -> str:
        """The content as one of a few words."""
        if self.text() not in choices:
            raise self.error(f"one of {', '.join(choices)}", "another word")
        return self.text()

    def date(self) -> dt.date:
        """The content as a day: 2024-05-31, with no time of day."""
        if not isinstance(self.content, dt.date) or isinstance(self.content, dt.datetime):
            raise self.error("a day such as 2024-05-31")
        return self.content


def document(path: str | Path) -> Any:
    """What the file holds, as plain Python objects; an empty file holds an empty mapping.

    Raises:
        FileUnreadable: the system would not give us the file, or it is a device or a pipe.
        SettingsError: larger than 64 KiB, not YAML, with aliases, nested too deeply, or with a key twice.
    """
    file = str(path)
    content = regular_bytes(Path(path), file, most=LARGEST + 1)
    if len(content) > LARGEST:
        raise SettingsError(file, place="the file", expected=f"at most {LARGEST:,} bytes", found="more")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SettingsError(file, place=f"byte {error.start}", expected="UTF-8 text", found="other bytes") from None
    return _parsed(file, text)


def _parsed(file: str, text: str) -> Any:
    try:
        _refuse_bombs(file, text)
        loader = _Loader(text)
        node = loader.get_single_node()
        if node is None:
            return {}
        _refuse_repeated_keys(file, node)
        return loader.construct_document(node)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"line {mark.line + 1}" if mark else "the file"
        raise SettingsError(file, place=place, expected="YAML", found="what is none") from None
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        if isinstance(error, SettingsError):
            raise
        raise SettingsError(file, place="the file", expected="YAML", found="what is none") from None


def _refuse_bombs(file: str, text: str) -> None:
    """Aliases can unfold to any size, and deep nesting can exhaust the stack: both are told from the events alone."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        place = f"line {event.start_mark.line + 1}" if event.start_mark else "the file"
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            raise SettingsError(file, place=place, expected="values written out", found="a YAML anchor or alias")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            raise SettingsError(file, place=place, expected=f"at most {DEEPEST} levels", found="more")


def _refuse_repeated_keys(file: str, node: yaml.Node) -> None:
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            text = key.value if isinstance(key, yaml.ScalarNode) else ""
            if text in seen or key.tag.endswith(":merge"):
                place, found = f"line {key.start_mark.line + 1}", f"the key {text[:40]!r} again"
                raise SettingsError(file, place=place, expected="each key once, and no merging", found=found)
            seen.add(text)
            _refuse_repeated_keys(file, value)
    elif isinstance(node, yaml.SequenceNode):
        for element in node.value:
            _refuse_repeated_keys(file, element)
