"""Has something changed since it went out? A detector that may be asked after every value, and says how often it errs.

It bets against "nothing has changed". `ranks` are then noise, so no bet is expected to win. At every value a new stake
of 1 is laid on "it changes now" (nobody knows when), so while nothing changes the winnings are worth, on average, no
more than the number of values seen. The alarm is raised when they reach `every`. So, while nothing changes, at least
`every` values pass on average before an alarm, and the chance of one within the first m is at most m / every. Both hold
exactly, for any distribution. What is not covered: values that follow a clock (mornings unlike evenings) are a change,
and it says so.

Source:
    Shin, Ramdas and Rinaldo, E-detectors (2022): sums of e-processes that are begun at each time, in the manner of
    Shiryaev and Roberts, have an average run length of at least their threshold.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Column = NDArray[np.float64]

EVERY = 100_000.0
"""Values that pass on average, at least, before an alarm over nothing, unless a product says otherwise."""

LEVELS = (0.5, 1.0, 1.9)
"""How hard a bet leans to one side: its factor runs from 1 - level / 2 to 1 + level / 2."""

TAIL, GRIP = 0.1, 0.5
"""A bet on the outermost tenth: half of the stake on each rank beyond it."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """A change that was found.

    Attributes:
        at: the place of the value at which it was found.
        since: the place from which on the winning bet would have won most: the best guess of when it began.
    """

    at: int
    since: int


def factors(ranks: Column) -> Column:
    """What each kind of bet makes of each rank: (bet, row), 1 on average over all ranks.

    Ranks have become higher or lower; more or less in the middle; more at either end.

    >>> np.round(factors((np.arange(1000) + 0.5) / 1000).mean(axis=1), 6).tolist() == [1.0] * 14
    True
    """
    aside = 2.0 * np.abs(ranks - 0.5)
    leaning = [1.0 + side * level * (u - 0.5) for u in (ranks, aside) for level in LEVELS for side in (1.0, -1.0)]
    ends = [(1.0 - GRIP) + GRIP * (beyond / TAIL) for beyond in (ranks > 1.0 - TAIL, ranks < TAIL)]
    return np.stack([*leaning, *ends])


def winnings(ranks: Column) -> tuple[Column, Column]:
    """What the stakes have grown to after each value, and what one that was laid at the beginning became.

    Args:
        ranks: (row,), 0 to 1; NaN where a row has none: no stake is laid there, and none changes.

    Returns:
        (row,), the logarithm of the mean winnings over bets; (bet, row + 1), each bet's course, as logarithm too.
    """
    there = ~np.isnan(ranks)
    gains = np.where(there, np.log(factors(np.where(there, ranks, 0.5))), 0.0)
    course = np.concatenate([np.zeros((len(gains), 1)), np.cumsum(gains, axis=1)], axis=1)
    laid = np.where(there, -course[:, :-1], -np.inf)
    grown = course[:, 1:] + np.logaddexp.accumulate(laid, axis=1)
    return np.asarray(np.logaddexp.reduce(grown, axis=0) - np.log(len(grown))), course


def first_alarm(streams: Sequence[Column], *, every: float = EVERY) -> Alarm | None:
    """The first change that several rankings of the same rows show.

    Args:
        streams: each (row,), ranks; NaN for a row on which it says nothing. The stakes are divided among them.
        every: values that pass on average, at least, before an alarm over nothing.

    Returns:
        the alarm, or None while there is none.

    >>> from paceline.ship.watch.ranks import number_ranks
    >>> noise = np.random.default_rng(1).normal(size=3000)
    >>> first_alarm([number_ranks(noise)]) is None
    True
    >>> found = first_alarm([number_ranks(np.where(np.arange(3000) < 2000, noise, noise + 1))])
    >>> 2000 <= found.at < 2100, 1950 <= found.since <= 2050
    (True, True)
    """
    if not streams or not len(streams[0]):
        return None
    grown, courses = zip(*(winnings(ranks) for ranks in streams), strict=True)
    together = np.logaddexp.reduce(np.stack(grown), axis=0) - np.log(len(grown))
    over = np.flatnonzero(together >= np.log(every))
    if not len(over):
        return None
    at = int(over[0])
    return Alarm(at, _since(courses[int(np.argmax([one[at] for one in grown]))][:, : at + 2]))


def _since(course: Column) -> int:
    """Where a stake would have had to be laid to win most by now."""
    gain = course[:, -1] - course.min(axis=1)
    return int(np.argmin(course[int(np.argmax(gain))]))
