"""Who wins, by how much, and where each team ends up: matches and seasons played many times over.

Only NumPy is needed here. What can be worked out exactly is; only the table of a season is simulated, from a fixed
seed, so that the same question has the same answer.
"""

import numpy as np

MOST = 200
"""Points of one side that are told apart; there has never been half as many."""

PARAMETERS = ("base", "advantage", "dispersion", "attack", "defence")
"""What there is a draw of; the rest of a model file says which teams, which season, and how well it was fitted."""

INTERVAL = 0.9
SEASONS = 1000
"""Times that a season is played; a probability of the table is within 0.03 of what endless play would give."""

SEED = 2018


def load(path):
    """The draws that `strengths.train` wrote: plain arrays, no pickle."""
    with np.load(path, allow_pickle=False) as arrays:
        return {name: arrays[name] for name in arrays.files}


def means(draws, home, away, neutral=False):
    """The points that each side is expected to score, a value a draw: (draws,) twice."""
    teams = draws["teams"].tolist()
    one, two = teams.index(home), teams.index(away)
    level = draws["base"].astype(float)
    advantage = 0.0 if neutral else draws["advantage"]
    attack, defence = draws["attack"], draws["defence"]
    ours = np.exp(level + advantage + attack[:, one] - defence[:, two])
    theirs = np.exp(level + attack[:, two] - defence[:, one])
    return ours, theirs


def chances(mean, dispersion):
    """The probability of 0, 1, 2, … points, the last one of `MOST` or more: (draws, MOST + 1).

    Each is the one before it times a ratio, which spares the gamma function.
    """
    mean, dispersion = mean[:, None], dispersion[:, None].astype(float)
    points = np.arange(1, MOST)
    ratios = (points - 1 + dispersion) / points * mean / (mean + dispersion)
    none = (dispersion / (mean + dispersion)) ** dispersion
    below = np.concatenate([none, none * np.cumprod(ratios, axis=1)], axis=1)
    return np.concatenate([below, np.maximum(0.0, 1.0 - below.sum(axis=1, keepdims=True))], axis=1)


def scoreline(draws, home, away, neutral=False):
    """The probability of every score, with what is not known of the teams in it: (MOST + 1, MOST + 1)."""
    ours, theirs = (chances(mean, draws["dispersion"]) for mean in means(draws, home, away, neutral))
    return ours.T @ theirs / len(ours)


def match(draws, home, away, neutral=False):
    """One match: who wins, with intervals from what is not known of the teams; points, and where 90 % lie."""
    ours, theirs = (chances(mean, draws["dispersion"]) for mean in means(draws, home, away, neutral))
    fewer = np.cumsum(theirs, axis=1) - theirs
    win, draw = (ours * fewer).sum(axis=1), (ours * theirs).sum(axis=1)
    scores = ours.T @ theirs / len(ours)
    margins = np.array([np.trace(scores, offset=-margin) for margin in range(-MOST, MOST + 1)])
    points = np.arange(MOST + 1)
    return {
        "home": home,
        "away": away,
        "neutral": neutral,
        "home_win": chance(win),
        "draw": chance(draw),
        "away_win": chance(1.0 - win - draw),
        "home_points": spread(points, scores.sum(axis=1)),
        "away_points": spread(points, scores.sum(axis=0)),
        "margin": spread(np.arange(-MOST, MOST + 1), margins),
    }


def chance(values):
    """A probability: its mean over the draws, and the interval that holds 90 % of them."""
    low, high = np.quantile(values, [(1 - INTERVAL) / 2, (1 + INTERVAL) / 2])
    told = {"probability": values.mean(), "low": low, "high": high}
    return {name: round(float(np.clip(value, 0.0, 1.0)), 4) for name, value in told.items()}


def spread(values, probabilities):
    """An expectation, and the values that cut off 5 % on either side."""
    up_to = np.cumsum(probabilities)
    low, high = (int(values[np.searchsorted(up_to, edge)]) for edge in ((1 - INTERVAL) / 2, (1 + INTERVAL) / 2))
    return {"expected": round(float(values @ probabilities), 2), "low": low, "high": high}


def season(draws, fixtures, seasons=SEASONS):
    """The final table, played `seasons` times: for each team the probability of every place, the likeliest first.

    Two table points for a win and one for a draw, as until 2016; who is level is parted by the difference of points
    scored and conceded, then by points scored, then by lot. The bonus points that came in 2017 can't be told: they
    need tries.
    """
    chance_of = np.random.default_rng(SEED)
    drawn = chance_of.integers(0, len(draws["base"]), seasons)
    kept = {name: values[drawn] if name in PARAMETERS else values for name, values in draws.items()}
    both = np.array([means(kept, one["home"], one["away"], one.get("neutral", False)) for one in fixtures])
    luck = chance_of.gamma(kept["dispersion"], size=both.shape) / kept["dispersion"]
    scored = chance_of.poisson(both * luck)
    names = sorted({one[side] for one in fixtures for side in ("home", "away")})
    points, difference, total = (np.zeros((seasons, len(names))) for _ in range(3))
    for one, (ours, theirs) in zip(fixtures, scored):
        for side, made, let_in in ((one["home"], ours, theirs), (one["away"], theirs, ours)):
            place = names.index(side)
            points[:, place] += 2 * (made > let_in) + (made == let_in)
            difference[:, place] += made - let_in
            total[:, place] += made
    lot = chance_of.random(points.shape)
    order = np.lexsort((lot, total, difference, points), axis=1)[:, ::-1]
    places = np.stack([(order == place).mean(axis=0) for place in range(len(names))])
    rows = [
        {"team": name, "places": chances_of.tolist(), "table_points": round(float(points[:, place].mean()), 2)}
        for place, (name, chances_of) in enumerate(zip(names, places))
    ]
    return sorted(rows, key=lambda row: (-row["table_points"], row["team"]))
