"""The table: every route there is."""

from __future__ import annotations

from paceline.serve.nouns import (
    athletes,
    audit,
    consents,
    devices,
    measures,
    models,
    plans,
    remarks,
    samples,
    server,
    sessions,
    settings,
    suggestions,
    tokens,
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
    remarks,
    measures,
    samples,
    tokens,
    audit,
)
ROUTES: tuple[Route, ...] = tuple(route for noun in _NOUNS for route in noun.ROUTES)
