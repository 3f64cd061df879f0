"""What every address of products does alike: take a whole body, say who asks for what, answer, say no."""

from __future__ import annotations

from typing import Any

import msgspec

from paceline.domain.errors import PacelineError, RequestRefused
from paceline.serve.predict.lanes import CANARY
from paceline.serve.predict.refusals import problem
from paceline.serve.problems import MEDIA, ProblemDetails

LARGEST = 10_000_000
"""Bytes of a request's body."""

JSON = (b"content-type", b"application/json")
NOSNIFF = (b"x-content-type-options", b"nosniff")
_PROBLEM = (b"content-type", MEDIA.encode())

encode = msgspec.json.Encoder().encode


def asking(headers: Any) -> tuple[bytes, bytes]:
    """Which release a request wishes for, and what stays the same for its caller: the token, empty where there is none.

    Raises:
        RequestRefused: the body is packed.
    """
    wish = key = b""
    for name, value in headers:
        if name == CANARY:
            wish = value
        elif name == b"authorization":
            key = value
        elif name == b"content-encoding" and value != b"identity":
            raise RequestRefused("unsupported", "Send the body unpacked.", field="Content-Encoding")
    return wish, key


async def whole(receive: Any) -> bytes:
    """All of a body, within bounds.

    Raises:
        RequestRefused: it is too large, or ends before it is whole.
    """
    message = await receive()
    body: bytes = message.get("body", b"")
    if not message.get("more_body", False) and len(body) <= LARGEST:
        return body
    parts, size = [body], len(body)
    while message.get("more_body", False) and size <= LARGEST:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise RequestRefused("unreadable", "The connection ended before the body did.")
        parts.append(message.get("body", b""))
        size += len(parts[-1])
    if size > LARGEST:
        raise RequestRefused("too-large", f"A request's body may have {LARGEST:,} bytes.")
    return b"".join(parts)


async def reply(send: Any, body: bytes, *, release: str = "") -> None:
    """Answer with JSON, and say which release it comes from."""
    headers = [JSON, NOSNIFF, (b"content-length", b"%d" % len(body))]
    if release:
        headers.append((CANARY, release.encode()))
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def refuse(send: Any, error: PacelineError, path: str) -> None:
    """Answer with a problem."""
    await tell(send, told := problem(error, instance=path), encode(told))


async def tell(send: Any, told: ProblemDetails, body: bytes) -> None:
    """Answer with a problem that is written already."""
    headers = [_PROBLEM, NOSNIFF, (b"content-length", b"%d" % len(body))]
    if told.status == 503:
        headers.append((b"retry-after", b"1"))
    await send({"type": "http.response.start", "status": told.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
