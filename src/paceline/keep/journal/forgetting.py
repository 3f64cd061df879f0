"""Forgetting a person in a journal that stays valid.

A fact is never changed, with one exception, which the law makes: the facts of somebody who asks to be forgotten. Each
of them stays where it stood, so that versions and positions count on without a hole, but becomes `Forgotten`: no time,
no word of who wrote it, nothing of what happened. Then the rows are written anew, so that no copy of the old bytes is
left between them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

from paceline.keep.database import Database, is_server
from paceline.keep.journal.codec import topic
from paceline.keep.journal.erasures import Erasure, SubjectForgotten
from paceline.keep.journal.facts import Fact, Forgotten, Thing, thing_id
from paceline.keep.journal.kinds import THING_OF
from paceline.keep.journal.things import Things
from paceline.keep.subjects import mark_of

_EMPTY = b'{"at":0,"by":"","what":{}}'


def things_of(things: Things, subjects: Iterable[str]) -> dict[UUID, type[Thing]]:
    """Every thing that has a fact of one of these subjects, found by reading all facts: no index could be wrong."""
    asked = set(subjects)
    return {fact.originator_id: THING_OF[type(fact.what)] for fact in things.facts() if fact.subject in asked}


def forget(
    things: Things, subjects: Sequence[str], *, organisation: str, database: Database, place: str, by: str
) -> int:
    """Empty all facts of these subjects. Done again, it finds nothing more to do.

    Returns:
        How many things were emptied.
    """
    found = things_of(things, subjects)
    _close(things, found, by=by)
    _empty(found, database=database, server=is_server(place))
    things.forget(found)
    for subject in subjects:
        mark = mark_of(subject)
        key = thing_id(organisation, Erasure.KIND, mark)

        def decide(key: UUID = key, mark: str = mark) -> list[tuple[Thing, Sequence[SubjectForgotten]]]:
            erasure = things.get(Erasure, key)
            return [(erasure, () if erasure.version else (SubjectForgotten(mark=mark),))]

        things.change(decide, by=by)
    database.shrink("stored_events", "snapshots", "listing")  # no fact is ever deleted, so SQLite renumbers none
    return len(found)


def _close(things: Things, found: dict[UUID, type[Thing]], *, by: str) -> None:
    """One last fact for each, by which every server that keeps the thing ready learns that it is forgotten."""
    for key, kind in found.items():

        def decide(key: UUID = key, kind: type[Thing] = kind) -> list[tuple[Thing, Sequence[Forgotten]]]:
            thing = things.get(kind, key)
            return [(thing, () if thing.forgotten else (Forgotten(),))]

        things.change(decide, by=by)


def _empty(found: Iterable[UUID], *, database: Database, server: bool) -> None:
    with database.transaction(alone="forgetting") as transaction:
        for key in found:
            name: object = key if server else key.hex
            transaction.run(
                "UPDATE stored_events SET topic = ?, state = ? WHERE originator_id = ?", topic(Forgotten), _EMPTY, name
            )
            transaction.run("DELETE FROM snapshots WHERE thing = ?", key.hex)
            transaction.run("DELETE FROM listing WHERE thing = ?", key.hex)


def facts_on(things: Things, subjects: Iterable[str]) -> list[Fact]:
    """Every fact of every thing of these subjects, in order: what is held on them here."""
    found = things_of(things, subjects)
    return [fact for fact in things.facts() if fact.originator_id in found]
