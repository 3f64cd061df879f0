"""How well each team attacks and defends, season by season, with all that is not known of it.

    points of a side ~ negative binomial(mean, dispersion)
    log(mean) = base + home advantage + its attack - the other side's defence

Attacks and defences are pooled: a team is taken to be average until its matches say otherwise, the more so the more
alike the teams are. From one season to the next they wander. What comes out is not one number but draws from the
posterior, which `train` writes for the season to come.
"""

import csv
from functools import partial
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
TABLE = HERE / "data" / "rugby.csv"
MODEL = HERE / "model" / "rugby.npz"

PRIORS = {"spread": 0.3, "drift": 0.1, "advantage": 0.2, "dispersion": 1.0}
"""Widths of the priors, chosen on 2014 to 2016 by leaving one season out, then left alone: docs/why/rugby.md."""

CHAINS, WARM_UP, DRAWS = 4, 300, 400
KEPT = 400
"""Draws that are written, evenly thinned: 26 kB."""

SEED = 2014
WORST_R_HAT, FEWEST_DRAWS = 1.03, 150
"""Chains that disagree by more, or that are worth fewer independent draws, are no fit."""


def read(table=TABLE):
    """The matches as columns: the two teams by their place in `teams`, their points, the season."""
    with open(table, newline="") as lines:
        rows = list(csv.DictReader(lines))
    teams = sorted({row[side] for row in rows for side in ("home_team", "away_team")})
    return {
        "teams": teams,
        "home": np.array([teams.index(row["home_team"]) for row in rows]),
        "away": np.array([teams.index(row["away_team"]) for row in rows]),
        "home_points": np.array([int(row["home_score"]) for row in rows]),
        "away_points": np.array([int(row["away_score"]) for row in rows]),
        "season": np.array([int(row["year"]) for row in rows]),
    }


def some(matches, chosen):
    """The matches that are chosen; the teams stay, since who doesn't play still exists."""
    return {name: column if name == "teams" else column[chosen] for name, column in matches.items()}


def sides(matches, seasons):
    """Each match twice, once a side: its points, whether it was at home, and whose strengths made them.

    A row of `strengths` has 1 where the attack of that side and season stands and -1 at the other side's defence.
    """
    teams, count = len(matches["teams"]), len(matches["season"])
    season = matches["season"] - matches["season"].min()
    strengths = np.zeros((2 * count, 2, seasons, teams), np.float32)
    rows = np.arange(count)
    for first, side, other in ((0, "home", "away"), (count, "away", "home")):
        strengths[first + rows, 0, season, matches[side]] = 1.0
        strengths[first + rows, 1, season, matches[other]] = -1.0
    return {
        "points": np.concatenate([matches["home_points"], matches["away_points"]]),
        "at_home": np.repeat(np.array([1.0, 0.0], np.float32), count),
        "strengths": strengths.reshape(2 * count, -1),
    }


def model(sides, known, priors, *, teams, seasons):
    """The model as NumPyro reads it; sides of matches that are not `known` say nothing."""
    import jax.numpy as jnp
    import numpyro
    import numpyro.distributions as dist

    base = numpyro.sample("base", dist.Normal(3.0, 0.5))
    advantage = numpyro.sample("advantage", dist.Normal(0.0, priors["advantage"]))
    dispersion = numpyro.sample("dispersion", dist.LogNormal(2.0, priors["dispersion"]))
    spread = numpyro.sample("spread", dist.HalfNormal(priors["spread"]).expand([2]))
    drift = numpyro.sample("drift", dist.HalfNormal(priors["drift"]))
    # written as multiples of their widths, which the sampler finds its way through where widths are near nought
    steps = numpyro.sample("steps", dist.Normal().expand([2, seasons, teams]))
    began = np.arange(seasons)[:, None] == 0
    walk = np.tri(seasons) @ (jnp.where(began, spread[:, None, None], drift) * steps)
    # only differences between teams can be seen: the average is the base's
    strengths = walk - walk.mean(axis=2, keepdims=True)
    numpyro.deterministic("attack", strengths[0])
    numpyro.deterministic("defence", strengths[1])
    mean = jnp.exp(base + advantage * sides["at_home"] + sides["strengths"] @ strengths.ravel())
    with numpyro.handlers.mask(mask=known):
        numpyro.sample("points", dist.NegativeBinomial2(mean, dispersion), obs=sides["points"])


def sampler(teams, seasons):
    """A sampler that can be run again on other matches of as many teams, seasons and rows without being compiled."""
    from numpyro.infer import MCMC, NUTS

    kernel = NUTS(partial(model, teams=teams, seasons=seasons), target_accept_prob=0.9)
    return MCMC(
        kernel, num_warmup=WARM_UP, num_samples=DRAWS, num_chains=CHAINS, chain_method="vectorized",
        progress_bar=False, jit_model_args=True,
    )  # fmt: skip


def posterior(matches, *, until, known=None, priors=PRIORS, seed=SEED, chains=None):
    """Draws for the seasons up to and with `until`, the ones without a match told by their neighbours alone.

    Returns draws by name, (chain, draw, ...), with how well the chains agree: the largest r-hat, the fewest effective
    draws, and how often the sampler lost its way.
    """
    import jax
    from numpyro.diagnostics import summary

    began = int(matches["season"].min())
    seasons = until - began + 1
    known = np.ones(len(matches["season"]), bool) if known is None else known
    chains = sampler(len(matches["teams"]), seasons) if chains is None else chains
    chains.run(
        jax.random.PRNGKey(seed),
        sides(matches, seasons),
        np.tile(known, 2),
        priors,
        extra_fields=("diverging", "num_steps"),
    )
    draws = {name: np.asarray(values) for name, values in chains.get_samples(group_by_chain=True).items()}
    told = summary({name: values for name, values in draws.items() if name not in ("attack", "defence")})
    return draws, {
        "r_hat": max(float(np.max(one["r_hat"])) for one in told.values()),
        "effective_draws": min(float(np.min(one["n_eff"])) for one in told.values()),
        "diverging": int(chains.get_extra_fields()["diverging"].sum()),
    }


def of_season(draws, matches, season):
    """What `simulate` needs of one season, thinned to `KEPT` draws."""
    flat = {name: values.reshape(-1, *values.shape[2:]) for name, values in draws.items()}
    kept = np.linspace(0, len(flat["base"]) - 1, KEPT).astype(int)
    place = season - int(matches["season"].min())
    return {
        "teams": np.array(matches["teams"]),
        "season": np.array(season, np.int32),
        **{name: flat[name][kept].astype(np.float32) for name in ("base", "advantage", "dispersion")},
        **{name: flat[name][kept, place].astype(np.float32) for name in ("attack", "defence")},
    }


def train(table=TABLE, target=MODEL):
    """Fit all seasons there are and write the draws for the one that comes next; less than a minute on one core."""
    matches = read(table)
    coming = int(matches["season"].max()) + 1
    draws, health = posterior(matches, until=coming)
    if health["r_hat"] > WORST_R_HAT or health["effective_draws"] < FEWEST_DRAWS:
        raise RuntimeError(f"The chains don't agree: {health}. Look at the data, or sample longer.")
    target.parent.mkdir(exist_ok=True)
    np.savez(target, **of_season(draws, matches, coming), **{name: np.array(value) for name, value in health.items()})
    return health


if __name__ == "__main__":
    print(train())
