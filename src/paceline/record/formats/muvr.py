"""Motion of the muvr and lift systems, every generation of their packets.

Each sensor and place becomes a stream on its own clock. Packets that came twice are kept once, holes stand as events
and problems, and nothing is put in their place. Where packets have no time of their own, samples follow each other at
the rate that the device claims.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from paceline.domain.devices import Device, Event
from paceline.domain.efforts import SECOND
from paceline.domain.errors import Damaged, NoSamples
from paceline.domain.units import UNITS
from paceline.record.delivery import Delivery, Numbered, delivery, sample_times
from paceline.record.formats import FARTHEST, Source
from paceline.record.formats import muvr_blocks as blocks
from paceline.record.formats import muvr_containers as containers
from paceline.record.formats import muvr_packets as packets
from paceline.record.formats.packed_samples import unpacked
from paceline.record.formats.readings import Findings
from paceline.record.recordings import Problem, Recording
from paceline.record.streams import Flag, Flags, Floats, Nanoseconds, Stream

NAME = "Muvr"
MEANING = "Packets of wrist and body sensors as the muvr and lift apps sent and kept them, 2014 to 2016."

APPLE_EPOCH = 978_307_200
"""Seconds from 1970 to 2001, where the Apple Watch's clock begins."""
_MILLISECOND = 1_000_000
_MG, _MRAD = UNITS["g"].factor / 1000.0, 1e-3
_CHANNELS = {
    "acceleration": ("acceleration_x", "acceleration_y", "acceleration_z"),
    "rotation": ("rotation_x", "rotation_y", "rotation_z"),
    "heart_rate": ("heart_rate",),
}
_SENSORS = {"a": "acceleration", "g": "rotation", "h": "heart_rate"}
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class _Piece:
    """Samples of one sensor, from one packet or block, in our units."""

    kind: str
    place: str
    device: int
    values: Floats
    rate: float
    numbered: Numbered | None = None
    start: int | None = None


def sniff(head: bytes) -> bool:
    """Whether a packet, block or container of any generation begins the file."""
    if head[:2] == containers.MAGIC:
        return len(head) >= 10 and head[2] > 0 and head[9] in containers.PLACES
    if head[:2] in (b"ad", b"ae"):
        return head[16:17] == b"t" and chr(head[17]) in packets.SENSORS if len(head) > 19 else False
    return blocks.generation_of(head) is not None


def decode(data: bytes, source: Source) -> tuple[tuple[Recording, ...], tuple[Problem, ...]]:
    """A recording for each device and place.

    Raises:
        Damaged: nothing before the damage could be kept.
        NoSamples: packets without samples.
    """
    findings = Findings()
    pieces = _pieces(data, source, findings)
    if not any(piece.values.size for piece in pieces):
        raise NoSamples(source.file, expected="samples of a sensor", found="packets without any")
    wearers: dict[tuple[int, str], dict[str, list[_Piece]]] = {}
    for piece in pieces:
        if piece.values.size:
            wearers.setdefault((piece.device, piece.place), {}).setdefault(piece.kind, []).append(piece)
    found = tuple(_recording(kinds, key, source, findings) for key, kinds in wearers.items())
    return found, findings.problems()


def _pieces(data: bytes, source: Source, findings: Findings) -> list[_Piece]:
    if data[:2] == containers.MAGIC:
        found = _all(data, lambda at: containers.container_at(data, at, file=source.file), findings)
        return [piece for one in found for entry in one.entries for piece in _payload(entry, source, findings)]
    if data[:2] in (b"ad", b"ae"):
        every = _all(data, lambda at: packets.packet_at(data, at, file=source.file), findings)
        return [piece for packet in every for piece in _of_packet(packet)]
    return _of_blocks(data, "", source, findings)


def _payload(entry: containers.Entry, source: Source, findings: Findings) -> list[_Piece]:
    """The blocks of one sensor's payload; what is no block is reported, and the other sensors are kept."""
    try:
        return _of_blocks(entry.payload, "" if entry.place == "any" else entry.place, source, findings)
    except Damaged:
        findings.add("payload", "A payload that is no block is left out.")
        return []


def _all(data: bytes, at: Callable[[int], tuple[Item, int]], findings: Findings) -> list[Item]:
    """Everything up to the end or the first damage."""
    found: list[Item] = []
    offset = 0
    while offset < len(data):
        try:
            item, offset = at(offset)
        except Damaged as error:
            if not found:
                raise
            message = f"Expected {error.expected}, found {error.found}; what came before is kept."
            findings.add("truncated", message, offset=error.offset)
            break
        found.append(item)
    return found


def _of_blocks(data: bytes, place: str, source: Source, findings: Findings) -> list[_Piece]:
    generation = blocks.generation_of(data)
    if generation is None:
        found = data[:1].hex() or "nothing"
        raise Damaged(source.file, expected="a block of a known type", found=found, offset=0)
    found_ = _all(data, lambda at: blocks.block_at(data, at, generation=generation, file=source.file), findings)
    return [_of_block(block, place) for block in found_]


