"""What the numbers in a FIT file mean: the protocol's global profile.

A FIT file says "message 20, field 7"; the profile says that this is the power of a `record`, a uint16 in watts.
Nothing is parsed before it is asked for: reading an activity needs about fifteen of the 120 messages.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

TIMESTAMP = 253
"""The field of this number is the time of its message, whatever the message."""

EPOCH = 631_065_600
"""FIT counts its seconds from 1989-12-31T00:00:00Z; this is that instant in Unix seconds."""

RELATIVE = 0x10000000
"""A timestamp below this counts seconds since the device was powered up: it is not a date."""


@dataclass(frozen=True, slots=True)
class BaseType:
    """How a number lies in the file.

    Attributes:
        name: as the protocol calls it.
        code: the byte in a definition that stands for it.
        size: bytes of one element.
        kind: "u"nsigned, "i" signed, "f" loat, "s"tring or "b" ytes.
        invalid: the bits that mean that nothing was measured.
    """

    name: str
    code: int
    size: int
    kind: str
    invalid: int


BASE_TYPES: Mapping[str, BaseType] = MappingProxyType(
    {
        name: BaseType(name, code, size, kind, invalid)
        for name, code, size, kind, invalid in (
            ("enum", 0x00, 1, "u", 0xFF),
            ("sint8", 0x01, 1, "i", 0x7F),
            ("uint8", 0x02, 1, "u", 0xFF),
            ("sint16", 0x83, 2, "i", 0x7FFF),
            ("uint16", 0x84, 2, "u", 0xFFFF),
            ("sint32", 0x85, 4, "i", 0x7FFFFFFF),
            ("uint32", 0x86, 4, "u", 0xFFFFFFFF),
            ("string", 0x07, 1, "s", 0),
            ("float32", 0x88, 4, "f", 0xFFFFFFFF),
            ("float64", 0x89, 8, "f", 0xFFFFFFFFFFFFFFFF),
            ("uint8z", 0x0A, 1, "u", 0),
            ("uint16z", 0x8B, 2, "u", 0),
            ("uint32z", 0x8C, 4, "u", 0),
            ("byte", 0x0D, 1, "b", 0xFF),
            ("sint64", 0x8E, 8, "i", 0x7FFFFFFFFFFFFFFF),
            ("uint64", 0x8F, 8, "u", 0xFFFFFFFFFFFFFFFF),
            ("uint64z", 0x90, 8, "u", 0),
        )
    }
)
_BY_CODE = {base.code & 0x1F: base for base in BASE_TYPES.values()}


@dataclass(frozen=True, slots=True)
class Component:
    """Some bits of a field that are a reading of another field of the same message.

    Attributes:
        field: number of the field that the bits are a reading of.
        bits: how many; the first component has the lowest ones.
        scale: value = bits / scale - offset, in the unit of `field`.
        offset: see `scale`.
        accumulated: the bits are the low end of a growing total and roll over.
    """

    field: int
    bits: int
    scale: float
    offset: float
    accumulated: bool


@dataclass(frozen=True, slots=True)
class FieldProfile:
    """One field of a message, or one of its subfields.

    Attributes:
        number: the field's number in definitions; a subfield has that of its field.
        name: as the protocol calls it.
        base_type: name of the base type, a key of `BASE_TYPES`.
        type: name of the value type where values have names or a meaning of their own ("sport", "date_time"), or "".
        scale: value = stored / scale - offset.
        offset: see `scale`.
        unit: as the protocol writes it: "m", "rpm", "semicircles", ….
        components: other fields that are packed into this one.
        subfields: what the field is called under a condition.
        when: of a subfield: (field number, stored value) pairs, one of which must hold.
    """

    number: int
    name: str
    base_type: str
    type: str = ""
    scale: float = 1.0
    offset: float = 0.0
    unit: str = ""
    components: tuple[Component, ...] = ()
    subfields: tuple[FieldProfile, ...] = ()
    when: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class MessageProfile:
    """One kind of message; a number that the profile does not know has no fields.

    Attributes:
        number: the global message number.
        name: "record", "lap", …, or "message_65280" where the profile has none.
        fields: by number.
    """

    number: int
    name: str
    fields: Mapping[int, FieldProfile]

    def field(self, name: str) -> FieldProfile:
        """The field of that name.

        Raises:
            KeyError: the message has no such field.

        >>> message(20).field("power").number
        7
        """
        for field in self.fields.values():
            if field.name == name:
                return field
        raise KeyError(name)


def base_type(code: int) -> BaseType | None:
    """The base type that a definition's byte stands for; its high bits are not looked at, as some devices omit them.

    >>> base_type(0x84).name
    'uint16'
    """
    return _BY_CODE.get(code & 0x1F)


@cache
def message(number: int) -> MessageProfile:
    """What the profile says about a message number.

    >>> message(20).name, message(20).fields[2].scale, message(65280).name
    ('record', 5.0, 'message_65280')
    """
    name, text = _sections()[0].get(number, (f"message_{number}", ""))
    return MessageProfile(number, name, MappingProxyType(_fields(text)))


@cache
def message_named(name: str) -> MessageProfile:
    """The message of that name, "record" say.

    Raises:
        KeyError: the profile has no such message.

    >>> message_named("lap").number
    19
    """
    for number, section in _sections()[0].items():
        if section[0] == name:
            return message(number)
    raise KeyError(name)


@cache
def value_names(type_name: str) -> Mapping[int, str]:
    """Number → name of the values of a type; empty for a type without names.

    >>> value_names("sport")[2]
    'cycling'
    """
    pairs = (pair.split("=", 1) for pair in _sections()[1].get(type_name, "").split(";") if pair)
    return MappingProxyType({int(number): name for number, name in pairs})


@cache
def _sections() -> tuple[dict[int, tuple[str, str]], dict[str, str]]:
    """The table cut into messages and types, not yet parsed any further."""
    text = Path(__file__).with_name("fit_profile.tsv").read_text("utf-8")
    messages_text, *type_lines = text.split("\n@")
    messages = {}
    for section in messages_text.split("\n=")[1:]:
        head, _, body = section.partition("\n")
        number, name = head.split(" ", 1)
        messages[int(number)] = name, body
    types = dict(line.rstrip("\n").split(" ", 1) for line in type_lines)
    return messages, types


def _fields(text: str) -> dict[int, FieldProfile]:
    fields: dict[int, FieldProfile] = {}
    for block in text.replace("\n+", "\r").split("\n") if text else ():
        line, *subfield_lines = block.split("\r")
        cells = line.split("\t")
        number = int(cells[0])
        subfields = tuple(_field(number, cell.split("\t")) for cell in subfield_lines)
        fields[number] = _field(number, cells[1:], subfields)
    return fields


def _field(number: int, cells: list[str], subfields: tuple[FieldProfile, ...] = ()) -> FieldProfile:
    name, base, kind, scale, offset, unit, parts, conditions = cells + [""] * (8 - len(cells))
    components = tuple(_component(part) for part in parts.split(";")) if parts else ()
    when = tuple((int(a), int(b)) for a, b in (pair.split("=") for pair in conditions.split(";"))) if conditions else ()
    return FieldProfile(
        number, name, base, kind, float(scale or 1), float(offset or 0), unit, components, subfields, when
    )


def _component(text: str) -> Component:
    field, bits, scale, offset, accumulated = text.split(":")
    return Component(int(field), int(bits), float(scale), float(offset), accumulated == "1")
