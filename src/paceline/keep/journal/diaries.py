"""An athlete's diary: which recordings are of one session.

Devices overlap: what two of them recorded at the same time is one session. Two machines that import two files of one
ride at the same moment must agree, so it is decided in one thing per subject, whose next fact only one of them can
write; the other looks again.
"""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

import msgspec
from msgspec.structs import replace

from paceline.keep.journal.facts import Payload, Thing


class RecordingPlaced(Payload, frozen=True, kw_only=True):
    """It is settled to which session a recording belongs; None as a time where it does not say when it was."""

    subject: str
    sha256: str
    session: UUID
    start: int | None
    end: int | None


class RecordingMoved(Payload, frozen=True, kw_only=True):
    """A recording belongs to another session than was settled first, since a later one joined the two."""

    sha256: str
    session: UUID


class SessionStruck(Payload, frozen=True, kw_only=True):
    """Nothing is to join this session any more: it was deleted, or what it held has moved."""

    session: UUID


class Placed(msgspec.Struct, frozen=True, kw_only=True):
    """Where one recording belongs, and when it was."""

    session: UUID
    start: int | None
    end: int | None


class Diary(Thing, frozen=True, kw_only=True):
    """Where the recordings of one subject belong.

    Attributes:
        placed: sha256 → session and period, in the order in which they came.
        struck: sessions that nothing may join.
    """

    KIND: ClassVar[str] = "diary"

    placed: dict[str, Placed] = {}  # noqa: RUF012  # msgspec gives each its own
    struck: tuple[UUID, ...] = ()

    def after(self, what: Payload) -> Diary:
        """See `Thing`."""
        match what:
            case RecordingPlaced():
                entry = Placed(session=what.session, start=what.start, end=what.end)
                return replace(self, placed={**self.placed, what.sha256: entry})
            case RecordingMoved():
                entry = replace(self.placed[what.sha256], session=what.session)
                return replace(self, placed={**self.placed, what.sha256: entry})
            case SessionStruck():
                return replace(self, struck=(*self.struck, what.session))
        raise NotImplementedError(type(what).__name__)

    def at_the_time(self, start: int | None, end: int | None) -> tuple[UUID, ...]:
        """The sessions that were going on then, the first that came first; touching at an end is not overlapping.

        A recording without times was at no time, so it joins nothing.
        """
        if start is None or end is None:
            return ()
        found = (
            entry.session
            for entry in self.placed.values()
            if entry.start is not None and entry.end is not None and entry.start < end and start < entry.end
        )
        return tuple(session for session in dict.fromkeys(found) if session not in self.struck)

    def of(self, session: UUID) -> tuple[str, ...]:
        """The recordings of a session, by sha256."""
        return tuple(sha256 for sha256, entry in self.placed.items() if entry.session == session)


EVENTS = (RecordingPlaced, RecordingMoved, SessionStruck)
