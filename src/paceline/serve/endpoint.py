"""From a request to its response, the same way for every route of the table.

Who asks? How often? What for, and about whom? May they? Only then is the body read, and only once it is there does a
worker thread take the request up: a slow client, or one who may not, costs no worker anything.
"""

from __future__ import annotations

import hmac
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import anyio.to_thread
import msgspec
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from paceline.domain.errors import RequestRefused
from paceline.serve import auth, bodies, permission, reading
from paceline.serve.pending import Given
from paceline.serve.pending.answers import LONGEST
from paceline.serve.replies import demand_version, encoded, reply
from paceline.serve.routes import Answer, Call, Raw, Route

if TYPE_CHECKING:
    from paceline.serve.hall import Hall


class PathEndpoint:
    """All routes of one path, as an ASGI application."""

    def __init__(self, routes: Mapping[str, Route]) -> None:
        self._routes = routes
        methods = {*routes, *(["HEAD"] if "GET" in routes else []), "OPTIONS"}
        self._allowed = ", ".join(sorted(methods))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer by the route of the request's method."""
        request = Request(scope, receive)
        if request.method == "OPTIONS":
            await Response(status_code=204, headers={"Allow": self._allowed})(scope, receive, send)
            return
        route = self._routes.get("GET" if request.method == "HEAD" else request.method)
        if route is None:
            scope["state"]["refusal_headers"] = {"Allow": self._allowed}
            raise RequestRefused("method-not-allowed", f"Here is only {self._allowed}.")
        scope["state"]["route"] = route.name
        response = await respond(route, request)
        await response(scope, receive, send)


async def respond(route: Route, request: Request) -> Response:
    """What a route answers to a request.

    Raises:
        PacelineError: it can't be done; the outermost layer makes a problem of it.
    """
    hall: Hall = request.app.state.hall
    visitor = await auth.grant(request) if route.action else None
    if visitor is not None and (wait := hall.rates.wait(visitor.token_id, now=time.monotonic())):
        request.scope["state"]["refusal_headers"] = {"Retry-After": str(wait)}
        raise RequestRefused("too-many", f"Wait for {wait} s.")
    call = Call(
        route=route,
        hall=hall,
        visitor=visitor,
        params=reading.parts(route, request.path_params),
        headers=_headers(route, request.headers),
        subject="",
        name=_name(route, request.headers),
        asked_query=reading.query(route.query, request.query_params),
        asked_body=None,
    )
    if route.action:
        subject = await anyio.to_thread.run_sync(permission.permitted, call, limiter=hall.workers)
        call = replace(call, subject=subject)
    with hall.carrying(bodies.announced(request, limit=route.limit)):
        content = await bodies.received(request, limit=route.limit) if route.body is not None else b""
        call = replace(call, asked_body=_body(route, content, request.headers))
        workers = hall.patient if route.long else hall.workers
        answer = await anyio.to_thread.run_sync(_done, call, content, limiter=workers)
    return reply(route, answer, seen=request.headers.get("if-none-match"))


def _done(call: Call, content: bytes) -> Answer:
    """The route's work, once for one Idempotency-Key, with its entry in the audit; in a worker thread."""
    if call.route.versioned is not None:
        with call.room.pending.alone("change"):  # so that nobody changes it between the look and the change
            demand_version(call.headers.get("if-match"), encoded(call.route.versioned(call).content))
            return permission.audited(call, call.route.run(call))
    if not (call.name and call.route.once):
        return permission.audited(call, call.route.run(call))
    answers, now = call.room.pending.answers, call.hall.clock()
    place = f"{call.route.name}\0{sorted(call.params.items())}\0{call.asked_query}\0".encode()
    asked = hmac.digest(call.room.cursor_key, place + content, "sha256")
    before = answers.begin(call.grant.token_id, call.name, asked=asked, subject=call.subject, now=now)
    if before is not None:
        kept = msgspec.json.decode(before.headers, type=dict[str, str])
        return Answer(before.body or None, status=before.status, headers={**kept, "Idempotency-Replayed": "true"})
    try:
        answer = permission.audited(call, call.route.run(call))
    except BaseException:
        answers.give_up(call.grant.token_id, call.name)
        raise
    status, headers = answer.status or call.route.status, msgspec.json.encode(dict(answer.headers)).decode()
    subject = call.subject or next(iter(answer.subjects), "")
    given = Given(status, encoded(answer.content), headers)
    answers.finish(call.grant.token_id, call.name, given=given, subject=subject)
    return answer


def _headers(route: Route, given: Headers) -> dict[str, str]:
    """Those that the route reads, by their names in lower case."""
    names = {name.lower() for name in route.headers} | ({"if-match"} if route.versioned is not None else set())
    return {name: given[name] for name in names if name in given}


def _name(route: Route, given: Headers) -> str:
    """The Idempotency-Key; empty where there is none or nothing is made."""
    if not route.once or "idempotency-key" not in given:
        return ""
    name = given["idempotency-key"]
    if not (0 < len(name) <= LONGEST and all("!" <= letter <= "~" for letter in name)):
        sentence = f"A key is 1 to {LONGEST} letters, digits and signs without spaces."
        raise RequestRefused("invalid", sentence, field="Idempotency-Key")
    return name


def _body(route: Route, content: bytes, headers: Headers) -> object:
    if route.body is None:
        return None
    media = headers.get("content-type", "")
    if not isinstance(route.body, Raw):
        return reading.json(route.body, content, media)
    if media.partition(";")[0].strip().lower() != route.body.media:
        raise RequestRefused("unsupported", f"This route takes {route.body.media}.", field="Content-Type")
    return content
