"""The table: every route there is."""

from __future__ import annotations

from paceline.serve.nouns import server, sessions
from paceline.serve.routes import Route

ROUTES: tuple[Route, ...] = (*server.ROUTES, *sessions.ROUTES)