def _of_block(block: blocks.Block, place: str) -> _Piece:
    numbered = None
    device = block.device if block.generation == "2" else 0
    if block.end is not None and block.duration and block.count and block.end < FARTHEST // _MILLISECOND:
        numbered = Numbered(block.sequence, block.end * _MILLISECOND, block.duration * _MILLISECOND, block.count)
    if block.kind == "heart_rate":
        rate = np.frombuffer(block.content, np.uint8).astype(np.float64)[:, None]
        return _Piece(block.kind, place, device, np.where(rate == 0.0, np.nan, rate), block.rate, numbered)
    values = unpacked(block.content)[0].astype(np.float64) * (_MG if block.kind == "acceleration" else _MRAD)
    return _Piece(block.kind, place, device, values, block.rate, numbered)


def _of_packet(packet: packets.Packet) -> Iterable[_Piece]:
    """The streams of one packet: its columns, sensor by sensor."""
    if packet.packed:
        table = unpacked(packet.content)[0].astype(np.float64).reshape(-1, packet.width) * _MG
    else:
        table = np.frombuffer(packet.content, "<f4").astype(np.float64).reshape(-1, packet.width)
    seconds = packet.start + (0 if packet.packed else APPLE_EPOCH)
    dated = not packet.early and packet.start > 0 and abs(seconds) < FARTHEST / SECOND
    start = int(seconds) * SECOND + round(seconds % 1 * 1e9) if dated else None
    at = 0
    for tag in packet.tags:
        kind, width = _SENSORS[tag.sensor], packets.SENSORS[tag.sensor]
        factor = UNITS["g"].factor if kind == "acceleration" and not packet.packed else 1.0
        factor = _MRAD / _MG if kind == "rotation" and packet.packed else factor
        values = table[:, at : at + width] * factor
        yield _Piece(kind, packets.PLACES[tag.place], 0, values, packet.rate, start=start)
        at += width


def _recording(
    kinds: Mapping[str, Sequence[_Piece]], key: tuple[int, str], source: Source, findings: Findings
) -> Recording:
    device, place = key
    streams, events, notes = {}, [], {}
    every = [piece for pieces in kinds.values() for piece in pieces]
    dated = all(piece.numbered is not None or piece.start is not None for piece in every)
    for kind, pieces in kinds.items():
        if all(piece.numbered is not None for piece in pieces):
            stream, told = _numbered(kind, pieces, findings)
            events += [Event(hole.stop, "break", "packets_lost", hole.lost) for hole in told.breaks]
            notes[f"{kind}_rate"] = f"{told.rate:.2f} 1/s"
            notes[f"{kind}_packets"] = f"{len(told.kept)} of {len(told.kept) + told.lost}"
        else:
            stream = _in_turn(kind, pieces, source, dated=dated)
        streams[kind] = stream
    if not dated and source.start is None:
        findings.add("undated")
    notes |= {"place": place} if place else {}
    maker = {0x00: "Pebble", 0xF0: "Apple"}.get(device) if any(piece.numbered for piece in every) else None
    return Recording(
        streams, Device("motion", maker=maker), events=tuple(sorted(events, key=lambda event: event.time)),
        dated=dated or source.start is not None, notes=notes,
    )  # fmt: skip


def _numbered(kind: str, pieces: Sequence[_Piece], findings: Findings) -> tuple[Stream, Delivery]:
    """A stream of packets that know their time and number."""
    numbers = [piece.numbered for piece in pieces if piece.numbered is not None]
    told = delivery(numbers)
    for _ in range(told.received - len(told.kept)):
        findings.add("repeated_packet", "A packet that came again is used once.")
    for hole in told.breaks:
        if hole.lost:
            findings.add("break", "Packets are missing; nothing is put in their place.")
        else:
            findings.add("restart", "The numbers of the packets start again or the clock jumps; nothing is put there.")
    if told.lossy:
        findings.add("lossy", f"Of the packets of {kind} only {told.share:.0%} came: repetitions are missing.")
    times = [sample_times(numbers[index]) for index in told.kept]
    flags = [np.zeros(len(time), np.uint8) for time in times]
    starts = {hole.stop for hole in told.breaks}
    for time, flag in zip(times, flags, strict=True):
        flag[0] |= Flag.GAP if int(time[0]) in starts else Flag.OK
    values = np.concatenate([pieces[index].values for index in told.kept])
    return _stream(kind, np.concatenate(times), values, np.concatenate(flags)), told


def _in_turn(kind: str, pieces: Sequence[_Piece], source: Source, *, dated: bool) -> Stream:
    """A stream of packets that only know their rate, or where they start."""
    times, clock = [], source.start or 0
    for piece in pieces:
        begin = piece.start if dated and piece.start is not None else clock
        rows = len(piece.values)
        times.append(begin + np.arange(rows, dtype=np.int64) * SECOND // max(round(piece.rate), 1))
        clock = begin + rows * SECOND // max(round(piece.rate), 1)
    return _stream(kind, np.concatenate(times), np.concatenate([piece.values for piece in pieces]), None)


def _stream(kind: str, time: Nanoseconds, values: Floats, flags: Flags | None) -> Stream:
    columns = {name: np.ascontiguousarray(values[:, index]) for index, name in enumerate(_CHANNELS[kind])}
    return Stream(kind, time, columns, {} if flags is None else {"time": flags})
