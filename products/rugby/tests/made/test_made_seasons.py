import numpy as np
import pytest
from strengths import FEWEST_DRAWS, WORST_R_HAT, of_season, posterior

TEAMS, SEASONS = 10, 4
FIRST = 2001


def world(seed=7):
    """Seasons of known strengths: every team at home to every other, each season."""
    chance = np.random.default_rng(seed)
    steps = np.concatenate(
        [0.3 * chance.normal(size=(2, 1, TEAMS)), 0.08 * chance.normal(size=(2, SEASONS - 1, TEAMS))], 1
    )
    walk = steps.cumsum(axis=1)
    attack, defence = walk - walk.mean(axis=2, keepdims=True)
    pairs = np.array([(home, away) for home in range(TEAMS) for away in range(TEAMS) if home != away])
    home, away = np.tile(pairs, (SEASONS, 1)).T
    season = np.repeat(np.arange(SEASONS), len(pairs))
    truth = {"base": 2.9, "advantage": 0.12, "dispersion": 6.0, "attack": attack, "defence": defence}
    ours = np.exp(truth["base"] + truth["advantage"] + attack[season, home] - defence[season, away])
    theirs = np.exp(truth["base"] + attack[season, away] - defence[season, home])
    luck = chance.gamma(truth["dispersion"], size=(2, len(home))) / truth["dispersion"]
    scored = chance.poisson(np.stack([ours, theirs]) * luck)
    matches = {
        "teams": [f"Team {one}" for one in range(TEAMS)],
        "home": home, "away": away, "home_points": scored[0], "away_points": scored[1], "season": FIRST + season,
    }  # fmt: skip
    return matches, truth


@pytest.fixture(scope="module")
def fit():
    """One fit for all that is asked of it: it costs more than all the rest."""
    matches, truth = world()
    draws, health = posterior(matches, until=FIRST + SEASONS - 1)
    seasons = [of_season(draws, matches, FIRST + one) for one in range(SEASONS)]
    return seasons, truth, health


def test_nine_intervals_of_ten_hold_the_strengths_that_made_the_seasons(fit):
    seasons, truth, _ = fit
    held = []
    for season, draws in enumerate(seasons):
        for name in ("attack", "defence"):
            low, high = np.quantile(draws[name], [0.05, 0.95], axis=0)
            held += ((low <= truth[name][season]) & (truth[name][season] <= high)).tolist()
    assert len(held) == 2 * TEAMS * SEASONS
    assert 0.8 <= np.mean(held) <= 0.99


def test_home_advantage_and_dispersion_lie_where_they_were_put(fit):
    seasons, truth, _ = fit
    for name in ("base", "advantage", "dispersion"):
        low, high = np.quantile(seasons[0][name], [0.005, 0.995])
        assert low <= truth[name] <= high


def test_who_attacks_and_defends_well_is_found(fit):
    seasons, truth, _ = fit
    for name in ("attack", "defence"):
        assert np.corrcoef(seasons[-1][name].mean(axis=0), truth[name][-1])[0, 1] > 0.8


def test_the_chains_agree(fit):
    _, _, health = fit
    assert health["r_hat"] <= WORST_R_HAT
    assert health["effective_draws"] >= FEWEST_DRAWS
