"""Fit a power-duration model, with the uncertainty of every parameter, or say why the data can't."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from paceline.domain.errors import NotIdentifiable, UnknownName
from paceline.measure.power_duration.least_squares import best, jacobian, observations, power_gradient, residuals
from paceline.measure.power_duration.models import LONG, MODELS, Model
from paceline.measure.quantities import Floats

NARROWEST_SPAN = 1.5
"""The longest effort must last this many times the shortest: closer together, they are one point of the curve."""

LARGEST_CONDITION = 1e8
"""Of the scaled Jacobian: beyond it the standard errors would be rounding."""

PARAMETER_UNITS: Mapping[str, str] = MappingProxyType(
    {"critical_power": "W", "w_prime": "J", "maximal_power": "W", "time_constant": "s", "decline": "W"}
)
RESPONSE_UNITS: Mapping[str, str] = MappingProxyType({"time": "s", "work": "J", "power": "W"})


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a fitted model.

    Attributes:
        name: "critical_power", "w_prime", "maximal_power", "time_constant" or "decline".
        value: the estimate.
        standard_error: of the estimate, as R's `nls` and `lm` give it; never larger than the estimate.
        unit: of both.
    """

    name: str
    value: float
    standard_error: float
    unit: str


@dataclass(frozen=True, eq=False)
class Prediction:
    """What a fitted model says of some durations.

    Attributes:
        duration: (duration,), s.
        power: (duration,), W.
        standard_error: (duration,), W: of the curve, from the parameters' covariance; a single effort scatters more.
        extrapolated: (duration,), whether the duration lies outside those that were fitted.
    """

    duration: Floats
    power: Floats
    standard_error: Floats
    extrapolated: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]


@dataclass(frozen=True, eq=False)
class PowerDurationFit:
    """A model fitted to efforts.

    Attributes:
        model: its name in `MODELS`.
        formula: for people.
        parameters: in the model's order.
        covariance: (parameter, parameter), of the estimates.
        residual_standard_error: √(sum of squares / degrees of freedom), in `residual_unit`.
        residual_unit: s, J or W: the quantity in which the model's residuals are taken.
        r_squared: 1 − sum of squares / sum of squares about the mean, in that quantity: not to be compared across them.
        degrees_of_freedom: efforts less parameters, at least 1.
        shortest: s, of the fitted durations.
        longest: s, likewise.
    """

    model: str
    formula: str
    parameters: tuple[Parameter, ...]
    covariance: Floats
    residual_standard_error: float
    residual_unit: str
    r_squared: float
    degrees_of_freedom: int
    shortest: float
    longest: float

    def __getitem__(self, name: str) -> Parameter:
        """One parameter.

        Raises:
            UnknownName: the model has no such parameter.
        """
        found = {parameter.name: parameter for parameter in self.parameters}
        if name not in found:
            raise UnknownName(f"parameter of {self.model}", name, known=found)
        return found[name]

    def predict(self, duration: float | Sequence[float] | Floats) -> Prediction:
        """The power that can be held for each duration, and how sure the curve is of it.

        Args:
            duration: (duration,), s, or one number.

        Raises:
            NotIdentifiable: a duration is not a positive number.
        """
        times = np.atleast_1d(np.asarray(duration, dtype=np.float64))
        if not np.all(np.isfinite(times) & (times > 0.0)):
            raise NotIdentifiable("power", why="a duration is not a positive number")
        model, values = MODELS[self.model], np.array([parameter.value for parameter in self.parameters])
        gradient = power_gradient(model, values, times)
        variance = np.einsum("...i,ij,...j->...", gradient, self.covariance, gradient)
        outside = (times < self.shortest) | (times > self.longest)
        return Prediction(times, np.real(model.power(values, times)), np.sqrt(np.maximum(variance, 0.0)), outside)


def fit(durations: Sequence[float] | Floats, powers: Sequence[float] | Floats, *, model: str) -> PowerDurationFit:
    """Fit one model to maximal efforts.

    A fit takes at least one effort more than it has parameters: with as many, the curve passes through every effort and
    nothing is known of its uncertainty, so there is no such result.

    Args:
        durations: (effort,), s, how long each maximal effort lasted; in any order.
        powers: (effort,), W, the mean power of each.
        model: "hyperbolic", "linear", "inverse_time", "three_parameter", "exponential" or "omni".

    Returns:
        Parameters with standard errors s² (JᵀJ)⁻¹, s² = sum of squares / (efforts − parameters), as R's `nls`.

    Raises:
        UnknownName: there is no such model.
        NotIdentifiable: an effort is not a positive number, there are too few, they lie too close together, or they
            can't tell the parameters apart; the message says which.

    Source:
        Models: see `MODELS`. Checked against the published fits of the R package cyclingtools and of Weigend et al.

    >>> made = fit([120.0, 300.0, 600.0], [250 + 20_000 / t for t in (120, 300, 600)], model="linear")
    >>> [round(parameter.value) for parameter in made.parameters]  # made with CP 250 W and W′ 20,000 J
    [250, 20000]
    """
    if model not in MODELS:
        raise UnknownName("power-duration model", model, known=MODELS)
    chosen = MODELS[model]
    duration, power = np.asarray(durations, dtype=np.float64), np.asarray(powers, dtype=np.float64)
    _refuse_unusable(chosen, duration, power)
    optimum = best(chosen, duration, power)
    if optimum.end:
        raise NotIdentifiable(model, why=chosen.ends[optimum.end > 0], advice=_ADVICE)
    _refuse_senseless(chosen, optimum.parameters, power)
    return _described(chosen, optimum.parameters, duration, power)


