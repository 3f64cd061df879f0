"""Dated settings of an athlete: mass, thresholds, zones; each holds from a day on until a later day says otherwise."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from paceline.domain.errors import UnknownName
from paceline.measure.quantities import QUANTITIES
from paceline.serve.nouns.words import Day, Word
from paceline.serve.routes import Answer, Call, Route

Number = Annotated[float, Meta(ge=-1e12, le=1e12)]


class SettingSaid(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What holds from a day on."""

    value: Number | Word
    """In SI units, heart rate and cadence in 1/min; or a word."""
    since: Day


class Settings(msgspec.Struct, frozen=True):
    """All that was said, by name and day."""

    settings: dict[str, dict[str, float | str]]


class SinceQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which day's."""

    since: Day


class OnQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What held on one day only."""

    on: Day | None = None


def every(call: Call) -> Answer:
    """All of them, or what held on a day."""
    athlete, day = call.room.store.journal.athlete(call.params["athlete"]), call.query(OnQuery).on
    if day is None:
        return Answer(Settings({name: days for name, days in athlete.settings.items() if days}))
    return Answer(Settings({name: {day: value} for name, value in athlete.settings_on(day).items()}))


def say(call: Call) -> Answer:
    """From a day on."""
    body, name = call.body(SettingSaid), known(call.params["name"])
    call.room.store.journal.date_setting(
        call.params["athlete"], name=name, value=body.value, since=body.since, by=call.by
    )
    return Answer()


def withdraw(call: Call) -> Answer:
    """It never held."""
    since, name = call.query(SinceQuery).since, known(call.params["name"])
    call.room.store.journal.withdraw_setting(call.params["athlete"], name=name, since=since, by=call.by)
    return Answer()


def known(name: str) -> str:
    """A setting that there is; a misspelt one would be kept for ever and used by nothing.

    Raises:
        UnknownName: there is none of that name.
    """
    names = sorted(quantity.name for quantity in QUANTITIES.values() if quantity.kind == "setting")
    if name not in names:
        raise UnknownName("setting", name, known=names)
    return name


_ALL = "/v1/athletes/{athlete}/settings"
ROUTES = (
    Route("GET", _ALL, "read data", "Dated settings", every, query=OnQuery, gives=Settings, about="athlete"),
    Route(
        "PUT",
        f"{_ALL}/{{name}}",
        "plan",
        "Say what a setting is from a day on",
        say,
        body=SettingSaid,
        status=204,
        about="athlete",
    ),
    Route(
        "DELETE",
        f"{_ALL}/{{name}}",
        "plan",
        "Say that a setting never held",
        withdraw,
        query=SinceQuery,
        status=204,
        about="athlete",
    ),
)
