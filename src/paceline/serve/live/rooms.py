"""Live sessions on this server, organisation by organisation: taken, written, ended, and handed over.

A packet's way: decoded and checked, judged by its number, put into the next group for the disk, and acknowledged when
that group is there. Whatever can't be decoded is kept as a blob, and the journal says that it came.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from paceline.domain.errors import Absent, LeaseLost, NumberReused, PacelineError, PacketError, Refused
from paceline.keep.audit import Audit
from paceline.keep.journal.facts import Forgotten
from paceline.keep.journal.sessions import SessionAbandoned, SessionDeleted, SessionEnded, SessionMerged
from paceline.keep.packets import Entry, PacketLog
from paceline.keep.packets.groups import Group, Groups
from paceline.keep.packets.intake import Intake
from paceline.keep.store import Store
from paceline.record.packets import Packet, packets, passed_on
from paceline.serve.live.ending import Ending, restored, settings_of
from paceline.serve.live.running import Running

RENEW = 2.0
"""Seconds between two signs of life, for the leases on a database."""

RELAYED = "loops"
"""The device under which a session keeps what timing loops published."""

LOGGER = logging.getLogger("paceline.live")


@dataclass(slots=True)
class Taken:
    """What became of the packets of one message.

    Attributes:
        kept: device → numbers that are on the disk now, from first to last; those that were there before, too.
        refused: why others could not be taken; their bytes are kept as blobs.
    """

    kept: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)

    def add(self, packet: Packet) -> None:
        """One more that is kept."""
        spans, number = self.kept.setdefault(packet.device, []), packet.sequence
        if spans and spans[-1][1] + 1 == number:
            spans[-1] = (spans[-1][0], number)
        else:
            spans.append((number, number))


class LiveRoom:
    """One organisation's live sessions."""

    def __init__(
        self, store: Store, log: PacketLog, *, audit: Audit | None = None, ending: Ending | None = None
    ) -> None:
        self.store, self.log, self.audit = store, log, audit
        self.running: dict[UUID, Running] = {}
        self.ending = ending or Ending()
        self._groups = Groups(log)
        self._opening: dict[UUID, asyncio.Task[Running]] = {}
        self._tending: asyncio.Task[None] | None = None
        self._measuring: set[asyncio.Task[None]] = set()
        self._one = asyncio.Semaphore(1)
        self._position = store.journal.position()

    async def open(self, session: UUID) -> Running:
        """The session in this server's hands, with all that is kept of it.

        Raises:
            Absent: there is no such session, or it was deleted or merged into another.
            SessionLeased: another server has it.
        """
        if self._tending is None or self._tending.done():
            self._tending = asyncio.create_task(self._tend())
        if (known := self.running.get(session)) is not None:
            return known
        if session not in self._opening:
            task = asyncio.create_task(asyncio.to_thread(self._opened, session))
            task.add_done_callback(lambda _: self._opening.pop(session, None))
            self._opening[session] = task
        found = await asyncio.shield(self._opening[session])
        return self.running.setdefault(session, found)

    def _opened(self, session: UUID) -> Running:
        known = self.store.journal.session(session)
        if not known.open:
            raise Absent("session", session)
        lease = self.log.leases.take(session)
        found = Running(session, known.subject, lease, Intake(), *settings_of(self.store, known))
        for packet in restored(self.store, self.log, known):
            if found.intake.judge(packet):
                found.add(packet)
        found.ended = None if known.state == "running" else time.monotonic()
        return found

    async def take(self, running: Running, message: bytes, *, by: str) -> Taken:
        """The packets of one message, on the disk once this returns.

        Raises:
            StoreUnavailable: the disk is full or out of reach: nothing new of this message is acknowledged.
            LeaseLost, SessionLeased: another server has the session now.
            Absent: it was deleted, or its athlete forgotten.
        """
        if self.running.get(running.session) is not running:  # it was sealed, or is no more
            running = await self.open(running.session)
        running.heard = time.monotonic()
        taken, found = Taken(), list[Packet]()
        fresh, waits = dict[tuple[str, int], Packet](), list[Group]()
        for packet in packets(message):
            try:
                if isinstance(packet, PacketError):
                    raise packet
                _judge(running, packet, fresh, waits)
                found.append(packet)
            except PacketError as error:
                raw = packet.raw
                taken.refused.append(str(error))
                await asyncio.to_thread(self._refuse, running, raw, error, by)
        if fresh:
            await self._write(running, list(fresh.values()))
        for group in waits:
            await group.kept()
        for kept in found:
            taken.add(kept)
        return taken

    async def _write(self, running: Running, fresh: list[Packet]) -> None:
        group = self._groups.append([Entry(running.lease, p.device, p.sequence, p.raw) for p in fresh])
        for packet in fresh:
            running.pending[packet.device, packet.sequence] = (packet, group)
        positions: list[int] = []
        try:
            positions = await group.kept()
        finally:
            for packet in fresh:
                running.pending.pop((packet.device, packet.sequence), None)
            for packet, position in zip(fresh, positions, strict=False):
                if position >= 0:
                    running.add(packet)
        if min(positions) < 0:
            self.running.pop(running.session, None)
            raise LeaseLost(str(running.session))
        running.nudge()

    async def pass_on(self, running: Running, topic: str, message: bytes, *, time: int) -> None:
        """A message that others published, kept with the session; the same one again adds nothing.

        Raises:
            StoreUnavailable, LeaseLost: as for packets.
        """
        async with running.passing:  # the server numbers these itself
            if message not in running.passed:
                row = running.intake.rows.get(RELAYED)
                sequence = row.next if row is not None else 0
                packet = passed_on(RELAYED, topic, message, sequence=sequence, time=time)
                await self.take(running, packet, by="server")

    def _refuse(self, running: Running, raw: bytes, error: PacketError, by: str) -> None:
        """What can't be decoded: its bytes to the blobs, and then a fact, so that it can be tried again."""
        blob = self.store.blobs.put(raw)
        self.store.journal.refuse_packet(
            subject=running.subject, session=running.session, device="", blob=blob, reason=str(error), by=by
        )

    async def end(self, session: UUID, *, by: str, end: int | None = None) -> tuple[str, ...]:
        """The session is over: its packets become recordings. Ended again, what came since becomes one.

        Args:
            session: which.
            by: who says so.
            end: int64 ns UTC; None where that follows from the recordings.

        Returns:
            The hashes of the recordings that were made.
        """
        running = await self.open(session)
        await asyncio.to_thread(self.store.journal.end_session, session, end=end, by=by)
        running.ended = running.ended or time.monotonic()
        return await self.seal(running, by=by, waiting=True)

    async def seal(self, running: Running, *, by: str, waiting: bool) -> tuple[str, ...]:
        """What the log holds of a session becomes recordings; see `Ending.seal`."""
        made = await asyncio.to_thread(self.ending.seal, self.store, self.log, running.session, by=by, waiting=waiting)
        running.nudge()
        if running.session not in self.log.sessions():
            self.running.pop(running.session, None)
            await asyncio.to_thread(self.log.leases.give_back, running.session)
        if made and self.ending.measure is not None:
            task = asyncio.create_task(self._measure(running.session))
            self._measuring.add(task)
            task.add_done_callback(self._measuring.discard)
        return made

    async def _measure(self, session: UUID) -> None:
        async with self._one:  # sessions that end together don't take the whole machine from those that run
            try:
                await asyncio.to_thread(self.ending.measure or (lambda *_: None), self.store, session)
            except PacelineError as error:
                LOGGER.warning("session %s was not measured: %s", session, error)

    async def _tend(self) -> None:
        """Signs of life for the leases; sessions that nobody ends, and packets that will not come any more."""
        checked = 0.0
        while True:
            await asyncio.sleep(RENEW)
            try:
                for lost in await asyncio.to_thread(self.log.leases.renew):
                    self.running.pop(lost, None)
                await self._follow()
                if time.monotonic() - checked > self.ending.look_every:
                    checked = time.monotonic()
                    await self._finish()
            except PacelineError as error:
                LOGGER.warning("live sessions were not tended: %s", error)
            except Exception as error:  # noqa: BLE001 - the outermost loop: leases must go on being renewed
                LOGGER.error("live sessions were not tended: %s", type(error).__name__)  # noqa: TRY400 - no values

    async def _follow(self) -> None:
        """Seal sessions that were ended elsewhere, over HTTP or by a command; leave those that are no more."""
        facts = await asyncio.to_thread(lambda: list(self.store.journal.facts(self._position)))
        for fact in facts:
            self._position = fact.position
            running = self.running.get(fact.originator_id)
            if isinstance(fact.what, SessionDeleted | SessionMerged | Forgotten):
                self.running.pop(fact.originator_id, None)
                if isinstance(fact.what, Forgotten):  # what came while it was being forgotten
                    await asyncio.to_thread(self.log.forget, fact.originator_id)
            elif (
                running is not None and running.ended is None and isinstance(fact.what, SessionEnded | SessionAbandoned)
            ):
                running.ended = time.monotonic()
                await self.seal(running, by=fact.by, waiting=True)

    async def _finish(self) -> None:
        """Seal what was ended and has waited long enough; abandon what has been silent for too long."""
        for running in await self._kept():
            now = time.monotonic()
            try:
                if running.ended is not None and now - max(running.ended, running.heard) > self.ending.patience:
                    await self.seal(running, by="server", waiting=False)
                elif running.ended is None and now - running.heard > self.ending.silence:
                    journal = self.store.journal
                    await asyncio.to_thread(
                        journal.abandon_session, running.session, end=None, reason="no packets came", by="server"
                    )
                    await self.seal(running, by="server", waiting=False)
            except PacelineError as error:
                LOGGER.warning("session %s was not finished: %s", running.session, error)

    async def _kept(self) -> Iterable[Running]:
        """The sessions of which the log holds packets, as far as they are or can be ours."""
        found = []
        for session in await asyncio.to_thread(self.log.sessions):
            try:
                found.append(await self.open(session))
            except (Absent, Refused, PacelineError):  # deleted, or another server's
                continue
        return found

    async def close(self) -> None:
        """Wait for what is on its way to the disk, and give everything back."""
        if self._tending is not None:
            self._tending.cancel()
        await asyncio.gather(*self._measuring)
        await self._groups.close()
        await asyncio.to_thread(self.log.close)


def _judge(running: Running, packet: Packet, fresh: dict[tuple[str, int], Packet], waits: list[Group]) -> None:
    """Into `fresh` if it is to be written; into `waits` what it must wait for if it is being written already."""
    key = (packet.device, packet.sequence)
    pending = running.pending.get(key)
    other = pending[0] if pending is not None else fresh.get(key)
    if other is not None and other.checksum != packet.checksum:
        raise NumberReused(packet.sequence)
    if pending is not None:
        waits.append(pending[1])
    elif other is None and running.intake.judge(packet):
        fresh[key] = packet
