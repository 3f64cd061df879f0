"""Packets of the last muvr generation, from the Pebble (packed) and the Apple Watch (floats), little-endian.

`a`, `d` (float32) or `e` (packed), number of sensors T u8, samples a second u8, start f64, number of values u32, then T
tags of four bytes (`t`, sensor, place, one that is ignored), then the values, row by row. The start is in seconds since
2001 in `d` packets and since 1970 in `e` packets.

Files of early 2016 have the start before the rate, and tags of three bytes: `early`. Their start counts from when the
app began. That layout is in no description; it is read from a recording, whose size fits no other.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from paceline.domain.errors import Damaged, NotPlausible
from paceline.record.formats.packed_samples import SIZE

SENSORS = {"a": 3, "g": 3, "h": 1}
"""Sensor letter → values of a sample: accelerometer, gyroscope, heart rate."""
PLACES = {"l": "left wrist", "r": "right wrist", "-": ""}

_LATE = struct.Struct("<2sBBdI")
_EARLY = struct.Struct("<2sBdBI")
MOST = 64
"""Sensors that one packet may speak of; a watch has three."""


@dataclass(frozen=True, slots=True)
class Tag:
    """Which sensor, and where it is worn: letters of `SENSORS` and `PLACES`; `rest` is the byte that is ignored."""

    sensor: str
    place: str
    rest: int = 0


@dataclass(frozen=True, slots=True)
class Packet:
    """One packet, with all that its header says.

    Attributes:
        packed: whether samples are packed in 13 bits; else float32.
        rate: samples a second, as the device claims.
        start: seconds since 2001 (floats), 1970 (packed), or the app's start (`early`).
        values: how many numbers there are: samples times `width`.
        tags: the sensors, in the order of the values of a row.
        content: the values as they were sent.
        early: the layout of early 2016.
    """

    packed: bool
    rate: int
    start: float
    values: int
    tags: tuple[Tag, ...]
    content: bytes
    early: bool = False

    @property
    def width(self) -> int:
        """Values in a row."""
        return sum(SENSORS[tag.sensor] for tag in self.tags)


def packet_at(data: bytes, offset: int, *, file: str) -> tuple[Packet, int]:
    """The packet at a byte, and where the next one begins.

    Raises:
        Damaged: no packet, unknown sensors or places, values that make no whole rows, or one that breaks off.
    """
    head = data[offset : offset + 2]
    if head not in (b"ad", b"ae"):
        found = head.hex(" ") or "the end"
        raise Damaged(file, expected="a packet that begins with 61 64 or 61 65", found=found, offset=offset)
    try:
        return _read(data, offset, early=False, file=file)
    except Damaged:
        try:
            return _read(data, offset, early=True, file=file)
        except Damaged:
            pass
        raise


def _read(data: bytes, offset: int, *, early: bool, file: str) -> tuple[Packet, int]:
    layout, size = (_EARLY, 3) if early else (_LATE, 4)
    if len(data) - offset < layout.size:
        raise Damaged(file, expected=f"{layout.size} bytes of header", found=f"{len(data) - offset}", offset=offset)
    head, types, *fields = layout.unpack_from(data, offset)
    rate, start, values = (fields[1], fields[0], fields[2]) if early else fields
    at = offset + layout.size
    tags = tuple(_tag(data[at + size * k : at + size * (k + 1)], file, at + size * k) for k in range(min(types, MOST)))
    begin = at + size * types
    packet = Packet(head == b"ae", rate, start, values, tags, b"", early)
    if not tags or types > MOST or values % packet.width or rate == 0 or not np.isfinite(start):
        raise Damaged(file, expected="whole rows, a rate and a start", found="a header without", offset=offset)
    length = _length(packet)
    content = data[begin : begin + length]
    after = data[begin + length : begin + length + 1]
    if len(content) < length:
        raise Damaged(file, expected=f"{length:,} bytes of values", found=f"{len(content):,}", offset=begin)
    if early and after not in (b"", b"a"):
        raise Damaged(file, expected="the end or a packet", found=after.hex(), offset=begin + length)
    return Packet(head == b"ae", rate, start, values, tags, content, early), begin + length


def _tag(raw: bytes, file: str, offset: int) -> Tag:
    letters = raw[:3].decode("latin-1")
    if len(letters) < 3 or letters[0] != "t" or letters[1] not in SENSORS or letters[2] not in PLACES:
        expected = "a tag: t, a sensor (a g h) and a place (l r -)"
        raise Damaged(file, expected=expected, found=raw.hex(" ") or "the end", offset=offset)
    return Tag(letters[1], letters[2], raw[3] if len(raw) > 3 else 0)


def _length(packet: Packet) -> int:
    return packet.values // 3 * SIZE if packet.packed else packet.values * 4


def encoded(packet: Packet) -> bytes:
    """The packet's bytes.

    Raises:
        NotPlausible: content that is not as long as the header says, or a figure that it has no room for.
    """
    if not packet.tags or len(packet.content) != _length(packet):
        raise NotPlausible("the content of a packet", expected="as long as its number of values says")
    letters = [f"t{tag.sensor}{tag.place}".encode("latin-1") + bytes([tag.rest]) for tag in packet.tags]
    return header(packet, [tag[:3] for tag in letters] if packet.early else letters) + packet.content


def header(packet: Packet, tags: Sequence[bytes]) -> bytes:
    """The bytes before the values, with tags as they come: the watch writes what it is given.

    Raises:
        NotPlausible: a figure that it has no room for.
    """
    head = b"ae" if packet.packed else b"ad"
    try:
        if packet.early:
            return _EARLY.pack(head, len(tags), packet.start, packet.rate, packet.values) + b"".join(tags)
        return _LATE.pack(head, len(tags), packet.rate, packet.start, packet.values) + b"".join(tags)
    except struct.error as error:
        raise NotPlausible("every figure of a packet's header", expected="one that fits its bytes") from error
