"""What the server says about itself, and the door that the local URL opens."""

from __future__ import annotations

import time
from typing import Any

import msgspec

from paceline.domain.errors import RequestRefused
from paceline.serve import openapi, pages
from paceline.serve.local import COOKIE
from paceline.serve.problems import KINDS
from paceline.serve.routes import Answer, Call, Route

VISIT = 12 * 3600
"""Seconds that a visit by the local URL lasts."""


class Health(msgspec.Struct, frozen=True):
    """Whether the server lives."""

    status: str


class Readiness(msgspec.Struct, frozen=True):
    """Whether the server can serve, and if not, what keeps it from it."""

    ready: bool
    faults: dict[str, str]


class OpenQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The word of the local URL."""

    word: str


def health(_: Call) -> Answer:
    """It answers, so it lives."""
    return Answer(Health("alive"))


def readiness(call: Call) -> Answer:
    """Whether the stores answer, too."""
    faults = dict(call.hall.faults())
    return Answer(Readiness(not faults, faults), status=503 if faults else 200)


def metrics(call: Call) -> Answer:
    """Numbers for Prometheus; nothing of anybody's data is in them."""
    return Answer(call.hall.telemetry.text())


def description(_: Call) -> Answer:
    """For machines."""
    from paceline.serve.table import ROUTES

    return Answer(openapi.document(ROUTES))


def documentation(_: Call) -> Answer:
    """For people."""
    from paceline.serve.table import ROUTES

    return Answer(pages.routes(ROUTES), headers={"Content-Security-Policy": pages.POLICY})


def problem(call: Call) -> Answer:
    """What a kind of problem means."""
    kind = KINDS.get(call.params["name"])
    if kind is None:
        raise RequestRefused("not-found", "There is no such kind of problem.", field="name")
    return Answer(pages.problem(kind), headers={"Content-Security-Policy": pages.POLICY})


def enter(call: Call) -> Answer:
    """The local URL: its word is good once, and gives a cookie."""
    hall, word = call.hall, call.query(OpenQuery).word
    if hall.door is None or not hall.door.admits(word):
        sentence = "This link was used, or is of another run of the server. The terminal shows the right one."
        raise RequestRefused("unauthenticated", sentence, field="word")
    text = hall.visit(expires=time.time_ns() + VISIT * 10**9)
    cookie = f"{COOKIE}={text}; HttpOnly; SameSite=Strict; Path=/; Max-Age={VISIT}"
    return Answer(headers={"Location": "/app/", "Set-Cookie": cookie})


ROUTES = (
    Route("GET", "/healthz", "", "Whether the server lives", health, gives=Health),
    Route("GET", "/readyz", "", "Whether the server can serve", readiness, gives=Readiness),
    Route(
        "GET",
        "/metrics",
        "",
        "Numbers about the server, for Prometheus",
        metrics,
        gives=bytes,
        media="text/plain; version=0.0.4; charset=utf-8",
    ),
    Route("GET", "/openapi.json", "", "This interface, described for machines", description, gives=dict[str, Any]),
    Route(
        "GET",
        "/docs",
        "",
        "This interface, described for people",
        documentation,
        gives=bytes,
        media="text/html; charset=utf-8",
    ),
    Route(
        "GET",
        "/problems/{name}",
        "",
        "What a kind of problem means",
        problem,
        gives=bytes,
        media="text/html; charset=utf-8",
    ),
    Route(
        "GET", "/open", "", "Enter by the local URL", enter, query=OpenQuery, status=303, refuses=("unauthenticated",)
    ),
)
