"""How well was each repetition done? Compared with the athlete's own good ones: range, tempo, smoothness.

Nobody moves like the mean of others, and a watch sits as it sits: what is good is learned from repetitions that the
athlete, or a coach, called good. A repetition is found where the phase of the main movement goes round once
(`paceline.learn.counting`). Three things are measured of it, and each is compared with the good ones in spreads of
their own: how far the movement went, how long it took, and how much of it was trembling.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from paceline.domain.errors import TooFewSamples
from paceline.learn.counting import Counter, Habit, Line, banded, candidates, turning
from paceline.learn.sets import Floats32

FEWEST = 5
"""Good repetitions from which an athlete's own way can be told."""
LEAST_SPREAD = (0.08, 0.08, 0.3)
"""Of logarithms: nobody repeats a range or tempo within less than about eight per cent, or trembling within thirty."""
FINE = 4.0
"""Times the repetition's frequency: what moves faster is trembling, or a jolt."""
SMOOTHEST = 0.02
"""Trembling against the range, below which differences are the sensor's noise."""
MOST_AWAY = 3.0
"""Spreads at which a repetition stops pulling on the correlations."""
SHRUNK = 0.2
"""Of the correlations: some good repetitions don't tell them exactly."""
ASPECTS = ("range", "tempo", "smoothness")


@dataclass(frozen=True, slots=True)
class Repetition:
    """One repetition, measured.

    Attributes:
        start: s from the first sample of the set.
        seconds: that it took.
        range: how far the sensor's readings went, their units: root mean square about their mean, times √8, so that a
            sine's is from its lowest to its highest point.
        trembling: fast motion, likewise.
    """

    start: float
    seconds: float
    range: float
    trembling: float


@dataclass(frozen=True, eq=False)
class OwnWay:
    """An athlete's good repetitions of one exercise, as logarithms by aspect.

    Attributes:
        middle: medians.
        spread: as standard deviations.
        together: correlations of the aspects: who presses slower feels less acceleration on the same way.
    """

    middle: tuple[float, float, float]
    spread: tuple[float, float, float]
    together: Line


@dataclass(frozen=True, slots=True)
class Form:
    """How one repetition compares.

    Attributes:
        away: aspect → spreads from the own way; below 0 is less range, less time, and less trembling. Less trembling
            than usual is no fault.
        score: 1 as the good ones, towards 0 the further away.
    """

    away: dict[str, float] = field(default_factory=dict)
    score: float = 1.0

    @property
    def worst(self) -> str:
        """The aspect that is furthest away."""
        return max(self.away, key=lambda name: _fault(name, self.away[name]))


def repetitions(motion: Floats32, *, rate: float, period: float | None = None) -> tuple[Repetition, ...]:
    """Every whole repetition of a set, in order.

    Args:
        motion: (sample, axis) on an even grid; finite.
        rate: samples a second.
        period: s of a repetition, where it is known; otherwise the one at which the motion repeats best.

    Raises:
        TooFewSamples: shorter than two seconds.

    >>> t = np.arange(0, 30, 0.04)
    >>> swing = np.sin(2 * np.pi * t / 3)[:, None] * np.array([2.0, 0, 0])      # from −2 to 2, 3 s each
    >>> one = repetitions(swing.astype(np.float32), rate=25.0)[4]
    >>> round(one.seconds, 1), round(one.range, 1)
    (3.0, 4.0)
    """
    gate = Counter().gate
    found = candidates(motion, rate=rate, gate=gate)
    if period is None:
        best = Counter(gate=gate).chosen(found, Habit())
        if best is None:
            return ()
        period = best.period
    done = np.concatenate([[0.0], np.cumsum(turning(motion, rate=rate, period=period, gate=gate))])
    reached = np.maximum.accumulate(done)
    edges = [int(np.searchsorted(reached, whole)) for whole in range(int(reached[-1]) + 1)]
    slow = banded(motion, rate=rate, low=0.3 / period, high=FINE / period)
    fast = banded(motion, rate=rate, low=FINE / period, high=0.45 * rate)
    parts = pairwise(edges)
    return tuple(_measured(slow[a:b], fast[a:b], a, rate) for a, b in parts if b - a >= 0.3 * period * rate)


def _measured(slow: Line, fast: Line, start: int, rate: float) -> Repetition:
    went = float(np.sqrt(8.0 * slow.var(axis=0).sum()))
    return Repetition(start / rate, len(slow) / rate, went, float(np.sqrt(8.0 * fast.var(axis=0).sum())))


def own_way(good: Sequence[Repetition]) -> OwnWay:
    """What is usual for the good repetitions of one athlete and exercise.

    Raises:
        TooFewSamples: fewer than `FEWEST`.
    """
    if len(good) < FEWEST:
        raise TooFewSamples("an athlete's own form", need=FEWEST, got=len(good))
    table = np.array([_logs(one) for one in good])
    middle = np.median(table, axis=0)
    # 1.4826 times the median distance is the standard deviation of normal numbers, and heeds no single bad one
    spread = np.maximum(1.4826 * np.median(np.abs(table - middle), axis=0), LEAST_SPREAD)
    (a, b, c), (d, e, f) = middle.tolist(), spread.tolist()
    scaled = np.clip((table - middle) / spread, -MOST_AWAY, MOST_AWAY)
    joint = scaled.T @ scaled / len(scaled)
    size = np.sqrt(np.maximum(np.diag(joint), 1e-9))
    mixed = (1.0 - SHRUNK) * joint / np.outer(size, size)
    np.fill_diagonal(mixed, 1.0)
    return OwnWay((a, b, c), (d, e, f), mixed)


def form(one: Repetition, way: OwnWay) -> Form:
    """How one repetition compares with the good ones.

    >>> usual = [Repetition(0.0, 2.0, 4.0, 0.1)] * 5
    >>> form(usual[0], own_way(usual)).score
    1.0
    >>> half = form(Repetition(0.0, 2.0, 2.0, 0.1), own_way(usual))
    >>> half.worst, half.score < 0.1
    ('range', True)
    """
    rows = zip(ASPECTS, _logs(one), way.middle, way.spread, strict=True)
    away = {name: (value - middle) / spread for name, value, middle, spread in rows}
    counted = np.array([max(value, 0.0) if name == "smoothness" else value for name, value in away.items()])
    distance = float(np.sqrt(counted @ np.linalg.solve(way.together, counted)))
    # up to the usual distance all are the same; beyond, each further spread costs as under a normal curve
    return Form(away, float(np.exp(-(max(distance - np.sqrt(len(ASPECTS)), 0.0) ** 2) / 8.0)))


def _fault(name: str, away: float) -> float:
    return max(away, 0.0) if name == "smoothness" else abs(away)


def _logs(one: Repetition) -> tuple[float, float, float]:
    logs = np.log([max(one.range, 1e-6), one.seconds, max(one.trembling, SMOOTHEST * one.range, 1e-6)]).tolist()
    return logs[0], logs[1], logs[2]
