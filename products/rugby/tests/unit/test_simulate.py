from itertools import combinations
from math import comb

import numpy as np
import pytest
from simulate import chance, chances, match, means, scoreline, season, spread

MADE = {
    "teams": np.array(["Hares", "Moles", "Newts"]),
    "base": np.full(200, 3.0),
    "advantage": np.full(200, 0.1),
    "dispersion": np.full(200, 5.0),
    "attack": np.tile([0.4, 0.0, -0.4], (200, 1)),
    "defence": np.tile([0.4, 0.0, -0.4], (200, 1)),
}
EVEN = MADE | {"advantage": np.zeros(200), "attack": np.zeros((200, 3)), "defence": np.zeros((200, 3))}


def test_the_probabilities_of_points_are_those_of_the_negative_binomial():
    mean, dispersion = 2.0, 3
    table = chances(np.array([mean]), np.array([float(dispersion)]))[0]
    success = dispersion / (mean + dispersion)
    for points in (0, 1, 2, 7):
        by_hand = comb(points + dispersion - 1, points) * success**dispersion * (1 - success) ** points
        assert table[points] == pytest.approx(by_hand, rel=1e-12)


def test_the_probabilities_of_all_points_add_up_to_one_even_where_many_lie_beyond_the_last():
    assert chances(np.array([20.0, 500.0]), np.array([5.0, 5.0])).sum(axis=1) == pytest.approx([1.0, 1.0])


def test_the_home_side_scores_more_by_its_advantage_and_nobody_does_on_neutral_ground():
    assert means(EVEN | {"advantage": np.full(200, 0.1)}, "Hares", "Moles")[0] == pytest.approx(np.exp(3.1))
    ours, theirs = means(EVEN | {"advantage": np.full(200, 0.1)}, "Hares", "Moles", neutral=True)
    assert ours == pytest.approx(theirs)


def test_even_teams_on_neutral_ground_win_as_often_as_each_other():
    found = match(EVEN, "Hares", "Moles", neutral=True)
    assert found["home_win"] == found["away_win"]
    assert found["margin"]["expected"] == 0
    assert found["margin"]["low"] == -found["margin"]["high"]


def test_win_draw_and_loss_add_up_to_one_and_agree_with_the_scoreline():
    found, scores = match(MADE, "Moles", "Hares"), scoreline(MADE, "Moles", "Hares")
    assert sum(found[one]["probability"] for one in ("home_win", "draw", "away_win")) == pytest.approx(1.0, abs=2e-4)
    assert found["home_win"]["probability"] == pytest.approx(np.tril(scores, -1).sum(), abs=1e-4)
    assert found["draw"]["probability"] == pytest.approx(np.trace(scores), abs=1e-4)


def test_the_interval_of_a_probability_is_as_wide_as_what_is_not_known():
    assert chance(np.full(100, 0.25)) == {"probability": 0.25, "low": 0.25, "high": 0.25}
    unsure = chance(np.linspace(0.0, 1.0, 101))
    assert (unsure["low"], unsure["probability"], unsure["high"]) == (0.05, 0.5, 0.95)


def test_a_spread_cuts_off_a_twentieth_on_either_side():
    assert spread(np.arange(1, 101), np.full(100, 0.01)) == {"expected": 50.5, "low": 5, "high": 95}


def test_a_season_has_one_team_on_each_place_and_the_stronger_one_on_top():
    table = season(MADE, [{"home": home, "away": away} for home, away in combinations(MADE["teams"].tolist(), 2)])
    assert [row["team"] for row in table] == ["Hares", "Moles", "Newts"]
    assert np.sum([row["places"] for row in table], axis=0) == pytest.approx([1.0, 1.0, 1.0])
    assert np.sum([row["places"] for row in table], axis=1) == pytest.approx([1.0, 1.0, 1.0])
    assert sum(row["table_points"] for row in table) == pytest.approx(6.0, abs=0.02)


def test_what_a_model_file_says_of_its_fit_is_no_draw():
    fixtures = [{"home": "Hares", "away": "Newts"}]
    assert season(MADE | {"season": np.array(2018), "r_hat": np.array(1.0)}, fixtures) == season(MADE, fixtures)


def test_a_single_match_s_table_agrees_with_its_exact_probabilities():
    found, table = match(MADE, "Moles", "Hares"), season(MADE, [{"home": "Moles", "away": "Hares"}], seasons=20_000)
    exact = 2 * found["home_win"]["probability"] + found["draw"]["probability"]
    assert {row["team"]: row["table_points"] for row in table}["Moles"] == pytest.approx(exact, abs=0.03)


def test_the_same_question_has_the_same_answer():
    fixtures = [{"home": "Hares", "away": "Newts"}, {"home": "Newts", "away": "Moles", "neutral": True}]
    assert season(MADE, fixtures) == season(MADE, fixtures)
