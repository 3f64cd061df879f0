"""A canary that is worse is taken back, and one that is not, hardly ever."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

import pytest
from tests.unit import made_products as made
from tests.unit.test_bundle import committed, git, tables
from tests.unit.test_predict import ask
from tests.unit.test_releases import PASSED, released

from paceline.keep.blobs import Blobs, open_blobs
from paceline.keep.journal import Journal
from paceline.serve.predict.following import Follower
from paceline.serve.predict.lanes import Desk
from paceline.ship.canary import ENOUGH, Trial
from paceline.ship.product import read_product
from paceline.ship.releases import WATCH, promote, release, take_back


def tried(seed: int, *, share: float, failing: tuple[float, float], slower: float = 1.0, answers: int = 3000) -> Trial:
    """Answers of a champion and a canary that fail with these chances, the canary so many times as slow."""
    drawn, trial = random.Random(seed), Trial()  # noqa: S311 - made answers, no secrets
    for _ in range(answers):
        canary = drawn.random() < share
        failed = drawn.random() < failing[canary]
        seconds = drawn.lognormvariate(-4, 0.5) * (slower if canary else 1)
        trial.answered(canary=canary, failed=failed, seconds=seconds)
        if trial.verdict:
            break
    return trial


@pytest.mark.parametrize(("share", "failing"), [(0.1, 0.02), (0.5, 0.2), (0.02, 0.5)])
def test_a_canary_that_is_no_worse_is_taken_back_once_in_a_thousand(share: float, failing: float) -> None:
    verdicts = [tried(seed, share=share, failing=(failing, failing)).verdict for seed in range(300)]
    # at most 2 / ENOUGH each: four or more of 300 by chance happen once in 300 times
    assert sum(map(bool, verdicts)) <= 3, ENOUGH


def test_a_canary_that_fails_five_times_as_often_is_taken_back_soon() -> None:
    trials = [tried(seed, share=0.1, failing=(0.02, 0.1), answers=20_000) for seed in range(20)]
    assert {trial.verdict for trial in trials} == {"errors"}
    assert sorted(trial.canaries for trial in trials)[10] < 500


def test_a_canary_that_takes_twice_as_long_is_taken_back_soon() -> None:
    trials = [tried(seed, share=0.1, failing=(0, 0), slower=2.0) for seed in range(20)]
    assert {trial.verdict for trial in trials} == {"latency"}
    assert sorted(trial.canaries for trial in trials)[10] < 100


def test_a_canary_that_did_well_for_long_is_still_watched() -> None:
    trial = Trial()
    for number in range(20_000):
        trial.answered(canary=number % 2 == 0, failed=False, seconds=0.01)
    assert not trial.verdict
    for number in range(2_200):
        trial.answered(canary=number % 2 == 0, failed=False, seconds=0.02 if number % 2 == 0 else 0.01)
    assert trial.verdict == "latency"


def test_a_canary_that_is_said_to_have_drifted_is_taken_back() -> None:
    trial = tried(1, share=0.1, failing=(0, 0), answers=10)
    assert not trial.verdict
    trial.drifted = True
    assert trial.verdict == "drift"


def failing(folder: Path, journal: Journal, blobs: Blobs) -> str:
    """A release that answers its example and nothing else."""
    (folder / "trees.py").write_text(made.CODE.replace("SIZES[name]", "{'ash': 1.5}[name]"))
    git(folder, "commit", "-q", "-a", "-m", "Worse")
    product = read_product(folder)
    return release(product, tables(product), PASSED, journal=journal, blobs=blobs, by="owner").name


def test_the_server_takes_it_back_and_the_journal_says_who_and_why(tmp_path: Path) -> None:
    blobs = open_blobs(str(tmp_path / "blobs"))
    with Journal.open(str(tmp_path / "journal.sqlite"), organisation="home") as journal:
        committed(tmp_path / "p")
        good = released(tmp_path / "p", journal, blobs).name
        bad = failing(tmp_path / "p", journal, blobs)
        promote(journal, "trees", release=good, reason="first", by="owner")
        promote(journal, "trees", release=bad, share=0.2, reason="canary", by="owner")

        async def told() -> None:
            desk = Desk()
            server = Follower(desk, journal, blobs, folder=tmp_path / "s")
            await server.look()
            for number in range(100):
                await ask(desk, {"name": "oak"}, authorization=f"Bearer {number}")
            await ask(desk, {"name": 5})  # the caller's own fault counts for nobody
            await server.look()
            assert [served.release for served, _ in desk.lanes("trees").shares] == [good]
            await desk.close()

        asyncio.run(told())
        *_, last = journal.history(journal.product("trees").id)
        assert (last.by, last.what.shares) == (WATCH, {good: 1.0})
        assert "fails more often" in last.what.reason
        promote(journal, "trees", release=bad, reason="on purpose", by="owner")
        take_back(journal, "trees", champion=good, canary=bad, verdict="errors")
        assert journal.product("trees").shares == {bad: 1.0}  # somebody has decided otherwise meanwhile
