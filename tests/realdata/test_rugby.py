"""The rugby product on the real table: what is served, and what its worker loads to serve it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from paceline.ship.data import bring
from paceline.ship.gates import Candidate
from paceline.ship.gates.mistakes import mistakes
from paceline.ship.gates.tables import tables
from paceline.ship.product import read_product

pytestmark = pytest.mark.realdata

HERE = Path(__file__).parents[2] / "products" / "rugby"


@pytest.fixture
def candidate(tmp_path: Path, data: Path) -> Candidate:
    """A copy with its data and no model: training is for `paceline check`."""
    folder = tmp_path / "rugby"
    shutil.copytree(HERE, folder, ignore=shutil.ignore_patterns("data", "model", "__pycache__"))
    product = read_product(folder)
    return Candidate(product, bring(product, shared=data))


def test_the_product_has_no_bad_habits_and_its_table_is_as_asked(candidate: Candidate) -> None:
    assert [outcome for outcome in mistakes(candidate) if outcome.state != "passed"] == []
    assert [outcome for outcome in tables(candidate) if outcome.state != "passed"] == []


def test_answering_needs_no_library_that_trains(candidate: Candidate) -> None:
    made = """
import sys
import numpy as np
import strengths
matches = strengths.read()
teams = np.zeros((50, 6), np.float32)
one = np.ones(50, np.float32)
np.savez("rugby.npz", teams=np.array(matches["teams"]), season=np.array(2018, np.int32), base=3 * one,
         advantage=0.1 * one, dispersion=5 * one, attack=teams, defence=teams)
import pathlib
pathlib.Path("model").mkdir()
pathlib.Path("rugby.npz").rename("model/rugby.npz")
import predict
answer = predict.predict(home="Wales", away="Italy")
assert answer["matches"][0]["home_win"]["probability"] > 0.5
assert not {"jax", "numpyro", "scipy", "paceline"} & set(sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-c", made], cwd=candidate.product.folder, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_every_example_keeps_its_contract(candidate: Candidate) -> None:
    for example in candidate.product.examples:
        candidate.product.request.check(example["request"])
