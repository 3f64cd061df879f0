"""From an answer to bytes on the wire: its encoding, its version, and whether the client has it already."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import msgspec
from starlette.responses import Response

from paceline.domain.errors import RequestRefused
from paceline.serve.problems import KINDS, MEDIA, details, kind_of
from paceline.serve.routes import Answer, Route

_encoder = msgspec.json.Encoder()


def encoded(content: object) -> bytes:
    """What an answer holds, as bytes; NaN is null, as JSON has no other word for it.

    >>> encoded([1.5, float("nan")])
    b'[1.5,null]'
    """
    if content is None:
        return b""
    return content if isinstance(content, bytes) else _encoder.encode(content)


def etag(body: bytes) -> str:
    """The version of what is said, by its content: every server of a house calls it the same.

    >>> etag(b"[]")
    '"7ebb3c7c2a87b1a2f8a7ed729ecb040d"'
    """
    return f'"{hashlib.blake2b(body, digest_size=16).hexdigest()}"'


def matches(header: str, tag: str) -> bool:
    """Whether a list of ETags names this one, compared as the weak ones are.

    >>> matches('W/"a", "b"', '"a"'), matches("*", '"c"'), matches('"a"', '"b"')
    (True, True, False)
    """
    named = {entry.strip().removeprefix("W/") for entry in header.split(",")}
    return "*" in named or tag in named


def demand_version(header: str | None, current: bytes) -> None:
    """Let a change through that was made to what is there now.

    Raises:
        RequestRefused: it was made to another version, or does not say to which.
    """
    if header is None:
        raise RequestRefused("unconditional", "Send If-Match with the ETag that you read.", field="If-Match")
    if not matches(header, etag(current)):
        raise RequestRefused("changed", "It was changed since you read it. Read it again.", field="If-Match")


def reply(route: Route, answer: Answer, *, seen: str | None) -> Response:
    """The response to a good request; without its body where the client has it already.

    Args:
        route: the route it is the answer of.
        answer: what the route had to say.
        seen: the request's If-None-Match.
    """
    status = answer.status or route.status
    body = encoded(answer.content)
    headers = {**answer.headers, "Cache-Control": "private, no-cache" if route.action else "no-cache"}
    if body:
        headers["Content-Type"] = route.media
    if route.method == "GET" and status == 200:
        headers["ETag"] = etag(body)
        if seen is not None and matches(seen, headers["ETag"]):
            headers.pop("Content-Type", None)
            return Response(status_code=304, headers=headers)
    return Response(body, status_code=status, headers=headers)


def refusal(error: BaseException, *, instance: str, headers: Mapping[str, str] | None = None) -> Response:
    """The response to a request that can't be done."""
    told = details(error, instance=instance)
    extra = dict(headers or {})
    if told.status == 401:
        extra["WWW-Authenticate"] = 'Bearer realm="paceline"'
    if KINDS[kind_of(error)].status == 503:
        extra.setdefault("Retry-After", "5")
    body = encoded(told)
    return Response(body, status_code=told.status, media_type=MEDIA, headers={**extra, "Cache-Control": "no-store"})
