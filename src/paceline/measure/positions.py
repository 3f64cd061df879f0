"""Which position is more aerodynamic, and how sure are a few test runs of it?

Runs of the same position scatter, conditions drift through a session, and a difference of two means says nothing of
either. Here a Bayesian model says it: normal scatter about a mean for each position, one variance for all, unknown. The
posterior is exact; it is drawn from independently, with a fixed seed, so that any question can be asked of it.

Priors: flat for the overall level and the drift, 1/variance for the variance of a run. Positions are either taken one
by one, with a flat prior each, or pooled: drawn from a normal distribution whose spread, in units of the scatter of a
run, has a half-Cauchy prior of scale 3. Pooling pulls the extremes in, the more the noisier the runs are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from paceline.domain.errors import NotIdentifiable, TooFewSamples, UnknownName
from paceline.measure.quantities import Floats

DRAWS = 40_000
"""From the posterior: the end of a 95 % interval is then known to about 2 % of its half width."""

_SPREAD_SCALE = 3.0
_SPREADS = 300
_SEED = 20_240_501
_LARGEST_CONDITION = 1e8


@dataclass(frozen=True, slots=True)
class Credible:
    """What the posterior says of one number.

    Attributes:
        mean: of the posterior.
        low: so much of the posterior is below it as is above `high`.
        high: likewise.
        level: probability between the two.
    """

    mean: float
    low: float
    high: float
    level: float


@dataclass(frozen=True, eq=False)
class PositionComparison:
    """The posterior of positions that were ridden in turn.

    Attributes:
        names: of the positions, as they first came.
        runs: how often each was ridden.
        draws: (draw, position), in the unit of the runs; with drift, as it would be in the middle of the session.
        scatter: (draw,), standard deviation of a run about its position.
        drift: (draw,), change from one run to the next, or None where none was asked for.
    """

    names: tuple[str, ...]
    runs: tuple[int, ...]
    draws: Floats
    scatter: Floats
    drift: Floats | None

    def position(self, name: str, *, level: float = 0.95) -> Credible:
        """The mean of a position.

        Raises:
            UnknownName: it was not ridden.
        """
        return _credible(self._of(name), level)

    def advantage(self, name: str, *, over: str, level: float = 0.95) -> Credible:
        """By how much a position is lower than another; negative where it is higher.

        Raises:
            UnknownName: one of them was not ridden.
        """
        return _credible(self._of(over) - self._of(name), level)

    def probability_lower(self, name: str, *, than: str) -> float:
        """The probability that a position is lower than another.

        Raises:
            UnknownName: one of them was not ridden.
        """
        return float(np.mean(self._of(name) < self._of(than)))

    def probability_lowest(self) -> Mapping[str, float]:
        """Position → the probability that none of the others is lower; they add up to 1."""
        lowest = np.bincount(np.argmin(self.draws, axis=1), minlength=len(self.names))
        return dict(zip(self.names, (lowest / len(self.draws)).tolist(), strict=True))

    def _of(self, name: str) -> Floats:
        if name not in self.names:
            raise UnknownName("position", name, known=self.names)
        column: Floats = self.draws[:, self.names.index(name)]
        return column


def compare_positions(
    positions: Sequence[str], values: Sequence[float] | Floats, *, drift: bool = False, pooled: bool = False
) -> PositionComparison:
    """The posterior of the mean of each position, from runs in the order in which they were ridden.

    Args:
        positions: (run,), the name of the position of each run.
        values: (run,), what was found in it, CdA in m² say; finite.
        drift: let all positions change by the same amount from run to run: tyres that warm up, wind that rises.
        pooled: let the positions share what is known of how much positions differ.

    Raises:
        TooFewSamples: no more runs than numbers to be found, or fewer than two positions.
        NotIdentifiable: a value is not finite, the lists differ in length, or drift can't be told from the positions,
            because each was ridden in one stretch.

    Source:
        The normal model with unknown variance and its posterior: Gelman et al., Bayesian Data Analysis, 3rd edition,
        14.2; the hierarchical one by the method of its 5.4: the spread on a grid, the rest exactly.

    >>> found = compare_positions(["drops", "hoods"] * 3, [0.300, 0.350, 0.304, 0.346, 0.296, 0.354])
    >>> round(found.advantage("drops", over="hoods").mean, 3), found.probability_lower("drops", than="hoods") > 0.99
    (0.05, True)
    """
    observed = np.asarray(values, dtype=np.float64)
    if observed.shape != (len(positions),) or not np.all(np.isfinite(observed)):
        raise NotIdentifiable("positions", why="each run needs a position and a finite value")
    names = tuple(dict.fromkeys(positions))
    if len(names) < 2:
        raise TooFewSamples("positions", need=2, got=len(names))
    ridden = np.array([[position == name for name in names] for position in positions], dtype=np.float64)
    order = np.arange(observed.size) - (observed.size - 1) / 2.0
    shared = ([np.ones(observed.size)] if pooled else []) + ([order] if drift else [])
    _check(np.column_stack([*([order] if drift else []), ridden]))
    level = float(observed.mean())
    coefficients, scatter = _drawn(np.column_stack([*shared, ridden]), observed - level, pooled=len(names) * pooled)
    means = level + coefficients[:, len(shared) :] + (coefficients[:, :1] if pooled else 0.0)
    trend = coefficients[:, len(shared) - 1] if drift else None
    return PositionComparison(names, tuple(int(n) for n in ridden.sum(axis=0)), means, scatter, trend)


def _check(columns: Floats) -> None:
    runs, wanted = columns.shape
    if runs <= wanted:
        raise TooFewSamples("positions", need=wanted + 1, got=runs)
    if np.linalg.cond(columns / np.sqrt(np.sum(columns**2, axis=0))) > _LARGEST_CONDITION:
        advice = "Ride the positions in turn, each more than once."
        raise NotIdentifiable("drift", why="it can't be told from the positions", advice=advice)


def _drawn(columns: Floats, target: Floats, *, pooled: int) -> tuple[Floats, Floats]:
    """Coefficients (draw, column) and scatter (draw,); the last `pooled` columns have the pooling prior."""
    generator = np.random.default_rng(_SEED)
    spreads = _SPREAD_SCALE * np.tan((np.arange(_SPREADS) + 0.5) / _SPREADS * np.pi / 2.0) if pooled else np.ones(1)
    fits = [_given(columns, target, pooled=pooled, spread=spread) for spread in spreads.tolist()]
    evidence = np.array([fit.evidence for fit in fits])
    weights = np.exp(evidence - evidence.max())  # the spreads are quantiles of their prior: equal before the runs
    freedom = target.size - (columns.shape[1] - pooled)
    parts, scatters = [], []
    for fit, count in zip(fits, generator.multinomial(DRAWS, weights / weights.sum()).tolist(), strict=True):
        sigma = np.sqrt(fit.left / generator.chisquare(freedom, count))
        noise = np.linalg.solve(fit.root.T, generator.standard_normal((columns.shape[1], count)))
        parts.append(fit.best + sigma[:, None] * noise.T)
        scatters.append(sigma)
    return np.concatenate(parts), np.concatenate(scatters)


@dataclass(frozen=True, eq=False, slots=True)
class _Given:
    """The posterior given how many times the scatter of a run the spread of positions is: normal times inverse χ².

    `best` (column,) is its mean, `root` the Cholesky factor of its precision in units of the scatter, `left` what
    is divided by a χ² to give the variance, `evidence` the log probability of the runs, but for a constant.
    """

    best: Floats
    root: Floats
    left: float
    evidence: float


def _given(columns: Floats, target: Floats, *, pooled: int, spread: float) -> _Given:
    held = np.zeros(columns.shape[1])
    held[columns.shape[1] - pooled :] = spread**-2.0
    root: Floats = np.asarray(np.linalg.cholesky(columns.T @ columns + np.diag(held)), np.float64)
    pull = columns.T @ target
    best = np.linalg.solve(root.T, np.linalg.solve(root, pull))
    left = max(float(np.sum((target - columns @ best) ** 2) + np.sum(held * best**2)), 1e-300)
    freedom = target.size - (columns.shape[1] - pooled)
    evidence = -np.sum(np.log(np.diag(root))) - pooled * np.log(spread) - freedom / 2.0 * np.log(left)
    return _Given(best, root, left, float(evidence))


def _credible(draws: Floats, level: float) -> Credible:
    low, high = np.quantile(draws, [0.5 - level / 2.0, 0.5 + level / 2.0]).tolist()
    return Credible(float(draws.mean()), low, high, level)
