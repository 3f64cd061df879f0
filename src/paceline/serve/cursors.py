"""Where a long list goes on: a text that a client hands back and need not understand.

It is signed, so that a cursor that was cut, mixed up or made by hand is refused with a sentence instead of giving the
wrong page. Every server of a house has the same key, so any of them can go on where another stopped. The list that a
cursor belongs to is part of what is signed: a cursor of one list is no cursor of another.
"""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from typing import TypeVar

import msgspec

from paceline.domain.errors import RequestRefused

Position = TypeVar("Position")
_SIGNATURE = 16
LONGEST = 1024
"""Characters of a cursor."""


def write(position: object, *, of: str, key: bytes) -> str:
    """A cursor that stands at a position of a list.

    >>> read(write(["2026-05-01", 7], of="sessions", key=b"k"), of="sessions", key=b"k", kind=list)
    ['2026-05-01', 7]
    """
    content = msgspec.msgpack.encode(position)
    return urlsafe_b64encode(_signature(content, of, key) + content).rstrip(b"=").decode()


def read(cursor: str, *, of: str, key: bytes, kind: type[Position]) -> Position:
    """The position that a cursor stands at.

    Raises:
        RequestRefused: it is not one that this house gave out for this list.
    """
    try:
        raw = urlsafe_b64decode(cursor[:LONGEST].encode("ascii") + b"=" * (-len(cursor) % 4))
        content = raw[_SIGNATURE:]
        if len(cursor) <= LONGEST and hmac.compare_digest(raw[:_SIGNATURE], _signature(content, of, key)):
            return msgspec.msgpack.decode(content, type=kind)
    except (UnicodeError, Base64Error, ValueError, msgspec.MsgspecError):
        pass  # one sentence for whatever is wrong with it
    raise RequestRefused(
        "invalid", "This is no cursor of this list: take `next` from the page before, or leave it out.", field="after"
    )


def _signature(content: bytes, of: str, key: bytes) -> bytes:
    return hmac.digest(key, of.encode() + b"\0" + content, "sha256")[:_SIGNATURE]
