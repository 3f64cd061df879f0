"""The ASGI application: the table of routes behind one front, and the stores it serves from.

Loading it takes part of a server's start, so what only some routes need (polars, the decoders, Delta) is imported by
them.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Sequence

import anyio
import anyio.to_thread
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute
from starlette.routing import Route as Mount

from paceline.serve.endpoint import PathEndpoint
from paceline.serve.front import Front, as_ours
from paceline.serve.hall import Hall
from paceline.serve.routes import Route
from paceline.serve.table import ROUTES

FORGET_EVERY = 600.0
"""Seconds between two looks at what is old enough to be forgotten."""


def application(hall: Hall, *, others: Sequence[BaseRoute] = ()) -> Starlette:
    """The server as an ASGI application.

    Args:
        hall: what it serves from; closed when the server stops.
        others: routes beside the table, such as those of live sessions.
    """

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(_forget, hall)
            yield
            hall.stopping = True
            tasks.cancel_scope.cancel()
        await anyio.to_thread.run_sync(hall.close)

    app = Starlette(
        routes=[*mounted(ROUTES), *others],
        middleware=[Middleware(Front, hall=hall)],
        exception_handlers={HTTPException: _passed_on},
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False
    app.state.hall = hall
    return app


def mounted(routes: Sequence[Route]) -> list[BaseRoute]:
    """One entry a path; those without parameters first, so that no parameter takes a word for its value."""
    by_path: dict[str, dict[str, Route]] = {}
    for route in routes:
        methods = by_path.setdefault(route.path, {})
        if route.method in methods:
            raise ValueError(f"{route.name} stands in the table twice")
        methods[route.method] = route
    ordered = sorted(by_path.items(), key=lambda entry: entry[0].count("{"))
    return [Mount(path, PathEndpoint(methods)) for path, methods in ordered]


async def _passed_on(_: Request, error: Exception) -> Response:
    """To the front, which answers every error in the same way; Starlette would say it in plain text."""
    raise as_ours(error) if isinstance(error, HTTPException) else error


async def _forget(hall: Hall) -> None:
    """Drop old answers and uploads of the rooms that are open, now and then."""
    while True:
        await anyio.sleep(FORGET_EVERY)
        await anyio.to_thread.run_sync(hall.forget_old)
