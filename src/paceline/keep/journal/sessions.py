"""A session: one athlete over one period, from start to end, with what was said, marked and labelled in it."""

from __future__ import annotations

from typing import ClassVar, TypeVar
from uuid import UUID

import msgspec
from msgspec.structs import replace

from paceline.keep.journal.facts import Payload, Thing

Entry = TypeVar("Entry")


class SessionStarted(Payload, frozen=True, kw_only=True):
    """A session began; `live` where its packets come as they are recorded."""

    subject: str
    start: int | None
    sport: str = ""
    live: bool = False
    plan: UUID | None = None


class SessionEnded(Payload, frozen=True, kw_only=True):
    """It came to its end."""

    end: int | None


class SessionExtended(Payload, frozen=True, kw_only=True):
    """A recording showed that it began earlier or ended later than was known."""

    start: int | None
    end: int | None


class SessionAbandoned(Payload, frozen=True, kw_only=True):
    """It stopped without being ended: the athlete gave up, or nothing was heard any more."""

    end: int | None
    reason: str


class SessionMerged(Payload, frozen=True, kw_only=True):
    """Its recordings turned out to be of another session."""

    into: UUID


class SessionDeleted(Payload, frozen=True, kw_only=True):
    """It is to be shown no more."""


class SessionDescribed(Payload, frozen=True, kw_only=True):
    """Where and on what: venue, bike, time zone; a JSON object whose text lies with the people."""

    context: str


class FeedbackGiven(Payload, frozen=True, kw_only=True):
    """How hard the athlete found it, 0 to 10."""

    score: int


class NoteTaken(Payload, frozen=True, kw_only=True):
    """Somebody wrote something about it; the words lie with the people."""

    note: UUID
    text: str


class NoteWithdrawn(Payload, frozen=True, kw_only=True):
    """A note was taken back."""

    note: UUID


class EffortMarked(Payload, frozen=True, kw_only=True):
    """An interval was marked, int64 ns UTC; its name is the id of a text. Marked again, it replaces the first."""

    effort: UUID
    start: int
    end: int
    kind: str
    name: str


class EffortUnmarked(Payload, frozen=True, kw_only=True):
    """A mark was taken away."""

    effort: UUID


class LabelSet(Payload, frozen=True, kw_only=True):
    """What was done in an interval: the exercise, with values such as repetitions and weight_kg."""

    label: UUID
    start: int
    end: int
    exercise: str
    values: dict[str, float]


class LabelCleared(Payload, frozen=True, kw_only=True):
    """A label was taken away."""

    label: UUID


class PacketsLost(Payload, frozen=True, kw_only=True):
    """Packets of a device never came: the sequence numbers from first to last."""

    device: str
    first: int
    last: int


class SessionMeasured(Payload, frozen=True, kw_only=True):
    """Its metrics are in the lake."""

    flow_version: str
    lake_version: int


class Effort(msgspec.Struct, frozen=True, kw_only=True):
    """A marked interval; `name` is the id of a text."""

    start: int
    end: int
    kind: str
    name: str


class Label(msgspec.Struct, frozen=True, kw_only=True):
    """What was done in an interval."""

    start: int
    end: int
    exercise: str
    values: dict[str, float]


class Loss(msgspec.Struct, frozen=True, kw_only=True):
    """Sequence numbers of a device that never came."""

    device: str
    first: int
    last: int


class Session(Thing, frozen=True, kw_only=True):
    """What is known of a session.

    Attributes:
        state: "none" before it started, then "running", "ended", "abandoned", "merged" or "deleted".
        start, end: int64 ns UTC; None where nothing says when.
        into: the session it was merged into.
        context: the id of a text that holds a JSON object; empty where nothing was said.
        notes: note → the id of its text.
        measured: the flow's version and the lake's, when its metrics were last computed.
    """

    KIND: ClassVar[str] = "session"

    subject: str = ""
    state: str = "none"
    start: int | None = None
    end: int | None = None
    sport: str = ""
    live: bool = False
    plan: UUID | None = None
    reason: str = ""
    into: UUID | None = None
    feedback: int | None = None
    context: str = ""
    notes: dict[UUID, str] = {}  # noqa: RUF012  # msgspec gives each its own
    efforts: dict[UUID, Effort] = {}  # noqa: RUF012
    labels: dict[UUID, Label] = {}  # noqa: RUF012
    losses: tuple[Loss, ...] = ()
    measured: tuple[str, int] | None = None

    def after(self, what: Payload) -> Session:
        """See `Thing`."""
        match what:
            case SessionStarted():
                asked = {"sport": what.sport, "live": what.live, "plan": what.plan}
                return replace(self, subject=what.subject, state="running", start=what.start, **asked)
            case SessionExtended():
                return replace(self, start=what.start, end=what.end)
            case SessionEnded():
                return replace(self, state="ended", end=what.end)
            case SessionAbandoned():
                return replace(self, state="abandoned", end=what.end, reason=what.reason)
            case SessionMerged() | SessionDeleted():
                into = what.into if isinstance(what, SessionMerged) else None
                return replace(self, state="merged" if into else "deleted", into=into)
        return self._told(what)

    def _told(self, what: Payload) -> Session:
        match what:
            case SessionDescribed():
                return replace(self, context=what.context)
            case FeedbackGiven():
                return replace(self, feedback=what.score)
            case NoteTaken():
                return replace(self, notes={**self.notes, what.note: what.text})
            case NoteWithdrawn():
                return replace(self, notes=_without(self.notes, what.note))
            case PacketsLost():
                lost = Loss(device=what.device, first=what.first, last=what.last)
                return replace(self, losses=(*self.losses, lost))
        return self._marked(what)

    def _marked(self, what: Payload) -> Session:
        match what:
            case EffortMarked():
                effort = Effort(start=what.start, end=what.end, kind=what.kind, name=what.name)
                return replace(self, efforts={**self.efforts, what.effort: effort})
            case EffortUnmarked():
                return replace(self, efforts=_without(self.efforts, what.effort))
            case LabelSet():
                label = Label(start=what.start, end=what.end, exercise=what.exercise, values=what.values)
                return replace(self, labels={**self.labels, what.label: label})
            case LabelCleared():
                return replace(self, labels=_without(self.labels, what.label))
            case SessionMeasured():
                return replace(self, measured=(what.flow_version, what.lake_version))
        raise NotImplementedError(type(what).__name__)

    @property
    def open(self) -> bool:
        """Whether it is there to be added to: started, and neither merged nor deleted."""
        return self.state in {"running", "ended", "abandoned"}


def _without(entries: dict[UUID, Entry], key: UUID) -> dict[UUID, Entry]:
    return {kept: entry for kept, entry in entries.items() if kept != key}


EVENTS = (
    SessionStarted,
    SessionEnded,
    SessionExtended,
    SessionAbandoned,
    SessionMerged,
    SessionDeleted,
    SessionDescribed,
    FeedbackGiven,
    NoteTaken,
    NoteWithdrawn,
    EffortMarked,
    EffortUnmarked,
    LabelSet,
    LabelCleared,
    PacketsLost,
    SessionMeasured,
)
