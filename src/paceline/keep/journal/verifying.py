"""Does the journal still say what was put in? Every fact is read, and every list is held against the facts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from uuid import UUID

from paceline.domain.errors import StoreDamaged
from paceline.keep.database import Database
from paceline.keep.journal.diaries import Diary
from paceline.keep.journal.facts import Forgotten
from paceline.keep.journal.kinds import THING_OF
from paceline.keep.journal.projections.following import Follower
from paceline.keep.journal.things import Things


def faults(things: Things, listing: Follower, database: Database) -> Iterator[str]:
    """One sentence for each thing that is wrong."""
    versions: Counter[UUID] = Counter()
    listed: dict[UUID, bool] = {}
    position = 0
    try:
        for fact in things.facts():
            versions[fact.originator_id] += 1
            if fact.originator_version != versions[fact.originator_id]:
                yield f"{database.place}: {fact.originator_id} has no fact {versions[fact.originator_id]}."
                versions[fact.originator_id] = fact.originator_version
            if fact.position <= position:
                yield f"{database.place}: position {fact.position} comes after {position}."
            position = fact.position
            forgotten = isinstance(fact.what, Forgotten)
            listed[fact.originator_id] = not forgotten and THING_OF[type(fact.what)] is not Diary
    except StoreDamaged as error:
        yield str(error)
        return
    listing.follow()
    rows = {UUID(row[0]) for row in database.rows("SELECT thing FROM listing")}
    expected = {key for key, wanted in listed.items() if wanted}
    if rows != expected:
        yield f"{database.place}: its lists hold {len(rows)} things, its facts {len(expected)}. Run: paceline rebuild."
