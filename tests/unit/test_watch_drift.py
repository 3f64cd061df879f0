"""The detector's promise, held to its word; and what a field's figures say."""

from __future__ import annotations

import numpy as np
import pytest

from paceline.ship.watch.bets import factors, first_alarm
from paceline.ship.watch.columns import column, fields_of, joined, value_at
from paceline.ship.watch.moved import moved
from paceline.ship.watch.ranks import BLOCK, NAMES, name_codes, number_ranks, rarity_ranks


@pytest.mark.parametrize("levels", [3, 10**9])
def test_a_rank_is_the_share_below_with_ties_broken_by_lot(levels):
    random = np.random.default_rng(levels)
    values = random.integers(0, levels, size=BLOCK + 137).astype(float)
    lots = np.random.default_rng(7).random(len(values))
    for row in (0, 1, 100, BLOCK, BLOCK + 136):
        below, same = (values[:row] < values[row]).sum(), (values[:row] == values[row]).sum()
        assert number_ranks(values, seed=7)[row] == pytest.approx((below + lots[row] * (same + 1)) / (row + 1))


def test_the_rarity_of_a_name_is_the_share_of_rows_with_rarer_names():
    codes = np.array([0, 0, 0, 1, 1, 2])
    lots = np.random.default_rng(0).random(6)
    assert rarity_ranks(codes)[5] == pytest.approx(lots[5] * 1 / 6)  # one row of six, and none is rarer
    assert rarity_ranks(codes)[4] == pytest.approx((0 + lots[4] * 2) / 5)
    assert rarity_ranks(codes)[2] == pytest.approx(lots[2])


@pytest.mark.parametrize("ranked", [number_ranks, lambda v, seed: rarity_ranks(v.astype(int), seed=seed)])
def test_ranks_of_what_does_not_change_are_uniform_noise(ranked):
    """Kolmogorov-Smirnov, and the correlation of neighbours, on values with many ties."""
    ranks = ranked(np.random.default_rng(3).geometric(0.2, size=5000).astype(float), seed=1)
    gap = np.abs(np.sort(ranks) - (np.arange(5000) + 0.5) / 5000).max()
    assert gap < 2.0 / np.sqrt(5000)  # exceeded by chance once in 1,500
    assert abs(np.corrcoef(ranks[1:], ranks[:-1])[0, 1]) < 4 / np.sqrt(5000)


def test_no_bet_is_expected_to_win_while_nothing_changes():
    np.testing.assert_allclose(factors((np.arange(10_000) + 0.5) / 10_000).mean(axis=1), 1.0, atol=1e-9)


@pytest.mark.parametrize("values", ["numbers", "names"])
def test_the_stated_rate_of_false_alarms_holds(values):
    """With an alarm each 1,000 at most, at most 20 % of streams of 200 may have one; 200 streams, 4 standard errors."""
    random = np.random.default_rng(11)
    alarms = 0
    for seed in range(200):
        if values == "numbers":
            streams = [number_ranks(random.standard_t(2, size=200), seed=seed)]
        else:
            codes = random.integers(0, 4, size=200)
            streams = [rarity_ranks(codes, seed=seed), number_ranks(codes.astype(float), seed=seed + 1)]
        alarms += first_alarm(streams, every=1000.0) is not None
    assert alarms / 200 <= 0.2 + 4 * np.sqrt(0.2 * 0.8 / 200)


def test_on_average_at_least_so_many_values_pass_before_an_alarm_over_nothing():
    """Uniform ranks, 200 streams; each is cut at 2,000, which only makes the mean smaller."""
    random = np.random.default_rng(5)
    lengths = []
    for _ in range(200):
        alarm = first_alarm([random.random(2000)], every=200.0)
        lengths.append(2000 if alarm is None else alarm.at + 1)
    assert np.mean(lengths) >= 200 - 4 * np.std(lengths) / np.sqrt(200)


