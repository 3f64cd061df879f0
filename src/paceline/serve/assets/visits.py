"""A browser's visit: who it is, entering with a token, leaving.

A token that a person pastes into the page is answered with the cookie that the local URL gives, too: no script can read
it, and another site's page can't use it.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import anyio.to_thread
import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from paceline.domain.errors import RequestRefused
from paceline.keep.access.rules import RULES
from paceline.serve import auth, bodies, reading
from paceline.serve.local import COOKIE
from paceline.serve.replies import encoded
from paceline.serve.shield import own_page

if TYPE_CHECKING:
    from paceline.keep.access import Grant
    from paceline.serve.hall import Hall

VISIT = "/visit"
LASTS = 12 * 3600
"""Seconds that a visit lasts at most."""
_LIMIT = 4096


class Entering(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The token that somebody enters with."""

    token: str


class Visit(msgspec.Struct, frozen=True, kw_only=True):
    """Who a browser is, and what it may do."""

    organisation: str
    role: str
    athlete: str | None
    """Whose data are its own."""
    may: list[str]
    """Actions of the rules, with somebody's data or nobody's."""


class Visits:
    """The ASGI application at `/visit`."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Tell who it is (GET), let in (POST), or let go (DELETE)."""
        request = Request(scope, receive)
        answers = {"GET": _told, "HEAD": _told, "POST": _let_in, "DELETE": _let_go}
        scope["state"]["route"] = f"{request.method if request.method in answers else 'GET'} {VISIT}"
        if request.method not in answers:
            scope["state"]["refusal_headers"] = {"Allow": "DELETE, GET, HEAD, POST"}
            raise RequestRefused("method-not-allowed", "Here is only DELETE, GET, HEAD, POST.")
        response = await answers[request.method](request)
        await response(scope, receive, send)


async def _told(request: Request) -> Response:
    return _visit(await auth.grant(request))


async def _let_in(request: Request) -> Response:
    own_page("POST", request.headers)  # else another site could make this browser somebody else's
    bodies.announced(request, limit=_LIMIT)
    content = await bodies.received(request, limit=_LIMIT)
    text = reading.json(Entering, content, request.headers.get("content-type", "")).token.strip()
    hall: Hall = request.app.state.hall
    if not 0 < len(text) <= auth.LONGEST or not text.isascii():
        raise RequestRefused("unauthenticated", "This is no token.", field="#/token")
    grant = await anyio.to_thread.run_sync(hall.access.verify, text, limiter=hall.workers)
    seconds = LASTS if grant.expires is None else min(LASTS, max(0, grant.expires - time.time_ns()) // 10**9)
    answer = _visit(grant)
    answer.headers["Set-Cookie"] = _cookie(text, seconds, request)
    return answer


async def _let_go(request: Request) -> Response:
    own_page("DELETE", request.headers)
    return Response(status_code=204, headers={"Set-Cookie": _cookie("", 0, request), "Cache-Control": "no-store"})


def _cookie(text: str, seconds: int, request: Request) -> str:
    """Secure where the page came over TLS, also where a proxy did that."""
    secure = "; Secure" if request.headers.get("origin", "").startswith("https:") else ""
    return f"{COOKIE}={text}; HttpOnly; SameSite=Strict; Path=/; Max-Age={seconds}{secure}"


def _visit(grant: Grant) -> Response:
    actions = [action for action in RULES[grant.role] if not grant.scopes or action in grant.scopes]
    told = Visit(organisation=grant.organisation, role=grant.role.value, athlete=grant.subject or None, may=actions)
    return Response(encoded(told), media_type="application/json", headers={"Cache-Control": "no-store"})
