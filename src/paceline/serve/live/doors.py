"""Who may come in to a live session: the same rules as everywhere, and codes by which a WebSocket says why not."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from uuid import UUID

from starlette.requests import HTTPConnection
from starlette.websockets import WebSocket

from paceline.domain.errors import (
    Absent,
    AccessDenied,
    LeaseLost,
    PacelineError,
    RequestRefused,
    SessionLeased,
    StoreUnavailable,
)
from paceline.keep.access import Grant, may
from paceline.keep.store import Store
from paceline.serve.live.organisations import Live
from paceline.serve.live.rooms import LiveRoom

LOGGER = logging.getLogger("paceline.live")

UNAUTHENTICATED, FORBIDDEN, ABSENT, ELSEWHERE, FULL, INVALID, OVER = 4401, 4403, 4404, 4409, 4507, 4422, 4410
"""Codes with which the server closes a WebSocket: HTTP's own, and 4000."""

AGAIN = 30.0
"""Seconds after which a connection is asked again whether it may."""

Granting = Callable[[HTTPConnection], Awaitable[Grant]]


def code_of(error: PacelineError) -> int:
    """With which code an error closes a WebSocket.

    >>> code_of(Absent("session", "0"))
    4404
    """
    if isinstance(error, SessionLeased | LeaseLost):
        return ELSEWHERE
    if isinstance(error, StoreUnavailable):
        return FULL
    if isinstance(error, Absent):
        return ABSENT
    if isinstance(error, AccessDenied):
        return FORBIDDEN if error.__class__ is AccessDenied else UNAUTHENTICATED
    return UNAUTHENTICATED if isinstance(error, RequestRefused) else INVALID


def permit(store: Store, grant: Grant, session: UUID, action: str) -> None:
    """Pass where a token may do this with a session.

    Raises:
        Absent: there is no such session, or none that this one may see: which of the two is not said.
    """
    known = store.journal.session(session)
    owner = store.people.owner(known.subject)
    consents = store.people.given(known.subject)
    if not known.open or not may(grant, action, organisation=store.organisation, subject=owner, consents=consents):
        raise Absent("session", session)


class Doors:
    """The way into live sessions.

    Args:
        live: the server's live sessions.
        grant: who a connection is.
    """

    def __init__(self, live: Live, grant: Granting) -> None:
        self.live, self._grant = live, grant

    async def enter(self, socket: WebSocket, action: str) -> tuple[Grant, LiveRoom, UUID]:
        """Who it is, and where they come to; the connection is accepted.

        Raises:
            PacelineError: they may not, or there is no such session.
        """
        await socket.accept()  # a browser is told the code only of a connection that was there
        grant = await self._grant(socket)
        session: UUID = socket.path_params["session"]
        room = await self.live.room(grant.organisation)
        await asyncio.to_thread(permit, room.store, grant, session, action)
        await asyncio.to_thread(self._noted, room, grant, session, action)
        return grant, room, session

    async def still(self, socket: WebSocket, room: LiveRoom, session: UUID, action: str) -> None:
        """Pass where they still may: a token was revoked, a consent taken back, a session deleted in the meantime.

        Raises:
            PacelineError: they may not any more.
        """
        await asyncio.to_thread(permit, room.store, await self._grant(socket), session, action)

    def _noted(self, room: LiveRoom, grant: Grant, session: UUID, action: str) -> None:
        if room.audit is not None:
            subject = room.store.journal.session(session).subject
            room.audit.record(
                by=grant.token_id, action=action, subjects=(subject,), thing=f"live:{session}", allowed=True
            )


async def refuse(socket: WebSocket, error: PacelineError) -> None:
    """Say why, and close."""
    code = code_of(error)
    if code == FULL:
        LOGGER.error("live packets were not kept: %s", error)
    reason = "The server can't keep packets now. Send them again later." if code == FULL else str(error)
    await socket.close(code, reason.encode()[:120].decode("utf-8", "ignore"))
