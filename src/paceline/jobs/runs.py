"""The history of runs: what was begun, by whom, how it ended, and what of it is done.

A run has a key. The key of a run that is done stands for it for good; that of one that failed, was called off or was
cut off can be taken up again, and what of it was done before is not done again. Who takes a run up says so every few
seconds; whoever has not for a while is taken for dead, and the run for interrupted. Errors are kept without values:
ours by their words, which hold none, any other by its kind.
"""

from __future__ import annotations

import json
import logging
import os
import platform
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import CancelledError, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Self
from uuid import uuid4

from paceline.domain.errors import Absent, PacelineError, RunUnderWay, StoreUnavailable
from paceline.jobs.executor import USUAL, Retries, TaskExecutor
from paceline.keep.database import Database, folder_of, is_server, open_database, schema_of
from paceline.keep.places import Places

_log = logging.getLogger(__name__)

State = Literal["running", "interrupted", "done", "failed", "cancelled"]

BEAT, SILENT = 5.0, 30.0
"""s between two signs of life of whoever runs something, and after which it is taken for dead."""

TABLES = (
    "CREATE TABLE IF NOT EXISTS runs (id TEXT PRIMARY KEY, key TEXT NOT NULL UNIQUE, job TEXT NOT NULL,"
    " state TEXT NOT NULL, started BIGINT NOT NULL, ended BIGINT, attempts INTEGER NOT NULL, error TEXT,"
    " by_whom TEXT NOT NULL, holder TEXT NOT NULL, seen BIGINT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS tasks (run TEXT NOT NULL, name TEXT NOT NULL, ended BIGINT NOT NULL,"
    " answer TEXT NOT NULL, PRIMARY KEY (run, name))",
    "CREATE INDEX IF NOT EXISTS runs_by_job ON runs (job, started)",
)
_COLUMNS = "id, key, job, state, started, ended, attempts, error, by_whom, holder, seen"


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a job.

    Attributes:
        id: of the run.
        key: what it is a run of: the same key is the same run, taken up again.
        job: the job's name.
        state: "running", "done", "failed" with an error, "cancelled" by somebody, "interrupted" where whoever ran it
            died.
        started: int64 ns UTC, of the last attempt.
        ended: int64 ns UTC, or None.
        attempts: how often it was taken up.
        error: why it failed, or "".
        by: who asked for it.
        holder: the machine and process that ran it last.
    """

    id: str
    key: str
    job: str
    state: State
    started: int
    ended: int | None
    attempts: int
    error: str
    by: str
    holder: str


@dataclass(frozen=True, eq=False, slots=True)
class Work:
    """A part of a run that stands for itself: done, it need not be done again.

    Attributes:
        name: within the run.
        do: a function that another process can import.
        arguments: what it takes.
    """

    name: str
    do: Callable[..., Any]
    arguments: tuple[Any, ...] = ()


def place_of(places: Places) -> str:
    """Where an organisation's runs are: beside its journal."""
    return places.journal if is_server(places.journal) else str(Path(places.journal).with_name("jobs.sqlite"))


def said(error: BaseException) -> str:
    """An error without values: the words of ours hold none but names of files, of any other only the kind is told.

    >>> said(ValueError("71.5 kg")), said(Absent("run", "42"))
    ('ValueError', 'There is no run 42.')
    """
    if not isinstance(error, PacelineError):
        return type(error).__name__
    file = getattr(error, "file", "")
    return str(error).replace(str(file), "a file") if file else str(error)


