"""How columns of numbers become the messages of a FIT file.

A message's rows are built as one array of bytes, all rows at once, and only then put in the order of their times.

Source of the layout: the FIT protocol, version 2.0 (definition messages, developer fields, header and CRC).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from paceline.domain.errors import WriteError
from paceline.record.formats.fit_kernels import crc16, crc_tables
from paceline.record.formats.fit_profile import BASE_TYPES, FieldProfile, message_named, value_names
from paceline.record.streams import Floats, Nanoseconds

NAME = "FIT"

MOST_FIELD_BYTES = 255
"""A field's size is one byte of its definition."""

Bytes = npt.NDArray[np.uint8]

_PROFILE_VERSION = 21_171

_KINDS = {"u": "u", "b": "u", "i": "i", "f": "u"}
"""NumPy's letter for a base type; floats are written as their bits, since "nothing" has bits of its own."""


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """One field of all messages of a kind.

    Attributes:
        number: of the field in its message, or of the developer field.
        base: name of the base type.
        data: (row,) or (row, element), the bits as they are stored.
        developer: whether it is described in the file instead of in the profile.
    """

    number: int
    base: str
    data: npt.NDArray[Any]
    developer: bool = False

    @property
    def rows(self) -> Bytes:
        """(row, byte), uint8, little-endian."""
        data = np.ascontiguousarray(self.data, self.data.dtype.newbyteorder("<"))
        return data.view(np.uint8).reshape(len(data), -1)


@dataclass(frozen=True, slots=True, eq=False)
class Messages:
    """All messages of one kind.

    Attributes:
        name: as the profile calls the kind.
        columns: its fields.
        when: (row,), int64, ns UTC: what the messages of all kinds are ordered by; equal times keep the order in which
            the kinds are given.
    """

    name: str
    columns: tuple[Column, ...]
    when: Nanoseconds

    def definition(self, local: int) -> bytes:
        """The definition message that says how the rows are laid out."""
        own = [column for column in self.columns if not column.developer]
        foreign = [column for column in self.columns if column.developer]
        head = bytes([(0x60 if foreign else 0x40) | local, 0, 0])
        fields = b"".join(bytes([c.number, c.rows.shape[1], BASE_TYPES[c.base].code]) for c in own)
        content = head + message_named(self.name).number.to_bytes(2, "little") + bytes([len(own)]) + fields
        if not foreign:
            return content
        return content + bytes([len(foreign)]) + b"".join(bytes([c.number, c.rows.shape[1], 0]) for c in foreign)

    def rows(self, local: int) -> Bytes:
        """(row, byte), uint8: the data messages, headers included."""
        ordered = sorted(self.columns, key=lambda column: column.developer)
        header = np.full((len(self.when), 1), local, np.uint8)
        return np.concatenate([header, *(column.rows for column in ordered)], axis=1)


def stored(values: Floats, *, field: FieldProfile, what: str) -> npt.NDArray[Any]:
    """Readings in the field's own unit as the bits that it stores; NaN becomes the field's "nothing".

    Raises:
        WriteError: a reading lies beyond what the field holds.
    """
    base = BASE_TYPES[field.base_type]
    with np.errstate(over="ignore"):  # an infinite one is refused like any other that is too large
        raw = np.rint((np.asarray(values, np.float64) + field.offset) * field.scale)
    read = ~np.isnan(raw)
    low = -(2 ** (8 * base.size - 1)) if base.kind == "i" else int(base.invalid == 0)
    high = base.invalid - 1 if base.invalid else 2 ** (8 * base.size) - 1
    if np.any((raw[read] < low) | (raw[read] > high)):
        least, most = low / field.scale - field.offset, high / field.scale - field.offset
        reason = f"{what} has readings beyond what the field {field.name} holds: {least:g} to {most:g} {field.unit}"
        raise WriteError(NAME, reason=reason.rstrip(), advice="Mark them missing, or write Parquet or CSV.")
    bits = np.full(raw.shape, base.invalid, f"{_KINDS[base.kind]}{base.size}")
    bits[read] = raw[read].astype(bits.dtype)
    return bits


