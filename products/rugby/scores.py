"""How good the forecasts are: the log score of each match of a season that the fit has not seen.

The baseline is a constant negative binomial, one mean and one dispersion for every side of every match: most of what a
Poisson baseline would lose, it loses for having no dispersion, and beating it proves nothing.
"""

from functools import cache

import numpy as np
from simulate import chances, scoreline
from strengths import PRIORS, of_season, posterior, read, some


@cache
def last_season():
    """The last season there is, forecast from those before it: each match's log score, the baseline's, its slice."""
    matches = read()
    last = int(matches["season"].max())
    before, unseen = some(matches, matches["season"] < last), some(matches, matches["season"] == last)
    return forecast(before, unseen, last), constant(before, unseen), slices(before, unseen)


def forecast(before, unseen, season, priors=PRIORS):
    """Log scores of the matches of one season, fitted to others."""
    draws, _ = posterior(before, until=season, priors=priors)
    return log_scores(of_season(draws, before, season), unseen)


def log_scores(draws, matches):
    """The log of the probability that each match's score was given, both sides together."""
    teams = matches["teams"]
    return np.array(
        [
            np.log(scoreline(draws, teams[home], teams[away])[ours, theirs])
            for home, away, ours, theirs in zip(
                *(matches[name] for name in ("home", "away", "home_points", "away_points"))
            )
        ]
    )


def constant(before, unseen):
    """The same of the likeliest constant negative binomial of the seasons before."""
    seen = np.concatenate([before["home_points"], before["away_points"]])
    mean = seen.mean()  # whatever the dispersion, this is its likeliest mean
    tried = np.exp(np.linspace(np.log(0.5), np.log(100.0), 500))
    tables = chances(np.full(len(tried), mean), tried)
    likeliest = tables[np.log(tables[:, seen]).sum(axis=1).argmax()]
    return np.log(likeliest[unseen["home_points"]] * likeliest[unseen["away_points"]])


def slices(before, unseen):
    """Whether the side that did better in the seasons before is at home or away: known before a ball is kicked."""
    margin = before["home_points"] - before["away_points"]
    teams = range(len(before["teams"]))
    record = np.array([margin[before["home"] == one].sum() - margin[before["away"] == one].sum() for one in teams])
    better = record[unseen["home"]] > record[unseen["away"]]
    return ["home side stronger" if one else "away side stronger" for one in better]


def gain():
    """For the gate: how much better than the constant negative binomial, a match."""
    found, baseline, kinds = last_season()
    return {"values": found - baseline, "slices": kinds}


def left_out(priors=PRIORS, seasons=(2014, 2015, 2016)):
    """How priors are chosen: each of these seasons forecast from the other two. Later ones are never looked at."""
    matches = read()
    matches = some(matches, np.isin(matches["season"], seasons))
    found = np.zeros(len(matches["season"]))
    baseline = np.zeros(len(found))
    for season in seasons:
        out = matches["season"] == season
        draws, _ = posterior(matches, until=max(seasons), known=~out, priors=priors)
        found[out] = log_scores(of_season(draws, matches, season), some(matches, out))
        baseline[out] = constant(some(matches, ~out), some(matches, out))
    return found, baseline


def standard_error(values):
    return float(np.std(values, ddof=1) / np.sqrt(len(values)))


if __name__ == "__main__":
    for name, values in (("log score", last_season()[0]), ("constant", last_season()[1]), ("gain", gain()["values"])):
        print(f"{name} {values.mean():.3f}, standard error {standard_error(values):.3f}")
