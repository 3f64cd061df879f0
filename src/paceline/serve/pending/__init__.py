"""What servers must remember between two requests: answers already given, uploads not yet whole, the cursors' key.

Nothing here is a fact about an athlete for good: it is forgotten after a day, and at once when a person is erased. It
lies beside an organisation's other stores, so that every server of a house knows what another has begun.
"""

from __future__ import annotations

from contextlib import AbstractContextManager

from paceline.keep.database import Database
from paceline.serve.pending.answers import Answers, Given
from paceline.serve.pending.uploads import Upload, Uploads

__all__ = ["Answers", "Given", "Pending", "Upload", "Uploads"]

KEPT = 24 * 3600.0
"""Seconds for which an answer or an unfinished upload is remembered."""


class Pending:
    """All of it for one organisation."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.answers, self.uploads = Answers(database), Uploads(database)
        database.run("CREATE TABLE IF NOT EXISTS signing_keys (name TEXT PRIMARY KEY, content BYTEA NOT NULL)")

    def key(self, name: str, *, fresh: bytes) -> bytes:
        """The key of that name: the fresh one where there is none yet; all servers get the same."""
        with self.database.transaction() as at:
            at.run("INSERT INTO signing_keys (name, content) VALUES (?, ?) ON CONFLICT (name) DO NOTHING", name, fresh)
            ((content,),) = at.rows("SELECT content FROM signing_keys WHERE name = ?", name)
        return bytes(content)

    def forget_old(self, *, now: float) -> None:
        """Drop what is older than a day."""
        self.answers.forget_before(now - KEPT)
        self.uploads.forget_before(now - KEPT)

    def forget(self, subject: str) -> int:
        """Drop everything about one person, and say how many things that were."""
        return self.answers.forget(subject) + self.uploads.forget(subject)

    def alone(self, name: str) -> AbstractContextManager[object]:
        """While it lasts, nobody else on any server does what has this name."""
        return self.database.transaction(alone=name)

    def close(self) -> None:
        """Give the connections back."""
        self.database.close()
