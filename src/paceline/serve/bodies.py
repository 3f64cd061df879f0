"""What a client sends, with a limit on everything: bytes, seconds, packing and depth.

A body is read before any worker takes it up, so a slow client holds nothing but its own connection.

Source: a gzip member is told from what follows it as RFC 1952, section 2.2, has it.
"""

from __future__ import annotations

import asyncio
import re
import zlib

from starlette.requests import ClientDisconnect, Request

from paceline.domain.errors import RequestRefused

JSON_LIMIT = 1 << 20
"""Bytes of a JSON body, unpacked."""
DEPTH = 32
"""How deep the objects and lists of a JSON body may lie in one another."""
IDLE = 30.0
"""Seconds without a byte after which a client is given up."""

_STRINGS = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)
_BRACKETS = re.compile(rb"[\[\]{}]")


async def received(request: Request, *, limit: int) -> bytes:
    """The body's bytes, unpacked.

    Args:
        request: the request, of which nothing has been read yet.
        limit: the most bytes that are taken, as they came and unpacked.

    Raises:
        RequestRefused: too large, too slow, cut off, or packed in a way that can't be read.
    """
    packed = bytearray()
    stream = request.stream()
    try:
        while True:
            async with asyncio.timeout(IDLE):
                part = await anext(stream, None)
            if part is None:
                break
            packed += part
            if len(packed) > limit:
                raise _too_large(limit)
    except TimeoutError as error:
        raise RequestRefused("too-slow", f"No byte of the body came for {IDLE:.0f} s.") from error
    except ClientDisconnect as error:
        raise RequestRefused("unreadable", "The connection ended before the body did.") from error
    return unpacked(bytes(packed), request.headers.get("content-encoding", "identity"), limit=limit)


def unpacked(content: bytes, packing: str, *, limit: int) -> bytes:
    """The bytes that were packed for the way; never more than the limit is held.

    >>> import gzip
    >>> unpacked(gzip.compress(b"ride"), "gzip", limit=10)
    b'ride'
    """
    if packing.strip().lower() in {"", "identity"}:
        return content
    if packing.strip().lower() != "gzip":
        raise RequestRefused("unsupported", "A body may come plain or as gzip.", field="Content-Encoding")
    reader = zlib.decompressobj(wbits=31)
    try:
        plain = reader.decompress(content, limit + 1)
    except zlib.error as error:
        raise RequestRefused("unreadable", "The body is not the gzip that Content-Encoding says it is.") from error
    if len(plain) > limit:
        raise _too_large(limit)
    if not reader.eof or reader.unused_data:
        raise RequestRefused("unreadable", "The body's gzip is cut off, or something follows it.")
    return plain


def shallow(content: bytes) -> None:
    """Refuse JSON that lies deeper than any of ours.

    >>> shallow(b'{"a": [{"b": "[[[["}]}')
    """
    depth = 0
    for bracket in _BRACKETS.findall(_STRINGS.sub(b"", content)):
        depth += 1 if bracket in b"[{" else -1
        if depth > DEPTH:
            raise RequestRefused("unreadable", f"The JSON is more than {DEPTH} levels deep.")


def announced(request: Request, *, limit: int) -> int:
    """How many bytes may come: as many as the client says, or the limit where it does not say.

    Raises:
        RequestRefused: it says more than the limit, or no number.
    """
    if not limit:
        return 0
    length = request.headers.get("content-length", str(limit))
    if not (length.isascii() and length.isdigit()):
        raise RequestRefused("unreadable", "Content-Length is not a number of bytes.", field="Content-Length")
    if int(length[:20]) > limit:
        raise _too_large(limit)
    return limit if "content-encoding" in request.headers else int(length)


def _too_large(limit: int) -> RequestRefused:
    return RequestRefused("too-large", f"The body holds more than the {limit:,} bytes that this route takes.")