@pytest.mark.parametrize(
    "changed",
    [lambda x: x + 1, lambda x: x - 1, lambda x: 3 * x, lambda x: 0.2 * x, lambda x: np.where(abs(x) < 0.3, 9.0, x)],
    ids=["higher", "lower", "wider", "narrower", "a quarter of them far off"],
)
def test_a_change_of_any_kind_is_found_soon_and_its_beginning_told(changed):
    values = np.random.default_rng(8).normal(size=3000)
    values[2000:] = changed(values[2000:])
    found = first_alarm([number_ranks(values)])
    assert found is not None
    assert 2000 <= found.at < 2400
    assert 1900 <= found.since <= 2200


def test_a_row_without_a_rank_changes_no_stake():
    ranks = np.random.default_rng(2).random(300) ** 2
    holed = np.full(600, np.nan)
    holed[::2] = ranks
    one, two = first_alarm([ranks], every=100.0), first_alarm([holed], every=100.0)
    assert one is not None
    assert two is not None
    assert two.at == 2 * one.at


def test_nothing_is_said_of_no_rows():
    assert first_alarm([]) is None
    assert first_alarm([np.empty(0)]) is None


def test_more_names_than_are_told_apart_share_one_code():
    names = np.array([f"n{number:05d}" for number in range(NAMES + 50)] + ["n00000"] * 3)
    codes = name_codes(names)
    assert codes.max() == NAMES - 1
    assert (codes == codes[0]).sum() == 4


def test_a_field_is_read_wherever_it_lies_and_is_missing_where_it_does_not():
    rows = [{"a": {"b": [1, 2]}}, {"a": {"b": []}}, {"a": None}, {}]
    assert [value_at(row, "a.b.1") for row in rows] == [2, None, None, None]
    found = column([value_at(row, "a.b.1") for row in rows])
    assert (found.kind, found.missing.tolist()) == ("number", [False, True, True, True])
    assert column([True, False]).kind == "name"
    assert joined(column([1]), column(["a"])).values.tolist() == ["1", "a"]


def test_fields_with_one_value_are_found_in_nested_schemas():
    schema = {
        "type": "object",
        "properties": {
            "n": {"type": "number"}, "inner": {"$ref": "#/$defs/inner"},
            "list": {"type": "array"}, "loop": {"$ref": "#"},
        },
        "$defs": {"inner": {"type": "object", "properties": {"kind": {"enum": ["a", "b"]}}}},
    }  # fmt: skip
    assert fields_of(schema, {"type": "array"})[:2] == ("n", "inner.kind")


def test_figures_of_a_field_that_moved():
    random = np.random.default_rng(4)
    before = column(random.normal(size=1000).tolist())
    after = column([*random.normal(size=500).tolist(), *(random.normal(2, 1, size=400)).tolist(), *[None] * 100])
    found = moved("size", before, after, window=500)
    assert (found.before, found.now) == (1000, 500)
    assert found.missing == pytest.approx(0.2)
    assert found.stability > 1
    assert found.distance > 0.6
    assert found.alarm is not None
    assert 480 <= found.alarm.since <= found.alarm.at <= 560


def test_a_new_name_is_unseen_and_a_number_beyond_the_range_too():
    before = column(["a", "b"] * 100)
    found = moved("kind", before, column([*["a", "b"] * 50, *["c"] * 100]), window=100)
    assert found.unseen == 1.0
    assert found.alarm is not None
    assert found.alarm.at < 130
    numbers = moved("n", column([float(n) for n in range(100)]), column([200.0] * 60), window=60)
    assert numbers.unseen == 1.0


def test_values_that_begin_to_be_missing_are_found():
    random = np.random.default_rng(6)
    before = column(random.normal(size=500).tolist())
    after = column([None if row > 300 and row % 2 else value for row, value in enumerate(random.normal(size=600))])
    found = moved("n", before, after, window=200)
    assert found.alarm is not None
    assert 290 <= found.alarm.since <= found.alarm.at <= 340


def test_too_few_rows_say_nothing():
    found = moved("n", column([1.0] * 10), column([2.0] * 1000), window=100)
    assert np.isnan(found.stability)
    assert found.alarm is None
