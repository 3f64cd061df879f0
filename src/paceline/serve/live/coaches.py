"""A coach's WebSocket: the events of a running session, from now on or from the last one that was seen.

`?after=CURSOR` goes on behind an event; without it the first event told is the latest second. The connection ends with
code 4410 when the session has ended and all of it was told.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import nullcontext, suppress
from itertools import islice
from uuid import UUID

import msgspec
from starlette.websockets import WebSocket, WebSocketDisconnect

from paceline.domain.errors import PacelineError, RequestRefused, SessionLeased
from paceline.record.packets import Packet, packets
from paceline.serve.live.doors import AGAIN, OVER, Doors, refuse
from paceline.serve.live.ending import settings_of
from paceline.serve.live.rooms import LiveRoom
from paceline.serve.live.running import Running
from paceline.serve.live.seconds import Event, Seconds

LOOK = 0.1
"""Seconds between two looks at the log, where another server writes it."""

CHECK = 10
"""Looks without anything new, of which one asks the journal whether the session goes on."""

BATCH, PIECE = 2000, 50
"""Packets that are read at a time, and looked at before others have their turn."""

NEVER = 2**62
"""The number of an event that no session reaches."""


class Coaches:
    """The endpoint that coaches listen to."""

    def __init__(self, doors: Doors) -> None:
        self._doors = doors

    async def talk(self, socket: WebSocket) -> None:
        """One connection, from its beginning to its end."""
        try:
            _, room, session = await self._doors.enter(socket, "read data")
            after = _cursor(socket.query_params.get("after"))
            running = await _running(room, session)
            listening = asyncio.create_task(_hung_up(socket))
            telling = asyncio.create_task(_tell(socket, room, session, running, after))
            allowed = asyncio.create_task(self._allowed(socket, room, session))
            done, waiting = await asyncio.wait({listening, telling, allowed}, return_when=asyncio.FIRST_COMPLETED)
            for task in waiting:
                task.cancel()
            for task in done:
                task.result()
            if telling in done:
                await socket.close(OVER, "the session has ended")
        except WebSocketDisconnect:
            return
        except PacelineError as error:
            await refuse(socket, error)

    async def _allowed(self, socket: WebSocket, room: LiveRoom, session: UUID) -> None:
        """Ends with an error once they may not watch any more."""
        while True:
            await asyncio.sleep(AGAIN)
            await self._doors.still(socket, room, session, "read data")


async def _hung_up(socket: WebSocket) -> None:
    while (await socket.receive())["type"] != "websocket.disconnect":
        pass


def _cursor(text: str | None) -> int | None:
    if text is None:
        return None
    if not text.removeprefix("-").isdecimal() or len(text) > 12:
        raise RequestRefused("invalid", "Expected the number of an event.", field="after")
    return int(text)


async def _running(room: LiveRoom, session: UUID) -> Running | None:
    """The session, if it is or can be this server's; None where another one writes it."""
    try:
        return await room.open(session)
    except SessionLeased:
        return None


async def _tell(socket: WebSocket, room: LiveRoom, session: UUID, running: Running | None, after: int | None) -> None:
    async for event in events(room, session, running, after=after):
        await socket.send_text(msgspec.json.encode(event).decode())


async def events(room: LiveRoom, session: UUID, running: Running | None, *, after: int | None) -> AsyncIterator[Event]:
    """The events of a session behind a number, as they come; without one, the latest second and what follows it.

    It ends when the session has, and everything was told.
    """
    settings = running.settings if running is not None else await asyncio.to_thread(_settings, room, session)
    seconds = Seconds(settings, since=after if after is not None else NEVER)
    position, quiet, catching_up = -1, 0, True
    with running.watched() if running is not None else nullcontext(asyncio.Event()) as nudge:
        while True:
            nudge.clear()
            batch = await asyncio.to_thread(_batch, room, session, position)
            for number, (at, packet) in enumerate(batch):
                position = at
                if number % PIECE == 0:
                    await asyncio.sleep(0)  # others are served while a long session is caught up with
                for event in seconds.events(packet):
                    yield event
            if batch:
                quiet = 0
                continue
            if catching_up and after is None and (latest := seconds.from_now()) is not None:
                yield latest
            catching_up, quiet = False, quiet + 1
            if quiet % CHECK == 1 and await asyncio.to_thread(_over, room, session):
                for event in seconds.rest():
                    yield event
                return
            near = running is not None and room.running.get(session) is running
            with suppress(TimeoutError):
                await asyncio.wait_for(nudge.wait(), 1.0 if near else LOOK)


def _batch(room: LiveRoom, session: UUID, position: int) -> list[tuple[int, Packet]]:
    kept = islice(room.log.read(session, after=position), BATCH)
    return [(k.position, found) for k in kept for found in packets(k.packet) if isinstance(found, Packet)]


def _over(room: LiveRoom, session: UUID) -> bool:
    return room.store.journal.session(session).state != "running"


def _settings(room: LiveRoom, session: UUID) -> Mapping[str, float]:
    return settings_of(room.store, room.store.journal.session(session))[0]
