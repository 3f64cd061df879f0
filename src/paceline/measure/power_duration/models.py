"""The power-duration models. Each is linear in all its parameters but at most one.

That one (CP, or a time constant) is searched over its whole range; given it, the others are a linear least-squares
problem. So the best fit is found wherever it lies, no starting values are needed, and a best fit at the edge of the
range is seen for what it is: data that don't say.

Symbols: t duration (s), P power (W), CP critical power (W), W′ work above CP (J), Pmax maximal power (W), τ time
constant (s), A loss of power for each e-fold of duration beyond 30 minutes (W).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal, TypeAlias

import numpy as np

from paceline.measure.quantities import Floats

Numbers: TypeAlias = Any
"""Real numbers, or complex ones where a derivative is taken by the complex step, which is exact to rounding."""

Response = Literal["time", "work", "power"]

LONG = 1800.0
"""s: beyond 30 minutes the omni-domain model lets power fall with the logarithm of the duration."""


@dataclass(frozen=True, slots=True)
class Model:
    """One model of the curve.

    Attributes:
        name: what `fit` calls it.
        formula: for people.
        source: who proposed it.
        parameters: their names, in order.
        response: in which quantity the residuals are taken.
        predicted: (parameters, t, P) → the response.
        power: (parameters, t) → P.
        columns: (the nonlinear parameter, t, P) → design matrix of the linear ones; one each for a column of values.
        natural: (the nonlinear parameter, the linear ones) → parameters, NaN or infinite where there are none.
        range: (t, P) → the values of the nonlinear parameter to search, rising; None where there is no such parameter.
        ends: what it means that the best value lies at the low and at the high end of the range.
    """

    name: str
    formula: str
    source: str
    parameters: tuple[str, ...]
    response: Response
    predicted: Callable[[Numbers, Floats, Floats], Numbers]
    power: Callable[[Numbers, Floats], Numbers]
    columns: Callable[[Numbers, Floats, Floats], Floats]
    natural: Callable[[float, Floats], Floats]
    range: Callable[[Floats, Floats], Floats] | None = None
    ends: tuple[str, str] = ("", "")


def _hyperbola(theta: Numbers, duration: Floats) -> Numbers:
    cp, w_prime = theta
    return cp + w_prime / duration


def _morton_power(theta: Numbers, duration: Floats) -> Numbers:
    cp, w_prime, maximal = theta
    return cp + w_prime / (duration + w_prime / (maximal - cp))


def _exponential_power(theta: Numbers, duration: Floats) -> Numbers:
    cp, maximal, tau = theta
    return cp + (maximal - cp) * np.exp(-duration / tau)


def _omni_power(theta: Numbers, duration: Floats) -> Numbers:
    cp, w_prime, maximal, decline = theta
    sprint = w_prime / duration * (1.0 - np.exp(-duration * (maximal - cp) / w_prime))
    return sprint + cp - decline * _beyond(duration)


def _beyond(duration: Floats) -> Floats:
    return np.log(np.maximum(duration / LONG, 1.0))


def _both(*columns: Floats) -> Floats:
    """Columns beside one another on the last axis, each as long as the longest."""
    found = np.empty((*np.broadcast_shapes(*(column.shape for column in columns)), len(columns)))
    for number, column in enumerate(columns):
        found[..., number] = column
    return found


def _critical_powers(_: Floats, power: Floats) -> Floats:
    """From just above 0 to just below the lowest power, finest where the curve has its pole."""
    return np.asarray(power.min() * (1.0 - np.geomspace(1.0 - 1e-9, 1e-6, 200)))


def _time_constants(duration: Floats, _: Floats) -> Floats:
    return np.geomspace(duration.min() / 30.0, duration.max() * 30.0, 200)


_ONE = np.ones(1)
_NO_LEVEL = "the powers don't level off above 0 W, whatever the duration"
_ONE_POINT = "the fit rests on the longest effort alone"
_NO_BEND = "the short efforts show no bend towards a maximal power, so any high one fits as well"

_ALL = (
    Model(
        "hyperbolic",
        "t = W′ / (P − CP)",
        "Hill (1993), as the R package cyclingtools fits it",
        ("critical_power", "w_prime"),
        "time",
        lambda theta, _, p: theta[1] / (p - theta[0]),
        _hyperbola,
        lambda cp, _, p: _both(1.0 / (p - cp)),
        lambda cp, linear: np.array([cp, linear[0]]),
        _critical_powers,
        (_NO_LEVEL, _ONE_POINT),
    ),
    Model(
        "linear",
        "P·t = CP·t + W′",
        "Monod and Scherrer (1965), Moritani (1981)",
        ("critical_power", "w_prime"),
        "work",
        lambda theta, t, _: theta[0] * t + theta[1],
        _hyperbola,
        lambda _, t, _p: _both(t, _ONE),
        lambda _, linear: linear,
    ),
    Model(
        "inverse_time",
        "P = CP + W′ / t",
        "Whipp et al. (1982)",
        ("critical_power", "w_prime"),
        "power",
        lambda theta, t, _: _hyperbola(theta, t),
        _hyperbola,
        lambda _, t, _p: _both(np.ones(t.shape), 1.0 / t),
        lambda _, linear: linear,
    ),
    Model(
        "three_parameter",
        "t = W′ / (P − CP) − W′ / (Pmax − CP)",
        "Morton (1996)",
        ("critical_power", "w_prime", "maximal_power"),
        "time",
        lambda theta, _, p: theta[1] / (p - theta[0]) - theta[1] / (theta[2] - theta[0]),
        _morton_power,
        lambda cp, _, p: _both(1.0 / (p - cp), _ONE),
        lambda cp, linear: np.array([cp, linear[0], cp - linear[0] / linear[1] if linear[1] < 0.0 else np.inf]),
        _critical_powers,
        (_NO_LEVEL, _ONE_POINT),
    ),
    Model(
        "exponential",
        "P = CP + (Pmax − CP) · exp(−t / τ)",
        "Hopkins et al. (1989)",
        ("critical_power", "maximal_power", "time_constant"),
        "power",
        lambda theta, t, _: _exponential_power(theta, t),
        _exponential_power,
        lambda tau, t, _p: _both(np.ones(t.shape), np.exp(-t / tau)),
        lambda tau, linear: np.array([linear[0], linear[0] + linear[1], tau]),
        _time_constants,
        (
            "only the shortest effort lies above a constant power",
            "the powers fall in a straight line and never level off",
        ),
    ),
    Model(
        "omni",
        "P = W′/t · (1 − exp(−t (Pmax − CP) / W′)) + CP − A · ln(t / 1800 s) where t > 1800 s",
        "Puchowicz et al. (2020)",
        ("critical_power", "w_prime", "maximal_power", "decline"),
        "power",
        lambda theta, t, _: _omni_power(theta, t),
        _omni_power,
        lambda tau, t, _p: _both((1.0 - np.exp(-t / tau)) / t, np.ones(t.shape), -_beyond(t)),
        lambda tau, linear: np.array([linear[1], linear[0], linear[1] + linear[0] / tau, linear[2]]),
        _time_constants,
        (_NO_BEND, "the powers fall too slowly for a work above critical power to be told"),
    ),
)

MODELS: Mapping[str, Model] = MappingProxyType({model.name: model for model in _ALL})
