"""What one look at a product sees, from rows as the lake has them; and which rules then hold."""

from __future__ import annotations

import json

import numpy as np
import polars as pl
import pytest
from tests.unit import made_products as made

from paceline.domain.errors import ProductInvalid
from paceline.ship.gates.check import GATES, check
from paceline.ship.watch.beside import unlike
from paceline.ship.watch.columns import column
from paceline.ship.watch.conditions import conditions
from paceline.ship.watch.decay import decays, losses
from paceline.ship.watch.look import _stride, look
from paceline.ship.watch.rules import Labels, watch_of

START = 1_700_000_000 * 10**9
MINUTE = 60 * 10**9
ALERTS = [{"when": "drift"}, {"when": "stability name", "above": 0.25, "to": "email"}, {"when": "score"},
          {"when": "canary", "then": "rollback"}]  # fmt: skip
LABELS = {"field": "size", "loss": "absolute", "slice": "name"}


def rows(count, *, turn=None, release="r1", seed=1, canary=0.0, offset=0.0):
    """Answers a minute: names of two kinds until a turn, a third afterwards; sizes to match."""
    random = np.random.default_rng(seed)
    turn = count if turn is None else turn
    names = np.where(np.arange(count) < turn, random.choice(["ash", "oak"], count), "elm")
    mine = random.random(count) < canary
    sizes = random.normal(3, 1, count) + offset * mine
    return pl.DataFrame(
        {
            "t": START + MINUTE * np.arange(count), "id": [f"{number:032x}" for number in range(count)],
            "release": np.where(mine, "r2", release), "subject": ["nobody"] * count,
            "request": [json.dumps({"name": name}) for name in names],
            "response": [json.dumps({"size": size}) for size in sizes],
        }
    )  # fmt: skip


def told(answers, error):
    """A label for each answer, a minute later: the answer and an error."""
    said = [json.loads(text)["size"] + off for text, off in zip(answers["response"], error, strict=True)]
    return answers.select("id", "subject", t=pl.col("t") + MINUTE).with_columns(
        label=pl.Series([json.dumps(x) for x in said])
    )


NONE = pl.DataFrame(schema={"id": pl.String, "subject": pl.String, "t": pl.Int64, "label": pl.String})


@pytest.fixture
def product(tmp_path):
    return made.product(tmp_path / "p", watch={"window": 500, "labels": LABELS, "alerts": ALERTS})


def seen(product, answers, feedback=NONE, **asked):
    return look(product, answers, feedback, **{"release": "r1", "table": None, **asked})


def holding(product, found):
    return [one for one in conditions(watch_of(product), found) if one.holds]


def test_where_nothing_changes_nothing_is_told(product):
    answers = rows(3000)
    found = seen(product, answers, told(answers, np.random.default_rng(2).normal(size=3000)))
    assert [one.moved.field for one in found.fields] == ["name", "response.size"]
    assert all(one.found is None for one in found.fields)
    assert holding(product, found) == []


def test_a_field_that_moves_is_told_with_when_it_was_found_and_began(product):
    found = seen(product, rows(3000, turn=2000))
    (name, size) = found.fields
    assert size.found is None
    assert START + 2000 * MINUTE <= name.found <= START + 2040 * MINUTE
    assert abs(name.since - (START + 2000 * MINUTE)) <= 20 * MINUTE
    assert name.moved.unseen == 1.0
    assert [round(value) for _, value in name.course[:3]] == [0, 0, 0]
    assert name.course[-1][1] > 1
    drift, stability = holding(product, found)
    assert (drift.kind, stability.kind) == ("drift name", "stability name")
    assert "since about 2023-11-16T" in drift.message
    assert "at most 0.25 is allowed" in stability.message
    assert "elm" not in drift.message + stability.message


def test_the_training_table_is_the_reference_where_it_has_the_column(product):
    table = product.folder / "data" / "train.csv"
    table.write_text("name,size\n" + "oak,1\nash,2\n" * 300)
    found = seen(product, rows(400), table=table).fields[0]
    assert (found.moved.before, found.moved.now) == (600, 400)
    table.write_text("name,size\n" + "elm,1\nyew,2\n" * 300)
    assert seen(product, rows(400), table=table).fields[0].found is not None


