"""From a live session's packets to recordings: each device's into a blob of its own, as its file would have been.

The bytes depend on nothing but the packets: not on when they came, in which order, how often, or through which server.
So sealing again after a crash gives the same blob, and a session that came late is the same as one that came live.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from paceline.keep.packets.intake import Intake
from paceline.record.formats.live_packets import sealed
from paceline.record.packets import Kind, Packet


@dataclass(frozen=True, slots=True)
class Sealed:
    """One device's packets as a file.

    Attributes:
        device: its name.
        content: the file's bytes, of the format "Live packets".
        lost: numbers that never came, from first to last.
    """

    device: str
    content: bytes
    lost: tuple[tuple[int, int], ...]


def seal(packets: Iterable[Packet], *, before: Iterable[Packet] = (), waiting: bool = False) -> tuple[Sealed, ...]:
    """The files of a session's devices.

    Args:
        packets: what the log holds of the session; the same packet may be there twice.
        before: what has been sealed of it before: it is not sealed again.
        waiting: leave out devices of which packets are missing, because they may still come.

    Returns:
        A file for each device that has packets not yet sealed, sorted by name.
    """
    known = Intake(before)
    behind = {device: row.next for device, row in known.rows.items()}
    fresh: dict[str, list[Packet]] = {}
    for packet in packets:
        if known.judge(packet):
            known.add(packet)
            fresh.setdefault(packet.device, []).append(packet)
    found = []
    for device, own in sorted(fresh.items()):
        start = behind.get(device, 0)
        lost = tuple((max(first, start), last) for first, last in known.rows[device].missing if last >= start)
        if not (waiting and lost) and any(packet.kind != Kind.LAST for packet in own):
            found.append(Sealed(device, sealed(own, behind=start), lost))
    return tuple(found)
