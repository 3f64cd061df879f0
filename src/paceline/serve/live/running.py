"""A session whose packets come to this server: what is known of it, and who waits for more."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import UUID

from paceline.keep.leases import Lease
from paceline.keep.packets.groups import Group
from paceline.keep.packets.intake import Intake
from paceline.record.packets import Kind, Packet


@dataclass(slots=True)
class Running:
    """One live session in this server's hands.

    Attributes:
        session: its id.
        subject: under which pseudonym its data lie.
        lease: shows that it is ours.
        intake: what has come and is kept.
        settings: the athlete's and the bike's that live metrics use, by name.
        transponder: whose passings of timing loops are its own; empty where none are.
        pending: device and number → the packet and the group it is on its way to the disk with.
        heard: seconds on this machine's own clock when something came last.
        ended: likewise, when it was ended; None while it runs.
        passed: messages that were passed on to it.
        passing: held while one is.
    """

    session: UUID
    subject: str
    lease: Lease
    intake: Intake
    settings: Mapping[str, float] = field(default_factory=dict)
    transponder: str = ""
    pending: dict[tuple[str, int], tuple[Packet, Group]] = field(default_factory=dict)
    heard: float = field(default_factory=time.monotonic)
    ended: float | None = None
    passed: set[bytes] = field(default_factory=set)
    passing: asyncio.Lock = field(default_factory=asyncio.Lock)
    _waiting: set[asyncio.Event] = field(default_factory=set)

    def add(self, packet: Packet) -> None:
        """It is kept."""
        self.intake.add(packet)
        if packet.kind == Kind.MESSAGE:
            self.passed.add(packet.message)

    def nudge(self) -> None:
        """Tell those who watch that there is more to read."""
        for event in self._waiting:
            event.set()

    @contextmanager
    def watched(self) -> Iterator[asyncio.Event]:
        """An event that is set whenever there is more to read."""
        event = asyncio.Event()
        self._waiting.add(event)
        try:
            yield event
        finally:
            self._waiting.discard(event)
