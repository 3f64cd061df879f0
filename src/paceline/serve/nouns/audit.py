"""The audit: who read or changed whose data, and when; and the organisation that a token belongs to."""

from __future__ import annotations

import msgspec

from paceline.serve import cursors, permission
from paceline.serve.moments import Moment, text
from paceline.serve.nouns.words import Pseudonym
from paceline.serve.routes import Answer, Call, Page, Route


class AccessTold(msgspec.Struct, frozen=True, kw_only=True):
    """One access."""

    at: Moment
    by: str
    """The token's id, or `owner` for whoever sits at the machine."""
    action: str
    athlete: str | None
    thing: str
    allowed: bool


class AccessPage(msgspec.Struct, frozen=True, kw_only=True):
    """Part of the audit, the oldest first."""

    accesses: list[AccessTold]
    next: str | None
    """The cursor of the next page; null on the last one."""


class AuditQuery(Page, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whose accesses."""

    athlete: Pseudonym | None = None
    """Only those to this athlete's data."""


class OrganisationTold(msgspec.Struct, frozen=True, kw_only=True):
    """The organisation of the token."""

    slug: str
    name: str
    since: Moment


def page(call: Call) -> Answer:
    """An athlete reads who looked at their own data; an admin all of it."""
    query, key, audit = call.query(AuditQuery), call.room.cursor_key, call.room.audit
    sight = permission.Sight(call)
    wanted, of = sight.pseudonyms(query.athlete), f"audit {query.athlete}"
    if wanted is None and not sight.reaches(""):
        permission.demand(call, "")
    since, passed = cursors.read(query.after, of=of, key=key, kind=tuple[int, int]) if query.after else (-(2**62), 0)
    asked = passed + query.limit + 1
    found = sorted(
        (event for subject in (wanted or (None,)) for event in audit.events(subject=subject, since=since, limit=asked)),
        key=lambda event: event.at,
    )[passed:asked]
    shown, more = found[: query.limit], len(found) > query.limit
    following = None
    if more:
        last = shown[-1].at
        same = sum(event.at == last for event in shown) + (passed if last == since else 0)
        following = cursors.write((last, same), of=of, key=key)
    told = [
        AccessTold(
            at=text(it.at), by=it.by, action=it.action, athlete=it.subject or None, thing=it.thing, allowed=it.allowed
        )
        for it in shown
    ]
    return Answer(AccessPage(accesses=told, next=following), subjects=wanted or ())


def organisation(call: Call) -> Answer:
    """The token's own; no route names another."""
    known = call.hall.access.organisation(call.room.organisation)
    return Answer(OrganisationTold(slug=known.slug, name=known.name, since=text(known.since)))


ROUTES = (
    Route(
        "GET",
        "/v1/audit",
        "read audit",
        "Who read or changed whose data",
        page,
        query=AuditQuery,
        gives=AccessPage,
        about="listed",
    ),
    Route("GET", "/v1/organisation", "operate", "The organisation of the token", organisation, gives=OrganisationTold),
)
