"""An athlete: settings with the day since which they hold, plans, suggestions. No name: that lies with the people."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

import msgspec
from msgspec.structs import replace

from paceline.keep.journal.facts import Payload, Thing


class AthleteEnrolled(Payload, frozen=True, kw_only=True):
    """There is a subject of this pseudonym."""

    subject: str


class SettingDated(Payload, frozen=True, kw_only=True):
    """A setting such as mass holds from a day on, as ISO 8601, until a later day says otherwise; in SI units."""

    subject: str
    name: str
    value: float | str
    since: str


class SettingWithdrawn(Payload, frozen=True, kw_only=True):
    """What was said for that day never held."""

    name: str
    since: str


class PlanAssigned(Payload, frozen=True, kw_only=True):
    """The athlete is to follow a plan."""

    subject: str
    plan: UUID


class PlanUnassigned(Payload, frozen=True, kw_only=True):
    """The athlete follows a plan no more."""

    plan: UUID


class Suggestion(msgspec.Struct, frozen=True, kw_only=True):
    """What to do on a day: a session or rest.

    Attributes:
        day: ISO 8601.
        kind: "session" or "rest".
        source: "history", "programme" or "coach".
        exercises: what to train, by exercise or muscle group.
        intensity: 0 to 1.
        note: the id of a text; empty where nothing was said.
    """

    day: str
    kind: str
    source: str
    exercises: tuple[str, ...] = ()
    intensity: float | None = None
    note: str = ""


class SuggestionsMade(Payload, frozen=True, kw_only=True):
    """What the athlete might do next; these replace those made before."""

    subject: str
    suggestions: tuple[Suggestion, ...]


class Athlete(Thing, frozen=True, kw_only=True):
    """What is known of a subject apart from sessions.

    Attributes:
        settings: name → day → value.
    """

    KIND: ClassVar[str] = "athlete"

    subject: str = ""
    settings: dict[str, dict[str, float | str]] = {}  # noqa: RUF012  # msgspec gives each its own
    plans: tuple[UUID, ...] = ()
    suggestions: tuple[Suggestion, ...] = ()

    def after(self, what: Payload) -> Athlete:
        """See `Thing`."""
        match what:
            case AthleteEnrolled():
                return replace(self, subject=what.subject)
            case SettingDated():
                days = {**self.settings.get(what.name, {}), what.since: what.value}
                return replace(self, subject=what.subject, settings={**self.settings, what.name: days})
            case SettingWithdrawn():
                days = {day: value for day, value in self.settings.get(what.name, {}).items() if day != what.since}
                return replace(self, settings={**self.settings, what.name: days})
            case PlanAssigned():
                return replace(self, subject=what.subject, plans=(*self.plans, what.plan))
            case PlanUnassigned():
                return replace(self, plans=tuple(plan for plan in self.plans if plan != what.plan))
            case SuggestionsMade():
                return replace(self, subject=what.subject, suggestions=what.suggestions)
        raise NotImplementedError(type(what).__name__)

    def settings_on(self, day: str) -> dict[str, float | str]:
        """What held on a day: of each setting the latest value said for that day or one before."""
        held = {name: [since for since in days if since <= day] for name, days in self.settings.items()}
        return {name: self.settings[name][max(sinces)] for name, sinces in held.items() if sinces}


EVENTS = (AthleteEnrolled, SettingDated, SettingWithdrawn, PlanAssigned, PlanUnassigned, SuggestionsMade)