class Runs:
    """One organisation's history."""

    def __init__(self, database: Database, *, now: Callable[[], int] = time.time_ns) -> None:
        self.database, self._now = database, now
        self.holder = f"{platform.node()[:40]}-{os.getpid()}-{uuid4().hex[:8]}"
        database.run(*TABLES)

    @classmethod
    def open(cls, place: str, *, organisation: str, now: Callable[[], int] = time.time_ns) -> Self:
        """The history at a place, made where there is none.

        Args:
            place: a SQLite file or a `postgresql://` URL; see `place_of`.
            organisation: whose.
            now: the clock, int64 ns UTC.

        Raises:
            StoreUnavailable: it can't be opened or written.
        """
        folder_of(place)
        return cls(open_database(place, schema=schema_of(organisation, "jobs")), now=now)

    def close(self) -> None:
        """Give connections back."""
        self.database.close()

    def __enter__(self) -> Self:
        """The history itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()

    def begin(self, job: str, *, key: str = "", by: str = "owner") -> Run:
        """Take a run up; one that is done is given back as it is.

        Raises:
            RunUnderWay: somebody runs it, and was alive a moment ago.
        """
        key, now = key or uuid4().hex, self._now()
        with self.database.transaction(alone="runs") as rows:
            known = rows.rows(f"SELECT {_COLUMNS} FROM runs WHERE key = ?", key)  # noqa: S608  # our own columns
            if not known:
                rows.run(
                    "INSERT INTO runs (id, key, job, state, started, attempts, by_whom, holder, seen)"
                    " VALUES (?, ?, ?, 'running', ?, 1, ?, ?, ?)",
                    uuid4().hex, key, job, now, by, self.holder, now,
                )  # fmt: skip
            else:
                run = self._run(known[0])
                if run.state == "running":
                    raise RunUnderWay(f"{run.job} ({run.key[:40]})", holder=run.holder)
                if run.state != "done":
                    rows.run(
                        "UPDATE runs SET state = 'running', started = ?, ended = NULL, error = NULL,"
                        " attempts = attempts + 1, holder = ?, seen = ? WHERE key = ?",
                        now, self.holder, now, key,
                    )  # fmt: skip
        return self._by_key(key)

    def end(self, run: Run, state: State, *, error: str = "") -> Run:
        """How it ended; one that somebody else took up meanwhile is theirs to end."""
        with self.database.transaction() as rows:
            rows.run(
                "UPDATE runs SET state = ?, ended = ?, error = ? WHERE id = ? AND holder = ? AND state = 'running'",
                state, self._now(), error or None, run.id, self.holder,
            )  # fmt: skip
        return self._by_key(run.key)

    def beat(self, run: Run) -> bool:
        """A sign of life; False where the run is no longer ours."""
        with self.database.transaction() as rows:
            return bool(
                rows.run(
                    "UPDATE runs SET seen = ? WHERE id = ? AND holder = ? AND state = 'running'",
                    self._now(),
                    run.id,
                    self.holder,
                )
            )

    @contextmanager
    def running(self, job: str, *, key: str = "", by: str = "owner", every: float = BEAT) -> Iterator[Run]:
        """A run for as long as the block lasts: done at its end, failed or called off where an error leaves it.

        A run that was done before is given as it is, and the block has nothing to do.

        Raises:
            RunUnderWay: somebody runs it, and was alive a moment ago.
        """
        run = self.begin(job, key=key, by=by)
        if run.state == "done":
            yield run
            return
        over = threading.Event()
        pulse = threading.Thread(target=self._pulse, args=(run, over, every), name="paceline-run", daemon=True)
        pulse.start()
        try:
            yield run
        except (KeyboardInterrupt, CancelledError):
            self._ended(run, "cancelled")
            raise
        except BaseException as error:
            self._ended(run, "failed", error=said(error))
            raise
        else:
            self._ended(run, "done")
        finally:
            over.set()
            pulse.join()

    def done(self, run: Run) -> dict[str, Any]:
        """What of a run is done: name → what was kept of the answer."""
        found = self.database.rows("SELECT name, answer FROM tasks WHERE run = ?", run.id)
        return {name: json.loads(answer) for name, answer in found}

    def keep(self, run: Run, name: str, answer: Any) -> bool:
        """Keep that a part is done; False where it was already, and the first answer stands.

        Args:
            run: which.
            name: the part's.
            answer: what to keep of it, as JSON can hold it.
        """
        with self.database.transaction() as rows:
            return bool(
                rows.run(
                    "INSERT INTO tasks (run, name, ended, answer) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
                    run.id,
                    name,
                    self._now(),
                    json.dumps(answer),
                )
            )

    def listed(self, *, job: str | None = None, limit: int = 50) -> tuple[Run, ...]:
        """The last runs, the latest first."""
        where, values = (" WHERE job = ?", [job]) if job else ("", [])
        query = f"SELECT {_COLUMNS} FROM runs{where} ORDER BY started DESC, id LIMIT ?"  # noqa: S608  # our own columns
        return tuple(self._run(row) for row in self.database.rows(query, *values, limit))

    def last(self, job: str, *, states: Sequence[State] = ("done",)) -> Run | None:
        """The last run of a job that is in one of these states."""
        return next((run for run in self.listed(job=job, limit=1000) if run.state in states), None)

    def run(self, beginning: str) -> Run:
        """A run by its id, or by the beginning of it.

        Raises:
            Absent: there is none, or several begin like this.
        """
        found = [run for run in self.listed(limit=100_000) if run.id.startswith(beginning)]
        if len(found) != 1 or not beginning:
            raise Absent("run", beginning)
        return found[0]

    def _by_key(self, key: str) -> Run:
        return self._run(self.database.rows(f"SELECT {_COLUMNS} FROM runs WHERE key = ?", key)[0])  # noqa: S608  # our own columns

    def _run(self, row: tuple[Any, ...]) -> Run:
        key, named, job, state, started, ended, attempts, error, by, holder, seen = row
        if state == "running" and self._now() - seen > SILENT * 1e9:
            state = "interrupted"
        return Run(key, named, job, state, started, ended, attempts, error or "", by, holder)

    def _ended(self, run: Run, state: State, *, error: str = "") -> None:
        """How it ended; what it did, or why it could not, counts for more than its line in the history."""
        try:
            self.end(run, state, error=error)
        except StoreUnavailable as why:
            _log.warning("the history of %s could not be kept: %s", run.job, why)

    def _pulse(self, run: Run, over: threading.Event, every: float) -> None:
        while not over.wait(every):
            try:
                self.beat(run)
            except StoreUnavailable:  # the disk may come back before anybody takes us for dead
                continue


def carried_out(
    runs: Runs,
    run: Run,
    works: Iterable[Work],
    *,
    executor: TaskExecutor,
    retries: Retries = USUAL,
    keep: Callable[[str, Any], Any] = lambda _, answer: answer,
) -> Iterator[tuple[str, Any]]:
    """Every part of a run with what was kept of its answer, as they are done; what was done before comes first.

    Args:
        runs: the history.
        run: that was taken up.
        works: its parts, each with a name of its own.
        executor: where they are done.
        retries: what to do about errors that may pass.
        keep: takes a part's name and answer, writes what is to be written, and gives what JSON can hold of it. It is
            called here, once for each part unless this process dies before that is kept: what it writes is idempotent.

    Raises:
        Exception: the first error of a part; what is done stays done, what runs is called off.
    """
    before = runs.done(run)
    parts = {work.name: work for work in works}
    yield from ((name, answer) for name, answer in before.items() if name in parts)
    futures = {
        executor.submit(work.do, *work.arguments, name=f"{run.id}/{name}", retries=retries): name
        for name, work in parts.items()
        if name not in before
    }
    try:
        for future in as_completed(futures):
            name = futures[future]
            answer = keep(name, future.result())
            runs.keep(run, name, answer)
            executor.forget(f"{run.id}/{name}")
            yield name, answer
    finally:
        for name in futures.values():
            executor.cancel(f"{run.id}/{name}")
            executor.forget(f"{run.id}/{name}")
