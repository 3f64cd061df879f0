"""Laws of recovery: how the share of W′ that is back grows with time, and what makes it faster or slower.

Every law is a shape R(x) of an effective time x = t/τ · depth · work. By definition nothing comes back at critical
power itself, so the depth factor is 0 there. A few dozen observations of a handful of riders each can't settle the
parameters alone: weak priors, stated here, keep them where physiology has them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import product
from types import MappingProxyType
from typing import Literal

import numpy as np

from paceline.measure.quantities import Floats
from paceline.measure.w_prime_recovery.bouts import Bouts

Shape = Literal["exponential", "stretched", "hyperbolic", "two pools"]
Depth = Literal["power", "saturating"]

USUAL_WORK = 0.35
"""Work power over critical power, less one, at which the work factor is 1; W′ then lasts about four minutes."""

_SPREAD = 0.10
"""Standard deviation of an observed share about the law; studies give 0.04 to 0.21 between riders."""

_PRIORS: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        "time": (np.log(200.0), 1.0),
        "power": (np.log(0.5), 0.7),
        "saturating": (np.log(0.15), 0.7),
        "work": (0.0, 0.7),
        "stretch": (np.log(0.7), 0.5),
        "fast share": (0.0, 1.0),
        "slowness": (np.log(9.0), 1.0),
    }
)
"""Parameter → mean and standard deviation of its normal prior: of the logarithm, but for "work", which is an exponent
of either sign, and "fast share", which is on the logistic scale."""

_OWN: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"exponential": (), "stretched": ("stretch",), "hyperbolic": (), "two pools": ("fast share", "slowness")}
)


@dataclass(frozen=True, slots=True)
class Form:
    """A law without its numbers.

    Attributes:
        shape: of R(x): 1 − e^(−x); 1 − e^(−x^β); x/(1 + x); or two exponentials, a fast and a slow one.
        depth: with δ = 1 − recovery power/critical power: δ^b, or δ/(δ + h).
        work: whether W′ that was spent harder comes back at another pace, as ((work power/critical power − 1)/0.35)^c.
    """

    shape: Shape
    depth: Depth
    work: bool

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names of its parameters, in the order of `Law.parameters`."""
        return ("time", self.depth, *(("work",) if self.work else ()), *_OWN[self.shape])

    def __str__(self) -> str:
        """In words."""
        return f"{self.shape}, {self.depth} in depth" + (", with work" if self.work else "")


_SHAPE_NAMES: tuple[Shape, ...] = ("exponential", "stretched", "hyperbolic", "two pools")
_DEPTH_NAMES: tuple[Depth, ...] = ("power", "saturating")

FORMS: tuple[Form, ...] = tuple(Form(*choices) for choices in product(_SHAPE_NAMES, _DEPTH_NAMES, (False, True)))
"""The forms that are chosen among."""


@dataclass(frozen=True, slots=True)
class Law:
    """A form with its numbers.

    Attributes:
        form: which.
        parameters: in the order of `form.parameters`, each on the scale of its prior.
    """

    form: Form
    parameters: tuple[float, ...]

    def __getitem__(self, name: str) -> float:
        """One parameter, on the scale of its prior."""
        return self.parameters[self.form.parameters.index(name)]

    def recovered(self, bouts: Bouts) -> Floats:
        """The share of W′ that is back at the end of each bout, (bout,), 0 to 1."""
        rate = self.rate(bouts.below / bouts.critical_power, bouts.work_power / bouts.critical_power - 1.0)
        return _SHAPES[self.form.shape](rate * bouts.duration, self)

    def rate(self, depth: Floats, work: Floats) -> Floats:
        """How fast effective time runs, 1/s.

        Args:
            depth: (moment,), how far below critical power, as a share of it; 0 or more.
            work: (moment,), how far above it the missing part was spent, likewise.
        """
        size = np.exp(self[self.form.depth])
        deep = depth**size if self.form.depth == "power" else depth / (depth + size)
        harder = (work / USUAL_WORK) ** self["work"] if self.form.work else 1.0
        return np.asarray(deep * harder / np.exp(self["time"]))


def _stretched(x: Floats, law: Law) -> Floats:
    return np.asarray(-np.expm1(-(x ** np.exp(law["stretch"]))))


def _two_pools(x: Floats, law: Law) -> Floats:
    fast = 1.0 / (1.0 + np.exp(-law["fast share"]))
    return np.asarray(1.0 - fast * np.exp(-x) - (1.0 - fast) * np.exp(-x / (1.0 + np.exp(law["slowness"]))))


_SHAPES: Mapping[str, Callable[[Floats, Law], Floats]] = MappingProxyType(
    {
        "exponential": lambda x, _: np.asarray(-np.expm1(-x)),
        "stretched": _stretched,
        "hyperbolic": lambda x, _: x / (1.0 + x),
        "two pools": _two_pools,
    }
)


def fit_law(bouts: Bouts, form: Form) -> Law:
    """The most probable law of a form, each study counting alike however many bouts it has.

    Args:
        bouts: observations of one or more studies.
        form: one of `FORMS`.
    """
    mean, spread = np.array([_PRIORS[name] for name in form.parameters]).T
    sizes = np.array([np.count_nonzero(bouts.study == study) for study in bouts.study])
    weight = np.sqrt(len(bouts) / len(bouts.studies) / sizes) / _SPREAD

    def misses(parameters: Floats) -> Floats:
        off = Law(form, tuple(parameters.tolist())).recovered(bouts) - bouts.recovered
        return np.concatenate([weight * off, (parameters - mean) / spread])

    return Law(form, tuple(_least_squares(misses, mean).tolist()))


def _least_squares(misses: Callable[[Floats], Floats], start: Floats) -> Floats:
    """Levenberg's and Marquardt's steps with differences for derivatives; the priors keep the problem round."""
    at, here, damping = start, misses(start), 1e-2
    tiny = 1e-6 * np.eye(start.size)
    for _ in range(200):
        slopes = np.stack([(misses(at + t) - here) / 1e-6 for t in tiny], axis=1)
        step = np.linalg.solve(slopes.T @ slopes + damping * np.eye(start.size), -slopes.T @ here)
        there = misses(at + step)
        if there @ there < here @ here:
            at, here, damping = at + step, there, damping / 3.0
        else:
            damping *= 4.0
        if np.max(np.abs(step)) < 1e-9:
            break
    return at
