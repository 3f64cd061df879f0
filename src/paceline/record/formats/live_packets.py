"""A live session as it was sealed: its packets as the devices sent them, each once, sorted by device and number.

The file is a line of its own and then packets (`record.packets`), so it does not tell when or in which order they
came: a device that was offline and sends later gives the same bytes as one that was online. What came when a device had
been sealed already is a file of its own, whose line says behind how many packets it begins.

One device is one recording. Numbers that are missing are packets that never came: they are told as a problem, and
leave a hole in time. Messages that were passed on from timing loops become recordings of their transponders.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from paceline.domain.devices import Device
from paceline.domain.errors import Damaged, PacketError
from paceline.record.formats import Source
from paceline.record.formats.readings import Findings
from paceline.record.packets import MAGIC, SMALLEST, Kind, Packet, packet, packet_size
from paceline.record.recordings import Problem, Recording
from paceline.record.streams import Floats, Stream

NAME = "Live packets"
MEANING = "A session that was sent live, packet by packet, as it was sealed when it ended."

HEADER = b"PACELINE LIVE 1\n"
_HEADER = re.compile(rb"PACELINE LIVE 1(?: behind (\d{1,10}))?\n")

FAULTS = 1000
"""Places of damage in one file, after which no more is looked for."""


def sealed(found: Iterable[Packet], *, behind: int = 0) -> bytes:
    """The file of these packets: the same bytes in whatever order they came.

    Args:
        found: each number of a device once.
        behind: how many packets of the device stand in a file before this one.
    """
    header = HEADER if not behind else b"PACELINE LIVE 1 behind %d\n" % behind
    return header + b"".join(p.raw for p in sorted(found, key=lambda p: (p.device, p.sequence)))


def sniff(head: bytes) -> bool:
    """Whether it begins with the line."""
    return _HEADER.match(head) is not None


def decode(data: bytes, source: Source) -> tuple[tuple[Recording, ...], tuple[Problem, ...]]:
    """One recording a device, sorted by name, and those of the transponders that passed the loops."""
    findings = Findings()
    line = _HEADER.match(data)
    if line is None:
        raise Damaged(source.file, expected="the line 'PACELINE LIVE 1'", found="another", offset=0)
    devices: dict[str, dict[int, Packet]] = {}
    for found, at in _found(data, line.end(), findings):
        held = devices.setdefault(found.device, {})
        if found.sequence in held:
            findings.add("repeated", "A packet whose number was there before is left out.", offset=at)
        else:
            held[found.sequence] = found
    if not devices:
        raise Damaged(source.file, expected="live packets", found="none that is whole", offset=line.end())
    recordings: list[Recording] = []
    for device, held in sorted(devices.items()):
        row = [held[number] for number in sorted(held)]
        if missing := lost(held, behind=int(line[1] or 0)):
            message = f"{missing:,} packets of a device never came: what they held is absent."
            findings.add("lost", message)
        recordings += _recordings(device, row, source, findings)
    return tuple(recordings), findings.problems()


def lost(numbers: Iterable[int], *, behind: int = 0) -> int:
    """How many packets of a device never came, as the numbers of those that did tell.

    >>> lost([0, 1, 4])  # 2 and 3
    2
    """
    known = [number for number in numbers if number >= behind]
    return max(known, default=behind - 1) + 1 - behind - len(known)


def _found(data: bytes, at: int, findings: Findings) -> Iterator[tuple[Packet, int]]:
    """Each packet and where it stands; behind damage, reading goes on at the next that is whole."""
    faults = 0
    while 0 <= at < len(data):
        size = packet_size(data, at)
        try:
            found = packet(data[at : at + (size or SMALLEST)])
        except PacketError:
            faults += 1
            kind = "truncated" if size is None and data[at : at + 2] == MAGIC else "crc"
            findings.add(kind, "A packet that is not whole, or not known, is left out.", offset=at)
            at = data.find(MAGIC, at + 1) if faults < FAULTS else -1
            continue
        yield found, at
        at += len(found.raw)


def _recordings(device: str, row: Sequence[Packet], source: Source, findings: Findings) -> Iterable[Recording]:
    streams: dict[str, list[Packet]] = {}
    messages = []
    for part in row:
        if part.kind == Kind.MESSAGE:
            messages.append(part)
        elif part.kind != Kind.LAST:
            streams.setdefault(part.description.stream, []).append(part)
    if streams:
        joined = {name: _joined(name, parts) for name, parts in streams.items()}
        yield Recording(joined, Device(serial=device))
    if messages:
        yield from _passings(messages, source, findings)


def _joined(name: str, parts: Sequence[Packet]) -> Stream:
    """The samples of one stream, packet after packet; a channel that a packet does not have is absent there."""
    channels = dict.fromkeys(channel for part in parts for channel in part.description.channels)
    columns: dict[str, list[Floats]] = {channel: [] for channel in channels}
    for part in parts:
        values = part.values()
        for channel, column in columns.items():
            column.append(values[channel] if channel in values else np.full(part.count, np.nan))
    time = np.concatenate([part.time() for part in parts])
    return Stream(name, time, {channel: np.concatenate(column) for channel, column in columns.items()})


def _passings(messages: Sequence[Packet], source: Source, findings: Findings) -> Iterable[Recording]:
    """What timing loops published, read by the reader of their own logs."""
    from paceline.record.formats import passings

    lines = [
        m.description.stream.encode() + b" " + m.message.replace(b"\n", b" ").replace(b"\r", b" ") for m in messages
    ]
    recordings, problems = passings.decode(b"\n".join([*lines, b""]), source)
    for problem in problems:
        for _ in range(problem.count):
            findings.add(problem.kind, problem.message)
    yield from recordings
