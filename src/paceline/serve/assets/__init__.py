"""The pages in a browser: what was built from `web/`, and the visit by which a browser is known.

`with_pages` is a server's application with them.
"""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.routing import Route

from paceline.serve.assets.built import FOLDER, PREFIX, Pages, at_home
from paceline.serve.assets.visits import VISIT, Visits

__all__ = ["FOLDER", "PREFIX", "VISIT", "with_pages"]


def with_pages(app: Starlette) -> Starlette:
    """A server's application with its pages below `/app/`, and `/` leading there."""
    pages = Pages()
    app.router.routes += [
        Route("/", at_home),
        Route(PREFIX, at_home),
        Route(PREFIX + "/{path:path}", pages),
        Route(VISIT, Visits()),
    ]
    return app
