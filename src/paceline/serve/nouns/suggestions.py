"""Suggestions: what an athlete might do next, day by day."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from paceline.keep.journal import Suggestion
from paceline.serve.nouns.words import Day, Word
from paceline.serve.routes import Answer, Call, Route


class SuggestionSaid(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to do on a day."""

    day: Day
    kind: Literal["session", "rest"]
    source: Literal["history", "programme", "coach"]
    exercises: Annotated[list[Word], Meta(max_length=100)] = []
    """Exercises or muscle groups."""
    intensity: Annotated[float, Meta(ge=0, le=1)] | None = None
    note: Annotated[str, Meta(max_length=10_000)] = ""


class Suggestions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Suggestions; new ones replace those made before."""

    suggestions: Annotated[list[SuggestionSaid], Meta(max_length=400)]


def every(call: Call) -> Answer:
    """Those that stand."""
    store = call.room.store
    made = store.journal.athlete(call.params["athlete"]).suggestions
    return Answer(Suggestions([_told(one, note=store.people.text(one.note)) for one in made]))


def make(call: Call) -> Answer:
    """In the place of those before."""
    said = [
        Suggestion(
            day=one.day,
            kind=one.kind,
            source=one.source,
            exercises=tuple(one.exercises),
            intensity=one.intensity,
            note=one.note,
        )
        for one in call.body(Suggestions).suggestions
    ]
    call.room.store.people.person(call.params["athlete"])
    call.room.store.journal.suggest(call.params["athlete"], suggestions=said, by=call.by)
    return Answer()


def _told(one: Suggestion, *, note: str) -> SuggestionSaid:
    return SuggestionSaid(
        day=one.day,
        kind=one.kind,  # type: ignore[arg-type]  # the journal takes no other
        source=one.source,  # type: ignore[arg-type]
        exercises=list(one.exercises),
        intensity=one.intensity,
        note=note,
    )


_ALL = "/v1/athletes/{athlete}/suggestions"
ROUTES = (
    Route("GET", _ALL, "plan", "What an athlete might do next", every, gives=Suggestions, about="athlete"),
    Route(
        "PUT",
        _ALL,
        "plan",
        "Suggest what an athlete might do next",
        make,
        body=Suggestions,
        status=204,
        about="athlete",
    ),
)
