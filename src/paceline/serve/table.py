"""The table: every route there is."""

from __future__ import annotations

from paceline.serve.nouns import (
    athletes,
    audit,
    consents,
    definitions,
    devices,
    fitness,
    measures,
    models,
    plans,
    recordings,
    remarks,
    samples,
    selections,
    server,
    sessions,
    settings,
    suggestions,
    tokens,
    uploads,
)
from paceline.serve.routes import Route

_NOUNS = (
    server,
    athletes,
    consents,
    settings,
    devices,
    plans,
    suggestions,
    models,
    sessions,
    recordings,
    uploads,
    remarks,
    measures,
    fitness,
    samples,
    selections,
    definitions,
    tokens,
    audit,
)
ROUTES: tuple[Route, ...] = tuple(route for noun in _NOUNS for route in noun.ROUTES)
