"""Where an individual pursuit will finish, told at half distance.

A rider who slows, slows on: the second half takes as long as the first, less the standing start, plus what the last
laps before half distance have lost already. How much, earlier races tell.

The method was chosen on the races of 2009 and 2010 alone, one competition left out at a time, among regressions on the
half time, the last 250, 500 and 1000 m before half distance, the first lap, the trend and the curvature of the half
laps, all half laps with a ridge, and a Gaussian process over them; by least squares, absolute error, Huber's loss and
Student's t. The best of them differ by about a tenth of a second. Frozen before any later race was scored: the four
features of `FEATURES`, Huber's loss, an interval from leave-one-out residuals. The interval takes every earlier race to
be as uncertain as the next, which rounds, tracks and years bend: its coverage is measured, not promised.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from paceline.domain.errors import NotIdentifiable, TooFewSamples
from paceline.domain.races import Performance, Split

Floats = npt.NDArray[np.float64]

FEATURES = ("time at half distance", "last 500 m before it", "last 250 m before it", "first 250 m")
"""What the prediction rests on, s; no place, since places count riders who have yet to start."""
FEWEST = 20
"""Performances below which neither five coefficients nor a 90 % interval can be told."""
SHORTEST = 2000.0
"""m; below it the first 250 m and the last 500 m of the first half would run into each other."""
COVERAGE = 0.9

_BEND = 1.345
"""Residuals beyond so many standard deviations count linearly: 95 % efficient where errors are normal (Huber, 1964)."""
_ROUNDS = 50


@dataclass(frozen=True, slots=True)
class Prediction:
    """A finish time, and the interval that holds nine finishes in ten: s."""

    time: float
    low: float
    high: float


@dataclass(frozen=True, eq=False)
class PursuitModel:
    """What earlier races say about the second half.

    Attributes:
        distance: of the race, m.
        coefficients: (5,), the intercept in s, then one for each of `FEATURES` less its mean: second half less first.
        means: (4,), s, of the features in the earlier races.
        margin: half the width of the interval, s.
        used: performances that it was fitted to.
        left_out: performances without a time at each of the five lines that are needed.
    """

    distance: float
    coefficients: Floats
    means: Floats
    margin: float
    used: int
    left_out: int

    def finish(self, splits: Iterable[Split]) -> Prediction:
        """The finish time of a rider whose splits up to half distance are known; later ones are not looked at.

        Raises:
            TooFewSamples: no increasing times at 250 m, at half distance, and 500 m and 250 m before it.

        >>> even = PursuitModel(4000.0, np.zeros(5), np.zeros(4), 3.0, used=20, left_out=0)  # both halves alike
        >>> even.finish([Split(250.0, 20.5), Split(1500.0, 97.0), Split(1750.0, 112.5), Split(2000.0, 128.0)])
        Prediction(time=256.0, low=253.0, high=259.0)
        """
        ridden = Performance(splits=tuple(splits))
        features = _features(ridden, self.distance)
        if features is None:
            lines = _lines(self.distance)
            got = sum(ridden.time(line) is not None for line in lines)
            raise TooFewSamples("The finish of a pursuit", need=len(lines), got=min(got, len(lines) - 1))
        second = features[0] + self.coefficients[0] + float((np.array(features) - self.means) @ self.coefficients[1:])
        time = float(features[0] + second)
        return Prediction(time, time - self.margin, time + self.margin)


def fit(performances: Iterable[Performance], *, distance: float = 4000.0) -> PursuitModel:
    """A model of the second half, from finished pursuits of one distance.

    Men and women, and each distance, need a model of their own: hand in the performances that are like the one to come.

    Args:
        performances: of earlier races; those without the times that are needed are counted and left out.
        distance: of the race, m: 4000 for men, 3000 for women in the years that the method was chosen on.

    Raises:
        ValueError: `distance` is below `SHORTEST`.
        TooFewSamples: fewer than `FEWEST` performances have all times.
        NotIdentifiable: the performances are too alike to tell the features apart.

    Source:
        Huber (1964), Robust estimation of a location parameter, for the loss, by iterated weights; the interval is that
        of the jackknife: the order statistic ⌈0.9·(n + 1)⌉ of the absolute leave-one-out residuals.
    """
    if distance < SHORTEST:
        raise ValueError(f"A pursuit of {distance:g} m is shorter than {SHORTEST:g} m: it has no half to go by.")
    given = list(performances)
    known = [
        (row, time - 2 * row[0])
        for one in given
        if (row := _features(one, distance)) and (time := one.time(distance)) and time > row[0]
    ]
    if len(known) < FEWEST:
        raise TooFewSamples("A pursuit model", need=FEWEST, got=len(known))
    features, second = np.array([row for row, _ in known]), np.array([change for _, change in known])
    means = features.mean(axis=0)
    design = np.column_stack([np.ones(len(known)), features - means])
    if np.linalg.matrix_rank(design) < design.shape[1]:
        raise NotIdentifiable("A pursuit model", why="the performances are too alike to tell its features apart")
    coefficients, margin = _robust(design, second)
    return PursuitModel(distance, coefficients, means, margin, len(known), len(given) - len(known))


def _lines(distance: float) -> tuple[float, ...]:
    half = distance / 2
    return 250.0, half - 500, half - 250, half


def _features(performance: Performance, distance: float) -> tuple[float, ...] | None:
    """The values of `FEATURES`, or None where a line has no time or times do not increase."""
    times = [performance.time(line) for line in _lines(distance)]
    sound = [time for time in times if time is not None and math.isfinite(time)]
    if len(sound) < len(times) or sound[0] <= 0 or any(b <= a for a, b in pairwise(sound)):
        return None
    start, before, lap, half = sound
    return half, half - before, half - lap, start


def _robust(design: Floats, values: Floats) -> tuple[Floats, float]:
    """Huber's coefficients, and the margin that the leave-one-out residuals leave."""
    weights: Floats = np.ones(len(values))
    for _ in range(_ROUNDS):
        root = np.sqrt(weights)
        coefficients: Floats = np.linalg.lstsq(design * root[:, None], values * root, rcond=None)[0].astype(np.float64)
        residuals: Floats = np.abs(values - design @ coefficients)
        scale = 1.4826 * float(np.median(residuals))
        weights = np.minimum(1.0, _BEND * scale / np.maximum(residuals, 1e-9)) if scale > 0 else weights
    return coefficients, _margin(design, weights, residuals)


def _margin(design: Floats, weights: Floats, residuals: Floats) -> float:
    """Each residual as if its performance had not been there: over one less its leverage, at the final weights."""
    weighted = design * np.sqrt(weights)[:, None]
    leverage = np.einsum("ij,ji->i", weighted, np.linalg.pinv(weighted))
    left_out = np.sort(residuals / np.maximum(1 - leverage, 1e-9))
    rank = min(math.ceil(COVERAGE * (len(left_out) + 1)), len(left_out))
    return float(left_out[rank - 1])
