"""A plan: what a coach wants done, for one athlete or for anybody."""

from __future__ import annotations

from typing import Any, ClassVar

from msgspec.structs import replace

from paceline.keep.journal.facts import Payload, Thing


class PlanMade(Payload, frozen=True, kw_only=True):
    """A plan was made; `subject` where it is one athlete's own, and its name is the id of a text."""

    subject: str
    name: str
    content: dict[str, Any]


class PlanChanged(Payload, frozen=True, kw_only=True):
    """Its content is another."""

    name: str
    content: dict[str, Any]


class PlanWithdrawn(Payload, frozen=True, kw_only=True):
    """It is to be followed no more."""


class Plan(Thing, frozen=True, kw_only=True):
    """What a plan holds; `state` is "none", "current" or "withdrawn"."""

    KIND: ClassVar[str] = "plan"

    subject: str = ""
    name: str = ""
    content: dict[str, Any] = {}  # noqa: RUF012  # msgspec gives each its own
    state: str = "none"

    def after(self, what: Payload) -> Plan:
        """See `Thing`."""
        match what:
            case PlanMade():
                return replace(self, subject=what.subject, name=what.name, content=what.content, state="current")
            case PlanChanged():
                return replace(self, name=what.name, content=what.content)
            case PlanWithdrawn():
                return replace(self, state="withdrawn")
        raise NotImplementedError(type(what).__name__)


EVENTS = (PlanMade, PlanChanged, PlanWithdrawn)
