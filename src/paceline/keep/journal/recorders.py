"""Where facts are stored: eventsourcing's recorders, made durable, patient and quick.

What SQLite's recorder leaves to chance is settled here: each commit waits for the disk, a writer waits for the writers
of other processes, and deleted bytes are wiped. Threads that wait for the disk at the same moment share one commit:
each of them goes on only once its own facts are on the disk, and one that comes too late fails alone.

The recorders are built by hand rather than by eventsourcing's `Application`, which takes its settings from the
environment: nothing but `jobs/wiring.py` reads that.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Sequence
from itertools import zip_longest
from typing import Any
from uuid import UUID

from eventsourcing.persistence import ApplicationRecorder, IntegrityError, PersistenceError, StoredEvent
from eventsourcing.sqlite import (
    SQLiteApplicationRecorder,
    SQLiteConnection,
    SQLiteConnectionPool,
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
    if isinstance(recorder, GroupRecorder):
        recorder.close()
    else:
        recorder.datastore.close()  # type: ignore[attr-defined]  # the server's recorder has one, too


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

    __slots__ = ("error", "events", "leads", "positions", "turn")

    def __init__(self, events: Sequence[StoredEvent]) -> None:
        self.events = events
        self.positions: Sequence[int] | None = None
        self.error: PacelineError | IntegrityError | None = None
        self.leads = False
        self.turn = threading.Lock()
        self.turn.acquire()  # released by whoever wrote the events, or made this thread the next to write


class GroupRecorder(SQLiteApplicationRecorder):
    """Facts in a SQLite file; writers that wait together are committed together, through one connection."""

    def __init__(self, place: str) -> None:
        super().__init__(_Datastore(place))
        self._place = place
        self._queue: list[_Waiting] = []
        self._queueing, self._led = threading.Lock(), False
        self._writer: sqlite3.Connection | None = None
        self._owner = os.getpid()

    def insert_events(self, stored_events: Sequence[StoredEvent], **_: Any) -> Sequence[int] | None:
        """Write the events; they are on the disk when this comes back.

        Raises:
            IntegrityError: somebody wrote one of these versions first; none of these events was written.
            StoreUnavailable: the disk is full or read-only, or others wrote for too long; as above.
        """
        mine = _Waiting(stored_events)
        with self._queueing:
            self._queue.append(mine)
            mine.leads, self._led = not self._led, True
        if not mine.leads:
            self._wait(mine)
        if mine.leads:  # this thread writes what all have queued by now, its own among it
            batch: Sequence[_Waiting] = ()
            try:
                with self._queueing:
                    batch, self._queue = self._queue[:TOGETHER], self._queue[TOGETHER:]
                self._commit(batch)
            finally:
                self._pass_on(batch, mine)
        if mine.positions is None:
            raise mine.error or StoreUnavailable(self._place, reason="writing was interrupted")
        return mine.positions

    def close(self) -> None:
        """Give the connections back."""
        self._let_go()
        self.datastore.close()

    def _wait(self, mine: _Waiting) -> None:
        try:
            mine.turn.acquire()
        except BaseException:  # interrupted: nobody must wait for this thread to write
            with self._queueing:
                self._queue = [waiting for waiting in self._queue if waiting is not mine]
            if mine.leads:
                self._pass_on((), mine)
            raise

    def _pass_on(self, batch: Sequence[_Waiting], mine: _Waiting) -> None:
        """Let the first that came meanwhile write next, and those go whose events are written."""
        with self._queueing:
            self._led = bool(self._queue)
            if self._queue:
                self._queue[0].leads = True
                self._queue[0].turn.release()
        for waiting in batch:
            if waiting is not mine:
                waiting.turn.release()

    def _commit(self, batch: Sequence[_Waiting]) -> None:
        failure: PacelineError = StoreUnavailable(self._place, reason="writing was interrupted")
        done = False
        try:
            writer = self._connection()
            writer.execute("BEGIN IMMEDIATE")
            found = [_added(writer, waiting.events) for waiting in batch]
            writer.execute("COMMIT")
            done = True
        except sqlite3.Error as error:
            failure = fault(self._place, error)
        finally:
            if not done:
                self._let_go()  # closing takes back what was not committed
                found = []
            for waiting, positions in zip_longest(batch, found):
                waiting.positions = positions
                if positions is None:
                    waiting.error = IntegrityError("a version is taken") if done else failure

    def _connection(self) -> sqlite3.Connection:
        if self._owner != os.getpid():  # a connection does not survive a fork; closing it would harm the parent's
            self._writer, self._owner = None, os.getpid()
        if self._writer is None:
            self._writer = sqlite3.connect(self._place, timeout=BUSY, isolation_level=None, check_same_thread=False)
            settle(self._writer)
        return self._writer

    def _let_go(self) -> None:
        if self._writer is not None and self._owner == os.getpid():
            self._writer.close()
        self._writer = None


def _added(writer: sqlite3.Connection, events: Sequence[StoredEvent]) -> list[int] | None:
    """The positions of one thread's events among those of others; None where one can't be, and then none is."""
    positions: list[int] = []
    if len(events) > 1:
        writer.execute("SAVEPOINT one")
    for event in events:
        key = event.originator_id.hex if isinstance(event.originator_id, UUID) else event.originator_id
        cursor = writer.execute(_INSERT, (key, event.originator_version, event.topic, event.state))
        if cursor.rowcount < 1 or cursor.lastrowid is None:
            if len(events) > 1:
                writer.execute("ROLLBACK TO one")
                writer.execute("RELEASE one")
            return None
        positions.append(cursor.lastrowid)
    if len(events) > 1:
        writer.execute("RELEASE one")
    return positions


_INSERT = f"INSERT INTO {TABLE} VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"  # noqa: S608  # our own table


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
    datastore = PostgresDatastore(**named, schema=schema, pool_size=0, max_overflow=8, lock_timeout=int(BUSY))  # type: ignore[arg-type]
    datastore.pool.kwargs = {  # what eventsourcing has no argument for, such as sslmode
        **{key: value for key, value in (datastore.pool.kwargs or {}).items() if value != ""},  # type: ignore[union-attr]
        **asked,
        "options": f"{asked.get('options') or ''} -c synchronous_commit=on".strip(),
    }
    recorder = PostgresApplicationRecorder(datastore, events_table_name=TABLE)
    recorder.create_table()
    return recorder
