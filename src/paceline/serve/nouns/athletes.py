"""Athletes: who is behind a pseudonym, and what is to happen to all that is held on them."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from paceline.keep.people import Person, Profile
from paceline.serve import cursors
from paceline.serve.moments import Moment, text
from paceline.serve.nouns.words import Day
from paceline.serve.persons import erasures, holdings
from paceline.serve.routes import Answer, Call, Page, Route

Name = Annotated[str, Meta(min_length=1, max_length=200, description="As the person wants to be called.")]
_MAIL = "^[!-?A-~\u00a1-\u1fff]+@[!-?A-~\u00a1-\u1fff]+[.][!-?A-~\u00a1-\u1fff]+$"
Line = Annotated[str, Meta(max_length=200)]


class ProfileTold(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What is known of a person beside the name; all of it optional."""

    mail: Annotated[str, Meta(pattern=_MAIL, max_length=320)] | None = None
    phone: Annotated[str, Meta(max_length=50)] | None = None
    born: Day | None = None
    sex: Annotated[str, Meta(max_length=50)] | None = None
    club: Line | None = None
    about: Annotated[str, Meta(max_length=10_000)] | None = None


class PersonSaid(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who somebody is."""

    name: Name
    profile: ProfileTold = ProfileTold()
    changing_pseudonyms: bool = False
    """Whether each session from now on is kept under a pseudonym of its own."""


class PersonTold(msgspec.Struct, frozen=True, kw_only=True):
    """Who is behind a pseudonym."""

    athlete: str
    name: str
    profile: ProfileTold
    changing_pseudonyms: bool
    since: Moment


class Enrolled(msgspec.Struct, frozen=True):
    """The pseudonym under which everything is kept."""

    athlete: str


class AthletePage(msgspec.Struct, frozen=True, kw_only=True):
    """Part of the list of athletes, by pseudonym."""

    athletes: list[str]
    next: str | None
    """The cursor of the next page; null on the last one."""


class Erased(msgspec.Struct, frozen=True, kw_only=True):
    """What was taken away."""

    pseudonyms: int
    removed: dict[str, int]
    """Store → how many things of theirs it held."""


def page(call: Call) -> Answer:
    """Pseudonyms only; a name is asked for one by one, and leaves its mark in the audit."""
    query, key = call.query(Page), call.room.cursor_key
    after = cursors.read(query.after, of="athletes", key=key, kind=str) if query.after else ""
    found = call.room.store.people.people(after=after, limit=query.limit + 1)
    shown = [person.subject for person in found[: query.limit]]
    following = cursors.write(shown[-1], of="athletes", key=key) if len(found) > query.limit else None
    return Answer(AthletePage(athletes=shown, next=following))


def enrol(call: Call) -> Answer:
    """A new person."""
    body, store = call.body(PersonSaid), call.room.store
    subject = store.people.enrol(name=body.name, profile=_profile(body.profile), by=call.by)
    if body.changing_pseudonyms:
        store.people.unstable(subject, wanted=True)
    store.journal.enrol_athlete(subject, by=call.by)
    return Answer(Enrolled(subject), headers={"Location": f"/v1/athletes/{subject}"}, subjects=(subject,))


def one(call: Call) -> Answer:
    """The person."""
    return Answer(_told(call.room.store.people.person(call.params["athlete"])))


def change(call: Call) -> Answer:
    """Another name or profile; the old ones are not kept."""
    body, people, athlete = call.body(PersonSaid), call.room.store.people, call.params["athlete"]
    changed = people.change(athlete, name=body.name, profile=_profile(body.profile))
    if changed.unstable != body.changing_pseudonyms:
        people.unstable(athlete, wanted=body.changing_pseudonyms)
    return Answer(_told(people.person(athlete)))


def export(call: Call) -> Answer:
    """Everything that is held on the person, out of every store."""
    parts = holdings(call.room, call.hall.access)
    held = call.room.store.people.export(call.params["athlete"], parts=parts)
    disposition = {"Content-Disposition": 'attachment; filename="paceline-export.json"'}
    return Answer(held, headers=disposition)


def erase(call: Call) -> Answer:
    """Taken away from every store; it can't be undone."""
    parts = erasures(call.room, call.hall.access, by=call.by)
    done = call.room.store.people.forget(call.params["athlete"], parts=parts, by=call.by)
    return Answer(Erased(pseudonyms=done.pseudonyms, removed=dict(done.removed)))


def _profile(told: ProfileTold) -> Profile:
    return Profile(**{name: value for name, value in msgspec.structs.asdict(told).items() if value is not None})


def _told(person: Person) -> PersonTold:
    known = {name: value for name, value in asdict(person.profile).items() if value}
    return PersonTold(
        athlete=person.subject,
        name=person.name,
        profile=ProfileTold(**known),
        changing_pseudonyms=person.unstable,
        since=text(person.since),
    )


_ONE = "/v1/athletes/{athlete}"
ROUTES = (
    Route(
        "GET",
        "/v1/athletes",
        "read list",
        "The pseudonyms of all athletes",
        page,
        query=Page,
        gives=AthletePage,
    ),
    Route(
        "POST",
        "/v1/athletes",
        "change person",
        "Enrol an athlete",
        enrol,
        body=PersonSaid,
        gives=Enrolled,
        status=201,
    ),
    Route("GET", _ONE, "read person", "Who is behind a pseudonym", one, gives=PersonTold, about="athlete"),
    Route(
        "PUT",
        _ONE,
        "change person",
        "Change a person's name and profile",
        change,
        body=PersonSaid,
        gives=PersonTold,
        about="athlete",
        versioned=one,
    ),
    Route(
        "DELETE",
        _ONE,
        "forget person",
        "Erase a person from every store",
        erase,
        gives=Erased,
        about="athlete",
        long=True,
    ),
    Route(
        "GET",
        f"{_ONE}/export",
        "export person",
        "Everything that is held on a person",
        export,
        gives=dict[str, Any],
        about="athlete",
        long=True,
    ),
)
