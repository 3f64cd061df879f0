"""Where rows lie that must be there after the power fails: a SQLite file, or a schema of a PostgreSQL server.

Both keep the same promises: a transaction that came back is on the disk; one that did not come back left nothing; two
processes that write take turns and wait for each other. Statements are written once, with `?` for what varies.
"""

from __future__ import annotations

import os
import re
import sqlite3
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from paceline.domain.errors import ExtraMissing, Refused, StoreDamaged, StoreUnavailable

if TYPE_CHECKING:
    from psycopg import Connection
    from psycopg_pool import ConnectionPool

BUSY = 30.0
"""Seconds that a writer waits for the others before it gives up."""

ORGANISATION = re.compile(r"(?!.*--)[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?")

_DAMAGED = ("malformed", "not a database", "corrupt")


class Transaction:
    """Statements that count together or not at all."""

    def __init__(self, cursor: Any, *, translate: bool) -> None:
        self._cursor, self._translate = cursor, translate

    def rows(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """What the statement finds."""
        self.run(statement, *values)
        return [tuple(row) for row in self._cursor.fetchall()]

    def run(self, statement: str, *values: object) -> int:
        """How many rows the statement changed."""
        self._cursor.execute(statement.replace("?", "%s") if self._translate else statement, values)
        return int(self._cursor.rowcount)


class Database(ABC):
    """One organisation's rows at one place.

    Attributes:
        place: the file or the server, without a password.
    """

    place: str

    @abstractmethod
    def transaction(self, alone: str = "") -> AbstractContextManager[Transaction]:
        """Statements that are on the disk, all of them, once this comes back.

        Args:
            alone: a name; transactions of one name take turns, so what one reads still holds when it writes.
        """

    @abstractmethod
    def reading(self) -> AbstractContextManager[Transaction]:
        """Statements that see one moment and change nothing."""

    @abstractmethod
    def verify(self) -> tuple[str, ...]:
        """What is wrong with what lies there, one sentence each; nothing where all is well."""

    @abstractmethod
    def shrink(self, *tables: str) -> None:
        """Write the tables anew, so that no deleted row is left between the others."""

    @abstractmethod
    def close(self) -> None:
        """Give everything back."""

    def rows(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """What one statement finds."""
        with self.reading() as transaction:
            return transaction.rows(statement, *values)

    def run(self, *statements: str) -> None:
        """Statements without values, in one transaction: tables and indexes."""
        with self.transaction(alone="tables") as transaction:
            for statement in statements:
                transaction.run(statement)


def open_database(place: str, *, schema: str) -> Database:
    """The rows at a place.

    Args:
        place: a file, or a `postgresql://` URL.
        schema: on a server, the schema that holds them: one organisation's, and nobody else's. A file is one already.

    Raises:
        StoreUnavailable: it can't be opened.
        StoreDamaged: what lies there is no database.
        ExtraMissing: a server was named and its driver is not installed.
    """
    return PostgresDatabase(place, schema=schema) if is_server(place) else SQLiteDatabase(place)


def is_server(place: str) -> bool:
    """Whether a place is a PostgreSQL server rather than a file.

    >>> is_server("postgresql://localhost/paceline"), is_server("/data/journal.sqlite")
    (True, False)
    """
    return place.startswith(("postgresql://", "postgres://"))


def schema_of(organisation: str, part: str = "") -> str:
    """The schema of an organisation on a server, or of a part that is kept from the rest, such as its people.

    Names of organisations hold no underscore and never two hyphens in a row, so no two of these can be the same.

    >>> schema_of("home"), schema_of("club-york", "people")
    ('paceline_home', 'paceline_club_york__people')

    Raises:
        Refused: that is no organisation's name.
    """
    if not ORGANISATION.fullmatch(organisation):
        raise Refused("the name of the organisation", because="it is 1 to 32 small letters, digits and single hyphens")
    return f"paceline_{organisation.replace('-', '_')}" + (f"__{part}" if part else "")


def without_password(place: str) -> str:
    """A place as it may be shown.

    >>> without_password("postgresql://paceline:secret@db.example/home?sslmode=require")
    'postgresql://db.example/home'
    """
    if not is_server(place):
        return place
    parts = urlsplit(place)
    return f"postgresql://{parts.netloc.rpartition('@')[2]}{parts.path}"


class SQLiteDatabase(Database):
    """One file in write-ahead mode; each commit waits until the disk has it."""

    def __init__(self, place: str) -> None:
        self.place = place
        self._idle: list[sqlite3.Connection] = []
        self._lock, self._owner, self._closed = threading.Lock(), os.getpid(), False
        _made(place)
        with self._connection() as connection:
            self._in_write_ahead_mode(connection)

    @contextmanager
    def transaction(self, alone: str = "") -> Iterator[Transaction]:  # noqa: ARG002  # every one is alone in a file
        """See `Database`; a file has one writer at a time whatever the name."""
        with self._connection() as connection, self._between(connection, "BEGIN IMMEDIATE") as cursor:
            yield Transaction(cursor, translate=False)

    @contextmanager
    def reading(self) -> Iterator[Transaction]:
        """See `Database`."""
        with self._connection() as connection, self._between(connection, "BEGIN") as cursor:
            yield Transaction(cursor, translate=False)

    def verify(self) -> tuple[str, ...]:
        """See `Database`."""
        found = [str(row[0]) for row in self.rows("PRAGMA integrity_check")]
        return () if found == ["ok"] else tuple(f"{self.place}: {line}." for line in found)

    def shrink(self, *tables: str) -> None:  # noqa: ARG002  # a file is written anew as a whole
        """See `Database`; the write-ahead log is emptied too."""
        with self._connection() as connection:
            connection.execute("VACUUM")
            if connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
                reason = "others read it for so long that what was deleted could not be wiped"
                raise StoreUnavailable(self.place, reason=reason, advice="Run the command again.")

    def close(self) -> None:
        """See `Database`."""
        with self._lock:
            idle, self._idle, self._closed = self._idle, [], True
        if self._owner == os.getpid():
            for connection in idle:
                connection.close()

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        """A connection for as long as it is needed, with what SQLite complains of said in our words."""
        try:
            connection = self._taken()
            try:
                yield connection
            finally:
                self._given_back(connection)
        except sqlite3.DatabaseError as error:
            raise fault(self.place, error) from error

    def _taken(self) -> sqlite3.Connection:
        with self._lock:
            if self._owner != os.getpid():  # connections don't survive a fork; closing them would harm the parent's
                self._idle, self._owner = [], os.getpid()
            if self._idle:
                return self._idle.pop()
        connection = sqlite3.connect(self.place, timeout=BUSY, isolation_level=None, check_same_thread=False)
        try:
            settle(connection)
        except sqlite3.DatabaseError:
            connection.close()
            raise
        return connection

    def _given_back(self, connection: sqlite3.Connection) -> None:
        with self._lock:
            if not self._closed and self._owner == os.getpid():
                self._idle.append(connection)
                return
        connection.close()

    @staticmethod
    @contextmanager
    def _between(connection: sqlite3.Connection, begin: str) -> Iterator[sqlite3.Cursor]:
        cursor = connection.cursor()
        cursor.execute(begin)
        try:
            yield cursor
            cursor.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                cursor.execute("ROLLBACK")
            raise
        finally:
            cursor.close()

    def _in_write_ahead_mode(self, connection: sqlite3.Connection) -> None:
        """SQLite does not wait for others while it changes the mode, so we do."""
        end = time.monotonic() + BUSY
        while True:
            try:
                connection.execute("PRAGMA journal_mode=WAL")
            except sqlite3.OperationalError as error:
                if "locked" not in str(error) or time.monotonic() > end:
                    raise
                time.sleep(0.02)
            else:
                return


def _made(place: str) -> None:
    """An empty file that only its owner can read, where there is none: SQLite would let others read it."""
    try:
        os.close(os.open(place, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        return
    except OSError as error:
        raise StoreUnavailable(place, reason=error.strerror or "the file can't be made") from error


def settle(connection: sqlite3.Connection | sqlite3.Cursor) -> None:
    """What every connection must be told: wait for the disk at each commit, and wipe what is deleted."""
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA secure_delete=ON")


def fault(place: str, error: Exception) -> StoreUnavailable | StoreDamaged:
    """What a database complains of, in our words; never with the values it was given."""
    text = str(error)
    if any(word in text for word in _DAMAGED):
        return StoreDamaged(place, found=text, advice="Restore it from a backup: paceline restore.")
    return StoreUnavailable(place, reason=text.splitlines()[0] if text else type(error).__name__)


class PostgresDatabase(Database):
    """One schema of a server; commits wait for the server's disk, whatever the server's own default is."""

    def __init__(self, place: str, *, schema: str) -> None:
        self.place, self.schema, self._url = without_password(place), schema, place
        self._pool = self._opened()
        with self._cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(hashtext(%s))", (schema,))  # two that begin together would collide
            try:
                cursor.execute(f'CREATE SCHEMA IF NOT EXISTS "{schema}"')
            finally:
                cursor.execute("SELECT pg_advisory_unlock(hashtext(%s))", (schema,))

    @contextmanager
    def transaction(self, alone: str = "") -> Iterator[Transaction]:
        """See `Database`."""
        with self._cursor() as cursor, cursor.connection.transaction():
            if alone:
                cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s), hashtext(%s))", (self.schema, alone))
            yield Transaction(cursor, translate=True)

    @contextmanager
    def reading(self) -> Iterator[Transaction]:
        """See `Database`."""
        with self._cursor() as cursor, cursor.connection.transaction():
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield Transaction(cursor, translate=True)

    def verify(self) -> tuple[str, ...]:
        """See `Database`; a server checks its own pages, so what is asked is whether it answers."""
        return () if self.rows("SELECT 1") == [(1,)] else (f"{self.place}: the server gives wrong answers.",)

    def shrink(self, *tables: str) -> None:
        """See `Database`."""
        with self._cursor() as cursor:
            for table in tables:
                cursor.execute(f'VACUUM (FULL) "{table}"')

    def close(self) -> None:
        """See `Database`."""
        self._pool.close()

    @contextmanager
    def _cursor(self) -> Iterator[Any]:
        import psycopg
        import psycopg_pool

        try:
            with self._pool.connection() as connection, connection.cursor() as cursor:
                yield cursor
        except (psycopg.Error, psycopg_pool.PoolTimeout) as error:
            raise fault(self.place, error) from error

    def _opened(self) -> ConnectionPool[Connection[Any]]:
        try:
            from psycopg_pool import ConnectionPool
        except ImportError as error:
            raise ExtraMissing("A journal on PostgreSQL", extra="postgres") from error

        options = f'-c search_path="{self.schema}" -c synchronous_commit=on -c lock_timeout={BUSY * 1000:.0f}'
        settings = {"autocommit": True, "options": options}
        return ConnectionPool(self._url, kwargs=settings, min_size=0, max_size=8, timeout=BUSY, open=True)


def tables_of(statements: Sequence[str]) -> tuple[str, ...]:
    """The tables that the statements make.

    >>> tables_of(["CREATE TABLE IF NOT EXISTS notes (id TEXT PRIMARY KEY)", "CREATE INDEX i ON notes (id)"])
    ('notes',)
    """
    opening = "CREATE TABLE IF NOT EXISTS "
    return tuple(s.removeprefix(opening).split(" ")[0] for s in statements if s.startswith(opening))


def folder_of(place: str) -> None:
    """Make the folder of a database file; a server needs none.

    Raises:
        StoreUnavailable: it can't be made.
    """
    if is_server(place):
        return
    try:
        Path(place).parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreUnavailable(place, reason=error.strerror or "the folder can't be made") from error
