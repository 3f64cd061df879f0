"""Linear regression that a few wild observations can't spoil, with standard errors from what is left over."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from paceline.domain.errors import NotIdentifiable, TooFewSamples
from paceline.measure.estimates import Estimate
from paceline.measure.quantities import Floats

_HUBER = 1.345
"""Robust standard deviations beyond which an observation pulls no harder; 95 % efficient on normal errors."""

_ROUNDS = 50
_SETTLED = 1e-6
"""Of the scatter: fitted values that move less than this in a round have settled."""

_WILD = 0.5
"""An observation that counts for less than this is called discarded."""

_CONDITION = 1e9
"""Of the columns scaled to unit length: beyond it the parameters can't be told apart in doubles."""


@dataclass(frozen=True, eq=False)
class Regression:
    """A fit.

    Attributes:
        parameters: (parameter,).
        covariance: (parameter, parameter).
        residuals: (observation,), observed less fitted.
        weights: (observation,), 1 for an ordinary observation, less the further it lies off.
    """

    parameters: Floats
    covariance: Floats
    residuals: Floats
    weights: Floats

    @property
    def scatter(self) -> float:
        """Root mean square of the residuals, each as far as it counts."""
        return float((np.sum(self.weights * self.residuals**2) / np.sum(self.weights)) ** 0.5)

    def estimate(self, parameter: int) -> Estimate:
        """One parameter with its standard error."""
        wild = int(np.count_nonzero(self.weights < _WILD))
        freedom = max(self.residuals.size - wild - self.parameters.size, 1)
        error = float(self.covariance[parameter, parameter]) ** 0.5
        return Estimate(float(self.parameters[parameter]), error, self.residuals.size - wild, wild, freedom)


def robust_regression(columns: Floats, observed: Floats, *, model: str) -> Regression:
    """The parameters of observed = columns · parameters, by Huber's estimator, reweighted until it settles.

    Args:
        columns: (observation, parameter), finite.
        observed: (observation,), finite.
        model: who asks, for errors.

    Raises:
        TooFewSamples: there are no more observations than parameters.
        NotIdentifiable: the columns say the same thing twice.

    Source:
        Huber (1964), Robust estimation of a location parameter; scale by the median absolute deviation over 0.6745.

    >>> line = np.stack([np.ones(7), np.arange(7.0)], axis=1)
    >>> spoiled = np.array([1.0, 3.0, 5.0, 97.0, 9.0, 11.0, 13.0])
    >>> robust_regression(line, spoiled, model="line").parameters.round(3).tolist()
    [1.0, 2.0]
    """
    count, wanted = columns.shape
    if count <= wanted:
        raise TooFewSamples(model, need=wanted + 1, got=count)
    lengths = np.sqrt(np.sum(columns**2, axis=0))
    if not lengths.all() or np.linalg.cond(columns / lengths) > _CONDITION:
        raise NotIdentifiable(model, why="its parameters change the data in the same way")
    weights: Floats = np.ones(count)
    parameters: Floats = np.zeros(wanted)
    for _ in range(_ROUNDS):
        root = np.sqrt(weights)[:, None]
        before: Floats = parameters
        parameters = np.asarray(np.linalg.lstsq(columns * root, observed * root[:, 0], rcond=None)[0], np.float64)
        residuals = observed - columns @ parameters
        weights = _weights(residuals)
        if np.max(np.abs(columns @ (parameters - before))) <= _SETTLED * float(np.sqrt(np.mean(residuals**2))):
            break
    scaled = columns / lengths
    inverse = np.linalg.inv(scaled.T @ (weights[:, None] * scaled)) / np.outer(lengths, lengths)
    freedom = max(float(weights.sum()) - wanted, 1.0)
    variance = float(np.sum(weights * residuals**2)) / freedom
    return Regression(parameters, variance * inverse, residuals, weights)


def _weights(residuals: Floats) -> Floats:
    scale = float(np.median(np.abs(residuals))) / 0.6745
    if scale <= 1e-9 * max(float(np.max(np.abs(residuals))), 1e-300):  # most lie on the line exactly
        return np.where(residuals == 0.0, 1.0, 1e-6) if residuals.any() else np.ones(residuals.size)
    return np.minimum(1.0, _HUBER * scale / np.maximum(np.abs(residuals), 1e-300))


def inflation(residuals: Floats) -> float:
    """What errors that hang together do to standard errors: √((1 + ρ) / (1 − ρ)), ρ from one to the next.

    Args:
        residuals: (observation,), in order.

    >>> round(inflation(np.array([1.0, 1.0, -1.0, -1.0, 1.0, 1.0, -1.0, -1.0])), 3)     # ρ = 1/8
    1.134
    """
    if residuals.size < 4 or not residuals.any():
        return 1.0
    left = residuals - residuals.mean()
    rho = float(np.clip(left[1:] @ left[:-1] / max(left @ left, 1e-300), 0.0, 0.98))
    return float(((1.0 + rho) / (1.0 - rho)) ** 0.5)
