"""The search: many candidates get a short look, the better half a longer one, and the ten best are kept.

A run's candidates are drawn once and written down; what follows is decided by them and by the scores on record, so that
a run that was killed goes on where it stopped and ends as if nothing had happened. Those on the leaderboard come again,
some of them with one thing changed; the rest are new. Candidates train side by side in processes.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import get_context
from typing import Any

import numpy as np

from paceline.domain.errors import NotPlausible, PacelineError
from paceline.learn.candidates import Candidate, drawn, mutated, restored
from paceline.learn.trials import Result, Trials

Evaluate = Callable[[Candidate, int], Result]
"""A candidate and how many epochs it may take → what it is worth. It must be importable where processes are used."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is searched.

    Attributes:
        run: name; a run of that name on record goes on.
        data: version of the data.
        code: commit.
        candidates: how many.
        rungs: epochs of each look, ascending.
        keep: share of candidates that go on to the next look.
        seed: of what is drawn.
        processes: candidates at a time; 1 works in this process.
    """

    run: str
    data: str
    code: str
    candidates: int = 16
    rungs: tuple[int, ...] = (5, 15, 40)
    keep: float = 0.5
    seed: int = 0
    processes: int = 1

    def __post_init__(self) -> None:
        """Checked here once.

        Raises:
            NotPlausible: nothing to search, rungs that don't ascend, or a share outside 0 to 1.
        """
        ascending = all(a < b for a, b in zip((0, *self.rungs), self.rungs, strict=False))
        if not (self.candidates >= 1 and self.rungs and ascending and 0.0 < self.keep <= 1.0 and self.processes >= 1):
            expected = "a candidate, a process, ascending rungs and a share to keep"
            raise NotPlausible("the plan of a search", expected=expected)


@dataclass(frozen=True, slots=True)
class _Named:
    name: str
    candidate: Candidate
    parent: str | None = field(default=None)


def population(trials: Trials, plan: Plan) -> list[dict[str, Any]]:
    """What a new run tries: the board's models, as many mutants of them, and new ones for the rest."""
    generator = np.random.default_rng(plan.seed)
    board = trials.board(data=plan.data)
    if not board and (before := trials.searches()):  # new data: the best on the last data are where to begin
        board = trials.board(data=before[0].data)
    best = [(f"{one.run}/{one.candidate}", restored(one.parameters)) for one in board]
    found: list[dict[str, Any]] = []
    for parent, one in best[: plan.candidates // 3]:
        found.append({"parameters": one.parameters(), "parent": parent})
    for parent, one in best[: plan.candidates // 3]:
        found.append({"parameters": mutated(one, generator).parameters(), "parent": parent})
    while len(found) < plan.candidates:
        found.append({"parameters": drawn(generator).parameters(), "parent": None})
    return [{"name": f"c{number:03}", **one} for number, one in enumerate(found)]


def searched(evaluate: Evaluate, trials: Trials, plan: Plan) -> None:
    """Run a search to its end, from wherever it stands on record.

    Raises:
        NotPlausible: the run on record was with other data or code.
    """
    rows = trials.plan(plan.run, population(trials, plan), data=plan.data, code=plan.code)
    alive = [_Named(row["name"], restored(row["parameters"]), row["parent"]) for row in rows]
    for rung, epochs in enumerate(plan.rungs):
        scores = _looked(evaluate, trials, plan, alive, rung=rung, epochs=epochs)
        ranked = sorted((one for one in alive if one.name in scores), key=lambda one: (-scores[one.name], one.name))
        alive = _kept(ranked, max(round(len(alive) * plan.keep), 1))


def _kept(ranked: Sequence[_Named], count: int) -> list[_Named]:
    """The best, and the best network among them in any case: only a network runs on a device."""
    network = next((one for one in ranked if one.candidate.kind != "trees"), None)
    best = list(ranked[:count])
    return best if network is None or network in best else [*best, network]


def _looked(
    evaluate: Evaluate, trials: Trials, plan: Plan, alive: Sequence[_Named], *, rung: int, epochs: int
) -> dict[str, float]:
    """Score of each candidate on this rung; failed ones have none."""
    on_record = {one.candidate: one for one in trials.of(plan.run) if one.rung == rung and one.state != "running"}
    waiting = [one for one in alive if one.name not in on_record]
    for one, outcome in _outcomes(evaluate, trials, plan, waiting, rung=rung, epochs=epochs):
        if isinstance(outcome, Result):
            trials.end(plan.run, one.name, rung, result=outcome)
        else:
            trials.end(plan.run, one.name, rung, reason=str(outcome))
    done = [one for one in trials.of(plan.run) if one.rung == rung and one.result is not None]
    return {one.candidate: one.result.score for one in done if one.result is not None}


def _outcomes(
    evaluate: Evaluate, trials: Trials, plan: Plan, waiting: Sequence[_Named], *, rung: int, epochs: int
) -> Iterator[tuple[_Named, Result | PacelineError]]:
    """Each candidate with its result or our own error; any other error is a bug and ends the search."""
    if plan.processes == 1 or len(waiting) < 2:
        for one in waiting:
            _begin(trials, plan, one, rung)
            yield one, _tried(evaluate, one.candidate, epochs)
        return
    with _single_threads(), ProcessPoolExecutor(plan.processes, mp_context=get_context("spawn")) as pool:
        left, running = list(waiting), dict[Future[Result | PacelineError], _Named]()
        while left or running:
            while left and len(running) < plan.processes:  # no more begin than run: only those can be lost
                one = left.pop(0)
                _begin(trials, plan, one, rung)
                running[pool.submit(_tried, evaluate, one.candidate, epochs)] = one
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                yield running.pop(future), future.result()


def _begin(trials: Trials, plan: Plan, one: _Named, rung: int) -> None:
    trials.begin(plan.run, one.name, rung, parameters=one.candidate.parameters(), parent=one.parent)


def _tried(evaluate: Evaluate, candidate: Candidate, epochs: int) -> Result | PacelineError:
    try:
        return evaluate(candidate, epochs)
    except PacelineError as error:
        return PacelineError(str(error))  # plain, so that it can cross to another process


@contextmanager
def _single_threads() -> Iterator[None]:
    """Processes side by side share the cores already; threads within each would only be in each other's way."""
    wanted = {"OMP_NUM_THREADS": "1", "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false"}
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
