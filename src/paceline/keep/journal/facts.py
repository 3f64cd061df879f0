"""A fact: something that happened, to one thing, once; written down and never changed.

What happened is a frozen payload named in the past tense (`SessionStarted`). Around it stand the thing it happened to,
the how-manieth of that thing's facts it is, when it was written down, and by whom. A thing's state is nothing but its
facts, one applied after the other.

No payload holds a name or a free text: texts lie with `keep/people`, and the payload holds the text's id.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, Self, TypeVar
from uuid import UUID, uuid5

import msgspec

HOUSE = UUID("6f0c7a0e-9d0c-5c0e-8f61-0d4a3c2b1e90")
"""The namespace of ids that follow from what they name; changing it would make every such thing a new one."""


class Payload(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What happened, without its surroundings; JSON holds exactly its fields.

    Attributes:
        VERSION: counts up whenever a field changes its name or meaning; `upcasts` then reads the old ones.
    """

    VERSION: ClassVar[int] = 1


class Forgotten(Payload, frozen=True, kw_only=True):
    """What stands where a forgotten person's fact stood: that there was one, and nothing of it."""


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that happened.

    Attributes:
        originator_id: the thing that it happened to.
        originator_version: the how-manieth fact of that thing, from 1.
        at: int64 ns UTC, when it was written down.
        by: who asked for it: a token's id, or "owner".
        what: the payload.
        position: its place among all facts of the organisation, counting up; 0 while it is not written down.
    """

    originator_id: UUID
    originator_version: int
    at: int
    by: str
    what: Payload
    position: int = 0

    @property
    def kind(self) -> str:
        """The name of what happened, such as `SessionStarted`."""
        return type(self.what).__name__

    @property
    def subject(self) -> str:
        """The pseudonym whose data the payload holds; empty where it holds nobody's, or leaves it to earlier facts."""
        return getattr(self.what, "subject", "")


class Thing(Payload, frozen=True, kw_only=True):
    """What a thing's facts come to. Each kind of thing says with `after` what one more fact makes of it.

    Attributes:
        id: which one.
        version: how many facts have been applied.
        forgotten: whether its facts were emptied because its subject asked to be forgotten.
    """

    id: UUID
    version: int = 0
    forgotten: bool = False

    KIND: ClassVar[str] = "thing"

    def after(self, what: Payload) -> Self:
        """The thing once this has happened, too; `replay` counts the version."""
        raise NotImplementedError


Changed = TypeVar("Changed", bound=Thing)


def replay(thing: Changed, facts: Iterable[Fact]) -> Changed:
    """The thing once all these facts, its next ones, have happened."""
    for fact in facts:
        if isinstance(fact.what, Forgotten):
            changed = type(thing)(id=thing.id, forgotten=True)
        else:
            changed = thing.after(fact.what)
        thing = msgspec.structs.replace(changed, version=fact.originator_version)
    return thing


def thing_id(organisation: str, kind: str, *parts: str) -> UUID:
    """The id of a thing that follows from what it is, so that two machines give the same thing the same id.

    >>> thing_id("home", "recording", "s2", "ab") == thing_id("home", "recording", "s2", "ab")
    True
    >>> thing_id("home", "recording", "s2", "ab") == thing_id("club", "recording", "s2", "ab")
    False
    """
    return uuid5(HOUSE, "\x1f".join((organisation, kind, *parts)))
