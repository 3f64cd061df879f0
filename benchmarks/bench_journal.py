"""How many facts a second does the journal put on the disk, beside plain SQLite on the same disk?

Budget: at least 0.4 of plain SQLite; the aim is 0.8. Both keep a write-ahead log and wait for the disk at each commit
(`synchronous=FULL`), and lie in one folder. A fact of ours is a label set in one of fifty sessions: the label is
checked and compared with the session's others, the fact encoded, and written if nobody was first. The peer inserts as
many bytes into the same columns and decides nothing.

Two rows: one writer, each fact in a commit of its own; and sixteen writers at once, whose facts share commits, each
going on only when its own is on the disk. There the peer does the same: sixteen threads hand their rows to one that
commits whatever is waiting. Both take turns, a tenth of the facts each time, since the disk is not equally fast at all
times; the ratio is the median of the turns'.

    python -m benchmarks journal
"""

from __future__ import annotations

import itertools
import sqlite3
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from statistics import median
from threading import Lock, Thread
from uuid import UUID, uuid4

from benchmarks.timing import emit
from paceline.keep.database import settle
from paceline.keep.journal import Journal
from paceline.keep.subjects import pseudonym

Row = tuple[str, int, str, bytes]

WRITERS = 16
SESSIONS = 50
TURNS = 10
ALONE = 300
"""Facts a turn of one writer."""

TOGETHER = 1600
"""Facts a turn of all writers."""


def main() -> None:
    """Both rows, in one folder."""
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:  # where memory can't pass for a disk
        place = str(Path(folder) / "journal.sqlite")
        with Journal.open(place, organisation="home") as journal, ThreadPoolExecutor(WRITERS) as pool:
            sessions = [started(journal) for _ in range(SESSIONS)]
            plain = Plain(str(Path(folder) / "plain.sqlite"), like=place)
            alone = row("one writer", ALONE, lambda n: ours(journal, sessions, n), plain.one_by_one)
            shared = row(
                "sixteen writers",
                TOGETHER,
                lambda n: at_once(pool, journal, sessions, n),
                lambda n: plain.at_once(pool, n),
            )
            assert sum(len(journal.session(key).labels) for key in sessions) == TURNS * (ALONE + TOGETHER)
            assert journal.verify() == ()
            assert plain.count() == TURNS * (ALONE + TOGETHER)
            plain.close()
    emit({"id": "journal_v1", "ours": alone["ours"], "theirs": alone["theirs"], "peer": "plain sqlite3, full sync",
          "unit": "facts/s", "ratio": alone["ratio"], "rows": [alone, shared], "budget": 0.4})  # fmt: skip


def row(name: str, facts: int, mine: Callable[[int], None], theirs: Callable[[int], None]) -> dict[str, object]:
    """Both in turns, each first as often as second."""
    rates: dict[str, list[float]] = {"ours": [], "theirs": []}
    for turn in range(TURNS):
        pair = [("ours", mine), ("theirs", theirs)]
        for whose, work in pair if turn % 2 else reversed(pair):
            begin = time.perf_counter()
            work(facts)
            rates[whose].append(facts / (time.perf_counter() - begin))
    ratio = median(a / b for a, b in zip(rates["ours"], rates["theirs"], strict=True))
    return {"row": name, "ours": round(median(rates["ours"])), "theirs": round(median(rates["theirs"])),
            "ratio": round(ratio, 2)}  # fmt: skip


def started(journal: Journal) -> UUID:
    """A session to set labels in."""
    (fact,) = journal.start_session(subject=pseudonym(), start=0, by="owner")
    return fact.originator_id


def label(journal: Journal, session: UUID) -> None:
    """One fact."""
    values = {"repetitions": 10.0, "weight_kg": 12.5, "intensity": 0.6}
    (_,) = journal.set_label(
        session, start=0, end=10**9, exercise="resistanceTargeted:arms/biceps-curl", values=values, by="owner"
    )


def ours(journal: Journal, sessions: Sequence[UUID], count: int) -> None:
    """One after the other."""
    for session in itertools.islice(itertools.cycle(sessions), count):
        label(journal, session)


def at_once(pool: ThreadPoolExecutor, journal: Journal, sessions: Sequence[UUID], count: int) -> None:
    """By all writers."""
    list(pool.map(lambda session: label(journal, session), itertools.islice(itertools.cycle(sessions), count)))


class Plain:
    """SQLite and nothing else, with the journal's columns and a fact's bytes."""

    def __init__(self, place: str, *, like: str) -> None:
        self._connection = sqlite3.connect(place, isolation_level=None, check_same_thread=False)
        self._connection.execute("PRAGMA journal_mode=WAL")
        settle(self._connection)
        with sqlite3.connect(like) as journal:
            ((table,),) = journal.execute("SELECT sql FROM sqlite_master WHERE name = 'stored_events'").fetchall()
        journal.close()
        self._connection.execute(table)
        self._state = b'{"at":1795260039509114003,"by":"owner","what":{"label":"' + b"0" * 220 + b'"}}'

    def one_by_one(self, count: int) -> None:
        """Each row in a commit of its own."""
        for _ in range(count):
            self._commit([self._row()])

    def at_once(self, pool: ThreadPoolExecutor, count: int) -> None:
        """By all writers, through one thread that gathers what is waiting."""
        waiting: SimpleQueue[tuple[Row, Lock]] = SimpleQueue()

        def write(_: int) -> None:
            done = Lock()
            done.acquire()
            waiting.put((self._row(), done))
            done.acquire()

        gatherer = Thread(target=self._gather, args=(waiting, count))
        gatherer.start()
        list(pool.map(write, range(count)))
        gatherer.join()

    def _gather(self, waiting: SimpleQueue[tuple[Row, Lock]], count: int) -> None:
        while count:
            batch = [waiting.get()]
            while not waiting.empty():
                batch.append(waiting.get())
            self._commit([row for row, _ in batch])
            count -= len(batch)
            for _, done in batch:
                done.release()

    def count(self) -> int:
        """How many rows there are."""
        return int(self._connection.execute("SELECT count(*) FROM stored_events").fetchone()[0])

    def close(self) -> None:
        """Give it back."""
        self._connection.close()

    def _row(self) -> Row:
        return uuid4().hex, 1, "LabelSet/1", self._state

    def _commit(self, rows: Sequence[Row]) -> None:
        self._connection.execute("BEGIN IMMEDIATE")
        self._connection.executemany("INSERT INTO stored_events VALUES (?, ?, ?, ?)", rows)
        self._connection.execute("COMMIT")


if __name__ == "__main__":
    main()
