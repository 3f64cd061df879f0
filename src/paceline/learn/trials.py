"""Every model that was ever tried, on record: one SQLite file that outlives whatever tried them.

A trial is written before it begins and again when it ends, each in a transaction of its own. What a `kill -9` leaves is
a trial that began and did not end: it is told as lost, and the search that goes on does it again. Failed and halved
trials stay, with their parameters: what did not work is worth knowing.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

from paceline.domain.errors import NotPlausible, WriteError

State: TypeAlias = Literal["running", "finished", "failed"]

BOARD = 10
"""Models that a leaderboard keeps."""

_TABLES = """
CREATE TABLE IF NOT EXISTS runs (
    run TEXT PRIMARY KEY, data TEXT NOT NULL, code TEXT NOT NULL, candidates TEXT NOT NULL, began REAL NOT NULL);
CREATE TABLE IF NOT EXISTS trials (
    trial INTEGER PRIMARY KEY, run TEXT NOT NULL REFERENCES runs, candidate TEXT NOT NULL, rung INTEGER NOT NULL,
    parameters TEXT NOT NULL, parent TEXT, state TEXT NOT NULL, score REAL, low REAL, high REAL, seconds REAL,
    reason TEXT, model BLOB, began REAL NOT NULL, UNIQUE (run, candidate, rung));
