"""What people say about a session: notes, marked efforts, and labels of what was done."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from paceline.serve.moments import Moment, nanoseconds, text
from paceline.serve.nouns.words import Text, Word
from paceline.serve.routes import Answer, Call, Route

Value = Annotated[float, Meta(ge=-1e9, le=1e9)]
EffortName = Annotated[str, Meta(max_length=200)]


class NoteSaid(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Something somebody wrote."""

    text: Text


class NoteTold(msgspec.Struct, frozen=True, kw_only=True):
    """A note."""

    id: UUID
    text: str


class EffortSaid(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An interval of a session."""

    start: Moment
    end: Moment
    name: EffortName = ""
    kind: Word | None = None
    """What sort of mark it is; `mark` where nothing is said."""


class EffortTold(msgspec.Struct, frozen=True, kw_only=True):
    """A marked interval."""

    id: UUID
    start: Moment
    end: Moment
    name: str
    kind: str


class LabelSaid(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was done in an interval."""

    start: Moment
    end: Moment
    exercise: Word
    values: Annotated[dict[Word, Value], Meta(max_length=100)] = {}
    """Such as repetitions and weight_kg."""


class LabelTold(msgspec.Struct, frozen=True, kw_only=True):
    """What was done in an interval."""

    id: UUID
    start: Moment
    end: Moment
    exercise: str
    values: dict[str, float]


class Annotations(msgspec.Struct, frozen=True, kw_only=True):
    """All that people said about a session."""

    notes: list[NoteTold]
    marks: list[EffortTold]
    labels: list[LabelTold]


class Made(msgspec.Struct, frozen=True):
    """The number of what was made."""

    id: UUID


def every(call: Call) -> Answer:
    """All of it."""
    journal, people = call.room.store.journal, call.room.store.people
    session = journal.session(call.params["session"])
    notes = [NoteTold(id=key, text=people.text(words)) for key, words in session.notes.items()]
    marks = [
        EffortTold(id=key, start=text(it.start), end=text(it.end), name=people.text(it.name), kind=it.kind)
        for key, it in session.efforts.items()
    ]
    labels = [
        LabelTold(id=key, start=text(it.start), end=text(it.end), exercise=it.exercise, values=it.values)
        for key, it in session.labels.items()
    ]
    return Answer(Annotations(notes=notes, marks=marks, labels=labels))


def note(call: Call) -> Answer:
    """A note is taken."""
    key = call.fresh_id()
    call.room.store.journal.note(call.params["session"], text=call.body(NoteSaid).text, note=key, by=call.by)
    return Answer(Made(key))


def withdraw_note(call: Call) -> Answer:
    """A note is taken back."""
    call.room.store.journal.withdraw_note(call.params["session"], note=UUID(call.params["id"]), by=call.by)
    return Answer()


def mark(call: Call) -> Answer:
    """An interval is marked, or marked anew."""
    body = call.body(EffortSaid)
    call.room.store.journal.mark_effort(
        call.params["session"],
        start=nanoseconds(body.start, field="#/start"),
        end=nanoseconds(body.end, field="#/end"),
        name=body.name,
        kind=body.kind or "mark",
        effort=UUID(call.params["id"]),
        by=call.by,
    )
    return Answer()


def unmark(call: Call) -> Answer:
    """A mark is taken away."""
    call.room.store.journal.unmark_effort(call.params["session"], effort=UUID(call.params["id"]), by=call.by)
    return Answer()


def label(call: Call) -> Answer:
    """What was done, said or said anew."""
    body = call.body(LabelSaid)
    call.room.store.journal.set_label(
        call.params["session"],
        start=nanoseconds(body.start, field="#/start"),
        end=nanoseconds(body.end, field="#/end"),
        exercise=body.exercise,
        values=body.values,
        label=UUID(call.params["id"]),
        by=call.by,
    )
    return Answer()


def clear_label(call: Call) -> Answer:
    """A label is taken away."""
    call.room.store.journal.clear_label(call.params["session"], label=UUID(call.params["id"]), by=call.by)
    return Answer()


_ONE = "/v1/sessions/{session}"


def _said(method: str, path: str, summary: str, **how: object) -> Route:
    run = how.pop("run")
    return Route(method, _ONE + path, "annotate", summary, run, status=204, about="session", **how)  # type: ignore[arg-type]


ROUTES = (
    Route(
        "GET",
        f"{_ONE}/annotations",
        "read data",
        "What people said about a session",
        every,
        gives=Annotations,
        about="session",
    ),
    Route(
        "POST",
        f"{_ONE}/notes",
        "annotate",
        "Write a note about a session",
        note,
        body=NoteSaid,
        gives=Made,
        status=201,
        about="session",
    ),
    _said("DELETE", "/notes/{id}", "Take a note back", run=withdraw_note),
    _said("PUT", "/marks/{id}", "Mark an interval of a session", run=mark, body=EffortSaid),
    _said("DELETE", "/marks/{id}", "Take a mark away", run=unmark),
    _said("PUT", "/labels/{id}", "Say what was done in an interval", run=label, body=LabelSaid),
    _said("DELETE", "/labels/{id}", "Take a label away", run=clear_label),
)