def test_a_score_that_decays_is_told_with_its_slice(product):
    answers = rows(3000)
    worse = np.random.default_rng(2).normal(size=3000) * np.where(np.arange(3000) < 2000, 1, 2)
    found = seen(product, answers, told(answers, worse))
    whole, *slices = found.scores
    assert whole.decay.loss == pytest.approx(2 * np.sqrt(2 / np.pi), rel=0.1)
    assert whole.decay.low > 0.5
    assert abs(whole.since - (START + 2001 * MINUTE)) < 200 * MINUTE
    assert [one.decay.slice for one in slices] == ["ash", "oak"]
    (score,) = holding(product, found)
    assert score.kind == "score"
    assert "Mean loss" in score.message


def test_a_score_that_gets_better_alarms_nobody(product):
    answers = rows(3000)
    better = np.random.default_rng(2).normal(size=3000) * np.where(np.arange(3000) < 2000, 1, 0.2)
    assert holding(product, seen(product, answers, told(answers, better))) == []


def test_a_label_counts_for_its_own_answer_and_the_last_word_alone(product):
    answers = rows(200)
    right = told(answers, np.zeros(200))
    wrong = told(answers, np.full(200, 9.0)).with_columns(t=pl.col("t") - 1)
    others = told(answers, np.full(200, 9.0)).with_columns(subject=pl.lit("somebody else"), t=pl.col("t") + 5)
    (whole, *_) = seen(product, answers, pl.concat([wrong, right, others])).scores
    assert (whole.decay.loss, whole.decay.loss_before) == (pytest.approx(0.0, abs=1e-9),) * 2


@pytest.mark.parametrize(
    ("loss", "said", "truth", "expected"),
    [
        ("different", "a", "a", 0.0), ("different", "a", "b", 1.0), ("absolute", 3.0, 1.0, 2.0),
        ("squared", 3.0, 1.0, 4.0),
        ("log", 0.5, 1, np.log(2)), ("log", 0.75, 0, np.log(4)), ("log", 0.0, 1, -np.log(1e-6)),
    ],
)  # fmt: skip
def test_losses_are_what_they_are_called(loss, said, truth, expected):
    assert losses(Labels("x", loss), [{"x": said}], [truth])[0] == pytest.approx(expected)


def test_what_can_not_be_compared_has_no_loss():
    found = losses(Labels("x", "absolute"), [{}, {"x": "a"}, {"x": 1.0}], [1.0, 1.0, "b"])
    assert np.isnan(found).all()


def test_too_few_labels_are_told_without_an_interval():
    (one,) = decays(Labels("x"), [{}] * 10, np.zeros(10), window=100)
    assert np.isnan(one.low)
    assert one.alarm is None


def test_a_canary_that_answers_alike_stays_and_one_that_does_not_is_named(product):
    alike = seen(product, rows(4000, canary=0.2), canary="r2")
    assert alike.unlike == ()
    other = seen(product, rows(4000, canary=0.2, offset=1.5), canary="r2")
    assert other.unlike == ("response.size",)
    assert [one.kind for one in holding(product, other)] == ["canary r2"]


def test_a_change_that_both_releases_see_is_not_the_canary_s():
    random = np.random.default_rng(4)
    values = random.normal(size=6000) + np.where(np.arange(6000) > 3000, 5, 0)
    assert not unlike(column(values.tolist()), random.random(6000) < 0.2)


def test_canaries_that_answer_alike_are_seldom_called_unlike():
    """At most one in a thousand: of 300, more than 4 have a chance of 3 in 100,000."""
    random = np.random.default_rng(6)
    called = [
        unlike(column(random.integers(0, 5, 600).tolist()), random.random(600) < 0.15, seed=n) for n in range(300)
    ]
    assert sum(called) <= 4


@pytest.mark.parametrize(
    ("watch", "said"),
    [
        ({"alerts": [{"when": "stability name"}]}, "above"),
        ({"alerts": [{"when": "mood name", "above": 1}]}, "one of drift"),
        ({"alerts": [{"when": "drift colour"}]}, "colour"),
        ({"alerts": [{"when": "score"}]}, "labels"),
        ({"sample": 2}, "2 is greater"),
    ],
)
def test_a_rule_about_what_is_not_there_is_refused(tmp_path, watch, said):
    with pytest.raises(ProductInvalid, match=said):
        watch_of(made.product(tmp_path / "p", watch=watch))


def test_such_a_rule_stops_the_release(tmp_path):
    candidate = made.candidate(tmp_path / "p", watch={"alerts": [{"when": "stability name"}]})
    checked = check(candidate, gates={"watch": GATES["watch"]})
    assert not checked.passed
    assert "watch.alerts.0" in checked.outcomes[0].said


def test_of_many_answers_every_second_or_fourth_is_looked_at():
    assert [_stride(count) for count in (10, 50_000, 50_001, 100_001, 400_000)] == [1, 1, 2, 4, 8]
