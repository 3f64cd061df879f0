import numpy as np
from predict import DRAWS, TEAMS, predict
from simulate import season
from strengths import MODEL, read


def test_four_seasons_of_six_teams_are_read():
    matches = read()
    assert len(matches["teams"]) == 6
    assert np.unique(matches["season"], return_counts=True)[1].tolist() == [15] * 4
    assert matches["home_points"].sum() + matches["away_points"].sum() > 0


def test_the_model_that_is_served_is_of_the_season_after_the_last_and_its_chains_agreed():
    assert DRAWS["season"] == read()["season"].max() + 1
    assert DRAWS["r_hat"] <= 1.03
    assert DRAWS["effective_draws"] >= 150
    assert DRAWS["diverging"] <= 5


def test_the_model_file_is_small_and_holds_plain_numbers():
    assert MODEL.stat().st_size < 100_000
    assert {values.dtype.kind for values in DRAWS.values()} <= {"f", "i", "U"}


def test_a_whole_season_has_every_team_on_every_place_once():
    fixtures = [{"home": one, "away": two} for place, one in enumerate(TEAMS) for two in TEAMS[place + 1 :]]
    found = predict(fixtures=fixtures)
    assert len(found["matches"]) == 15
    places = np.array([row["places"] for row in found["table"]])
    assert np.allclose(places.sum(axis=0), 1.0)
    assert np.allclose(places.sum(axis=1), 1.0)
    assert found["table"] == season(DRAWS, fixtures)


def test_a_team_s_chances_over_all_matches_are_neither_nought_nor_one():
    for home in TEAMS:
        for away in TEAMS:
            if home != away:
                chances = predict(home, away)["matches"][0]
                assert 0.0 < chances["home_win"]["probability"] < 1.0
                assert 0.0 < chances["draw"]["probability"] < 0.1
