"""Following the facts, each exactly once.

A projection's rows and the position up to which they hold are written in one transaction. So after a crash both are
old or both are new, and any number of processes may follow at the same time: they take turns.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import Protocol

from paceline.keep.database import Database, Transaction, tables_of
from paceline.keep.journal.facts import Fact
from paceline.keep.journal.things import Things

AT_ONCE = 1000
"""Facts in one transaction."""

TABLES = (
    "CREATE TABLE IF NOT EXISTS following "
    "(projection TEXT PRIMARY KEY, version BIGINT NOT NULL, position BIGINT NOT NULL)",
)


class Projection(Protocol):
    """Rows that answer a question.

    Attributes:
        NAME: its own, for good.
        VERSION: counts up when the rows would be others; older ones are then made anew.
        TABLES: the statements that make its tables.
    """

    NAME: str
    VERSION: int
    TABLES: Sequence[str]

    def apply(self, fact: Fact, transaction: Transaction) -> None:
        """Bring the rows up to this fact."""


class Follower:
    """One projection over one journal."""

    def __init__(self, projection: Projection, *, things: Things, database: Database) -> None:
        self._projection, self._things, self._database = projection, things, database
        database.run(*TABLES, *projection.TABLES)

    def follow(self) -> int:
        """Bring the rows up to all facts that there are.

        Returns:
            The position up to which they hold.
        """
        while True:
            position = self._position()
            if position is not None and position >= self._things.last():
                return position
            self._step()

    def rebuild(self) -> int:
        """Make the rows anew from the facts; readers see the old ones until then. Returns the position."""
        with self._database.transaction(alone=self._projection.NAME) as transaction:
            position = self._begin(transaction)
            for fact in self._things.facts():
                self._projection.apply(fact, transaction)
                position = fact.position
            self._stand(transaction, position)
        return position

    def _position(self) -> int | None:
        """Where the rows stand; None where there are none, or of another version."""
        statement = "SELECT position FROM following WHERE projection = ? AND version = ?"
        found = self._database.rows(statement, self._projection.NAME, self._projection.VERSION)
        return int(found[0][0]) if found else None

    def _step(self) -> None:
        statement = "SELECT position FROM following WHERE projection = ? AND version = ?"
        with self._database.transaction(alone=self._projection.NAME) as transaction:
            found = transaction.rows(statement, self._projection.NAME, self._projection.VERSION)
            position = int(found[0][0]) if found else self._begin(transaction)
            for fact in islice(self._things.facts(position), AT_ONCE):
                self._projection.apply(fact, transaction)
                position = fact.position
            self._stand(transaction, position)

    def _begin(self, transaction: Transaction) -> int:
        for table in tables_of(self._projection.TABLES):
            transaction.run(f"DELETE FROM {table}")  # noqa: S608  # our own tables
        return 0

    def _stand(self, transaction: Transaction, position: int) -> None:
        statement = (
            "INSERT INTO following VALUES (?, ?, ?) ON CONFLICT (projection) DO UPDATE "
            "SET version = excluded.version, position = excluded.position"
        )
        transaction.run(statement, self._projection.NAME, self._projection.VERSION, position)
