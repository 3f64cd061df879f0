"""Uploads: a recording in pieces, which a lost connection does not begin anew."""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64decode
from binascii import Error as Base64Error
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from paceline.domain.errors import RequestRefused
from paceline.serve.nouns.recordings import LIMIT
from paceline.serve.pending import Upload
from paceline.serve.receiving import FileName, Hints, Received, received
from paceline.serve.routes import Answer, Call, Raw, Route

PIECE = 16 << 20
"""Bytes of one piece."""


class UploadSaid(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A recording that is to come in pieces."""

    name: FileName
    size: Annotated[int, Meta(ge=1, le=LIMIT)]
    """Bytes of the whole."""


class UploadTold(msgspec.Struct, frozen=True, kw_only=True):
    """How far an upload has come."""

    upload: UUID
    size: int
    received: int
    outcome: Received | None
    """What became of it, once all bytes are here and could be decoded."""


class _Kept(msgspec.Struct, frozen=True, omit_defaults=True):
    """The outcome as it is remembered."""

    done: Received | None = None
    refused: str = ""


def begin(call: Call) -> Answer:
    """Announce a recording."""
    body, key = call.body(UploadSaid), call.fresh_id()
    call.room.store.people.person(call.subject)
    begun = call.room.pending.uploads.begin(
        str(key), subject=call.subject, name=body.name, size=body.size, now=call.hall.clock()
    )
    return Answer(_told(begun), headers={"Location": f"/v1/uploads/{key}", "Upload-Offset": str(begun.received)})


def state(call: Call) -> Answer:
    """How far it has come: where to go on."""
    return _answer(call.room.pending.uploads.state(call.params["upload"]))


def add(call: Call) -> Answer:
    """The next piece; with the last one the recording is taken in."""
    uploads, key, piece = call.room.pending.uploads, call.params["upload"], call.body(bytes)
    offset = call.headers.get("upload-offset", "")
    if not (offset.isascii() and offset.isdigit()):
        raise RequestRefused("invalid", "Upload-Offset says at which byte the piece begins.", field="Upload-Offset")
    _sound(piece, call.headers.get("upload-checksum", ""))
    now = uploads.state(key)
    if now.outcome is None:
        now = uploads.add(key, offset=int(offset[:20]), content=piece)
    if now.outcome is None and now.received == now.size:
        now = _finished(call, now)
    return _answer(now)


def drop(call: Call) -> Answer:
    """Given up; what came is forgotten."""
    call.room.pending.uploads.drop(call.params["upload"])
    return Answer()


def _finished(call: Call, upload: Upload) -> Upload:
    uploads = call.room.pending.uploads
    try:
        kept = _Kept(done=received(call, uploads.content(upload.upload), name=upload.name, hints=Hints()))
    except RequestRefused as error:
        if error.problem != "undecodable":
            raise
        kept = _Kept(refused=error.detail)
    uploads.finish(upload.upload, outcome=msgspec.json.encode(kept))
    return uploads.state(upload.upload)


def _sound(piece: bytes, told: str) -> None:
    """Compare the piece with its checksum.

    Raises:
        RequestRefused: it is not what was sent, or nothing was said to compare it with.
    """
    name, _, digest = told.partition(" ")
    try:
        expected = b64decode(digest, validate=True)
    except (Base64Error, ValueError):
        expected = b""
    if name != "sha256" or len(expected) != 32:
        raise RequestRefused("invalid", "Upload-Checksum says 'sha256 BASE64'.", field="Upload-Checksum")
    if not hmac.compare_digest(hashlib.sha256(piece).digest(), expected):
        raise RequestRefused("invalid", "The piece is not what was sent. Send it again.", field="Upload-Checksum")


def _answer(upload: Upload) -> Answer:
    told = _told(upload)
    return Answer(told, headers={"Upload-Offset": str(upload.received)})


def _told(upload: Upload) -> UploadTold:
    kept = msgspec.json.decode(upload.outcome, type=_Kept) if upload.outcome is not None else _Kept()
    if kept.refused:
        raise RequestRefused("undecodable", kept.refused)
    return UploadTold(upload=UUID(upload.upload), size=upload.size, received=upload.received, outcome=kept.done)


_ONE = "/v1/uploads/{upload}"
ROUTES = (
    Route(
        "POST",
        "/v1/athletes/{athlete}/uploads",
        "write data",
        "Begin to hand in a recording in pieces",
        begin,
        body=UploadSaid,
        gives=UploadTold,
        status=201,
        about="athlete",
    ),
    Route("GET", _ONE, "write data", "How far an upload has come", state, gives=UploadTold, about="upload"),
    Route(
        "PATCH",
        _ONE,
        "write data",
        "Send the next piece of a recording",
        add,
        body=Raw("application/offset+octet-stream", PIECE),
        gives=UploadTold,
        about="upload",
        long=True,
        headers={
            "Upload-Offset": "At which byte the piece begins; needed.",
            "Upload-Checksum": "`sha256` and the piece's SHA-256 in Base64; needed.",
        },
    ),
    Route("DELETE", _ONE, "write data", "Give an upload up", drop, status=204, about="upload"),
)
