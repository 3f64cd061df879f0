"""Consents: what somebody agrees to, purpose by purpose. Nothing is agreed to until they say so."""

from __future__ import annotations

import msgspec

from paceline.serve.moments import Moment, text
from paceline.serve.routes import Answer, Call, Route


class ConsentSaid(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whether somebody agrees."""

    given: bool


class ConsentTold(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody said about one purpose."""

    purpose: str
    given: bool
    at: Moment


class Consents(msgspec.Struct, frozen=True):
    """All that somebody said, the oldest first; the last word on a purpose counts."""

    consents: list[ConsentTold]


def all_of_them(call: Call) -> Answer:
    """Everything that was said."""
    said = call.room.store.people.consented(call.params["athlete"])
    return Answer(Consents([ConsentTold(purpose=one.purpose, given=one.given, at=text(one.at)) for one in said]))


def say(call: Call) -> Answer:
    """Agree, or do so no more."""
    given = call.body(ConsentSaid).given
    call.room.store.people.consent(call.params["athlete"], purpose=call.params["name"], given=given, by=call.by)
    return Answer()


_ALL = "/v1/athletes/{athlete}/consents"
ROUTES = (
    Route("GET", _ALL, "read person", "What a person agreed to", all_of_them, gives=Consents, about="athlete"),
    Route(
        "PUT",
        f"{_ALL}/{{name}}",
        "consent",
        "Agree to a purpose, or do so no more",
        say,
        body=ConsentSaid,
        status=204,
        about="athlete",
    ),
)
