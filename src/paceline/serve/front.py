"""The outermost layer: every request gets a number, every error becomes a problem, every answer its safe headers."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING
from uuid import uuid4

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from paceline.domain.errors import PacelineError, RequestRefused
from paceline.serve.problems import STATUS_KINDS, kind_of
from paceline.serve.replies import refusal
from paceline.serve.shield import HEADERS, known_host

if TYPE_CHECKING:
    from paceline.serve.hall import Hall

UNKNOWN = "no route"


class Front:
    """ASGI middleware around the whole application."""

    def __init__(self, app: ASGIApp, *, hall: Hall) -> None:
        self._app, self._hall = app, hall

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in, and see that it gets an answer."""
        if scope["type"] == "http":
            await self._http(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        number, begun, sent = uuid4().hex, time.perf_counter(), _Sent(send)
        scope.setdefault("state", {})["request"] = number
        sent.number = number
        self._hall.telemetry.running.inc()
        try:
            known_host(Headers(scope=scope), self._hall.limits.hosts)
            await self._app(scope, receive, sent)
        except (PacelineError, HTTPException) as error:
            await self._refuse(as_ours(error), scope, receive, sent)
        except Exception as error:  # noqa: BLE001 - the outermost loop: it logs, says so, and goes on
            await self._refuse(error, scope, receive, sent)
        finally:
            self._hall.telemetry.running.dec()
            self._hall.telemetry.answered(
                scope["state"].get("route", UNKNOWN),
                status=sent.status,
                seconds=time.perf_counter() - begun,
                request=number,
                size=sent.size,
            )

    async def _refuse(self, error: BaseException, scope: Scope, receive: Receive, sent: _Sent) -> None:
        kind, state = kind_of(error), scope["state"]
        self._hall.telemetry.refused(kind)
        if kind in {"failed", "unavailable", "full"}:
            self._hall.telemetry.failed(error, request=state["request"], route=state.get("route", UNKNOWN))
        if sent.status:  # the answer has begun: all that is left is to end the connection
            raise ConnectionAbortedError("the answer could not be finished") from None
        told = refusal(error, instance=f"urn:uuid:{state['request']}", headers=state.get("refusal_headers"))
        await told(scope, receive, sent)

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            known_host(Headers(scope=scope), self._hall.limits.hosts)
        except RequestRefused:
            await send({"type": "websocket.close", "code": 1008})
            return
        await self._app(scope, receive, send)


class _Sent:
    """What has gone out so far; adds the headers that every answer has."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.status, self.size, self.number = 0, 0, ""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
            headers["X-Request-Id"] = self.number
        elif message["type"] == "http.response.body":
            self.size += len(message.get("body", b""))
        await self._send(message)


def as_ours(error: PacelineError | HTTPException) -> PacelineError:
    """An error of HTTP in our words; one of ours as it is."""
    if isinstance(error, PacelineError):
        return error
    kind = STATUS_KINDS.get(error.status_code, "failed")
    return RequestRefused(kind, "There is nothing at this address." if kind == "not-found" else str(error.detail))
