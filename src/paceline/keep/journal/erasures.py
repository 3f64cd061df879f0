"""That somebody was forgotten: the one fact that stays, and it names nobody."""

from __future__ import annotations

from typing import ClassVar

from msgspec.structs import replace

from paceline.keep.journal.facts import Payload, Thing


class SubjectForgotten(Payload, frozen=True, kw_only=True):
    """All that was held on a subject was taken away; `mark` is the pseudonym's SHA-256, so a restored copy shows it."""

    mark: str


class Erasure(Thing, frozen=True, kw_only=True):
    """One erasure."""

    KIND: ClassVar[str] = "erasure"

    mark: str = ""

    def after(self, what: Payload) -> Erasure:
        """See `Thing`."""
        if isinstance(what, SubjectForgotten):
            return replace(self, mark=what.mark)
        raise NotImplementedError(type(what).__name__)


EVENTS = (SubjectForgotten,)