def column(message: str, name: str, values: npt.ArrayLike, *, what: str = "") -> Column:
    """A field of the profile from readings in its own unit."""
    field = message_named(message).field(name)
    floats = np.asarray(values, np.float64)
    return Column(field.number, field.base_type, stored(floats, field=field, what=what or f"{message}.{name}"))


def value_numbers(type_name: str, names: Iterable[str]) -> dict[str, float]:
    """Name → number, of those that the profile's type has; a number as text, as the reader gives it, is itself."""
    known = {name: float(number) for number, name in value_names(type_name).items()}
    numbers = {name: float(name) for name in names if name.isascii() and name.isdigit()}
    return numbers | {name: known[name] for name in names if name in known}


def text_column(message: str, name: str, texts: Sequence[str]) -> Column:
    """A text field of the profile."""
    return Column(message_named(message).field(name).number, "string", text_bits(texts, what=f"{message}.{name}"))


def text_bits(texts: Sequence[str], *, what: str) -> npt.NDArray[Any]:
    """(row,), texts as UTF-8 in fields that are long enough for all of them and end in a zero.

    Raises:
        WriteError: one is longer than a field can be, or has a zero inside.
    """
    encoded = [text.encode("utf-8", "replace") for text in texts]
    longest = max(map(len, encoded), default=0) + 1
    if longest > MOST_FIELD_BYTES or any(0 in text for text in encoded):
        raise WriteError(
            NAME, reason=f"a text of {what} is longer than {MOST_FIELD_BYTES - 1} bytes, or has a zero in it"
        )
    return np.array(encoded, f"S{longest}")


def float_bits(values: Floats) -> npt.NDArray[np.uint64]:
    """(row,), the bits of float64 values; NaN becomes the protocol's "nothing", which is one of the NaNs."""
    bits = np.ascontiguousarray(values, np.float64).view(np.uint64)
    return np.where(np.isnan(values), np.uint64(BASE_TYPES["float64"].invalid), bits)


def file_bytes(head: Sequence[Messages], body: Sequence[Messages]) -> bytes:
    """A FIT file: what stands first, one kind after another; then the rest, in the order of time.

    At most 16 kinds may have rows: each keeps a local message type for the whole file.
    """
    kinds = [messages for messages in (*head, *body) if len(messages.when)]
    local = {id(messages): number for number, messages in enumerate(kinds)}
    parts = []
    for messages in head:
        if id(messages) in local:
            parts += [messages.definition(local[id(messages)]), messages.rows(local[id(messages)]).tobytes()]
    timed = [messages for messages in body if id(messages) in local]
    parts += [messages.definition(local[id(messages)]) for messages in timed]
    parts.append(_in_order([(messages.when, messages.rows(local[id(messages)])) for messages in timed]))
    content = b"".join(parts)
    tables = crc_tables()
    header = bytes([14, 0x20]) + _PROFILE_VERSION.to_bytes(2, "little") + len(content).to_bytes(4, "little") + b".FIT"
    header += _crc(header, tables)
    return header + content + _crc(header + content, tables)


def _in_order(kinds: Sequence[tuple[Nanoseconds, Bytes]]) -> bytes:
    """Rows of different lengths, ordered by time: each goes to where those before it end."""
    when = np.concatenate([np.empty(0, np.int64), *(times for times, _ in kinds)])
    sizes = np.concatenate([np.empty(0, np.int64), *(np.full(len(rows), rows.shape[1]) for _, rows in kinds)])
    order = np.argsort(when, kind="stable")
    ends = np.cumsum(sizes[order])
    begins = np.empty(len(when), np.int64)
    begins[order] = ends - sizes[order]
    content, first = np.empty(int(sizes.sum()), np.uint8), 0
    for _, rows in kinds:
        at = begins[first : first + len(rows)]
        content[at[:, None] + np.arange(rows.shape[1])] = rows
        first += len(rows)
    return content.tobytes()


def _crc(content: bytes, tables: npt.NDArray[np.uint16]) -> bytes:
    return int(crc16(np.frombuffer(content, np.uint8), tables)).to_bytes(2, "little")
