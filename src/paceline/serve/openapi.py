"""The interface described for machines: OpenAPI 3.1, made from the same table that serves it.

Source: OpenAPI Specification 3.1.0, sections 4.8; JSON Schema 2020-12 comes from the structs themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

import msgspec

from paceline import __version__
from paceline.serve.meanings import meanings, structs
from paceline.serve.problems import KINDS, MEDIA, ProblemDetails
from paceline.serve.routes import PARTS, Raw, Route

REF = "#/components/schemas/{name}"


def document(routes: Sequence[Route]) -> dict[str, Any]:
    """The whole description.

    Args:
        routes: every route that is served.

    Returns:
        An OpenAPI 3.1 document as JSON has it.
    """
    types = _types(routes)
    schemas, components = msgspec.json.schema_components(types, ref_template=REF)
    _explain(components, types)
    of = dict(zip(map(_key, types), schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, of)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Paceline",
            "version": __version__,
            "description": "Athletes, sessions and what was measured in them. Times are UTC; numbers are SI.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "security": [{"token": []}],
        "tags": [{"name": tag} for tag in dict.fromkeys(map(tag_of, routes))],
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _explain(components: dict[str, Any], kinds: Iterable[Any]) -> None:
    """Put what stands under each field where machines look for it."""
    known = {name: kind for one in kinds for name, kind in structs(one).items()}
    for name, component in components.items():
        told = meanings(known[name]) if name in known else {}
        for field, shape in component.get("properties", {}).items():
            if field in told and "$ref" not in shape:
                shape.setdefault("description", told[field])


def tag_of(route: Route) -> str:
    """The noun that a route is about.

    >>> tag_of(Route("GET", "/v1/athletes/{athlete}/settings", "", "", lambda call: None))
    'athletes'
    """
    return route.path.split("/")[2] if route.path.startswith("/v1/") else "server"


def operation_id(route: Route) -> str:
    """A name that stays.

    >>> operation_id(Route("GET", "/v1/athletes/{athlete}/settings", "", "", lambda call: None))
    'get_athletes_athlete_settings'
    """
    pieces = [piece.strip("{}").replace(".", "_") for piece in route.path.split("/") if piece not in {"", "v1"}]
    return "_".join((route.method.lower(), *(pieces or ["page"])))


def _operation(route: Route, of: dict[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = {
        "operationId": operation_id(route),
        "tags": [tag_of(route)],
        "summary": route.summary,
        "parameters": [*_in_path(route), *_in_query(route), *_in_headers(route)],
        "responses": _responses(route, of),
    }
    if not route.action:
        told["security"] = []
    if isinstance(route.body, Raw):
        content = {route.body.media: {"schema": {"type": "string", "format": "binary", "maxLength": route.body.limit}}}
        told["requestBody"] = {"required": True, "content": content}
    elif route.body is not None:
        told["requestBody"] = {"required": True, "content": {"application/json": {"schema": of[_key(route.body)]}}}
    return told


def _in_path(route: Route) -> Iterable[dict[str, Any]]:
    for name in route.parts:
        pattern, meaning = PARTS[name]
        schema = {"type": "string", "pattern": f"^{pattern}$"}
        yield {"name": name, "in": "path", "required": True, "description": meaning, "schema": schema}


def _in_query(route: Route) -> Iterable[dict[str, Any]]:
    (schema,), components = msgspec.json.schema_components([route.query], ref_template=REF)
    own = components[schema["$ref"].rpartition("/")[2]]
    for name, told in own.get("properties", {}).items():
        shape = {key: value for key, value in told.items() if key not in {"description", "default"}}
        parameter = {"name": name, "in": "query", "required": name in own.get("required", []), "schema": _open(shape)}
        meaning = meanings(route.query).get(name) or told.get("description")
        yield {**parameter, **({"description": meaning} if meaning else {})}


def _open(schema: dict[str, Any]) -> dict[str, Any]:
    """Leaving a parameter out is how null is said behind a question mark."""
    options = [option for option in schema.get("anyOf", []) if option.get("type") != "null"]
    return options[0] if len(options) == 1 else {"anyOf": options} if options else schema


def _in_headers(route: Route) -> Iterable[dict[str, Any]]:
    named = dict(route.headers)
    if route.once:
        named["Idempotency-Key"] = (
            "Any text of up to 200 letters, digits and signs: sent again, the request counts once."
        )
    if route.versioned is not None:
        named["If-Match"] = "The ETag of what you read; needed."
    for name, meaning in named.items():
        schema: dict[str, Any] = {"type": "string"}
        if name == "Idempotency-Key":
            schema = {"type": "string", "pattern": "^[!-~]{1,200}$"}
        elif name == "Upload-Offset":
            schema = {"type": "integer", "minimum": 0}
        elif name == "Upload-Checksum":
            schema = {"type": "string", "pattern": "^sha256 [A-Za-z0-9+/]{43}=$"}
        needed = name in {"If-Match", "Upload-Offset", "Upload-Checksum"}
        yield {"name": name, "in": "header", "required": needed, "description": meaning, "schema": schema}


def _responses(route: Route, of: dict[str, Any]) -> dict[str, Any]:
    good: dict[str, Any] = {"description": "Done." if route.gives is None else "The answer."}
    if route.gives is bytes:
        good["content"] = {route.media: {"schema": {"type": "string"}}}
    elif route.gives is not None:
        good["content"] = {"application/json": {"schema": of[_key(route.gives)]}}
    responses = {str(status): good for status in (route.status, *route.also)}
    if route.method == "GET" and route.action:
        responses["304"] = {"description": "What If-None-Match names is still so."}
    problem = {MEDIA: {"schema": of[_key(ProblemDetails)]}}
    for status in sorted({kind.status for name, kind in KINDS.items() if _can(route, name)}):
        meaning = " ".join(kind.title + "." for kind in KINDS.values() if kind.status == status)
        responses.setdefault(str(status), {"description": meaning, "content": problem})
    return responses


def _can(route: Route, problem: str) -> bool:
    """Whether a route can answer with this kind of problem."""
    if problem in route.refuses:
        return True
    closed, body = bool(route.action), route.body is not None
    with_query = bool(msgspec.structs.fields(route.query))
    return {
        "unreadable": True,
        "undecodable": isinstance(route.body, Raw) or "replay" in route.path or "uploads" in route.path,
        "unauthenticated": closed,
        "forbidden": closed,
        "not-found": bool(route.parts) or closed,
        "method-not-allowed": False,
        "too-slow": body,
        "conflict": route.method != "GET",
        "changed": route.versioned is not None,
        "too-large": True,
        "unsupported": body,
        "invalid": body or with_query or route.once or bool(route.headers),
        "unconditional": route.versioned is not None,
        "too-many": closed,
    }.get(problem, True)


def _types(routes: Sequence[Route]) -> list[Any]:
    found: dict[str, Any] = {_key(ProblemDetails): ProblemDetails}
    for route in routes:
        for kind in (route.body, route.gives):
            if kind is not None and kind is not bytes and not isinstance(kind, Raw):
                found[_key(kind)] = kind
    return list(found.values())


@cache
def _key(kind: Any) -> str:
    return repr(kind)
