"""How much habit, place and sensor count at each second, fitted on exercises whose truth is known.

A conditional logit: the logarithm of the pooled probability is linear in the weights, so its log loss is convex and has
one minimum. The weights grow or shrink with the logarithm of the time; the sensor's may only grow. A small penalty
holds them near those that stand before any label was seen.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from paceline.decide.beliefs import Beliefs
from paceline.decide.fusion import Sensed, Weights, evidence
from paceline.domain.errors import TooFewSamples

FEWEST = 10
"""Labelled exercises."""

PENALTY = 1.0
"""How many nats a weight may cost when it is 1 away from where it began."""

_STEPS = 200
_SMALL = 1e-9
_LOWEST = np.array([-np.inf, -np.inf, 0.0, 0.0, 0.0])


@dataclass(frozen=True, slots=True)
class Example:
    """One exercise as it began, and what it was.

    Attributes:
        true: what was done.
        habit: as it was told before.
        sensor: the model's answers; from sessions that it was not trained on.
        possible: how possible each exercise was at the place; empty where the place was not known.
    """

    true: str
    habit: Beliefs | None = None
    sensor: Sensed | None = None
    possible: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))


def fit(examples: Sequence[Example], *, seconds: Iterable[int] = (1, 2, 3, 5, 8, 12)) -> Weights:
    """The weights under which what was done was likeliest, over all the seconds at once.

    Args:
        examples: exercises of sessions on which nothing else was fitted.
        seconds: the times at which they are asked.

    Raises:
        TooFewSamples: fewer examples than weights can be told from.
    """
    if len(examples) < FEWEST:
        raise TooFewSamples("fusion weights", need=FEWEST, got=len(examples))
    times = tuple(seconds)
    cases = [_case(example, second) for example in examples for second in times]
    width = max(design.shape[1] for design, _ in cases)
    design = np.zeros((len(cases), 5, width))
    there = np.zeros((len(cases), width), bool)
    for i, (one, _) in enumerate(cases):
        design[i, :, : one.shape[1]] = one
        there[i, : one.shape[1]] = True
    first = Weights()
    start = np.array([first.habit, first.habit_growth, first.place, first.sensor, first.sensor_growth])
    found = _Problem(design, there, np.array([index for _, index in cases]), start).solution()
    return Weights(*(float(value) for value in found))


def _case(example: Example, second: int) -> tuple[npt.NDArray[np.float64], int]:
    """(weight, name and then "something else"): what each weight multiplies, and which column is the truth."""
    sensed = None if example.sensor is None else example.sensor.until(second)
    parts = [part for part in (example.habit, sensed) if part is not None]
    names = list(dict.fromkeys(name for part in parts for name in part.probabilities))
    logs = evidence(names, habit=example.habit, possible=example.possible, sensed=sensed)
    doublings = np.log2(1 + second)
    design = np.stack([logs[0], doublings * logs[0], logs[1], logs[2], doublings * logs[2]])
    return design, names.index(example.true) if example.true in names else len(names)


@dataclass(frozen=True, slots=True)
class _Problem:
    """A penalised log loss to be made small.

    Attributes:
        design: (case, weight, name), logarithms.
        there: (case, name), whether a case has so many names.
        true: (case,), the column of the truth.
        start: (weight,), where the weights are drawn to.
    """

    design: npt.NDArray[np.float64]
    there: npt.NDArray[np.bool_]
    true: npt.NDArray[np.int64]
    start: npt.NDArray[np.float64]

    def solution(self) -> npt.NDArray[np.float64]:
        """Newton's method; place, sensor and its growth stay at 0 where they would go below."""
        weights, loss = self.start, self.loss(self.start)
        for _ in range(_STEPS):
            weights, before = self._stepped(weights, loss), loss
            loss = self.loss(weights)
            if before - loss < _SMALL:
                break
        return weights

    def loss(self, weights: npt.NDArray[np.float64]) -> float:
        """Nats, with the penalty."""
        likely = self.shares(weights)[np.arange(len(self.true)), self.true]
        return float(PENALTY / 2 * ((weights - self.start) ** 2).sum() - np.log(np.maximum(likely, 1e-300)).sum())

    def shares(self, weights: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """(case, name), the pooled probabilities."""
        pooled = np.where(self.there, np.einsum("ikj,k->ij", self.design, weights), -np.inf)
        shares = np.exp(pooled - pooled.max(axis=1, keepdims=True))
        return np.asarray(shares / shares.sum(axis=1, keepdims=True))

    def _stepped(self, weights: npt.NDArray[np.float64], loss: float) -> npt.NDArray[np.float64]:
        """One step down, halved until it does not lead up."""
        shares = self.shares(weights)
        mean = np.einsum("ikj,ij->ik", self.design, shares)
        true = self.design[np.arange(len(self.true)), :, self.true]
        gradient = (mean - true).sum(axis=0) + PENALTY * (weights - self.start)
        centred = self.design - mean[:, :, None]
        hessian = np.einsum("ikj,ilj,ij->kl", centred, centred, shares) + PENALTY * np.eye(len(weights))
        free = (weights > _LOWEST) | (gradient < 0)
        step = np.zeros_like(weights)
        step[free] = np.linalg.solve(hessian[np.ix_(free, free)], gradient[free])
        size = 1.0
        while size > _SMALL:
            tried = np.maximum(weights - size * step, _LOWEST)
            if self.loss(tried) <= loss:
                return np.asarray(tried)
            size /= 2
        return weights
