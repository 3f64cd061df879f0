"""A recording that came over the wire, taken in as `paceline import` takes in a file: decoded in a process of its own.

A decoder may take seconds and gigabytes of somebody's broken file; in another process it takes nothing from those who
are being answered meanwhile, and if it dies, it dies alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from paceline.domain.errors import RequestRefused
from paceline.serve.routes import Call

if TYPE_CHECKING:
    from paceline.jobs.importing import Outcome

FileName = Annotated[
    str,
    Meta(
        pattern=r"^[^/\\\x00-\x1f\x7f.][^/\\\x00-\x1f\x7f]{0,59}$",
        description="The file's name. It is kept with the people's names; what the file is, is told by its content.",
    ),
]


class Received(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a recording."""

    became: Literal["new", "known", "nothing"]
    """`known`: these bytes were here before. `nothing`: it was read, and holds nothing to measure."""
    sessions: list[UUID]
    joined: bool
    """Whether one of these sessions had recordings already."""


class Hints(msgspec.Struct, frozen=True, kw_only=True):
    """What a file does not say by itself."""

    start: int | None = None
    columns: Mapping[str, str] = {}


def received(call: Call, content: bytes, *, name: str, hints: Hints) -> Received:
    """Take a recording in for the call's athlete.

    Args:
        call: whose it is, and who hands it in.
        content: the file's bytes.
        name: the file's name.
        hints: what it does not say by itself.

    Raises:
        RequestRefused: no reader can make anything of it. The bytes are kept and the refusal is in the journal.
    """
    outcome = _imported(call, content, name, hints)
    if outcome.became == "refused":
        raise RequestRefused("undecodable", outcome.reason)
    sessions = list(outcome.sessions) or _known_sessions(call, content)
    return Received(became=outcome.became, sessions=sessions, joined=outcome.joined)


def _known_sessions(call: Call, content: bytes) -> list[UUID]:
    """The sessions of bytes that were here before; an envelope's rides are found by the file they are of."""
    from paceline.jobs.receiving import unpacked

    store, sha256 = call.room.store, hashlib.sha256(unpacked(content)).hexdigest()
    diaries = (store.journal.diary(alias) for alias in store.people.subjects_of(call.subject))
    placed = (diary.placed[sha256].session for diary in diaries if sha256 in diary.placed)
    return list(dict.fromkeys(placed))


def _imported(call: Call, content: bytes, name: str, hints: Hints) -> Outcome:
    from paceline.jobs.importing import import_files

    with TemporaryDirectory(prefix="paceline-") as folder:
        file = Path(folder, name)
        file.write_bytes(content)
        try:
            done = import_files(
                call.room.store,
                [file],
                subject=call.room.store.people.owner(call.subject),
                executor=call.hall.decoders(),
                by=call.by,
                start=hints.start,
                columns=hints.columns,
            )
        except BrokenProcessPool as error:
            call.hall.drop_decoders()
            raise RequestRefused("unavailable", "The process that decodes ended. Send the recording again.") from error
    return done.outcomes[0]


def columns(told: list[str]) -> dict[str, str]:
    """Column name → channel, from THEIRS=OURS.

    >>> columns(["Watts=power"])
    {'Watts': 'power'}
    """
    found = {}
    for pair in told:
        theirs, equals, ours = pair.rpartition("=")
        if not (theirs and equals and ours):
            raise RequestRefused("invalid", "A column is said as THEIRS=OURS.", field="column")
        found[theirs] = ours
    return found
