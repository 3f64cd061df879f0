"""A recording on its way, in pieces: a phone in a tunnel goes on where it stopped.

The server says how many bytes it has; the client sends the next ones from there with their checksum. A piece counts
once it is stored durably, and all of it or nothing; any server of the house can take the next.

Source: the tus resumable upload protocol 1.0.0, for the meaning of offset and checksum.
"""

from __future__ import annotations

from dataclasses import dataclass

from paceline.domain.errors import RequestRefused
from paceline.keep.database import Database, Transaction


@dataclass(frozen=True, slots=True)
class Upload:
    """How far one upload has come."""

    upload: str
    subject: str
    name: str
    """The file's name, of which only the ending matters."""
    size: int
    received: int
    outcome: bytes | None
    """The answer of the import, once it is done."""


_COLUMNS = "upload, subject, name, size, received, outcome"


class Uploads:
    """The uploads of one organisation."""

    def __init__(self, database: Database) -> None:
        self._database = database
        database.run(
            "CREATE TABLE IF NOT EXISTS uploads (upload TEXT PRIMARY KEY, subject TEXT NOT NULL, name TEXT NOT NULL,"
            " size BIGINT NOT NULL, received BIGINT NOT NULL, outcome BYTEA, made DOUBLE PRECISION NOT NULL)"
        )
        database.run(
            "CREATE TABLE IF NOT EXISTS upload_pieces (upload TEXT NOT NULL, start BIGINT NOT NULL,"
            " content BYTEA NOT NULL, PRIMARY KEY (upload, start))"
        )

    def begin(self, upload: str, *, subject: str, name: str, size: int, now: float) -> Upload:
        """A new upload of so many bytes; the one that is there where it has begun already."""
        with self._database.transaction() as at:
            at.run(
                "INSERT INTO uploads (upload, subject, name, size, received, made) VALUES (?, ?, ?, ?, 0, ?)"
                " ON CONFLICT (upload) DO NOTHING",
                upload,
                subject,
                name,
                size,
                now,
            )
            return _one(at, upload)

    def state(self, upload: str) -> Upload:
        """How far it has come."""
        with self._database.transaction() as at:
            return _one(at, upload)

    def add(self, upload: str, *, offset: int, content: bytes) -> Upload:
        """Take the next piece.

        Raises:
            RequestRefused: the piece begins elsewhere than where the upload stands, or goes beyond its size.
        """
        with self._database.transaction() as at:
            moved = at.rows(
                "UPDATE uploads SET received = received + ? WHERE upload = ? AND received = ? AND ? + ? <= size"
                " RETURNING 1",
                len(content),
                upload,
                offset,
                offset,
                len(content),
            )
            now = _one(at, upload)
            if not moved and offset != now.received:
                raise RequestRefused("conflict", f"The upload stands at byte {now.received:,}.", field="Upload-Offset")
            if not moved:
                raise RequestRefused("too-large", f"The upload was begun with {now.size:,} bytes.")
            if content:
                at.run("INSERT INTO upload_pieces (upload, start, content) VALUES (?, ?, ?)", upload, offset, content)
            return now

    def content(self, upload: str) -> bytes:
        """All bytes so far, in order."""
        with self._database.transaction() as at:
            rows = at.rows("SELECT content FROM upload_pieces WHERE upload = ? ORDER BY start", upload)
        return b"".join(bytes(content) for (content,) in rows)

    def finish(self, upload: str, *, outcome: bytes) -> None:
        """Keep what came of it; the bytes lie elsewhere by now."""
        with self._database.transaction() as at:
            at.run("UPDATE uploads SET outcome = ? WHERE upload = ?", outcome, upload)
            at.run("DELETE FROM upload_pieces WHERE upload = ?", upload)

    def drop(self, upload: str) -> None:
        """Forget an upload."""
        self._drop("upload = ?", upload)

    def forget_before(self, moment: float) -> None:
        """Drop what is older."""
        self._drop("made < ?", moment)

    def forget(self, subject: str) -> int:
        """Drop one person's, and say how many that were."""
        return self._drop("subject = ?", subject)

    def _drop(self, which: str, value: object) -> int:
        with self._database.transaction() as at:
            pieces = f"DELETE FROM upload_pieces WHERE upload IN (SELECT upload FROM uploads WHERE {which})"  # noqa: S608 - `which` is one of three texts above
            at.run(pieces, value)
            return at.run(f"DELETE FROM uploads WHERE {which}", value)  # noqa: S608 - the same


def _one(at: Transaction, upload: str) -> Upload:
    rows = at.rows(f"SELECT {_COLUMNS} FROM uploads WHERE upload = ?", upload)  # noqa: S608 - names of columns
    if not rows:
        raise RequestRefused("not-found", "There is no such upload: it is done and forgotten, or was never begun.")
    ((name, subject, file, size, received, outcome),) = rows
    return Upload(name, subject, file, size, received, None if outcome is None else bytes(outcome))
