"""What is kept of requests: the sample that was asked for, by pseudonym, and nothing that stands in an answer's way."""

from __future__ import annotations

import json
from collections import Counter

import pytest
from tests.unit import made_products as made

from paceline.domain.errors import StoreUnavailable
from paceline.keep.lake import Lake
from paceline.serve.predict import keeping
from paceline.serve.predict.keeping import NOBODY, Keeper
from paceline.serve.predict.served import Served

NOW = 1_700_000_000 * 10**9


class Told(Counter):
    """What became of records."""

    def __call__(self, product, became, count):
        self[product, became] += count


@pytest.fixture
def told():
    return Told()


@pytest.fixture
def keeper(tmp_path, told):
    return Keeper(Lake(str(tmp_path / "lake")), tell=told, gone=lambda those: those & {"gone"}, clock=lambda: NOW)


def served(tmp_path, **watch):
    return Served(made.product(tmp_path / "p", **({"watch": watch.pop("watch")} if watch else {})), release="r1")


def ask(keeper, one, number, *, subject="", size=1):
    keeper.answered(
        one, number=f"{number:032x}", subject=subject, request=b'{"name":"oak"}', response=b'"%s"' % (b"x" * size)
    )


def test_what_was_asked_and_answered_lies_in_the_lake_by_pseudonym(tmp_path, keeper, told):
    one = served(tmp_path, watch={})
    ask(keeper, one, 1, subject="s1")
    ask(keeper, one, 2)
    keeper.flush()
    rows = keeper._lake.read("predictions").sort("id")
    assert rows["subject"].to_list() == ["s1", NOBODY]
    assert rows["month"].to_list() == ["2023-11"] * 2
    assert rows.select("product", "release", "t").unique().rows() == [("trees", "r1", NOW)]
    assert json.loads(rows["request"][0]) == {"name": "oak"}
    assert told == {("trees", "kept"): 2}


def test_a_second_batch_adds_to_the_first(tmp_path, keeper):
    one = served(tmp_path, watch={})
    for number in range(3):
        ask(keeper, one, number)
        keeper.flush()
    assert keeper._lake.read("predictions").height == 3


def test_a_product_that_is_not_watched_leaves_nothing(tmp_path, keeper, told):
    ask(keeper, served(tmp_path), 1)
    keeper.flush()
    assert keeper._lake.tables() == ()
    assert not told


def test_of_many_requests_the_share_is_kept_that_the_product_asks_for(tmp_path, keeper):
    one = served(tmp_path, watch={"sample": 0.1})
    for number in range(5000):
        ask(keeper, one, number)
    assert len(keeper._queue) == pytest.approx(500, abs=90)  # four standard errors of a binomial


def test_what_finds_no_room_is_dropped_and_counted(tmp_path, keeper, told, monkeypatch):
    monkeypatch.setattr(keeping, "WAITING", 3)
    one = served(tmp_path, watch={})
    for number in range(5):
        ask(keeper, one, number)
    assert told == {("trees", "dropped"): 2}
    assert not keeper.learnt("trees", number="0" * 32, subject="", label="1", source="t")
    keeper.flush()
    assert keeper._lake.read("predictions").height == 3
    ask(keeper, one, 6)  # there is room again
    assert len(keeper._queue) == 1


def test_a_request_that_is_too_large_is_left_out_and_counted(tmp_path, keeper, told):
    ask(keeper, served(tmp_path, watch={}), 1, size=keeping.LARGEST)
    assert told == {("trees", "too large"): 1}
    assert not keeper._queue


def test_while_the_lake_is_away_what_waits_stays(tmp_path, told):
    class Away(Lake):
        away = True

        def append(self, name, frame, *, key):
            if self.away:
                raise StoreUnavailable("the lake", reason="away")
            return super().append(name, frame, key=key)

    lake = Away(str(tmp_path / "lake"))
    keeper, one = Keeper(lake, tell=told), served(tmp_path, watch={})
    ask(keeper, one, 1)
    with pytest.raises(StoreUnavailable):
        keeper.flush()
    lake.away = False
    keeper.flush()
    assert lake.read("predictions").height == 1


def test_whoever_was_forgotten_meanwhile_is_left_out(tmp_path, keeper):
    one = served(tmp_path, watch={})
    for number, subject in enumerate(["gone", "s1"]):
        ask(keeper, one, number, subject=subject)
    keeper.flush()
    assert keeper._lake.read("predictions")["subject"].to_list() == ["s1"]


def test_the_last_batch_is_written_at_the_end(tmp_path, keeper):
    keeper.start()
    ask(keeper, served(tmp_path, watch={}), 1)
    keeper.learnt("trees", number="0" * 32, subject="", label="3.5", source="token 1")
    keeper.close()
    assert keeper._lake.read("predictions").height == 1
    assert keeper._lake.read("feedback").select("subject", "label", "source").rows() == [(NOBODY, "3.5", "token 1")]


def test_a_rule_that_can_not_be_understood_is_told_and_hurts_no_answer(tmp_path, keeper, caplog):
    ask(keeper, served(tmp_path, watch={"alerts": [{"when": "mood"}]}), 1)
    assert not keeper._queue
    assert "not watched" in caplog.text
