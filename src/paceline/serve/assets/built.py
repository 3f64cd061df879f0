"""The files that `web/` was built into: read once, told by their content, let nothing in from elsewhere.

A file below `static/` has its content's hash in its name, so a browser that has it never asks again. Every other
address below `/app/` is the one page, which draws itself by the address.
"""

from __future__ import annotations

import gzip
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import Receive, Scope, Send

from paceline.domain.errors import RequestRefused
from paceline.serve import pages
from paceline.serve.replies import etag, matches

PREFIX = "/app"
FOLDER = Path(__file__).with_name("dist")
STATIC = "static/"
PAGE = "index.html"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    "manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
"""Nothing inline, nothing from another host, no text that turns into a script."""

FOREVER = "public, max-age=31536000, immutable"
_PACKED = frozenset({".html", ".js", ".css", ".svg", ".json", ".webmanifest"})
_TYPES = {".js": "text/javascript", ".webmanifest": "application/manifest+json"}


@dataclass(frozen=True, slots=True)
class File:
    """One built file, as it is sent.

    Attributes:
        content: its bytes.
        packed: the same with gzip, where that is worth it.
        media: its media type.
        tag: its ETag.
        caching: how long a browser may keep it without asking.
    """

    content: bytes
    packed: bytes | None
    media: str
    tag: str
    caching: str


class Pages:
    """The ASGI application below `/app/`."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._folder = folder
        self._files: Mapping[str, File] = {}
        self._built = -1

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with a built file, or the page."""
        request = Request(scope, receive)
        scope["state"]["route"] = f"GET {PREFIX}"
        if request.method not in {"GET", "HEAD"}:
            scope["state"]["refusal_headers"] = {"Allow": "GET, HEAD"}
            raise RequestRefused("method-not-allowed", "Here are only pages: GET, HEAD.")
        response = self._answer(str(request.path_params.get("path", "")), request.headers)
        await response(scope, receive, send)

    def _answer(self, path: str, headers: Headers) -> Response:
        files = self._current()
        if not files:
            return _unbuilt()
        if path.startswith(STATIC) and path not in files:
            raise RequestRefused("not-found", "There is no such file. Load the page anew.")
        return _sent(files.get(path) or files[PAGE], headers)

    def _current(self) -> Mapping[str, File]:
        """The files; read again after they were built anew."""
        try:
            built = (self._folder / PAGE).stat().st_mtime_ns
        except OSError:
            return {}
        if built != self._built:
            found = [path for path in sorted(self._folder.rglob("*")) if path.is_file()]
            self._files = {path.relative_to(self._folder).as_posix(): _read(path, self._folder) for path in found}
            self._built = built
        return self._files


async def at_home(_: Request) -> Response:
    """From the bare address to the first page."""
    return RedirectResponse(f"{PREFIX}/", status_code=303)


def _read(path: Path, folder: Path) -> File:
    content = path.read_bytes()
    packed = gzip.compress(content, 9, mtime=0) if path.suffix in _PACKED else None
    media = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    static = path.relative_to(folder).as_posix().startswith(STATIC)
    return File(content, packed, media, etag(content), FOREVER if static else "no-cache")


def _sent(file: File, headers: Headers) -> Response:
    told = {
        "Cache-Control": file.caching,
        "ETag": file.tag,
        "Content-Security-Policy": POLICY,
        "Vary": "Accept-Encoding",
    }
    if (seen := headers.get("if-none-match")) is not None and matches(seen, file.tag):
        return Response(status_code=304, headers=told)
    if file.packed is not None and "gzip" in headers.get("accept-encoding", ""):
        return Response(file.packed, media_type=file.media, headers={**told, "Content-Encoding": "gzip"})
    return Response(file.content, media_type=file.media, headers=told)


def _unbuilt() -> Response:
    sentence = (
        "This checkout's pages were not built, since Node 20 was missing when it was set up. Install it and run "
        "`make setup` again. Programs are answered as ever, and the interface is described at /docs."
    )
    headers = {"Content-Security-Policy": pages.POLICY, "Cache-Control": "no-store"}
    body = pages.note("Paceline's pages are missing", sentence)
    return Response(body, status_code=503, media_type="text/html", headers=headers)