"""


@dataclass(frozen=True, slots=True)
class Result:
    """What a trial came to.

    Attributes:
        score: the higher the better: macro F1 on unseen sessions.
        low: of its 95 % interval.
        high: of its 95 % interval.
        model: a model file's bytes, or None for one that is not kept.
    """

    score: float
    low: float
    high: float
    model: bytes | None = None


@dataclass(frozen=True, slots=True)
class Trial:
    """One candidate on one rung.

    Attributes:
        run: of which search.
        candidate: its name within the run.
        rung: 0 for the first, shortest look.
        parameters: all that makes it.
        parent: the candidate that it was mutated from, or None.
        state: running ones of a search that is no longer there are lost.
        result: None unless finished.
        reason: why it failed.
        data: version of the data.
        code: commit.
    """

    run: str
    candidate: str
    rung: int
    parameters: Mapping[str, Any]
    parent: str | None
    state: State
    result: Result | None
    reason: str | None
    data: str
    code: str


@dataclass(frozen=True, slots=True)
class Search:
    """One run of a search, as it stands on record.

    Attributes:
        run: its name.
        data: version of the data.
        code: commit.
        candidates: how many were planned.
        began: s since 1970.
        finished: trials that came to a score.
        failed: trials that failed.
        lost: trials that began and did not end: they run now, or were killed.
        seconds: that trials took in all.
        best: the highest score of the longest look, or None.
        candidate: that reached it.
    """

    run: str
    data: str
    code: str
    candidates: int
    began: float
    finished: int
    failed: int
    lost: int
    seconds: float
    best: float | None
    candidate: str | None


class Trials:
    """The record. Each call is a transaction; several processes may read while one writes."""

    def __init__(self, path: Path) -> None:
        """Open the file, made where it is not there.

        Raises:
            WriteError: it can't be opened, or is no such file.
        """
        self._path = path
        try:
            with self._open() as connection:
                connection.execute("PRAGMA journal_mode=WAL")
                connection.executescript(_TABLES)
        except sqlite3.Error as error:
            raise WriteError(str(path), reason="it can't be used as a record of trials") from error

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        connection = sqlite3.connect(self._path, timeout=30.0)
        try:
            connection.execute("PRAGMA synchronous=FULL")
            with connection:
                yield connection
        finally:
            connection.close()

    def plan(self, run: str, candidates: list[dict[str, Any]], *, data: str, code: str) -> list[dict[str, Any]]:
        """The candidates of a run: those given where it is new, those on record where it goes on.

        Raises:
            NotPlausible: the run on record has other data or code: its scores could not be compared.
        """
        with self._open() as connection:
            row = connection.execute("SELECT candidates, data, code FROM runs WHERE run = ?", (run,)).fetchone()
            if row is None:
                values = (run, data, code, json.dumps(candidates, sort_keys=True), time.time())
                connection.execute(
                    "INSERT INTO runs (run, data, code, candidates, began) VALUES (?, ?, ?, ?, ?)", values
                )
                return candidates
            if (row[1], row[2]) != (data, code):
                raise NotPlausible(f"the data and code of the run {run!r}", expected="those it began with")
            found: list[dict[str, Any]] = json.loads(row[0])
            return found

    def begin(self, run: str, candidate: str, rung: int, *, parameters: Mapping[str, Any], parent: str | None) -> None:
        """A trial begins; one that was lost begins again."""
        values = (run, candidate, rung, json.dumps(dict(parameters), sort_keys=True), parent, time.time())
        with self._open() as connection:
            connection.execute("INSERT OR REPLACE INTO trials (run, candidate, rung, parameters, parent, state, began) "
                               "VALUES (?, ?, ?, ?, ?, 'running', ?)", values)  # fmt: skip

    def end(self, run: str, candidate: str, rung: int, *, result: Result | None = None, reason: str = "") -> None:
        """A trial ended: finished with a result, or failed for a reason."""
        known = result if result is not None else Result(float("nan"), float("nan"), float("nan"))
        state = "finished" if result is not None else "failed"
        figures = (known.score, known.low, known.high) if result is not None else (None, None, None)
        values = (state, *figures, known.model, reason or None, time.time(), run, candidate, rung)
        with self._open() as connection:
            connection.execute("UPDATE trials SET state = ?, score = ?, low = ?, high = ?, model = ?, reason = ?, "
                               "seconds = ? - began WHERE run = ? AND candidate = ? AND rung = ?", values)  # fmt: skip

    def of(self, run: str | None = None) -> list[Trial]:
        """Trials in the order in which they began, of one run or of all."""
        with self._open() as connection:
            rows = connection.execute(
                "SELECT trials.run, candidate, rung, parameters, parent, state, score, low, high, model, reason, "
                "data, code FROM trials JOIN runs USING (run) WHERE ?1 IS NULL OR trials.run = ?1 ORDER BY trial",
                (run,),
            ).fetchall()
        return [_trial(row) for row in rows]

    def searches(self) -> list[Search]:
        """Every run, the latest first."""
        with self._open() as connection:
            rows = connection.execute(
                "SELECT run, data, code, json_array_length(candidates), runs.began, "
                "TOTAL(state = 'finished'), TOTAL(state = 'failed'), TOTAL(state = 'running'), TOTAL(seconds) "
                "FROM runs LEFT JOIN trials USING (run) GROUP BY run ORDER BY runs.began DESC, run"
            ).fetchall()
            best = {
                run: (score, candidate)
                for run, score, candidate in connection.execute(
                    "SELECT run, score, candidate FROM trials JOIN (SELECT run, MAX(rung) AS rung FROM trials "
                    "WHERE state = 'finished' GROUP BY run) USING (run, rung) WHERE state = 'finished' ORDER BY score"
                )
            }
        return [
            Search(run, data, code, count, began, int(finished), int(failed), int(lost), seconds,
                   *best.get(run, (None, None)))
            for run, data, code, count, began, finished, failed, lost, seconds in rows
        ]  # fmt: skip

    def board(self, *, data: str | None = None) -> list[Trial]:
        """The ten best: of each candidate its longest look, the highest score first; only finished ones.

        Args:
            data: only scores on this version of the data: others can't be compared.
        """
        last: dict[tuple[str, str], Trial] = {}
        for one in self.of():
            if one.state == "finished" and (data is None or one.data == data):
                held = last.get((one.run, one.candidate))
                if held is None or one.rung > held.rung:
                    last[one.run, one.candidate] = one
        longest = {run: max(one.rung for one in last.values() if one.run == run) for run, _ in last}
        finished = [one for one in last.values() if one.rung == longest[one.run] and one.result is not None]
        return sorted(finished, key=lambda one: -(one.result.score if one.result else 0.0))[:BOARD]


def _trial(row: tuple[Any, ...]) -> Trial:
    run, candidate, rung, parameters, parent, state, score, low, high, model, reason, data, code = row
    result = Result(score, low, high, model) if state == "finished" else None
    return Trial(run, candidate, rung, json.loads(parameters), parent, state, result, reason, data, code)
