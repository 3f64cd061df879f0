"""Linear regression whose errors may wander: what is off now is still off a while later, and nobody says for how long.

A line ridden above the black one, a gust, a power meter that warms up: such errors are no scatter, and an interval that
takes them for scatter is too narrow. How much of the error wanders, and for how long, can't be chosen from a few laps
either. So every shape of error that is thought possible is tried, and each counts as much as the readings make it
likely; that they differ in what they say is part of the error.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from paceline.domain.errors import NotIdentifiable, TooFewSamples
from paceline.measure.estimates import Estimate
from paceline.measure.quantities import Floats, Seconds

_ROUNDS = 4
"""The scatter and what is known before, settled against each other: each round leaves a hundredth of the change."""

_CONDITION = 1e9

_BLOCK = 32
"""Rows."""


@dataclass(frozen=True, eq=False)
class Shape:
    """One shape that the errors may have.

    Attributes:
        covariance: (observation, observation), but for a factor.
        freedom: how many observations in it are worth one of their own: of errors that wander, how often they forgot.
    """

    covariance: Floats
    freedom: float


@dataclass(frozen=True, eq=False)
class Wandering:
    """A fit.

    Attributes:
        parameters: (parameter,), the mean over all shapes.
        covariance: (parameter, parameter): within the shapes, and between them.
        residuals: (observation,).
        likely: (shape,), how likely each is; they add up to one.
        freedom: degrees of freedom behind the covariance.
    """

    parameters: Floats
    covariance: Floats
    residuals: Floats
    likely: Floats
    freedom: int

    def estimate(self, parameter: int, *, discarded: int = 0) -> Estimate:
        """One parameter with its standard error."""
        return self.ratio(parameter, None, discarded=discarded)

    def ratio(self, above: int, below: int | None, *, discarded: int = 0) -> Estimate:
        """One parameter over another (over 1 where none is named), with the error that both leave."""
        slope = np.zeros(self.parameters.size)
        under = 1.0 if below is None else float(self.parameters[below])
        value = float(self.parameters[above]) / under
        slope[above] = 1.0 / under
        if below is not None:
            slope[below] = -value / under
        error = float(slope @ self.covariance @ slope) ** 0.5
        return Estimate(value, error, self.residuals.size, discarded, self.freedom)


def wandering_regression(
    columns: Floats, observed: Floats, *, shapes: Sequence[Shape], known: Floats, model: str
) -> Wandering:
    """The parameters of observed = columns · parameters, averaged over what shape the errors may have.

    Args:
        columns: (observation, parameter), finite.
        observed: (observation,), finite.
        shapes: of the errors; before the readings each is as likely as the others.
        known: (parameter,), the standard deviation about 0 that is known of each before; infinite where nothing is.
        model: who asks, for errors.

    Raises:
        TooFewSamples: no more observations than parameters of which nothing is known.
        NotIdentifiable: the columns say the same thing twice.

    Source:
        Patterson and Thompson (1971), Recovery of inter-block information when block sizes are unequal, Biometrika
        58:545-554, for the likelihood of a covariance that the parameters have no part in.

    >>> still = Shape(np.eye(4), 3.0)
    >>> mean = wandering_regression(
    ...     np.ones((4, 1)), np.array([1.0, 2.0, 3.0, 6.0]), shapes=[still], known=np.array([np.inf]), model="mean"
    ... )
    >>> mean.parameters.round(6).tolist(), round(float(mean.covariance[0, 0]), 6)     # (4 + 1 + 0 + 9) / 3 / 4
    ([3.0], 1.166667)
    """
    free = int(np.count_nonzero(np.isinf(known)))
    if observed.size <= free:
        raise TooFewSamples(model, need=free + 1, got=int(observed.size))
    lengths = np.sqrt(np.sum(columns[:, np.isinf(known)] ** 2, axis=0))
    if not lengths.all() or np.linalg.cond(columns[:, np.isinf(known)] / lengths) > _CONDITION:
        raise NotIdentifiable(model, why="its parameters change the data in the same way")
    found = [_one(columns, observed, shape.covariance, known**-2.0, observed.size - free) for shape in shapes]
    evidence = np.array([one.evidence for one in found])
    likely = np.exp(evidence - evidence.max())
    likely /= likely.sum()
    each = np.stack([one.parameters for one in found])
    mean = likely @ each
    apart = each - mean
    covariance = np.tensordot(likely, np.stack([one.covariance for one in found]), axes=1)
    covariance += (likely[:, None] * apart).T @ apart
    freedom = likely @ np.array([min(shape.freedom, observed.size - free) for shape in shapes])
    return Wandering(mean, covariance, observed - columns @ mean, likely, max(int(freedom), 1))


@dataclass(frozen=True, eq=False)
class _One:
    """The fit of one shape, and the logarithm of how likely it makes the readings, but for a constant."""

    parameters: Floats
    covariance: Floats
    evidence: float


def _one(columns: Floats, observed: Floats, covariance: Floats, precision: Floats, freedom: int) -> _One:
    root = np.asarray(np.linalg.cholesky(covariance), np.float64)
    whitened = _forward(root, np.column_stack([columns, observed]))
    design, target = whitened[:, :-1], whitened[:, -1]
    normal, pull = design.T @ design, design.T @ target
    variance, parameters = 0.0, np.asarray(np.zeros(precision.size), np.float64)
    for _ in range(_ROUNDS):
        parameters = np.asarray(np.linalg.solve(normal + variance * np.diag(precision), pull), np.float64)
        left = target - design @ parameters
        variance = max(float(left @ left) / freedom, 1e-300)
    held = normal / variance + np.diag(precision)
    misfit = float(left @ left) / variance + float(precision @ parameters**2)
    evidence = (
        -float(np.log(np.diag(root)).sum()) - 0.5 * observed.size * np.log(variance)
        - 0.5 * float(np.linalg.slogdet(held)[1]) - 0.5 * misfit
    )  # fmt: skip
    return _One(parameters, np.asarray(np.linalg.inv(held)), float(evidence))


def _forward(lower: Floats, right: Floats) -> Floats:
    """The solution of lower · x = right, a block of rows at a time: half of the matrix is known to be nothing.

    Blocks are so small that their linear algebra starts no threads, which on a busy machine wait for each other.
    """
    found = np.empty_like(right)
    for first in range(0, len(right), _BLOCK):
        rows = slice(first, first + _BLOCK)
        left = right[rows] - lower[rows, :first] @ found[:first]
        found[rows] = np.linalg.solve(lower[rows, rows], left)
    return found


def forgetting(start: Seconds, stop: Seconds, *, memory: float) -> Floats:
    """Covariance of sums over intervals of something that forgets itself, (interval, interval), s.

    Args:
        start: (interval,), s, when each begins.
        stop: (interval,), s.
        memory: s, in which it falls to 1/e.

    Returns:
        ∬exp(−|t − u| / memory) dt du over each pair, over twice the memory: of an interval far longer than that it is
        the interval's length.

    >>> forgetting(np.array([0.0]), np.array([500.0]), memory=0.01).round(1).tolist()
    [[500.0]]
    """

    def twice(apart: Floats) -> Floats:
        return np.asarray(0.5 * memory * (np.exp(-np.abs(apart) / memory) + np.abs(apart) / memory))

    return (
        twice(stop[:, None] - start) + twice(start[:, None] - stop)
        - twice(stop[:, None] - stop) - twice(start[:, None] - start)
    )  # fmt: skip
