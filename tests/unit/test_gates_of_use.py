"""Gates that look at use: recorded requests replayed, and feedback that would poison what is trained on it."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import yaml
from tests.unit import made_products as made

from paceline.ship.gates import Candidate
from paceline.ship.gates.feedback import HOUR, feedback
from paceline.ship.gates.traffic import traffic
from paceline.ship.product import read_product

OAKS = tuple(
    (json.dumps({"name": name}), json.dumps({"size": size})) for name, size in [("oak", 3.5), ("ash", 1.5)] * 50
)


def only(outcomes):
    (outcome,) = outcomes
    return outcome


def replayed(tmp_path, requests=OAKS, **changes):
    before = made.candidate(tmp_path, **changes)
    return only(traffic(Candidate(before.product, before.tables, traffic=requests)))


def test_recorded_requests_are_answered_as_they_were(tmp_path):
    found = replayed(tmp_path)
    assert (found.state, found.figures["different"], found.figures["requests"]) == ("passed", 0.0, 100)
    assert found.figures["stability response.size"] == 0.0


def test_a_request_that_users_send_and_it_refuses_stops_it(tmp_path):
    narrow = {"type": "object", "additionalProperties": False, "properties": {"name": {"enum": ["oak"]}}}
    found = replayed(tmp_path, request=narrow)
    assert found.state == "failed"
    assert "refuses 50" in found.said


@pytest.mark.parametrize("code", ["raise ValueError", "import os; os._exit(3)", "return {'size': -1}"])
def test_a_candidate_that_fails_at_what_users_send_hurts_only_itself(tmp_path, code):
    source = made.CODE.replace("    return {", f"    if name == 'ash':\n        {code}\n    return {{", 1)
    found = replayed(tmp_path, requests=OAKS[:6], source=source)
    assert found.state == "failed"
    assert "fails at 3" in found.said


@pytest.mark.parametrize(
    ("gates", "state"), [({}, "passed"), ({"different": 0.4}, "failed"), ({"drift": 0.1}, "failed")]
)
def test_answers_that_are_not_what_they_were_stop_it_where_a_limit_says_so(tmp_path, gates, state):
    source = made.CODE.replace("SIZES[name]}", "SIZES[name] + 10}")
    assert replayed(tmp_path, source=source, gates={"traffic": gates}).state == state


def test_without_recorded_requests_nothing_is_said(tmp_path):
    assert only(traffic(made.candidate(tmp_path))).state == "absent"


def labels(count, *, sources=8, spread=40 * HOUR, up=0.5, seed=1):
    """Honest feedback, unless told otherwise: from several, over days, to either side."""
    random = np.random.default_rng(seed)
    above = random.random(count) < up
    return pl.DataFrame(
        {
            "t": np.sort(random.integers(0, spread, count)),
            "source": [f"token {number}" for number in random.integers(0, sources, count)],
            "label": np.where(above, 4.0, 3.0).astype(str),
            "answer": np.full(count, "3.5"),
        }
    )


def learnt(tmp_path: Path, rows: pl.DataFrame, **limits: float) -> Candidate:
    """A product with a training table of 1,000 rows that would learn these."""
    table = "name,size\n" + "".join(f"t{number},{number}\n" for number in range(1000))
    folder = made.write(tmp_path, table=table, gates={"feedback": limits})
    rows.write_csv(folder / "data" / "feedback.csv")
    said = yaml.safe_load((folder / "product.yaml").read_text())
    digest = hashlib.sha256((folder / "data" / "feedback.csv").read_bytes()).hexdigest()
    said["data"] = [said["data"], {"table": "feedback.csv", "sha256": digest, "role": "feedback"}]
    (folder / "product.yaml").write_text(yaml.safe_dump(said))
    product = read_product(folder)
    return Candidate(product, tuple(folder / "data" / pointer.table for pointer in product.data))


def test_honest_feedback_may_be_learnt(tmp_path):
    found = only(feedback(learnt(tmp_path, labels(150))))
    assert (found.state, found.figures["labels"]) == ("passed", 150)


@pytest.mark.parametrize(
    ("rows", "said", "limit"),
    [
        (labels(300), "300 labels beside 1,000 rows", "share"),
        (labels(150, sources=1), "100% of the labels come from one source", "source"),
        (labels(150, spread=HOUR), "came within one hour", "hourly"),
        (pl.concat([labels(70), labels(80, spread=HOUR // 60, seed=2)]), "came within one hour", "hourly"),
        (labels(150, up=0.97), "point to one side", "one_sided"),
        (
            labels(150).with_columns(label=pl.lit("oak"), answer=pl.lit("ash")),
            "100% of the labels that differ",
            "one_sided",
        ),
    ],
    ids=["many", "one hand", "sudden", "a burst among honest ones", "one-sided", "one name"],
)
def test_feedback_that_poisons_is_stopped_and_a_person_may_allow_it(tmp_path, rows, said, limit):
    found = list(feedback(learnt(tmp_path / "a", rows)))
    assert any(said in one.said for one in found if one.state == "failed"), found
    allowed = {limit: 1.0, "hourly": 1.0} if limit == "hourly" else {limit: 1.0}
    assert only(feedback(learnt(tmp_path / "b", rows, **allowed))).state == "passed"


def test_a_few_labels_stop_nothing_and_a_broken_table_does(tmp_path):
    assert only(feedback(learnt(tmp_path / "a", labels(20, sources=1, spread=10, up=1.0)))).state == "passed"
    assert only(feedback(learnt(tmp_path / "b", labels(20).drop("source")))).state == "failed"
    assert only(feedback(made.candidate(tmp_path / "c"))).state == "absent"
