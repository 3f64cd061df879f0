"""Sessions: begun, ended, given up, deleted; how hard they were, where and on what."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from paceline.keep.journal import Journal
from paceline.keep.journal.sessions import Session
from paceline.serve import cursors, permission
from paceline.serve.moments import Moment, nanoseconds, nanoseconds_or_none, text_or_none
from paceline.serve.nouns.words import Pseudonym, Word
from paceline.serve.routes import Answer, Call, Page, Route

Score = Annotated[int, Meta(ge=0, le=10)]
Words = Annotated[str, Meta(max_length=200)]
_AT_ONCE = 100


class StartSession(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A session that begins."""

    athlete: Pseudonym
    start: Moment
    sport: Word | None = None
    plan: UUID | None = None
    """The plan that it follows."""


class EndSession(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When a session came to its end."""

    end: Moment


class AbandonSession(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When and why a session was given up."""

    end: Moment | None = None
    reason: Word


class Feedback(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How hard the athlete found it."""

    score: Score
    """From 0, nothing at all, to 10, as hard as can be."""


class Context(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Where and on what it was."""

    venue: Words | None = None
    bike: Words | None = None
    zone: Words | None = None
    """Whose wall clock its times are told in, such as Europe/London."""
    conditions: Words | None = None


class SessionTold(msgspec.Struct, frozen=True, kw_only=True):
    """A session as it stands."""

    session: UUID
    athlete: str
    state: Literal["running", "ended", "abandoned"]
    start: Moment | None
    end: Moment | None
    sport: str
    live: bool
    plan: UUID | None
    feedback: int | None
    flow_version: str | None
    """Of the metrics that are in the lake."""
    lake_version: int | None


class SessionDetails(SessionTold, frozen=True, kw_only=True):
    """A session with what was said about it."""

    reason: str
    """Why it was given up."""
    context: Context
    packets_lost: int
    """Packets of devices that never came."""


class SessionMade(msgspec.Struct, frozen=True, kw_only=True):
    """The number of what was made."""

    session: UUID


class SessionPage(msgspec.Struct, frozen=True, kw_only=True):
    """Part of the list of sessions, the latest first."""

    sessions: list[SessionTold]
    next: str | None
    """The cursor of the next page; null on the last one."""


class SessionQuery(Page, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which sessions."""

    athlete: Pseudonym | None = None
    """Only this athlete's."""


def told(session: Session) -> SessionTold:
    """A session as JSON has it."""
    return SessionTold(**_common(session))  # type: ignore[arg-type]  # its fields, by name


def _common(session: Session) -> dict[str, object]:
    flow, lake = session.measured or (None, None)
    return {
        "session": session.id,
        "athlete": session.subject,
        "state": session.state,
        "start": text_or_none(session.start),
        "end": text_or_none(session.end),
        "sport": session.sport,
        "live": session.live,
        "plan": session.plan,
        "feedback": session.feedback,
        "flow_version": flow,
        "lake_version": lake,
    }


def page(call: Call) -> Answer:
    """Those that the one who asks may see."""
    query, sight = call.query(SessionQuery), permission.Sight(call)
    wanted, key = sight.pseudonyms(query.athlete), call.room.cursor_key
    of = f"sessions {query.athlete}"
    after = cursors.read(query.after, of=of, key=key, kind=str) if query.after else None
    shown: list[Session] = []
    for session in _from(call.room.store.journal, wanted, after):
        if (wanted is None or session.subject in wanted) and sight.reaches(session.subject):
            shown.append(session)
        if len(shown) > query.limit:
            break
    more, shown = len(shown) > query.limit, shown[: query.limit]
    following = cursors.write(str(shown[-1].id), of=of, key=key) if more else None
    listed = [told(session) for session in shown]
    subjects = tuple(dict.fromkeys(session.subject for session in shown))
    return Answer(SessionPage(sessions=listed, next=following), subjects=subjects)


def _from(journal: Journal, wanted: tuple[str, ...] | None, after: str | None) -> Iterator[Session]:
    """Sessions from behind one on, read a page at a time."""
    only = wanted[0] if wanted is not None and len(wanted) == 1 else None
    while True:
        found = journal.sessions(only, after=after, limit=_AT_ONCE)
        yield from found
        if len(found) < _AT_ONCE:
            return
        after = str(found[-1].id)


def start(call: Call) -> Answer:
    """Begin one."""
    body = call.body(StartSession)
    permission.demand(call, body.athlete)
    moment, known, people = nanoseconds(body.start, field="#/start"), call.fresh_id(), call.room.store.people
    subject = people.subject_for_session(people.owner(body.athlete), known)
    call.room.store.journal.start_session(
        subject=subject, session=known, start=moment, sport=body.sport or "", plan=body.plan, by=call.by
    )
    return Answer(SessionMade(session=known), headers={"Location": f"/v1/sessions/{known}"}, subjects=(subject,))


def one(call: Call) -> Answer:
    """One, with all that was said."""
    journal = call.room.store.journal
    session = journal.session(call.params["session"])
    lost = sum(loss.last - loss.first + 1 for loss in session.losses)
    context = msgspec.convert(journal.context(session), Context)
    details = SessionDetails(
        **_common(session),  # type: ignore[arg-type]  # the fields of SessionTold, by name
        reason=session.reason,
        context=context,
        packets_lost=lost,
    )
    return Answer(details)


def end(call: Call) -> Answer:
    """Its end."""
    moment = nanoseconds(call.body(EndSession).end, field="#/end")
    call.room.store.journal.end_session(call.params["session"], end=moment, by=call.by)
    return Answer()


def abandon(call: Call) -> Answer:
    """Given up."""
    body = call.body(AbandonSession)
    moment = nanoseconds_or_none(body.end, field="#/end")
    call.room.store.journal.abandon_session(call.params["session"], end=moment, reason=body.reason, by=call.by)
    return Answer()


def delete(call: Call) -> Answer:
    """Shown no more."""
    call.room.store.journal.delete_session(call.params["session"], by=call.by)
    return Answer()


def feedback(call: Call) -> Answer:
    """How hard it was."""
    score = call.body(Feedback).score
    call.room.store.journal.give_feedback(call.params["session"], score=score, by=call.by)
    return Answer()


def describe(call: Call) -> Answer:
    """Where and on what it was."""
    context = {name: value for name, value in msgspec.structs.asdict(call.body(Context)).items() if value is not None}
    call.room.store.journal.describe_session(call.params["session"], context=context, by=call.by)
    return Answer()


_ONE = "/v1/sessions/{session}"
ROUTES = (
    Route(
        "GET",
        "/v1/sessions",
        "read data",
        "Sessions, the latest first",
        page,
        query=SessionQuery,
        gives=SessionPage,
        about="listed",
    ),
    Route(
        "POST",
        "/v1/sessions",
        "write data",
        "Begin a session",
        start,
        body=StartSession,
        gives=SessionMade,
        status=201,
        about="listed",
    ),
    Route("GET", _ONE, "read data", "A session and what was said about it", one, gives=SessionDetails, about="session"),
    Route("DELETE", _ONE, "delete data", "Show a session no more", delete, status=204, about="session"),
    Route("POST", f"{_ONE}/end", "write data", "End a session", end, body=EndSession, status=204, about="session"),
    Route(
        "POST",
        f"{_ONE}/abandon",
        "write data",
        "Give a session up",
        abandon,
        body=AbandonSession,
        status=204,
        about="session",
    ),
    Route(
        "PUT",
        f"{_ONE}/feedback",
        "annotate",
        "Say how hard a session was",
        feedback,
        body=Feedback,
        status=204,
        about="session",
    ),
    Route(
        "PUT",
        f"{_ONE}/context",
        "annotate",
        "Say where and on what a session was",
        describe,
        body=Context,
        status=204,
        about="session",
    ),
)
