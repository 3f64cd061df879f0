"""What stands before every answer: security headers, a check of the host's name, and of where a cookie comes from.

A page of another site that a person has open could send requests to a server on their own machine. Two things stop it:
a server that listens here only answers to the names of this machine (a foreign name that was bent to point here is
refused), and a request that is known by its cookie must come from our own pages.

Source: Fetch Metadata Request Headers (W3C), for Sec-Fetch-Site; OWASP's HTTP headers for APIs.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from starlette.datastructures import Headers

from paceline.domain.errors import RequestRefused

HEADERS: Mapping[str, str] = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(), camera=(), microphone=()",
    "Content-Security-Policy": "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'",
}
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def known_host(headers: Headers, hosts: frozenset[str]) -> None:
    """Let a request through that was sent to one of our names; any name where none is set.

    Raises:
        RequestRefused: it was sent to another.
    """
    try:
        name = urlsplit(f"//{headers.get('host', '')}").hostname or ""
    except ValueError:
        name = ""
    if hosts and name not in hosts:
        raise RequestRefused("unreadable", "This server does not answer to that name.", field="Host")


def own_page(method: str, headers: Headers) -> None:
    """Let a request through that is known by its cookie, if it changes nothing or one of our own pages sent it.

    Raises:
        RequestRefused: another site's page may have sent it.
    """
    if method in SAFE and headers.get("sec-fetch-site", "none") in {"none", "same-origin", "same-site"}:
        return
    origin = headers.get("origin")
    own = origin is not None and urlsplit(origin).netloc == headers.get("host")
    if not own or headers.get("sec-fetch-site", "same-origin") != "same-origin":
        raise RequestRefused("forbidden", "A cookie counts only on our own pages; send a bearer token instead.")
