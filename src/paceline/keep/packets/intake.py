"""What has come of a live session: each packet once, in whatever order, and which ones are missing.

A device numbers its packets from 0 and sends a packet until it is told that it is kept. So the same packet may come
twice, after others, or hours later; what tells them apart is the number, and the check sum tells that it is the same.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping

from paceline.domain.errors import NumberReused, PacketDamaged
from paceline.record.packets import Kind, Packet

DEVICES = 64
"""Devices of one session."""


class Row:
    """The packets of one device, known by their check sums."""

    __slots__ = ("_beyond", "_sums", "last")

    def __init__(self) -> None:
        self._sums = array("I")
        self._beyond: dict[int, int] = {}
        self.last: int | None = None
        """The number of the packet that said that it is the last; None as long as none did."""

    def __len__(self) -> int:
        """How many packets have come."""
        return len(self._sums) + len(self._beyond)

    def checksum(self, number: int) -> int | None:
        """That of the packet of this number; None where it has not come."""
        return self._sums[number] if number < len(self._sums) else self._beyond.get(number)

    def add(self, packet: Packet) -> None:
        """It has come, and is kept."""
        if packet.sequence == len(self._sums):
            self._sums.append(packet.checksum)
            while self._beyond and (found := self._beyond.pop(len(self._sums), None)) is not None:
                self._sums.append(found)
        elif packet.sequence > len(self._sums):
            self._beyond[packet.sequence] = packet.checksum
        if packet.kind == Kind.LAST:
            self.last = packet.sequence

    @property
    def next(self) -> int:
        """The lowest number that has not come."""
        return len(self._sums)

    @property
    def held(self) -> list[tuple[int, int]]:
        """What has come, as stretches of numbers from first to last."""
        return stretches([*((0, len(self._sums) - 1),) * bool(self._sums), *((n, n) for n in sorted(self._beyond))])

    @property
    def missing(self) -> list[tuple[int, int]]:
        """What has not come although later ones have, as stretches of numbers from first to last."""
        held = self.held
        ends = [-1, *(last for _, last in held)]
        return [(end + 1, first - 1) for end, (first, _) in zip(ends, held, strict=False) if first > end + 1]

    @property
    def complete(self) -> bool:
        """Whether the device has said that it sends no more, and all of it has come."""
        return self.last is not None and len(self._sums) > self.last and not self._beyond


def stretches(pairs: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Neighbouring stretches joined.

    >>> stretches([(0, 3), (4, 4), (7, 7)])
    [(0, 4), (7, 7)]
    """
    joined: list[tuple[int, int]] = []
    for first, last in pairs:
        if joined and first == joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], last)
        else:
            joined.append((first, last))
    return joined


class Intake:
    """The packets of one session, device by device."""

    def __init__(self, found: Iterable[Packet] = ()) -> None:
        self.rows: dict[str, Row] = {}
        for packet in found:
            if self.judge(packet):
                self.add(packet)

    def judge(self, packet: Packet) -> bool:
        """Whether a packet is new; one that has come before is not.

        Raises:
            NumberReused: another packet of this number has come before.
            PacketDamaged: it is of one device too many.
        """
        row = self.rows.get(packet.device)
        if row is None:
            if len(self.rows) >= DEVICES:
                raise PacketDamaged(expected=f"packets of at most {DEVICES} devices", found="one more")
            return True
        known = row.checksum(packet.sequence)
        if known is not None and known != packet.checksum:
            raise NumberReused(packet.sequence)
        return known is None

    def add(self, packet: Packet) -> None:
        """It is kept."""
        self.rows.setdefault(packet.device, Row()).add(packet)

    def held(self) -> Mapping[str, list[tuple[int, int]]]:
        """Device → what has come of it: what a device that comes back need not send again."""
        return {device: row.held for device, row in self.rows.items()}

    def missing(self) -> Mapping[str, list[tuple[int, int]]]:
        """Device → the numbers that have not come, of those that miss any."""
        return {device: lost for device, row in self.rows.items() if (lost := row.missing)}
