"""The reference of the HTTP interface, written from the table: `python -m paceline.serve.reference FOLDER`."""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec

from paceline.record.whole import write_whole
from paceline.serve.meanings import meanings
from paceline.serve.openapi import tag_of
from paceline.serve.problems import KINDS
from paceline.serve.routes import PARTS, Raw, Route
from paceline.serve.table import ROUTES

_BEGINNING = """# HTTP

What `paceline serve` answers to. Written from the table of routes: `make docs`. For machines the same stands at
`/openapi.json`, as OpenAPI 3.1. How to begin: [Serve what is kept](../how-to/serve.md).

- **Who asks**: `Authorization: Bearer TOKEN`. Which action a route needs is written beside it; which role may do it
  with whose data is one table for the whole house. A coach or an analyst also needs the athlete's consent.
- **Times** are UTC, as `2026-05-01T09:30:00.25Z`, to the nanosecond. **Numbers** are SI, heart rate and cadence 1/min.
- **Lists** come in pages: `next` of one page is `after` of the following one.
- **ETag** stands on every answer to GET. With `If-None-Match` an answer that is known already is 304 without a body; a
  change that needs `If-Match` says so, and is refused where somebody else changed it first.
- **Idempotency-Key** on POST: any text of up to 200 letters, digits and signs. Sent again within a day, the request
  counts once and is answered alike. A route whose answer is a secret doesn't take one.
- **Bodies** are JSON of at most 1 MiB and 32 levels, or the bytes that the route names; `Content-Encoding: gzip` is
  unpacked, up to the same limit.
- **Rate**: 50 requests a second of one token, 200 at once, on each server; beyond that 429 with `Retry-After`.
- **X-Request-Id** on every answer is the number under which the server's log has the request.
- **Products** answer at `/products/{name}` and, by the Open Inference Protocol, at `/v2`:
  [over HTTP](product.md#over-http).
"""

_PROBLEMS = """## Problems

What can't be done is answered as `application/problem+json` (RFC 9457). `errors` names fields: a JSON pointer into the
body such as `#/start`, or the name of a parameter or header.

| type | status | what it means |
|---|---|---|
"""


def page(routes: tuple[Route, ...] = ROUTES) -> str:
    """The whole page."""
    parts = [_BEGINNING]
    for tag in dict.fromkeys(map(tag_of, routes)):
        parts.append(f"\n## {tag.capitalize()}\n")
        parts += [_entry(route) for route in routes if tag_of(route) == tag]
    rows = [f"| `/problems/{name}` | {kind.status} | {kind.title}. {kind.meaning} |" for name, kind in KINDS.items()]
    return "".join(parts) + "\n" + _PROBLEMS + "\n".join(rows) + "\n"


def _entry(route: Route) -> str:
    needs = f"Needs “{route.action}”." if route.action else "Open to anyone."
    lines = [f"\n### `{route.name}`\n", f"{route.summary}. {needs}\n"]
    told = [f"- `{name}` in the path: {PARTS[name][1]}" for name in route.parts]
    told += [
        f"- `{field.name}`{_needed(field)} behind the question mark" for field in msgspec.structs.fields(route.query)
    ]
    told += [f"- header `{name}`: {meaning}" for name, meaning in route.headers.items()]
    if route.versioned is not None:
        told.append("- header `If-Match`: the ETag of what you read; needed.")
    if isinstance(route.body, Raw):
        told.append(f"- body: {route.body.media}, at most {route.body.limit >> 20} MiB")
    elif route.body is not None:
        told.append(f"- body: {_fields(route.body)}")
    if isinstance(route.gives, type) and issubclass(route.gives, msgspec.Struct):
        told.append(f"- answer {route.status}: {_fields(route.gives)}")
    elif route.gives is bytes:
        told.append(f"- answer {route.status}: {route.media.partition(';')[0]}")
    else:
        told.append(f"- answer {route.status}" + (": JSON" if route.gives is not None else ""))
    return "\n".join([*lines, *told]) + "\n"


def _fields(kind: type[msgspec.Struct]) -> str:
    return "; ".join(
        f"`{field.encode_name}`{_needed(field)}{_meaning(kind, field)}" for field in msgspec.structs.fields(kind)
    )


def _meaning(kind: type[msgspec.Struct], field: msgspec.structs.FieldInfo) -> str:
    told = meanings(kind).get(field.name, "")
    return f": {told[:1].lower()}{told[1:].rstrip('.')}" if told else ""


def _needed(field: msgspec.structs.FieldInfo) -> str:
    return "" if field.required else " (optional)"


if __name__ == "__main__":
    write_whole(Path(sys.argv[1]) / "http.md", page().encode())
