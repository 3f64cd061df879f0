"""Blocks of samples as the Pebble sent them from 2014 to 2015: three headers in turn, the same samples behind them.

| generation | header, little-endian | bytes |
|---|---|---|
| 0 | type u16 (0xFEFC), count u16, samples a second u8 | 5 |
| 1 | type u8, count u8, samples a second u8, sample size u8, padding u8 | 5 |
| 2 | type, count, samples a second, sample size, device, sequence (u8 each), end u64 in ms, duration u16 in ms | 16 |
| 2, April 2015 | as 2, with the queue's size in place of device and sequence | 15 |

Types are 0xAD acceleration (mg), 0xBD rotation (mrad/s) and, in generation 2, 0xED heart rate of one byte a sample. The
sample size is 0 in old recordings: it is kept, and never relied on. Blocks follow each other without a separator.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Literal

from paceline.domain.errors import Damaged, NotPlausible
from paceline.record.formats.packed_samples import SIZE

Generation = Literal["0", "1", "2", "2-april"]
Kind = Literal["acceleration", "rotation", "heart_rate"]

KINDS: dict[int, Kind] = {0xAD: "acceleration", 0xBD: "rotation", 0xED: "heart_rate"}
OLDEST, NEWEST = 1_262_304_000_000, 2_524_608_000_000
"""Milliseconds since 1970 of the years 2010 and 2050: an end time tells the generations apart."""

_OLD_TYPE = 0xFEFC
_LAYOUTS = {"0": struct.Struct("<HHB"), "1": struct.Struct("<5B"), "2": struct.Struct("<6BQH"),
            "2-april": struct.Struct("<5BQH")}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Block:
    """One block, with all that its header says.

    Attributes:
        generation: which header it has.
        kind: what was measured.
        rate: samples a second, as the device claims.
        content: the samples as they were sent: five bytes each, one for heart rate.
        sample_size: as written; 0 or 5, or 1 for heart rate.
        device: number of the device; the padding of generation 1, the queue size of April 2015.
        sequence: 0 to 255 in generation 2, else None.
        end: ms since 1970 of the last sample's end, generation 2 only.
        duration: ms, generation 2 only.
    """

    generation: Generation
    kind: Kind
    rate: int
    content: bytes
    sample_size: int = SIZE
    device: int = 0
    sequence: int | None = None
    end: int | None = None
    duration: int | None = None

    @property
    def count(self) -> int:
        """How many samples it holds."""
        return len(self.content) // (1 if self.kind == "heart_rate" else SIZE)


def block_at(data: bytes, offset: int, *, generation: Generation, file: str) -> tuple[Block, int]:
    """The block at a byte, and where the next one begins.

    Raises:
        Damaged: another type stands there, or the block breaks off.
    """
    layout = _LAYOUTS[generation]
    if len(data) - offset < layout.size:
        found = f"{len(data) - offset} bytes"
        raise Damaged(file, expected=f"a block header of {layout.size} bytes", found=found, offset=offset)
    fields = layout.unpack_from(data, offset)
    kind = _kind(fields[0], generation, file=file, offset=offset)
    begin = offset + layout.size
    size = fields[1] * (1 if kind == "heart_rate" else SIZE)
    content = data[begin : begin + size]
    if len(content) < size:
        raise Damaged(file, expected=f"{size} bytes of samples", found=f"{len(content)}", offset=begin)
    return _block(generation, kind, fields, content), begin + size


def _kind(number: int, generation: Generation, *, file: str, offset: int) -> Kind:
    if generation == "0":
        known: Kind | None = "acceleration" if number == _OLD_TYPE else None
    else:
        known = KINDS.get(number) if number != 0xED or generation != "1" else None
    if known is None:
        expected = "0xFEFC" if generation == "0" else "0xAD, 0xBD" + ("" if generation == "1" else " or 0xED")
        raise Damaged(file, expected=f"a block of type {expected}", found=f"type {number:#04x}", offset=offset)
    return known


def _block(generation: Generation, kind: Kind, fields: tuple[int, ...], content: bytes) -> Block:
    if generation == "0":
        return Block("0", kind, fields[2], content)
    _, _, rate, sample_size, device, *rest = fields
    sequence = rest[0] if generation == "2" else None
    end, duration = rest[-2:] if len(rest) >= 2 else (None, None)
    return Block(generation, kind, rate, content, sample_size, device, sequence, end, duration)


def encoded(block: Block) -> bytes:
    """The block's bytes, as the device would have sent them.

    Raises:
        NotPlausible: a figure that its header has no room for, or samples that are cut.

    >>> encoded(Block("1", "acceleration", 100, bytes.fromhex("78014ac073"))).hex(" ")
    'ad 01 64 05 00 78 01 4a c0 73'
    """
    if len(block.content) % (1 if block.kind == "heart_rate" else SIZE):
        raise NotPlausible("the content of a block", expected=f"whole samples of {SIZE} bytes")
    number = next(code for code, kind in KINDS.items() if kind == block.kind)
    parts = {
        "0": (_OLD_TYPE, block.count, block.rate),
        "1": (number, block.count, block.rate, block.sample_size, block.device),
        "2": (
            number,
            block.count,
            block.rate,
            block.sample_size,
            block.device,
            block.sequence,
            block.end,
            block.duration,
        ),
        "2-april": (number, block.count, block.rate, block.sample_size, block.device, block.end, block.duration),
    }[block.generation]
    try:
        return _LAYOUTS[block.generation].pack(*parts) + block.content
    except struct.error as error:
        expected = f"in the range of generation {block.generation}: at most 255 samples but for 0, and none left out"
        raise NotPlausible("every figure of a block's header", expected=expected) from error


def generation_of(data: bytes) -> Generation | None:
    """Which generation the head of a file is of, or None where it is of none.

    Generations 1 and 2 begin alike: a time of this century where generation 2 has its end, or a second block where the
    first one ends, tells them apart.
    """
    if data[:2] == b"\xfc\xfe":
        return "0" if _holds(data, "0") else None
    if not data or data[0] not in KINDS:
        return None
    for generation, place in (("2", 6), ("2-april", 5)):
        if len(data) >= place + 8 and OLDEST < int.from_bytes(data[place : place + 8], "little") < NEWEST:
            return generation  # type: ignore[return-value]
    return "1" if _holds(data, "1") else None


def _holds(data: bytes, generation: Generation) -> bool:
    """Whether the first block is one and a block or the end follows it."""
    try:
        _, after = block_at(data, 0, generation=generation, file="")
    except Damaged:
        return False
    sizes = data[3] in (0, SIZE) if generation == "1" else True
    following = data[after : after + 1]
    known = b"\xfc" if generation == "0" else bytes(KINDS)
    return sizes and after > 5 and data[2] > 0 and (not following or following in known)
