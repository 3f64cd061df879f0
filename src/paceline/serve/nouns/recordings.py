"""Recordings: a whole file in one request, those of a session, and what no reader could make anything of."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from paceline.domain.errors import Absent, RequestRefused
from paceline.keep.journal import Packet, Recording
from paceline.serve.moments import Moment, nanoseconds_or_none, text_or_none
from paceline.serve.receiving import FileName, Hints, Received, columns, received
from paceline.serve.routes import Answer, Call, Raw, Route

LIMIT = 256 << 20
"""Bytes of one recording."""

OCTETS = "application/octet-stream"


class RecordingQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the file does not say by itself."""

    name: FileName
    start: Moment | None = None
    """When an undated file begins."""
    column: Annotated[list[Annotated[str, Meta(max_length=200)]], Meta(max_length=100)] = []
    """THEIRS=OURS, for a CSV of no known dialect."""


class RecordingTold(msgspec.Struct, frozen=True, kw_only=True):
    """A recording of a session."""

    sha256: str
    name: str
    size: int
    format: str
    start: Moment | None
    end: Moment | None


class Recordings(msgspec.Struct, frozen=True):
    """The recordings of a session, in the order in which they came."""

    recordings: list[RecordingTold]


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """What could not be decoded; its bytes are kept."""

    kind: Literal["recording", "packet"]
    sha256: str
    reason: str
    session: str | None
    device: str | None


class Refusals(msgspec.Struct, frozen=True):
    """What could not be decoded, of one athlete."""

    refusals: list[Refusal]


def receive(call: Call) -> Answer:
    """A whole file."""
    query, content = call.query(RecordingQuery), call.body(bytes)
    if not content:
        raise RequestRefused("unreadable", "The body is empty; it should hold the file.", field="#")
    hints = Hints(start=nanoseconds_or_none(query.start, field="start"), columns=columns(query.column))
    done = received(call, content, name=query.name, hints=hints)
    return Answer(done, status=201 if done.became == "new" else 200)


def of_session(call: Call) -> Answer:
    """Those that a session is made of."""
    store = call.room.store
    told = [
        RecordingTold(
            sha256=it.sha256,
            name=store.people.text(it.name),
            size=it.size,
            format=it.format,
            start=text_or_none(it.start),
            end=text_or_none(it.end),
        )
        for it in store.journal.recordings(call.params["session"])
    ]
    return Answer(Recordings(told))


def content(call: Call) -> Answer:
    """The bytes as they came, checked against their hash."""
    store, sha256 = call.room.store, call.params["sha256"]
    if sha256 not in {it.sha256 for it in store.journal.recordings(call.params["session"])}:
        raise Absent("recording", sha256)
    return Answer(store.blobs.get(sha256), headers={"Content-Disposition": 'attachment; filename="recording"'})


def refusals(call: Call) -> Answer:
    """What waits for a mended decoder."""
    store, told = call.room.store, []
    for alias in store.people.subjects_of(call.subject):
        for it in store.journal.listed(Recording, subject=alias, states=("refused",)):
            reason = store.people.text(it.reason)
            told.append(Refusal(kind="recording", sha256=it.sha256, reason=reason, session=None, device=None))
        for packet in store.journal.listed(Packet, subject=alias):
            if not packet.replayed:
                reason = store.people.text(packet.reason)
                told.append(
                    Refusal(
                        kind="packet",
                        sha256=packet.blob,
                        reason=reason,
                        session=packet.session or None,
                        device=packet.device or None,
                    )
                )
    return Answer(Refusals(told))


def replay(call: Call) -> Answer:
    """Tried again with the decoders that there are now."""
    store, sha256 = call.room.store, call.params["sha256"]
    for alias in store.people.subjects_of(call.subject):
        for it in store.journal.listed(Recording, subject=alias, states=("refused",)):
            if it.sha256 == sha256:
                name = store.people.text(it.name) or "recording"
                return Answer(received(call, store.blobs.get(sha256), name=name, hints=Hints()))
    raise Absent("refused recording", sha256)


_THEIRS = "/v1/athletes/{athlete}"
_ONE = "/v1/sessions/{session}/recordings"
ROUTES = (
    Route(
        "POST",
        f"{_THEIRS}/recordings",
        "write data",
        "Hand in a whole recording",
        receive,
        query=RecordingQuery,
        body=Raw(OCTETS, LIMIT),
        gives=Received,
        status=201,
        also=(200,),
        about="athlete",
        long=True,
    ),
    Route("GET", _ONE, "read data", "The recordings of a session", of_session, gives=Recordings, about="session"),
    Route(
        "GET",
        f"{_ONE}/{{sha256}}",
        "read data",
        "A recording's bytes, as they came",
        content,
        gives=bytes,
        media=OCTETS,
        about="session",
    ),
    Route(
        "GET",
        f"{_THEIRS}/refusals",
        "read data",
        "What could not be decoded",
        refusals,
        gives=Refusals,
        about="athlete",
    ),
    Route(
        "POST",
        f"{_THEIRS}/refusals/{{sha256}}/replay",
        "write data",
        "Try again to decode a recording",
        replay,
        gives=Received,
        about="athlete",
        long=True,
    ),
)
