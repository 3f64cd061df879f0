"""The live rooms of a server: one an organisation, opened when somebody of it first asks."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

from paceline.serve.hall import Room
from paceline.serve.live.ending import Ending
from paceline.serve.live.rooms import LiveRoom


class Live:
    """The live rooms of a server, each opened when somebody of its organisation first asks."""

    def __init__(self, room_of: Callable[[str], Room], *, ending: Ending | None = None) -> None:
        self._room_of, self._ending = room_of, ending
        self._rooms: dict[str, LiveRoom] = {}
        self._guard = threading.Lock()

    async def room(self, organisation: str) -> LiveRoom:
        """The live sessions of one organisation.

        Raises:
            SessionLeased: its packet log is a folder, and in another server's hands.
            StoreUnavailable: its packet log can't be opened.
        """
        if (known := self._rooms.get(organisation)) is not None:
            return known
        return await asyncio.to_thread(self._opened, organisation)

    def _opened(self, organisation: str) -> LiveRoom:
        from paceline.keep.packets import open_log

        with self._guard:
            if organisation not in self._rooms:
                room = self._room_of(organisation)
                log = room.store.packets or open_log(room.store.places.packets, organisation=organisation)
                log.sessions()  # it is opened here, not by the first packet
                self._rooms[organisation] = LiveRoom(room.store, log, audit=room.audit, ending=self._ending)
            return self._rooms[organisation]

    async def close(self) -> None:
        """Close every room."""
        rooms, self._rooms = list(self._rooms.values()), {}
        for room in rooms:
            await room.close()
