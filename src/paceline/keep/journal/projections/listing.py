"""Lists: which sessions, recordings, plans, devices and models there are, and how each of them stands."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import msgspec

from paceline.keep.database import Transaction
from paceline.keep.journal.diaries import Diary
from paceline.keep.journal.facts import Fact, Forgotten, Thing, replay
from paceline.keep.journal.kinds import THING_OF, THINGS

NO_TIME = -(2**63)
"""The moment of things that have none: they come last."""


class Listing:
    """One row a thing, with what its facts come to."""

    NAME = "listing"
    VERSION = 1
    TABLES: Sequence[str] = (
        "CREATE TABLE IF NOT EXISTS listing (thing TEXT PRIMARY KEY, kind TEXT NOT NULL, subject TEXT NOT NULL, "
        "state TEXT NOT NULL, moment BIGINT NOT NULL, body TEXT NOT NULL)",
        "CREATE INDEX IF NOT EXISTS listing_by_moment ON listing (kind, moment, thing)",
        "CREATE INDEX IF NOT EXISTS listing_by_subject ON listing (subject, kind, moment)",
    )

    def apply(self, fact: Fact, transaction: Transaction) -> None:
        """See `Projection`."""
        if isinstance(fact.what, Forgotten):
            transaction.run("DELETE FROM listing WHERE thing = ?", fact.originator_id.hex)
            return
        kind = THING_OF[type(fact.what)]
        if kind is Diary:  # a diary grows with every recording, and nobody lists diaries
            return
        thing = replay(self._so_far(kind, fact.originator_id, transaction), [fact])
        row = (getattr(thing, "subject", ""), getattr(thing, "state", ""), _moment(thing))
        statement = (
            "INSERT INTO listing VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (thing) DO UPDATE SET "
            "subject = excluded.subject, state = excluded.state, moment = excluded.moment, body = excluded.body"
        )
        transaction.run(statement, thing.id.hex, thing.KIND, *row, msgspec.json.encode(thing).decode())

    @staticmethod
    def _so_far(kind: type[Thing], key: UUID, transaction: Transaction) -> Thing:
        for (body,) in transaction.rows("SELECT body FROM listing WHERE thing = ?", key.hex):
            return msgspec.json.decode(body, type=kind)
        return kind(id=key)


def listed(kind: str, body: str) -> Thing:
    """A thing as a row holds it."""
    return msgspec.json.decode(body, type=THINGS[kind])


def _moment(thing: Thing) -> int:
    start = getattr(thing, "start", None)
    return NO_TIME if start is None else int(start)
