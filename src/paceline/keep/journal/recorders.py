"""Where facts are stored: eventsourcing's recorders, made durable, patient and quick.

What SQLite's recorder leaves to chance is settled here: each commit waits for the disk, a writer waits for the writers
of other processes, and deleted bytes are wiped. Threads that wait for the disk at the same moment share one commit:
each of them goes on only once its own facts are on the disk, and one that comes too late fails alone.

The recorders are built by hand rather than by eventsourcing's `Application`, which takes its settings from the
environment: nothing but `jobs/wiring.py` reads that.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Sequence
from typing import Any

from eventsourcing.persistence import ApplicationRecorder, IntegrityError, PersistenceError, StoredEvent
from eventsourcing.sqlite import (
    SQLiteApplicationRecorder,
    SQLiteConnection,
    SQLiteConnectionPool,
    SQLiteCursor,
    SQLiteDatastore,
)

from paceline.domain.errors import ExtraMissing, PacelineError, StoreUnavailable
from paceline.keep.database import BUSY, fault, is_server, settle

TOGETHER = 256
"""So many writers share a commit at most: more would make the first of them wait for the last."""

TABLE = "stored_events"


def open_recorder(place: str, *, schema: str) -> ApplicationRecorder:
    """The facts at a place, with their table made where there is none.

    Args:
        place: a SQLite file in write-ahead mode, or a `postgresql://` URL.
        schema: the organisation's schema, on a server.

    Raises:
        StoreUnavailable: it can't be opened or written.
        ExtraMissing: a server was named and its driver is not installed.
    """
    return _on_server(place, schema) if is_server(place) else _in_file(place)


def close(recorder: ApplicationRecorder) -> None:
    """Give the recorder's connections back."""
    recorder.datastore.close()  # type: ignore[attr-defined]  # every recorder that we open has one


class _Pool(SQLiteConnectionPool):
    def _create_connection(self) -> SQLiteConnection:
        connection = super()._create_connection()
        with connection.cursor() as cursor:
            settle(cursor)
        return connection


class _Datastore(SQLiteDatastore):
    def __init__(self, place: str) -> None:
        super().__init__(place, lock_timeout=int(BUSY))
        self.pool.close()
        self.pool = _Pool(db_name=place, lock_timeout=int(BUSY), pool_timeout=BUSY)


class _Waiting:
    """What one thread wants on the disk, and what became of it."""

    __slots__ = ("error", "events", "positions")

    def __init__(self, events: Sequence[StoredEvent]) -> None:
        self.events = events
        self.positions: Sequence[int] | None = None
        self.error: PacelineError | IntegrityError | None = None

    @property
    def settled(self) -> bool:
        return self.positions is not None or self.error is not None


class GroupRecorder(SQLiteApplicationRecorder):
    """Facts in a SQLite file; writers that wait together are committed together."""

    def __init__(self, place: str) -> None:
        super().__init__(_Datastore(place))
        self._place = place
        self._queue: list[_Waiting] = []
        self._queueing, self._writing = threading.Lock(), threading.Lock()

    def insert_events(self, stored_events: Sequence[StoredEvent], **_: Any) -> Sequence[int] | None:
        """Write the events; they are on the disk when this comes back.

        Raises:
            IntegrityError: somebody wrote one of these versions first; none of these events was written.
            StoreUnavailable: the disk is full or read-only, or others wrote for too long; as above.
        """
        mine = _Waiting(stored_events)
        with self._queueing:
            self._queue.append(mine)
        with self._writing:  # whoever gets here first writes what all have queued by then
            while not mine.settled:
                with self._queueing:
                    batch, self._queue = self._queue[:TOGETHER], self._queue[TOGETHER:]
                self._commit(batch)
        if mine.error is not None:
            raise mine.error
        return mine.positions

    def _commit(self, batch: Sequence[_Waiting]) -> None:
        found: dict[int, Sequence[int]] = {}
        failure: PacelineError = StoreUnavailable(self._place, reason="writing was interrupted")
        try:
            with self.datastore.get_connection(commit=True) as connection:
                cursor = connection.cursor()
                try:
                    cursor.execute("BEGIN IMMEDIATE")
                    for number, waiting in enumerate(batch):
                        self._add(cursor, waiting, number, found)
                    connection.commit()
                except BaseException:
                    connection.rollback()
                    raise
            for number, positions in found.items():
                batch[number].positions = positions
        except (sqlite3.Error, PersistenceError) as error:
            failure = fault(self._place, error)
        finally:
            for waiting in batch:
                if not waiting.settled:
                    waiting.error = failure

    def _add(self, cursor: SQLiteCursor, waiting: _Waiting, number: int, found: dict[int, Sequence[int]]) -> None:
        """One thread's events among those of others: if they can't be written, only they are taken back."""
        cursor.execute("SAVEPOINT one")
        try:
            found[number] = self._insert_events(cursor, waiting.events) or ()
        except sqlite3.IntegrityError as error:
            cursor.execute("ROLLBACK TO one")
            waiting.error = IntegrityError(error)
        cursor.execute("RELEASE one")


def _in_file(place: str) -> ApplicationRecorder:
    recorder = GroupRecorder(place)
    try:
        recorder.create_table()
    except (sqlite3.Error, PersistenceError) as error:
        raise fault(place, error) from error
    return recorder


def _on_server(place: str, schema: str) -> ApplicationRecorder:
    try:
        import psycopg
        from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
    except ImportError as error:
        raise ExtraMissing("A journal on PostgreSQL", extra="postgres") from error
    asked: dict[str, Any] = dict(psycopg.conninfo.conninfo_to_dict(place))
    named = {key: str(asked.pop(key, "")) for key in ("dbname", "host", "port", "user", "password")}
    named["port"] = named["port"] or "5432"
    datastore = PostgresDatastore(**named, schema=schema, pool_size=1, max_overflow=7, lock_timeout=int(BUSY))  # type: ignore[arg-type]
    datastore.pool.kwargs = {  # what eventsourcing has no argument for, such as sslmode
        **{key: value for key, value in (datastore.pool.kwargs or {}).items() if value != ""},  # type: ignore[union-attr]
        **asked,
        "options": f"{asked.get('options') or ''} -c synchronous_commit=on".strip(),
    }
    recorder = PostgresApplicationRecorder(datastore, events_table_name=TABLE)
    recorder.create_table()
    return recorder
