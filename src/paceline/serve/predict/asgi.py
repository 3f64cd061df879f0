"""`POST /products/{name}/predict` and `/explain` as plain ASGI: the fastest road that still checks both sides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from paceline.domain.errors import PacelineError, RequestRefused
from paceline.serve.predict.lanes import CANARY, Desk
from paceline.serve.predict.refusals import problem
from paceline.serve.predict.served import Served
from paceline.serve.problems import MEDIA

LARGEST = 10_000_000
"""Bytes of a request's body."""

PREFIX = "/products/"

_JSON = (b"content-type", b"application/json")
_NOSNIFF = (b"x-content-type-options", b"nosniff")
_PROBLEM = (b"content-type", MEDIA.encode())
_encode = msgspec.json.encode


class Predict:
    """The ASGI application of the products at a desk; everything else is for the one it is mounted in."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request; every error becomes a problem (RFC 9457)."""
        name, _, call = scope["path"].removeprefix(PREFIX).partition("/")
        try:
            if scope["method"] != "POST" or call not in ("predict", "explain"):
                raise RequestRefused("not-found", "Products answer POST /products/NAME/predict and …/explain.")
            served, answer = await self._answered(name, call, scope["headers"], await _body(scope["headers"], receive))
        except PacelineError as error:
            await _refuse(send, error, scope["path"])
            return
        headers = [_JSON, _NOSNIFF, (b"content-length", str(len(answer)).encode())]
        if served.release:
            headers.append((CANARY, served.release.encode()))
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": answer})

    async def _answered(self, name: str, call: str, headers: Any, body: bytes) -> tuple[Served, bytes]:
        wish = next((value for key, value in headers if key == CANARY), b"")
        key = next((value for header, value in headers if header == b"authorization"), body)
        if call == "explain":
            champion = self.desk.lanes(name).pick(wish=wish, key=key)
            return champion, await champion.answer(body, call="explain")
        return await self.desk.answer(name, body, wish=wish, key=key)


async def _body(headers: Any, receive: Any) -> bytes:
    """All of a body, within bounds.

    Raises:
        RequestRefused: it is too large, packed, or ends before it is whole.
    """
    if any(key == b"content-encoding" and value != b"identity" for key, value in headers):
        raise RequestRefused("unsupported", "Send the body unpacked.", field="Content-Encoding")
    message = await receive()
    if not message.get("more_body", False) and len(message.get("body", b"")) <= LARGEST:
        whole: bytes = message.get("body", b"")
        return whole
    parts, size = [message["body"]], len(message["body"])
    while message.get("more_body", False) and size <= LARGEST:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise RequestRefused("unreadable", "The connection ended before the body did.")
        parts.append(message.get("body", b""))
        size += len(parts[-1])
    if size > LARGEST:
        raise RequestRefused("too-large", f"A request's body may have {LARGEST:,} bytes.")
    return b"".join(parts)


async def _refuse(send: Any, error: PacelineError, path: str) -> None:
    told = problem(error, instance=path)
    body = _encode(told)
    headers = [_PROBLEM, _NOSNIFF, (b"content-length", str(len(body)).encode())]
    if told.status == 503:
        headers.append((b"retry-after", b"1"))
    await send({"type": "http.response.start", "status": told.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def standalone(desk: Desk, *, openapi: Mapping[str, Any]) -> Any:
    """Products alone, with no house behind them: for trying one out, for its acceptance tests, for one container.

    Beside the products: `/healthz`, `/readyz` and `/openapi.json`.
    """
    predict = Predict(desk)
    document = _encode(openapi)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await _lifespan(desk, receive, send)
        elif scope["type"] == "http" and scope["path"] in ("/healthz", "/readyz", "/openapi.json"):
            body = document if scope["path"] == "/openapi.json" else b'{"ready":true}'
            headers = [_JSON, (b"content-length", str(len(body)).encode())]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": body})
        elif scope["type"] == "http":
            await predict(scope, receive, send)

    return app


async def _lifespan(desk: Desk, receive: Any, send: Any) -> None:
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            await send({"type": "lifespan.startup.complete"})
        else:
            await desk.close()
            await send({"type": "lifespan.shutdown.complete"})
            return
