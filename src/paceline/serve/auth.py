"""Who asks? The bearer token of a request, or the cookie that the local URL gave."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio.to_thread
from starlette.requests import HTTPConnection

from paceline.domain.errors import RequestRefused
from paceline.serve.local import COOKIE
from paceline.serve.shield import own_page

if TYPE_CHECKING:
    from paceline.keep.access import Grant
    from paceline.serve.hall import Hall

LONGEST = 512
"""Characters of a token."""


async def grant(connection: HTTPConnection) -> Grant:
    """What the connection's token lets its bearer do.

    Args:
        connection: an HTTP request or a WebSocket of our application.

    Raises:
        RequestRefused: there is no token, two of them, or a cookie on a request of another site's page.
        TokenRefused: the token is unknown, expired or revoked.
    """
    hall: Hall = connection.app.state.hall
    text = _token(connection)
    return await anyio.to_thread.run_sync(hall.access.verify, text, limiter=hall.workers)


def _token(connection: HTTPConnection) -> str:
    given = connection.headers.getlist("authorization")
    if len(given) > 1:
        raise RequestRefused("unauthenticated", "Send one Authorization header.", field="Authorization")
    if given:
        scheme, _, text = given[0].partition(" ")
        if scheme.lower() != "bearer" or not 0 < len(text.strip()) <= LONGEST or not text.isascii():
            raise RequestRefused("unauthenticated", "Send 'Authorization: Bearer TOKEN'.", field="Authorization")
        return text.strip()
    if text := connection.cookies.get(COOKIE, ""):
        method = connection.scope.get("method", "GET")
        own_page("POST" if connection.scope["type"] == "websocket" else method, connection.headers)
        return text[:LONGEST]
    raise RequestRefused("unauthenticated", "Send 'Authorization: Bearer TOKEN'.", field="Authorization")
