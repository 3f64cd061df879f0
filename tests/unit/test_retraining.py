"""A release made anew from what users taught it: the same code, new data, the same gates; and traffic replayed."""

from __future__ import annotations

import json

import numpy as np
import polars as pl
import pytest
from tests.unit import made_products as made
from tests.unit.test_bundle import git, tables
from tests.unit.test_releases import PASSED
from typer.testing import CliRunner

from paceline.cli import app
from paceline.domain.errors import Absent, NoRelease, ReleaseStopped
from paceline.jobs.retraining import retrain, traffic
from paceline.jobs.watched import champion
from paceline.jobs.wiring import Settings, open_store
from paceline.ship.bundle import opened
from paceline.ship.product import read_product
from paceline.ship.releases import folder_of, promote, release

START = 1_700_000_000 * 10**9
HOUR = 3600 * 10**9
TABLE = "name,size,kind\n" + "".join(
    f"{name}{number},{number % 7},a\n" for name in ("ash", "oak") for number in range(500)
)
SIZES = """
import json
from pathlib import Path

HERE = Path(__file__).parent

def train():
    import csv
    with (HERE / "data" / "trees.csv").open() as rows:
        values = [float(row["size"]) for row in csv.DictReader(rows)]
    feedback = HERE / "data" / "feedback.csv"
    if feedback.exists():
        with feedback.open() as rows:
            values = [float(row["label"]) for row in csv.DictReader(rows)]
    (HERE / "model.json").write_text(json.dumps(sum(values) / len(values)))

def size(name):
    return {"size": json.loads((HERE / "model.json").read_text())}
"""


@pytest.fixture
def settings(tmp_path):
    return Settings(tmp_path / "house")


@pytest.fixture
def store(settings):
    with open_store(settings) as opened_:
        yield opened_


def out(store, folder, *, size=3.0, **changes):
    """A champion whose model says one size, and learns the mean of the labels."""
    made.write(
        folder, source=SIZES, table=TABLE, model={"file": "model.json", "train": "trees.py:train"},
        watch={"labels": {"field": "size", "loss": "absolute"}, "retrained_share": 0.25}, **changes,
    )  # fmt: skip
    (folder / ".gitignore").write_text("data/\n")
    (folder / "model.json").write_text(json.dumps(size))
    git(folder, "init", "-q")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "A product")
    product = read_product(folder)
    frozen = release(product, tables(product), PASSED, journal=store.journal, blobs=store.blobs, by="owner")
    promote(store.journal, "trees", release=frozen.name, reason="a test", by="owner")
    return frozen


def used(store, name, *, count=100, sources=8, subject="nobody", answer=3.0, up=0.5, spread=40 * HOUR, begin=0):
    """Answers with a label each."""
    random = np.random.default_rng(2 + begin)
    times = START + np.sort(random.integers(0, spread, count))
    whose = {"subject": subject, "month": "2023-11", "product": "trees"}
    ids = [f"{begin + number:032x}" for number in range(count)]
    answers = pl.DataFrame(
        {
            "id": ids, "t": times, "session": f"p-{begin}", "release": name, "request": json.dumps({"name": "oak"}),
            "response": json.dumps({"size": answer}),
        }
    ).with_columns(**{key: pl.lit(value) for key, value in whose.items()})  # fmt: skip
    labels = np.where(random.random(count) < up, answer + 3, answer - 1)
    feedback = pl.DataFrame(
        {
            "id": ids, "t": times + HOUR, "session": f"f-{begin}",
            "label": [json.dumps(one) for one in labels.tolist()],
            "source": [f"token {number}" for number in random.integers(0, sources, count)],
        }
    ).with_columns(**{key: pl.lit(value) for key, value in whose.items()})  # fmt: skip
    store.lake.append("predictions", answers, key=("session",))
    store.lake.append("feedback", feedback, key=("session",))
    return labels


def test_what_users_taught_makes_a_release_of_the_same_code_with_a_share_of_its_own(store, tmp_path):
    first = out(store, tmp_path / "p")
    labels = used(store, first.name)
    frozen = retrain(store, "trees")
    assert (frozen.lineage.commit, frozen.lineage.lock) == (first.lineage.commit, first.lineage.lock)
    assert set(frozen.lineage.data) == {"trees.csv", "feedback.csv"}
    known = store.journal.product("trees")
    assert known.shares == {first.name: 0.75, frozen.name: 0.25}
    folder = opened(store.blobs, known.releases[frozen.name].bundle, folder_of(store.places))
    assert json.loads((folder / "model.json").read_text()) == pytest.approx(labels.mean())
    header = (folder / "data" / "feedback.csv").read_text().splitlines()[0]
    assert header.split(",") == ["name", "t", "source", "answer", "label"]
    assert (folder / "trees.py").read_text() == SIZES


def test_feedback_that_poisons_is_stopped_and_the_champion_stays(store, tmp_path):
    first = out(store, tmp_path / "p")
    used(store, first.name, sources=1, up=1.0, spread=HOUR // 60)
    with pytest.raises(ReleaseStopped, match="feedback"):
        retrain(store, "trees")
    assert list(store.journal.product("trees").releases) == [first.name]
    assert champion(store, "trees")[1:] == (first.name, "")


def test_a_candidate_that_breaks_on_what_users_ask_is_stopped(store, tmp_path):
    first = out(store, tmp_path / "p", response={
        "type": "object", "additionalProperties": False, "required": ["size"],
        "properties": {"size": {"type": "number", "maximum": 3.5}}})  # fmt: skip
    used(store, first.name, up=0.9, count=40)
    with pytest.raises(ReleaseStopped, match="traffic"):
        retrain(store, "trees")


def test_answers_about_people_are_learnt_from_where_they_agree(store, tmp_path):
    first = out(store, tmp_path / "p")
    ann = store.people.enrol(name="Ann", by="owner")
    used(store, first.name, count=30, subject=ann)
    with pytest.raises(Absent, match="labelled answer"):
        retrain(store, "trees")
    store.people.consent(ann, purpose="models", given=True, by="owner")
    assert retrain(store, "trees").new


def test_what_names_no_label_or_is_not_out_can_not_be_retrained(store, tmp_path):
    with pytest.raises(NoRelease):
        retrain(store, "trees")
    out(store, tmp_path / "p")
    with pytest.raises(Absent):
        retrain(store, "trees")


def test_the_commands_retrain_and_replay(settings, store, tmp_path):
    first = out(store, tmp_path / "p")
    used(store, first.name)
    assert len(traffic(store, "trees", limit=7)) == 7
    home = ["--home", str(settings.home)]
    done = CliRunner().invoke(app, ["check", str(tmp_path / "p"), "--traffic", "50", "--all", *home])
    assert "traffic: 50 recorded requests answered" in done.output
    done = CliRunner().invoke(app, ["retrain", "trees", *home])
    assert done.exit_code == 0, done.output
    assert "It answers 25% of the requests." in done.output
