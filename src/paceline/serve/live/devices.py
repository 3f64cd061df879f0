"""A device's WebSocket: packets in, and word of what is on the disk out.

The server begins: `{"session": …, "held": {device: [[first, last], …]}}`, so that a device that comes back sends only
what is missing. Each binary message holds one packet or several; the answer comes when they are on the disk:
`{"kept": {device: [[first, last], …]}, "refused": [why, …]}`. A device may send on before it is answered. The text
message `{"end": true}` ends the session; the answer is `{"ended": [recording, …]}`.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import msgspec
from starlette.websockets import WebSocket, WebSocketDisconnect

from paceline.domain.errors import PacelineError, Refused
from paceline.serve.live.doors import AGAIN, Doors, refuse
from paceline.serve.live.rooms import LiveRoom
from paceline.serve.live.running import Running

LARGEST = 4 << 20
"""Bytes of one message."""

WRONG = 100
"""Packets that can't be decoded, after which a connection is closed: its sender is broken."""


class Devices:
    """The endpoint that devices send to."""

    def __init__(self, doors: Doors) -> None:
        self._doors = doors

    async def talk(self, socket: WebSocket) -> None:
        """One connection, from its beginning to its end."""
        try:
            grant, room, session = await self._doors.enter(socket, "write data")
            running = await room.open(session)
            await _say(socket, {"session": str(session), "held": running.intake.held()})
            still = partial(self._doors.still, socket, room, session, "write data")
            await _Conversation(socket, room, running, by=grant.token_id, still=still).run()
        except WebSocketDisconnect:
            return
        except PacelineError as error:
            await refuse(socket, error)


class _Conversation:
    """What is said on one connection, one message after the other: who sends faster than the disk takes it waits."""

    def __init__(
        self, socket: WebSocket, room: LiveRoom, running: Running, *, by: str, still: Callable[[], Awaitable[None]]
    ) -> None:
        self._socket, self._room, self._running, self._by, self._still = socket, room, running, by, still
        self._wrong, self._asked = 0, time.monotonic()

    async def run(self) -> None:
        """Until the device hangs up, or an answer can't be given."""
        while True:
            message = await self._socket.receive()
            if message["type"] == "websocket.disconnect":
                raise WebSocketDisconnect(message.get("code", 1000))
            if time.monotonic() - self._asked > AGAIN:
                await self._still()
                self._asked = time.monotonic()
            if (data := message.get("bytes")) is not None:
                await self._take(data)
            else:
                await self._told(message.get("text") or "")

    async def _take(self, data: bytes) -> None:
        if len(data) > LARGEST:
            raise Refused("the message", because=f"it has more than {LARGEST:,} bytes")
        taken = await self._room.take(self._running, data, by=self._by)
        self._wrong += len(taken.refused)
        answer: dict[str, Any] = {"kept": taken.kept}
        if taken.refused:
            answer["refused"] = taken.refused
        await _say(self._socket, answer)
        if self._wrong > WRONG:
            raise Refused("the connection", because=f"more than {WRONG} of its packets could not be decoded")

    async def _told(self, text: str) -> None:
        try:
            said = msgspec.json.decode(text)
        except msgspec.DecodeError:
            said = None
        if said != {"end": True}:
            raise Refused("the message", because='it is neither packets nor {"end": true}')
        made = await self._room.end(self._running.session, by=self._by)
        await _say(self._socket, {"ended": list(made)})


async def _say(socket: WebSocket, answer: dict[str, Any]) -> None:
    await socket.send_text(msgspec.json.encode(answer).decode())
