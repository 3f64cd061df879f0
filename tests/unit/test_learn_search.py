"""The search for models: candidates, the record of trials, resuming after a kill, the leaderboard."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time

import numpy as np
import pytest

from paceline.domain.errors import NotPlausible, PacelineError, WriteError
from paceline.learn.candidates import Candidate, drawn, mutated, restored
from paceline.learn.search import Plan, searched
from paceline.learn.trials import Result, Trials

PLAN = Plan("r", "data-1", "code-1", candidates=8, rungs=(1, 2, 4))


class Recorded:
    """A stand-in for training: worth what the seed says; it remembers what it was asked."""

    def __init__(self, *, failing=(), stop_after=None):
        self.asked, self.failing, self.stop_after = [], failing, stop_after

    def __call__(self, candidate, epochs):
        if self.stop_after is not None and len(self.asked) >= self.stop_after:
            raise KeyboardInterrupt
        self.asked.append((candidate, epochs))
        if candidate.seed in self.failing:
            raise NotPlausible("it", expected="otherwise")
        return Result((candidate.seed % 997) / 997, 0.0, 1.0, b"model" if epochs == 4 else None)


@pytest.fixture
def trials(tmp_path):
    return Trials(tmp_path / "trials.sqlite")


def test_a_candidate_survives_the_record():
    generator = np.random.default_rng(0)
    for _ in range(50):
        one = mutated(drawn(generator), generator)
        assert restored(one.parameters()) == one
        if one.kind != "trees":
            assert one.architecture(samples=125, channels=3, outputs=5).shapes


@pytest.mark.parametrize("wrong", [{"kind": "wizard"}, {"colour": 1}, {"hidden": 3}, {"activation": "step"}])
def test_parameters_that_no_candidate_has_are_refused(wrong):
    with pytest.raises(NotPlausible):
        restored(Candidate().parameters() | wrong)


def test_those_that_fall_behind_are_halved_early(trials):
    searched(Recorded(), trials, PLAN)
    looks = [len([one for one in trials.of("r") if one.rung == rung]) for rung in range(3)]
    assert looks[0] == 8
    assert looks[1] in (4, 5)  # the best network goes on in any case
    assert looks[2] in (2, 3)
    first = {one.candidate: one.result.score for one in trials.of("r") if one.rung == 0}
    second = [one.candidate for one in trials.of("r") if one.rung == 1]
    assert set(sorted(first, key=first.get, reverse=True)[:4]) <= set(second)


def test_the_board_holds_the_best_of_the_longest_look_with_weights(trials):
    searched(Recorded(), trials, PLAN)
    board = trials.board()
    assert 1 <= len(board) <= 10
    assert {one.rung for one in board} == {2}
    assert all(one.result.model == b"model" for one in board)
    scores = [one.result.score for one in board]
    assert scores == sorted(scores, reverse=True)
    assert trials.board(data="data-2") == []


def test_a_failed_candidate_stays_on_record_with_its_reason(trials):
    plan = Plan("r", "d", "c", candidates=6, rungs=(1,), seed=3)
    probe = Recorded()
    searched(probe, Trials(trials._path.with_name("probe.sqlite")), plan)
    bad = probe.asked[2][0].seed
    searched(Recorded(failing=(bad,)), trials, plan)
    failed = [one for one in trials.of("r") if one.state == "failed"]
    assert [one.parameters["seed"] for one in failed] == [bad]
    assert "otherwise" in failed[0].reason
    assert failed[0].candidate not in {one.candidate for one in trials.board()}


def test_an_interrupted_search_goes_on_and_ends_as_if_nothing_happened(trials, tmp_path):
    whole = Trials(tmp_path / "whole.sqlite")
    searched(Recorded(), whole, PLAN)
    broken = Recorded(stop_after=5)
    with pytest.raises(KeyboardInterrupt):
        searched(broken, trials, PLAN)
    assert [one.state for one in trials.of("r")].count("running") == 1
    rest = Recorded()
    searched(rest, trials, PLAN)
    assert len(broken.asked) + len(rest.asked) == len(whole.of("r"))
    assert [(one.candidate, one.result) for one in trials.board()] == [
        (one.candidate, one.result) for one in whole.board()
    ]


def test_a_run_on_record_is_not_continued_on_other_data(trials):
    searched(Recorded(), trials, PLAN)
    with pytest.raises(NotPlausible, match="data and code"):
        searched(Recorded(), trials, Plan("r", "data-2", "code-1"))


def test_the_next_run_starts_from_the_best_and_mutates_some(trials):
    searched(Recorded(), trials, PLAN)
    best = {f"{one.run}/{one.candidate}" for one in trials.board()}
    second = Recorded()
    searched(second, trials, Plan("r2", "data-1", "code-1", candidates=9, rungs=(1,), seed=1))
    parents = [one.parent for one in trials.of("r2") if one.parent]
    assert set(parents) <= best
    assert len(parents) >= 2
    seeds = {one.parameters["seed"] for one in trials.of("r") if f"r/{one.candidate}" in best}
    assert seeds & {candidate.seed for candidate, _ in second.asked}


def test_a_file_that_is_no_record_is_refused(tmp_path):
    path = tmp_path / "other"
    path.write_bytes(b"something else entirely, and long enough to be looked at " * 40)
    with pytest.raises(WriteError):
        Trials(path)


@pytest.mark.parametrize(
    "wrong", [{"candidates": 0}, {"rungs": (5, 5)}, {"rungs": ()}, {"keep": 0.0}, {"processes": 0}]
)
def test_a_plan_that_can_not_be_is_refused(wrong):
    with pytest.raises(NotPlausible):
        Plan("r", "d", "c", **wrong)


SLOW = """
    import sys, time
    from pathlib import Path
    from paceline.learn.search import Plan, searched
    from paceline.learn.trials import Result, Trials

    def slow(candidate, epochs):
        print("begun", flush=True)
        time.sleep(0.15)
        return Result(candidate.seed % 97 / 97, 0.0, 1.0)

    searched(slow, Trials(Path(sys.argv[1])), Plan("r", "d", "c", candidates=6, rungs=(1, 2)))
    print("done", flush=True)
"""


def test_a_killed_search_loses_at_most_one_candidate(tmp_path):
    script, path = tmp_path / "slow.py", tmp_path / "trials.sqlite"
    script.write_text(textwrap.dedent(SLOW))
    first = subprocess.Popen([sys.executable, str(script), str(path)], stdout=subprocess.PIPE, text=True)
    for _ in range(4):
        first.stdout.readline()
    time.sleep(0.02)
    os.kill(first.pid, signal.SIGKILL)
    first.communicate()
    before = Trials(path).of("r")
    kept = [one for one in before if one.state == "finished"]
    assert len(before) - len(kept) <= 1
    assert len(kept) >= 3
    again = subprocess.run([sys.executable, str(script), str(path)], capture_output=True, text=True, check=True)
    assert again.stdout.endswith("done\n")
    after = Trials(path).of("r")
    assert {one.state for one in after} == {"finished"}
    assert again.stdout.count("begun") == len(after) - len(kept)


def test_a_message_of_our_own_crosses_processes():
    import pickle  # what a pool of our own processes does

    assert str(pickle.loads(pickle.dumps(PacelineError("no")))) == "no"  # noqa: S301
