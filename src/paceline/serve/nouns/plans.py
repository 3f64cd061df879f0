"""Plans: what a coach wants done, for one athlete or for anybody; and who follows which."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from paceline.domain.errors import Absent
from paceline.keep.journal import Plan
from paceline.serve import permission
from paceline.serve.hall import Room
from paceline.serve.nouns.words import Pseudonym
from paceline.serve.routes import Answer, Call, Route

PlanName = Annotated[str, Meta(min_length=1, max_length=200)]


class PlanSaid(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A plan's content."""

    name: PlanName
    content: dict[str, Any]


class PlanNew(PlanSaid, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new plan."""

    athlete: Pseudonym | None = None
    """Whose own it is; anybody's where nobody is named."""


class PlanTold(msgspec.Struct, frozen=True, kw_only=True):
    """A plan."""

    id: UUID
    name: str
    athlete: str | None
    content: dict[str, Any]
    state: Literal["current", "withdrawn"]


class Plans(msgspec.Struct, frozen=True):
    """Plans."""

    plans: list[PlanTold]


class PlanMade(msgspec.Struct, frozen=True):
    """The number of what was made."""

    id: UUID


class PlansQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whose plans."""

    athlete: Pseudonym | None = None
    """Only those that are this athlete's own."""


def every(call: Call) -> Answer:
    """Those of nobody and of those whom the one who asks may see."""
    journal, sight, athlete = call.room.store.journal, permission.Sight(call), call.query(PlansQuery).athlete
    found = journal.listed(Plan, subject=athlete, states=("current",))
    shown = [plan for plan in found if sight.reaches(plan.subject)]
    subjects = tuple(dict.fromkeys(plan.subject for plan in shown if plan.subject))
    return Answer(Plans([_told(call.room, plan) for plan in shown]), subjects=subjects)


def make(call: Call) -> Answer:
    """A new one."""
    body, key = call.body(PlanNew), call.fresh_id()
    permission.demand(call, body.athlete or "")
    if body.athlete:
        call.room.store.people.person(body.athlete)
    call.room.store.journal.make_plan(
        name=body.name, content=body.content, subject=body.athlete or "", plan=key, by=call.by
    )
    return Answer(PlanMade(key), headers={"Location": f"/v1/plans/{key}"}, subjects=tuple(filter(None, [body.athlete])))


def one(call: Call) -> Answer:
    """One."""
    return Answer(_told(call.room, _plan(call.room, call.params["id"])))


def change(call: Call) -> Answer:
    """Another name and content."""
    body = call.body(PlanSaid)
    call.room.store.journal.change_plan(call.params["id"], name=body.name, content=body.content, by=call.by)
    return one(call)


def withdraw(call: Call) -> Answer:
    """To be followed no more."""
    call.room.store.journal.withdraw_plan(call.params["id"], by=call.by)
    return Answer()


def assign(call: Call) -> Answer:
    """To be followed."""
    call.room.store.people.person(call.params["athlete"])
    call.room.store.journal.assign_plan(call.params["athlete"], plan=call.params["id"], by=call.by)
    return Answer()


def unassign(call: Call) -> Answer:
    """To be followed no more by this athlete."""
    call.room.store.journal.unassign_plan(call.params["athlete"], plan=UUID(call.params["id"]), by=call.by)
    return Answer()


def followed(call: Call) -> Answer:
    """Those that an athlete is to follow."""
    athlete = call.room.store.journal.athlete(call.params["athlete"])
    return Answer(Plans([_told(call.room, _plan(call.room, str(key))) for key in athlete.plans]))


def _plan(room: Room, key: str) -> Plan:
    found = [plan for plan in room.store.journal.listed(Plan, states=("current", "withdrawn")) if str(plan.id) == key]
    if not found:
        raise Absent("plan", key)
    return found[0]


def _owner(room: Room, params: Mapping[str, str]) -> str:
    return _plan(room, params["id"]).subject


def _told(room: Room, plan: Plan) -> PlanTold:
    name = room.store.people.text(plan.name)
    state: Literal["current", "withdrawn"] = "withdrawn" if plan.state == "withdrawn" else "current"
    return PlanTold(id=plan.id, name=name, athlete=plan.subject or None, content=plan.content, state=state)


_ONE = "/v1/plans/{id}"
_THEIRS = "/v1/athletes/{athlete}/plans"
ROUTES = (
    Route("GET", "/v1/plans", "plan", "Plans", every, query=PlansQuery, gives=Plans, about="listed"),
    Route("POST", "/v1/plans", "plan", "Make a plan", make, body=PlanNew, gives=PlanMade, status=201, about="listed"),
    Route("GET", _ONE, "plan", "A plan", one, gives=PlanTold, about="thing", owner=_owner),
    Route(
        "PUT",
        _ONE,
        "plan",
        "Change a plan",
        change,
        body=PlanSaid,
        gives=PlanTold,
        about="thing",
        owner=_owner,
        versioned=one,
    ),
    Route("DELETE", _ONE, "plan", "Withdraw a plan", withdraw, status=204, about="thing", owner=_owner),
    Route("GET", _THEIRS, "plan", "The plans that an athlete is to follow", followed, gives=Plans, about="athlete"),
    Route("PUT", f"{_THEIRS}/{{id}}", "plan", "Let an athlete follow a plan", assign, status=204, about="athlete"),
    Route(
        "DELETE",
        f"{_THEIRS}/{{id}}",
        "plan",
        "Let an athlete follow a plan no more",
        unassign,
        status=204,
        about="athlete",
    ),
)
