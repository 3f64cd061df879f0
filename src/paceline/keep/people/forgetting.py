"""Forgetting somebody in every store, so that a crash in the middle leaves nothing half done for good."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from paceline.keep.database import Database
from paceline.keep.people.persons import Forgetting
from paceline.keep.subjects import mark_of

Part = Callable[[tuple[str, ...]], int]
"""Takes away what a store holds on these pseudonyms; says how much that was."""

TABLES = (
    "CREATE TABLE IF NOT EXISTS erasures (mark TEXT PRIMARY KEY, subjects TEXT NOT NULL, at BIGINT NOT NULL, "
    "by TEXT NOT NULL)",
)


class Erasures:
    """Who was forgotten, and who is about to be. Of those who were, a hash of the pseudonym is all that stays."""

    def __init__(self, database: Database, *, now: Callable[[], int]) -> None:
        self._database, self._now = database, now
        database.run(*TABLES)

    def begin(self, subjects: tuple[str, ...], *, by: str) -> str:
        """Write down what is to go, and let names, consents and texts go with it. Returns the mark."""
        mark = mark_of(subjects[0])
        with self._database.transaction(alone="people") as transaction:
            statement = "INSERT INTO erasures VALUES (?, ?, ?, ?) ON CONFLICT (mark) DO NOTHING"
            transaction.run(statement, mark, json.dumps(subjects), self._now(), by)
            for subject in subjects:
                for table in ("people", "aliases", "alias_recordings", "consents", "texts"):
                    transaction.run(f"DELETE FROM {table} WHERE subject = ?", subject)  # noqa: S608  # our own tables
        return mark

    def finish(self, mark: str, parts: Mapping[str, Part]) -> Forgetting:
        """Let every store take away what it holds; only then the list of pseudonyms goes, too."""
        found = self._database.rows("SELECT subjects FROM erasures WHERE mark = ?", mark)
        subjects = tuple(json.loads(found[0][0])) if found else ()
        removed = {name: part(subjects) for name, part in parts.items()} if subjects else {}
        with self._database.transaction(alone="people") as transaction:
            for subject in subjects:  # a text that came while the others were asked
                transaction.run("DELETE FROM texts WHERE subject = ?", subject)
                statement = "INSERT INTO erasures VALUES (?, ?, ?, ?) ON CONFLICT (mark) DO NOTHING"
                transaction.run(statement, mark_of(subject), "[]", self._now(), "")
            transaction.run("UPDATE erasures SET subjects = ? WHERE mark = ?", "[]", mark)
        self._database.shrink("people", "aliases", "alias_recordings", "consents", "texts", "erasures")
        return Forgetting(pseudonyms=len(subjects), removed=removed)

    def unfinished(self) -> tuple[str, ...]:
        """The marks of those whose forgetting was interrupted."""
        return tuple(
            str(mark) for (mark,) in self._database.rows("SELECT mark FROM erasures WHERE subjects <> ?", "[]")
        )

    def marks(self) -> frozenset[str]:
        """The marks of everybody who was forgotten."""
        return frozenset(str(mark) for (mark,) in self._database.rows("SELECT mark FROM erasures"))
