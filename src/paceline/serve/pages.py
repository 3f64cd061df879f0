"""The interface on one page for people: no scripts, nothing from elsewhere."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from html import escape

from paceline.serve.problems import Kind
from paceline.serve.routes import PARTS, Route

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:50rem;margin:2rem auto;padding:0 1rem}"
    "body{color:#222;background:#fff}"
    "code{background:#f2f2f2;padding:.1em .3em}h2{margin-top:2rem}dt{margin-top:1rem}"
    "@media(prefers-color-scheme:dark){body{color:#ddd;background:#181818}code{background:#2a2a2a}a{color:#8bf}}"
)
_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
POLICY = f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; frame-ancestors 'none'"


def routes(table: Sequence[Route]) -> bytes:
    """Every route, by noun."""
    from paceline.serve.openapi import tag_of

    parts = ["<p>For machines: <a href='/openapi.json'>openapi.json</a>.</p>"]
    for tag in dict.fromkeys(map(tag_of, table)):
        parts.append(f"<h2>{escape(tag.capitalize())}</h2><dl>")
        parts += [_entry(route) for route in table if tag_of(route) == tag]
        parts.append("</dl>")
    return _page("Paceline's HTTP interface", "".join(parts))


def problem(kind: Kind) -> bytes:
    """What one kind of problem means."""
    return _page(f"{kind.title} ({kind.status})", f"<p>{escape(kind.meaning)}</p>")


def note(title: str, sentence: str) -> bytes:
    """One sentence on a page of its own."""
    return _page(title, f"<p>{escape(sentence)}</p>")


def _entry(route: Route) -> str:
    who = f" <small>{escape(route.action)}</small>" if route.action else ""
    meanings = " ".join(PARTS[name][1] for name in route.parts)
    return f"<dt><code>{escape(route.name)}</code>{who}</dt><dd>{escape(route.summary)}. {escape(meanings)}</dd>"


def _page(title: str, body: str) -> bytes:
    head = f"<meta charset=utf-8><meta name=viewport content='width=device-width'><title>{escape(title)}</title>"
    return f"<!doctype html><html lang=en>{head}<style>{_STYLE}</style><h1>{escape(title)}</h1>{body}</html>".encode()
