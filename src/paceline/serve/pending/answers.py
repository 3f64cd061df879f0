"""The same request sent twice, under one Idempotency-Key, is done once and answered twice alike.

A client that lost the connection can't know whether its request was done. It sends it again under the same key and
gets the answer of the first time; another request under that key is refused. What a request is, is its method, path and
body; kept of it is a keyed hash, from which nothing can be read back.

A key used for something else, and a first request that is still being done, are both answered with 409.
"""

from __future__ import annotations

from dataclasses import dataclass

from paceline.domain.errors import RequestRefused
from paceline.keep.database import Database

ABANDONED = 120.0
"""Seconds after which a request without an answer was lost with its server, and may be done by another."""
LONGEST = 200
"""Characters of a key."""


@dataclass(frozen=True, slots=True)
class Given:
    """An answer that was given."""

    status: int
    body: bytes
    headers: str
    """As JSON: the few that belong to the answer rather than to the connection."""


class Answers:
    """The answers of one organisation, by token and key."""

    def __init__(self, database: Database) -> None:
        self._database = database
        database.run(
            "CREATE TABLE IF NOT EXISTS given_answers (token TEXT NOT NULL, name TEXT NOT NULL, asked BYTEA NOT NULL,"
            " subject TEXT NOT NULL, made DOUBLE PRECISION NOT NULL, status INTEGER, body BYTEA, headers TEXT,"
            " PRIMARY KEY (token, name))"
        )

    def begin(self, token: str, name: str, *, asked: bytes, subject: str, now: float) -> Given | None:
        """Take up a request: None where it is to be done now, else the answer it had.

        Raises:
            RequestRefused: the key stands for another request, or the first one is still being done.
        """
        with self._database.transaction() as at:
            new = at.rows(
                "INSERT INTO given_answers (token, name, asked, subject, made) VALUES (?, ?, ?, ?, ?)"
                " ON CONFLICT (token, name) DO NOTHING RETURNING 1",
                token,
                name,
                asked,
                subject,
                now,
            )
            if new:
                return None
            rows = at.rows(
                "SELECT asked, status, body, headers FROM given_answers WHERE token = ? AND name = ?", token, name
            )
            lost = at.rows(
                "UPDATE given_answers SET made = ? WHERE token = ? AND name = ? AND status IS NULL AND made < ?"
                " AND asked = ? RETURNING 1",
                now,
                token,
                name,
                now - ABANDONED,
                asked,
            )
        ((before, status, body, headers),) = rows
        if bytes(before) != asked:
            sentence = "This key was used for another request. Take a new one."
            raise RequestRefused("conflict", sentence, field="Idempotency-Key")
        if lost:
            return None
        if status is None:
            raise RequestRefused("conflict", "The first request under this key is still being done. Ask again later.")
        return Given(status, bytes(body), headers)

    def finish(self, token: str, name: str, *, given: Given, subject: str) -> None:
        """Keep the answer."""
        with self._database.transaction() as at:
            at.run(
                "UPDATE given_answers SET status = ?, body = ?, headers = ?, subject = ? WHERE token = ? AND name = ?",
                given.status,
                given.body,
                given.headers,
                subject,
                token,
                name,
            )

    def give_up(self, token: str, name: str) -> None:
        """The request failed on our side: it may be sent again."""
        with self._database.transaction() as at:
            at.run("DELETE FROM given_answers WHERE token = ? AND name = ? AND status IS NULL", token, name)

    def forget_before(self, moment: float) -> None:
        """Drop what is older."""
        with self._database.transaction() as at:
            at.run("DELETE FROM given_answers WHERE made < ?", moment)

    def forget(self, subject: str) -> int:
        """Drop what was said about one person, and say how many answers that were."""
        with self._database.transaction() as at:
            return at.run("DELETE FROM given_answers WHERE subject = ?", subject)
