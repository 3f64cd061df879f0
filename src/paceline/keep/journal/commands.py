"""What every group of commands stands on: an organisation's things, its texts, and who asks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar
from uuid import UUID

from paceline.domain.errors import Absent, Refused
from paceline.keep import checks
from paceline.keep.journal.facts import Fact, Payload, Thing, thing_id
from paceline.keep.journal.things import Things

Kind = TypeVar("Kind", bound=Thing)


class Texts(Protocol):
    """Where free texts lie, so that they can go when their subject goes: with the people."""

    def keep_text(self, subject: str, text: str) -> str:
        """Keep a text of a subject (empty: of the organisation) and give its id."""

    def text(self, key: str) -> str:
        """The text, or "" where it is gone."""


class Commands:
    """Commands on one organisation's journal."""

    def __init__(self, things: Things, *, organisation: str, texts: Texts | None) -> None:
        self.organisation = organisation
        self._things, self._texts = things, texts

    def text(self, key: str) -> str:
        """The text of an id that a fact holds; "" where there is none, or none any more."""
        return self._texts.text(key) if key and self._texts is not None else ""

    def _keep_text(self, command: str, subject: str, text: str) -> str:
        if not text:
            return ""
        if len(text) > checks.TEXT:
            raise Refused(command, because=f"a text has at most {checks.TEXT:,} characters")
        if self._texts is None:
            because = "free texts lie with the people, and this journal was opened without them"
            raise Refused(command, because=because, advice="Open it with texts=people.")
        return self._texts.keep_text(subject, text)

    def _id(self, kind: type[Thing], *parts: str) -> UUID:
        return thing_id(self.organisation, kind.KIND, *parts)

    def _there(self, kind: type[Kind], key: UUID | str) -> Kind:
        """A thing to which something has happened.

        Raises:
            Absent: nothing has, or it was forgotten.
        """
        thing = self._things.get(kind, checks.key(kind.KIND, key))
        if not thing.version or thing.forgotten:
            raise Absent(kind.KIND, key)
        return thing

    def _change(
        self,
        kind: type[Kind],
        key: UUID | str,
        decide: Callable[[Kind], Sequence[Payload]],
        *,
        by: str,
        new: bool = False,
    ) -> tuple[Fact, ...]:
        """One thing's next facts; see `Things.change`.

        Raises:
            Absent: there is no such thing, and it was not to be a new one.
        """
        checks.word("a change", "who asks (by)", by)
        key = checks.key(kind.KIND, key)

        def decide_there(thing: Kind) -> Sequence[Payload]:
            if thing.forgotten or not (new or thing.version):
                raise Absent(kind.KIND, key)
            return decide(thing)

        return self._things.change_one(kind, key, decide_there, by=by)
