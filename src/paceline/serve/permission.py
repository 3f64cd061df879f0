"""May they? The one place where every route asks, and where it is written down that somebody asked.

The rules themselves are in `keep/access/rules.py`. What they need to know, whose data it is and what that person agrees
to, is looked up here. A session that may not be seen is answered like one that does not exist: otherwise a number tried
at random would tell that there is such a session.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

from paceline.domain.errors import Absent, AccessDenied
from paceline.keep.access import may
from paceline.keep.access.rules import RULES
from paceline.serve.hall import Room
from paceline.serve.routes import Answer, Call

_CELLS = ("own", "others", "none")


def permitted(call: Call) -> str:
    """Let a call through that the rules allow.

    Returns:
        The pseudonym that the data lie under; empty where they are nobody's or a list's.

    Raises:
        AccessDenied: the role or the scopes don't reach that far; it is written down.
        Absent: there is no such athlete; or no such session or upload, or none that this one may see.
    """
    grant, action = call.grant, call.route.action
    if (grant.scopes and action not in grant.scopes) or not RULES[grant.role].get(action):
        _refuse(call, "")
    if call.route.about == "listed":
        return ""
    subject = _OF[call.route.about](call.room, call)
    if not Sight(call).reaches(subject):
        _refuse(call, subject)
    if call.route.about == "athlete":
        call.room.store.people.person(subject)  # there must be somebody
    return subject


def demand(call: Call, subject: str, action: str = "") -> None:
    """The same for somebody whom the body names; `action` where it is not the route's own.

    Raises:
        AccessDenied: the rules don't allow it for this person.
    """
    if not Sight(call, action).reaches(subject):
        _refuse(call, subject)


@dataclass(slots=True)
class Sight:
    """Whom one call reaches with an action; what people agree to is looked up once for each."""

    call: Call
    action: str = ""
    _reached: dict[str, bool] = field(default_factory=dict)

    def reaches(self, subject: str) -> bool:
        """Whether the rules allow it with the data under this pseudonym; empty for nobody's."""
        if subject not in self._reached:
            people, grant = self.call.room.store.people, self.call.grant
            self._reached[subject] = may(
                grant,
                self.action or self.call.route.action,
                organisation=self.call.room.organisation,
                subject=people.owner(subject) if subject else "",
                consents=people.given(subject) if subject else frozenset(),
            )
        return self._reached[subject]

    def pseudonyms(self, athlete: str | None) -> tuple[str, ...] | None:
        """Under which pseudonyms to look for what is asked for; None for all that there are.

        Args:
            athlete: the one asked for; None for everybody. An athlete's own token asks for their own, always.

        Returns:
            All pseudonyms of that person for those who may know who they are; for others only the one that they named.
        """
        people, grant = self.call.room.store.people, self.call.grant
        if athlete is None and RULES[grant.role].get(self.action or self.call.route.action) == frozenset({"own"}):
            athlete = grant.subject
        if athlete is None:
            return None
        if not self.reaches(athlete):
            _refuse(self.call, athlete)
        return people.subjects_of(athlete) if Sight(self.call, "read person").reaches(athlete) else (athlete,)


def audited(call: Call, answer: Answer) -> Answer:
    """The answer, once it is on the disk whose data are in it."""
    subjects = tuple(dict.fromkeys(filter(None, (call.subject, *answer.subjects))))
    if call.route.action == "forget person":
        subjects = ()  # that somebody was forgotten is written down, and not who
    if call.route.action and (subjects or call.route.method != "GET"):
        call.room.audit.record(
            by=call.by, action=call.route.action, subjects=subjects or ("",), thing=_thing(call), allowed=True
        )
    return answer


def _refuse(call: Call, subject: str) -> None:
    """Write down that somebody asked for what is not theirs, and say no."""
    grant, action = call.grant, call.route.action
    call.room.audit.record(by=call.by, action=action, subjects=(subject,), thing=_thing(call), allowed=False)
    if call.route.about in {"session", "upload", "thing"} and subject:
        raise Absent(call.route.about, next(iter(call.params.values())))
    raise AccessDenied(f"to {action}", because=f"a token of a {grant.role.value} does not reach that far here")


def _thing(call: Call) -> str:
    """Which data, as the audit calls them: a session's number, else the route's nouns."""
    nouns = [piece for piece in call.route.path.split("/") if piece not in {"", "v1"} and not piece.startswith("{")]
    return ":".join([*nouns, *(call.params[name] for name in ("session",) if name in call.params)])[:100]


def _of_session(room: Room, call: Call) -> str:
    session = room.store.journal.session(UUID(call.params["session"]))
    if not session.open:
        raise Absent("session", call.params["session"])
    return session.subject


def _of_upload(room: Room, call: Call) -> str:
    return room.pending.uploads.state(call.params["upload"]).subject


def _of_thing(room: Room, call: Call) -> str:
    return call.route.owner(room, call.params) if call.route.owner is not None else ""


_OF: dict[str, Callable[[Room, Call], str]] = {
    "nobody": lambda _room, _call: "",
    "athlete": lambda _room, call: call.params["athlete"],
    "session": _of_session,
    "upload": _of_upload,
    "thing": _of_thing,
}
