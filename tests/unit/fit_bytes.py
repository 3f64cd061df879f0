"""FIT files made byte by byte, after the protocol and without Paceline: an oracle of its own for the reader."""

from __future__ import annotations

import struct

EPOCH = 631_065_600
START = 1_000_000_000
"""A FIT time, in seconds: 2021-09-08T01:46:40Z."""

FORMATS = {
    "enum": (0x00, "B"),
    "sint8": (0x01, "b"),
    "uint8": (0x02, "B"),
    "sint16": (0x83, "h"),
    "uint16": (0x84, "H"),
    "sint32": (0x85, "i"),
    "uint32": (0x86, "I"),
    "string": (0x07, "s"),
    "float32": (0x88, "f"),
    "float64": (0x89, "d"),
    "uint8z": (0x0A, "B"),
    "uint16z": (0x8B, "H"),
    "uint32z": (0x8C, "I"),
    "byte": (0x0D, "B"),
    "sint64": (0x8E, "q"),
    "uint64": (0x8F, "Q"),
    "uint64z": (0x90, "Q"),
}

FILE_ID, SESSION, LAP, RECORD, EVENT, DEVICE_INFO, ACTIVITY, HRV, HR = 0, 18, 19, 20, 21, 23, 34, 78, 132
FIELD_DESCRIPTION, DEVELOPER_DATA_ID = 206, 207


def crc(data: bytes) -> int:
    """CRC-16 with polynomial 0xA001, bit by bit."""
    value = 0
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = (value >> 1) ^ (0xA001 if value & 1 else 0)
    return value


def definition(local, number, fields, developer=(), *, big=False) -> bytes:
    """A definition message; fields are (number, size, base type by name or code), developer (number, size, index)."""
    codes = [(field, size, base if isinstance(base, int) else FORMATS[base][0]) for field, size, base in fields]
    head = struct.pack(">BBBHB" if big else "<BBBHB", (0x60 if developer else 0x40) | local, 0, big, number, len(codes))
    content = head + b"".join(bytes(field) for field in codes)
    return content + (bytes([len(developer)]) + b"".join(bytes(d) for d in developer) if developer else b"")


class Messages:
    """The content of a FIT file while it is made."""

    def __init__(self, *, big=False) -> None:
        self.content = b""
        self.big = big
        self._layouts = {}

    def define(self, local, number, fields, developer=()):
        """Fields are (number, base type) or (number, base type, elements); developer (number, base type, index)."""
        plain = [(number, base, *(count or [1])) for number, base, *count in fields]
        sized = [(n, struct.calcsize("=" + FORMATS[base][1]) * count, base) for n, base, count in plain]
        extra = [(n, struct.calcsize("=" + FORMATS[base][1]), index) for n, base, index in developer]
        self._layouts[local] = [(base, count) for _, base, count in plain] + [(base, 1) for _, base, _ in developer]
        self.content += definition(local, number, sized, extra, big=self.big)
        return self

    def add(self, local, *values, offset=None):
        """A data message; `offset` makes it one with a compressed timestamp header."""
        header = local if offset is None else 0x80 | local << 5 | offset
        self.content += bytes([header])
        for (base, count), value in zip(self._layouts[local], values, strict=True):
            many = value if isinstance(value, list | tuple) else [value]
            letter = f"{count}s" if base == "string" else FORMATS[base][1] * count
            self.content += struct.pack((">" if self.big else "<") + letter, *many)
        return self

    def raw(self, content: bytes):
        """Bytes as they are."""
        self.content += content
        return self

    def file(self, **options) -> bytes:
        """The whole file."""
        return file(self.content, **options)


def file(content: bytes, *, header=14, size=None, header_crc=None, file_crc=None) -> bytes:
    """Header, content and CRC; what is given replaces what would be right."""
    head = struct.pack("<BBHI4s", header, 0x20, 2132, len(content) if size is None else size, b".FIT")
    if header >= 14:
        head += struct.pack("<H", crc(head) if header_crc is None else header_crc) + bytes(header - 14)
    whole = head + content
    return whole + struct.pack("<H", crc(whole) if file_crc is None else file_crc)


def ride(seconds=5, **options) -> Messages:
    """A ride with a reading of power, heart rate and distance each second."""
    made = Messages(**options)
    made.define(0, FILE_ID, [(0, "enum"), (1, "uint16"), (2, "uint16"), (3, "uint32z"), (4, "uint32")])
    made.add(0, 4, 1, 1836, 12345, START)
    made.define(1, RECORD, [(253, "uint32"), (7, "uint16"), (3, "uint8"), (5, "uint32")])
    for second in range(seconds):
        made.add(1, START + second, 200 + second, 100 + second, 1000 * second)
    return made
