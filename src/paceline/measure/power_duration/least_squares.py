"""Least squares for models with at most one nonlinear parameter, and what the residuals say of the uncertainty."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from paceline.measure.power_duration.models import Model
from paceline.measure.quantities import Floats

_GOLDEN = (5.0**0.5 - 1.0) / 2.0
_STEP = 1e-30
"""Of the complex-step derivative: no difference is taken, so it can be this small."""


@dataclass(frozen=True, eq=False)
class Optimum:
    """The parameters that fit best.

    Attributes:
        parameters: in the model's order; not finite where the best fit has no such parameters.
        end: -1 or 1 where the nonlinear parameter ran to the low or high end of its range, else 0.
    """

    parameters: Floats
    end: int


def best(model: Model, duration: Floats, power: Floats) -> Optimum:
    """The best fit over the whole range of the nonlinear parameter.

    Args:
        model: which curve.
        duration: (effort,), s.
        power: (effort,), W.
    """
    observed = observations(model, duration, power)
    if model.range is None:
        linear, _ = _linear(model, 0.0, duration, power, observed)
        return Optimum(model.natural(0.0, linear), 0)
    grid = model.range(duration, power)
    lowest = int(np.argmin(_costs(model, grid, duration, power, observed)))
    if lowest in (0, grid.size - 1):
        return Optimum(np.full(len(model.parameters), np.nan), -1 if lowest == 0 else 1)
    value = _narrowed(model, duration, power, observed, low=grid[lowest - 1], high=grid[lowest + 1])
    linear, _ = _linear(model, value, duration, power, observed)
    return Optimum(_polished(model, model.natural(value, linear), duration, power), 0)


def observations(model: Model, duration: Floats, power: Floats) -> Floats:
    """What was observed, in the quantity in which the model's residuals are taken: s, J or W."""
    return {"time": duration, "work": duration * power, "power": power}[model.response]


def jacobian(model: Model, parameters: Floats, duration: Floats, power: Floats) -> Floats:
    """Derivatives of the predicted response, (effort, parameter), by the complex step."""
    steps = _STEP * np.eye(parameters.size)
    return np.stack([np.imag(model.predicted(parameters + 1j * s, duration, power)) for s in steps], axis=1) / _STEP


def power_gradient(model: Model, parameters: Floats, duration: Floats) -> Floats:
    """Derivatives of the predicted power, (duration, parameter), by the complex step."""
    steps = _STEP * np.eye(parameters.size)
    return np.stack([np.imag(model.power(parameters + 1j * step, duration)) for step in steps], axis=-1) / _STEP


def residuals(model: Model, parameters: Floats, duration: Floats, power: Floats) -> Floats:
    """Observed less predicted, in the model's response."""
    predicted: Floats = np.real(model.predicted(parameters, duration, power))
    return observations(model, duration, power) - predicted


def _linear(model: Model, value: float, duration: Floats, power: Floats, observed: Floats) -> tuple[Floats, float]:
    """The linear parameters, given the nonlinear one, and the sum of squares; columns are scaled to equal length."""
    columns = model.columns(value, duration, power)
    length = np.sqrt(np.sum(columns**2, axis=0))
    length[length == 0.0] = 1.0
    scaled = np.linalg.lstsq(columns / length, observed, rcond=None)[0]
    left = observed - columns / length @ scaled
    return scaled / length, float(left @ left)


def _costs(model: Model, grid: Floats, duration: Floats, power: Floats, observed: Floats) -> Floats:
    """The sum of squares for each value of the nonlinear parameter: `_linear` for all at once."""
    columns = model.columns(grid[:, np.newaxis], duration, power)
    length = np.sqrt(np.sum(columns**2, axis=1, keepdims=True))
    length[length == 0.0] = 1.0
    basis, sizes, _ = np.linalg.svd(columns / length, full_matrices=False)
    told = sizes > sizes[:, :1] * np.finfo(np.float64).eps * duration.size
    along = np.einsum("gek,e->gk", basis, observed) * told
    left = observed - np.einsum("gek,gk->ge", basis, along)
    costs: Floats = np.sum(left**2, axis=1)
    return costs


def _narrowed(model: Model, duration: Floats, power: Floats, observed: Floats, *, low: float, high: float) -> float:
    """Golden-section search between two values that enclose a minimum."""

    def cost(value: float) -> float:
        return _linear(model, value, duration, power, observed)[1]

    left, right = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
    at_left, at_right = cost(left), cost(right)
    for _ in range(40):
        if at_left < at_right:
            high, right, at_right = right, left, at_left
            left = high - _GOLDEN * (high - low)
            at_left = cost(left)
        else:
            low, left, at_left = left, right, at_right
            right = low + _GOLDEN * (high - low)
            at_right = cost(right)
    return (low + high) / 2.0


def _polished(model: Model, parameters: Floats, duration: Floats, power: Floats) -> Floats:
    """A few Gauss-Newton steps: near a minimum a search sees only half of the digits."""
    if not np.all(np.isfinite(parameters)):
        return parameters
    scale = np.abs(parameters) + 1e-12
    cost = float(np.sum(residuals(model, parameters, duration, power) ** 2))
    for _ in range(8):
        left = residuals(model, parameters, duration, power)
        step = scale * np.linalg.lstsq(jacobian(model, parameters, duration, power) * scale, left, rcond=None)[0]
        tried = parameters + step
        with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
            new = float(np.sum(residuals(model, tried, duration, power) ** 2))
        if not new < cost:
            break
        parameters, cost = tried, new
    return parameters
