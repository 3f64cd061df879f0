"""`POST /products/{name}/feedback`: what turned out to be true of an answer, by the answer's number."""

from __future__ import annotations

from typing import Annotated

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from paceline.domain.errors import RequestRefused
from paceline.serve.predict.asgi import PREFIX
from paceline.serve.predict.keeping import Keeper
from paceline.serve.predict.lanes import Desk
from paceline.serve.routes import Call

CALL = "/feedback"

LARGEST = 4000
"""Bytes of a body, and …"""
LONGEST = 1000
"""… of a label."""


class Feedback(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What turned out to be true of one answer."""

    id: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{32}$")]
    """The answer's `X-Request-Id`."""
    label: str | int | float | bool


async def learnt(desk: Desk, keeper: Keeper, call: Call, request: Request) -> Response:
    """Take it: it is written with the next batch. Whose answer it was is looked at when it is used.

    Raises:
        UnknownName: no product of that name is served.
        RequestRefused: the body says something else, or too much waits to be written.
    """
    name = request.scope["path"].removeprefix(PREFIX).removesuffix(CALL)
    desk.lanes(name)
    try:
        said = msgspec.json.decode(await _body(request), type=Feedback)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise RequestRefused(
            "invalid", 'Send {"id": the answer\'s X-Request-Id, "label": a value}.', field="#"
        ) from error
    label = msgspec.json.encode(said.label).decode()
    if len(label) > LONGEST:
        raise RequestRefused("too-large", f"A label may have {LONGEST:,} bytes.", field="#/label")
    if not keeper.learnt(name, number=said.id, subject=call.subject, label=label, source=call.grant.token_id):
        raise RequestRefused("unavailable", "Too much waits to be kept. Send it again later.")
    return Response(b'{"taken":true}', 202, media_type="application/json")


async def _body(request: Request) -> bytes:
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > LARGEST:
            raise RequestRefused("too-large", f"Feedback may have {LARGEST:,} bytes.")
    return body
