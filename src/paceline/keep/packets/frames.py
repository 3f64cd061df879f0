"""The bytes of a packet log's segment: frames of entries, what is whole among them and what is not."""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple
from uuid import UUID

SYNC = b"PLF1"
_FRAME, _SUM = struct.Struct("<4sII"), struct.Struct("<I")
HEADER = _FRAME.size + _SUM.size
ENTRY = struct.Struct("<IIB16s")
"""Size of the packet, CRC-32 of all that follows it, what it is, the session."""

_SUMMED = 8
"""Where in an entry the bytes begin that its CRC-32 is of."""


class What(IntEnum):
    """What an entry is."""

    PACKET = 0
    LET_GO = 1
    ERASED = 2


class Item(NamedTuple):
    """One entry: where in the segment, what, and whose."""

    at: int
    what: int
    session: UUID


@dataclass(frozen=True, slots=True)
class Found:
    """A stretch of a segment: a whole frame, or bytes that are none; with the entries that can be believed."""

    start: int
    stop: int
    items: tuple[Item, ...]
    sound: bool


def item(what: int, session: bytes, packet: bytes) -> bytes:
    """One entry."""
    tail = bytes([what]) + session
    return ENTRY.pack(len(packet), zlib.crc32(packet, zlib.crc32(tail)), what, session) + packet


def frame(parts: Sequence[bytes]) -> tuple[bytes, int]:
    """The frame of these entries, and how long its header is."""
    payload = b"".join(parts)
    head = _FRAME.pack(SYNC, len(payload), zlib.crc32(payload))
    return head + _SUM.pack(zlib.crc32(head)) + payload, HEADER


def scanned(data: bytes) -> Iterator[Found]:
    """A segment from its beginning to its end, stretch by stretch."""
    at = 0
    while at < len(data):
        size = _size(data, at)
        stop = at + HEADER + size if size is not None else _next(data, at + 1)
        payload = memoryview(data)[at + HEADER : stop]
        sound = size is not None and zlib.crc32(payload) == _FRAME.unpack_from(data, at)[2]
        if size is None:
            yield Found(at, stop, (), sound=False)
        else:
            yield Found(at, stop, tuple(_items(data, at + HEADER, stop, believed=sound)), sound=sound)
        at = stop


def _size(data: bytes, at: int) -> int | None:
    """The size of the payload of the frame that begins there; None where none does, or it is not all there."""
    if len(data) - at < HEADER or data[at : at + 4] != SYNC:
        return None
    if zlib.crc32(memoryview(data)[at : at + _FRAME.size]) != _SUM.unpack_from(data, at + _FRAME.size)[0]:
        return None
    size = int(_FRAME.unpack_from(data, at)[1])
    return size if at + HEADER + size <= len(data) else None


def _next(data: bytes, at: int) -> int:
    """Where the next frame's header stands; the end where there is none."""
    while (at := data.find(SYNC, at)) >= 0:
        if _size(data, at) is not None:
            return at
        at += 1
    return len(data)


def _items(data: bytes, at: int, stop: int, *, believed: bool) -> Iterator[Item]:
    """The entries of a frame; of a broken one those whose own check sum holds."""
    while at + ENTRY.size <= stop:
        size, told, what, session = ENTRY.unpack_from(data, at)
        end = at + ENTRY.size + size
        if end > stop:
            return
        if believed or zlib.crc32(memoryview(data)[at + _SUMMED : end]) == told:
            yield Item(at, what, UUID(bytes=session))
        at = end


def entry_at(descriptor: int, at: int) -> bytes | None:
    """The packet of the entry that stands there, checked; None where it is not as it was kept.

    Raises:
        OSError: the file can't be read.
    """
    head = os.pread(descriptor, ENTRY.size, at)
    if len(head) < ENTRY.size:
        return None
    size, told, what, _ = ENTRY.unpack(head)
    packet = os.pread(descriptor, size, at + ENTRY.size)
    if what != What.PACKET or zlib.crc32(packet, zlib.crc32(head[_SUMMED:])) != told:
        return None
    return packet


def erased(data: bytes, session: UUID) -> bytes:
    """The same segment, every entry at its place, with the packets of one session wiped."""
    out = bytearray(data)
    for found in scanned(data):
        mine = [entry for entry in found.items if entry.session == session and entry.what == What.PACKET]
        for at, _, _ in mine:
            size = ENTRY.unpack_from(out, at)[0]
            out[at : at + ENTRY.size + size] = item(What.ERASED, session.bytes, bytes(size))
        if mine and found.sound:
            size = found.stop - found.start - HEADER
            head = _FRAME.pack(SYNC, size, zlib.crc32(memoryview(out)[found.start + HEADER : found.stop]))
            out[found.start : found.start + HEADER] = head + _SUM.pack(zlib.crc32(head))
    return bytes(out)
