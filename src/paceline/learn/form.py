"""How well was each repetition done? Compared with the athlete's own good ones: range, tempo, smoothness.

Nobody moves like the mean of others, and a watch sits as it sits: what is good is learned from repetitions that the
athlete, or a coach, called good. A repetition is found where the phase of the main movement goes round once
(`paceline.learn.counting`). Four things are measured of it, and each is compared with the good ones in spreads of
their own: how far up and down the hand went, how far the forearm turned, how long it took, and how much of it was
trembling.

The way up and down is the acceleration along gravity summed up twice. A press of half the way in half the time feels
as strong as a whole one: readings alone would not tell them apart.
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
LEAST_SPREAD = (0.08, 0.15, 0.08, 0.3)
"""Of logarithms: nobody repeats a range or tempo within less than about eight per cent, or trembling within thirty."""
FINE = 4.0
"""Times the repetition's frequency: what moves faster is trembling, or a jolt."""
WHOLE = 0.6
"""Times the repetition's frequency: what moves slower is drift."""
SLOW = 1.0
"""Hz, below which the direction of what is felt is that of gravity."""
LEAST_TREMBLING = 0.1
"""m/s², below which it is the sensor's noise."""
MOST_AWAY = 3.0
"""Spreads at which a repetition stops pulling on the correlations."""
SHRUNK = 0.2
"""Of the correlations: some good repetitions don't tell them exactly."""
HALF = 2.0
"""Usual distances from the own way at which a repetition scores a half."""
LEAST_TURN = 0.02
"""Radians, below which a turn is the sensor's noise."""
ASPECTS = ("range", "turn", "tempo", "smoothness")


@dataclass(frozen=True, slots=True)
class Repetition:
    """One repetition, measured.

    Attributes:
        start: s from the first sample of the set.
        seconds: that it took.
        range: m, from the hand's lowest point to its highest. Where the forearm turns, gravity is felt as motion too,
            and the figure compares repetitions without being metres.
        turn: radians, between the two directions of the forearm that are furthest apart.
        trembling: fast motion, m/s²: root mean square times √8, a sine's from its lowest to its highest point.
    """

    start: float
    seconds: float
    range: float
    turn: float
    trembling: float


@dataclass(frozen=True, eq=False)
class OwnWay:
    """An athlete's good repetitions of one exercise, as logarithms by aspect.

    Attributes:
        middle: medians.
        spread: as standard deviations.
        together: correlations of the aspects: who presses slower feels less acceleration on the same way.
    """

    middle: Line
    spread: Line
    together: Line


@dataclass(frozen=True, slots=True)
class Form:
    """How one repetition compares.

    Attributes:
        away: aspect → spreads from the own way; below 0 is less range, less turn, less time, and less trembling. Less
            trembling than usual is no fault.
        distance: all aspects together, in usual distances of good repetitions.
        score: near 1 as the good ones, a half at `HALF` usual distances, towards 0 the further away.
    """

    away: dict[str, float] = field(default_factory=dict)
    distance: float = 0.0
    score: float = 1.0

    @property
    def worst(self) -> str:
        """The aspect that is furthest away."""
        return max(self.away, key=lambda name: _fault(name, self.away[name]))


def repetitions(motion: Floats32, *, rate: float, period: float | None = None) -> tuple[Repetition, ...]:
    """Every whole repetition of a set, in order.

    Args:
        motion: (sample, axis), acceleration with gravity, m/s², on an even grid; finite.
        rate: samples a second.
        period: s of a repetition, where it is known; otherwise the one at which the motion repeats best.

    Raises:
        TooFewSamples: shorter than two seconds.

    >>> t = np.arange(0, 30, 0.04)
    >>> lift = 0.25 * (2 * np.pi / 3) ** 2 * np.sin(2 * np.pi * t / 3)      # half a metre up and down, 3 s each
    >>> felt = np.stack([0 * t, 0 * t, 9.81 + lift], axis=1)
    >>> one = repetitions(felt.astype(np.float32), rate=25.0)[4]
    >>> round(one.seconds, 1), round(one.range, 1)
    (3.0, 0.5)
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
    gravity = motion.mean(axis=0, dtype=np.float64)
    up = motion @ (gravity / (np.linalg.norm(gravity) + 1e-9))
    height = banded(up[:, None], rate=rate, low=WHOLE / period, high=FINE / period, summed=2)[:, 0]
    fast = banded(motion, rate=rate, low=FINE / period, high=0.45 * rate)
    slow = banded(motion, rate=rate, low=0.01, high=SLOW) + gravity
    direction = slow / (np.linalg.norm(slow, axis=1, keepdims=True) + 1e-9)
    return tuple(
        Repetition(a / rate, (b - a) / rate, float(np.ptp(height[a:b])), _turn(direction[a:b]), _size(fast[a:b]))
        for a, b in pairwise(edges)
        if b - a >= 0.3 * period * rate
    )


def _size(motion: Line) -> float:
    return float(np.sqrt(8.0 * motion.var(axis=0).sum()))


def _turn(direction: Line) -> float:
    """Radians between the directions that lie furthest apart along their main line."""
    middle = direction - direction.mean(axis=0)
    _, vectors = np.linalg.eigh(middle.T @ middle)
    return float(2.0 * np.arcsin(min(float(np.ptp(middle @ vectors[:, -1])) / 2.0, 1.0)))


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
    scaled = np.clip((table - middle) / spread, -MOST_AWAY, MOST_AWAY)
    joint = scaled.T @ scaled / len(scaled)
    size = np.sqrt(np.maximum(np.diag(joint), 1e-9))
    mixed = (1.0 - SHRUNK) * joint / np.outer(size, size)
    np.fill_diagonal(mixed, 1.0)
    return OwnWay(middle, spread, mixed)


def form(one: Repetition, way: OwnWay) -> Form:
    """How one repetition compares with the good ones.

    >>> usual = [Repetition(0.0, 2.0, 0.4, 0.3, 0.1)] * 5
    >>> form(usual[0], own_way(usual)).score
    1.0
    >>> half = form(Repetition(0.0, 2.0, 0.2, 0.3, 0.1), own_way(usual))
    >>> half.worst, half.score < 0.2
    ('range', True)
    """
    spreads = (np.array(_logs(one)) - way.middle) / way.spread
    away = dict(zip(ASPECTS, spreads.tolist(), strict=True))
    counted = np.array([max(value, 0.0) if name == "smoothness" else value for name, value in away.items()])
    # good ones are about √4 spreads away, one for each aspect
    distance = float(np.sqrt(counted @ np.linalg.solve(way.together, counted) / len(ASPECTS)))
    return Form(away, distance, 1.0 / (1.0 + (distance / HALF) ** 4))


def _fault(name: str, away: float) -> float:
    return max(away, 0.0) if name == "smoothness" else abs(away)


def _logs(one: Repetition) -> list[float]:
    least = max(one.trembling, LEAST_TREMBLING)
    values = [max(one.range, 1e-3), max(one.turn, LEAST_TURN), one.seconds, least]
    return [float(value) for value in np.log(values)]
