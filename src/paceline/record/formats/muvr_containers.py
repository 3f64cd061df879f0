"""The container in which the lift phone app sent the blocks of several sensors to its server, big-endian.

Magic 0xCAB1 u16, count of entries u8, time u32 (without a unit; it only grows), then for each entry: size of the
payload u16, place on the body u8, payload. The entries were measured at the same time; a payload is one or more blocks.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from paceline.domain.errors import Damaged, NotPlausible

MAGIC = b"\xca\xb1"
PLACES = {0x01: "wrist", 0x02: "waist", 0x03: "chest", 0x04: "foot", 0x7F: "any"}

_HEADER = struct.Struct(">2sBI")
_ENTRY = struct.Struct(">HB")


@dataclass(frozen=True, slots=True)
class Entry:
    """What one sensor sent.

    Attributes:
        place: on the body, one of `PLACES`.
        payload: blocks of generation 1.
    """

    place: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class Container:
    """What all sensors sent for one stretch of time.

    Attributes:
        time: without a unit; it only grows.
        entries: at least one.
    """

    time: int
    entries: tuple[Entry, ...]


def container_at(data: bytes, offset: int, *, file: str) -> tuple[Container, int]:
    """The container at a byte, and where the next one begins.

    Raises:
        Damaged: no container, one without entries, an unknown place, or one that breaks off.

    >>> found, _ = container_at(bytes.fromhex("cab101000000020001020a"), 0, file="made")
    >>> found.time, found.entries[0].place
    (2, 'waist')
    """
    if len(data) - offset < _HEADER.size + _ENTRY.size:
        raise Damaged(file, expected="a container of at least 10 bytes", found=f"{len(data) - offset}", offset=offset)
    magic, count, time = _HEADER.unpack_from(data, offset)
    if magic != MAGIC:
        raise Damaged(file, expected="a container's magic ca b1", found=magic.hex(" "), offset=offset)
    if count == 0:
        raise Damaged(file, expected="a container with entries", found="none", offset=offset + 2)
    entries, at = [], offset + _HEADER.size
    for _ in range(count):
        entry, at = _entry_at(data, at, file=file)
        entries.append(entry)
    return Container(time, tuple(entries)), at


def _entry_at(data: bytes, at: int, *, file: str) -> tuple[Entry, int]:
    if len(data) - at < _ENTRY.size:
        raise Damaged(file, expected="an entry's 3 bytes", found=f"{len(data) - at}", offset=at)
    size, place = _ENTRY.unpack_from(data, at)
    begin = at + _ENTRY.size
    if place not in PLACES:
        raise Damaged(file, expected="a place on the body", found=f"{place:#04x}", offset=at + 2)
    if len(data) - begin < size:
        raise Damaged(file, expected=f"a payload of {size} bytes", found=f"{len(data) - begin}", offset=begin)
    return Entry(PLACES[place], data[begin : begin + size]), begin + size


def encoded(container: Container) -> bytes:
    """The container's bytes.

    Raises:
        NotPlausible: no entry or more than 255, an unknown place, or a payload of more than 65,535 bytes.

    >>> encoded(Container(2, (Entry("waist", b"A"),))).hex()
    'cab1010000000200010241'
    """
    numbers = {place: number for number, place in PLACES.items()}
    if not 1 <= len(container.entries) <= 255 or any(entry.place not in numbers for entry in container.entries):
        raise NotPlausible("the entries of a container", expected="1 to 255, each at a known place")
    try:
        head = _HEADER.pack(MAGIC, len(container.entries), container.time)
        rest = (_ENTRY.pack(len(e.payload), numbers[e.place]) + e.payload for e in container.entries)
        return head + b"".join(rest)
    except struct.error as error:
        raise NotPlausible("a container", expected="a time of 32 bits and payloads of at most 65,535 bytes") from error