_ADVICE = "Add maximal efforts of other durations, or take a model with fewer parameters."


def _refuse_unusable(model: Model, duration: Floats, power: Floats) -> None:
    count = len(model.parameters)
    why = None
    if duration.ndim != 1 or duration.shape != power.shape:
        why = "durations and powers are not two lists of the same length"
    elif not np.all(np.isfinite(duration) & (duration > 0.0) & np.isfinite(power) & (power > 0.0)):
        why = "a duration or a power is not a positive number"
    elif duration.size < count + 1:
        why = f"{count} parameters and their errors need at least {count + 1} efforts, there are {duration.size}"
    elif min(np.unique(duration).size, np.unique(power).size) < count:
        why = f"{count} parameters need efforts of at least {count} different durations and powers"
    elif duration.max() < NARROWEST_SPAN * duration.min():
        why = f"the longest effort lasts less than {NARROWEST_SPAN:g} times the shortest"
    elif np.polyfit(np.log(duration), power, 1)[0] >= 0.0:
        why = "power does not fall as the efforts get longer, so they were not all maximal"
    elif "decline" in model.parameters and duration.max() <= LONG:
        why = "no effort is longer than 30 minutes, where the decline begins"
    if why:
        raise NotIdentifiable(model.name, why=why, advice=_ADVICE)


def _refuse_senseless(model: Model, parameters: Floats, power: Floats) -> None:
    named = dict(zip(model.parameters, parameters, strict=True))
    why = None
    if not 0.0 < named["critical_power"] < power.max():
        why = "the best fit has a critical power of no more than 0 W, or above every effort"
    elif not named.get("w_prime", 1.0) > 0.0:
        why = "the best fit has no work above critical power"
    elif "maximal_power" in named and not named["maximal_power"] < np.inf:
        why = "the short efforts show no bend towards a maximal power, so any high one fits as well"
    elif "maximal_power" in named and not named["maximal_power"] > power.max():
        why = "the best fit has a maximal power below the strongest effort"
    elif not named.get("decline", 0.0) >= 0.0:
        why = "power does not decline beyond 30 minutes"
    if why:
        raise NotIdentifiable(model.name, why=why, advice=_ADVICE)


def _described(model: Model, parameters: Floats, duration: Floats, power: Floats) -> PowerDurationFit:
    left = residuals(model, parameters, duration, power)
    observed = observations(model, duration, power)
    freedom = duration.size - parameters.size
    variance = float(left @ left) / freedom
    covariance = variance * _inverse(model, parameters, duration, power)
    errors = np.sqrt(np.diag(covariance))
    for name, value, error in zip(model.parameters, parameters, errors, strict=True):
        if not error <= abs(value):
            why = f"the standard error of the {name.replace('_', ' ')} is larger than its value"
            raise NotIdentifiable(model.name, why=why, advice=_ADVICE)
    spread = float(np.sum((observed - observed.mean()) ** 2))
    if spread == 0.0:
        raise NotIdentifiable(model.name, why="every effort is of the same power", advice=_ADVICE)
    return PowerDurationFit(
        model=model.name,
        formula=model.formula,
        parameters=tuple(
            Parameter(name, float(value), float(error), PARAMETER_UNITS[name])
            for name, value, error in zip(model.parameters, parameters, errors, strict=True)
        ),
        covariance=covariance,
        residual_standard_error=variance**0.5,
        residual_unit=RESPONSE_UNITS[model.response],
        r_squared=1.0 - float(left @ left) / spread,
        degrees_of_freedom=int(freedom),
        shortest=float(duration.min()),
        longest=float(duration.max()),
    )


def _inverse(model: Model, parameters: Floats, duration: Floats, power: Floats) -> Floats:
    """(JᵀJ)⁻¹, through columns scaled to equal length: W and J differ by orders of magnitude."""
    derivatives = jacobian(model, parameters, duration, power)
    length = np.sqrt(np.sum(derivatives**2, axis=0))
    if not (np.all(length > 0.0) and np.linalg.cond(derivatives / length) < LARGEST_CONDITION):
        why = "a change of one parameter can be made good by the others"
        raise NotIdentifiable(model.name, why=why, advice=_ADVICE)
    _, values, right = np.linalg.svd(derivatives / length, full_matrices=False)
    inverse: Floats = (right.T / values**2) @ right
    return inverse / np.outer(length, length)
