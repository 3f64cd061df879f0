"""Does a canary answer unlike the champion beside it? The same callers ask both at the same time: nothing else differs.

Each answer of the canary is ranked among a few of the champion's that came just before it, each of which is used once.
While both answer alike, that rank is noise, whatever else changes meanwhile; `ENOUGH` bounds, once and for all looks,
the chance that a canary that answers alike is taken back.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from paceline.ship.canary import ENOUGH
from paceline.ship.watch.bets import factors
from paceline.ship.watch.columns import Column

AMONG = 4
"""The champion's answers that each of the canary's is ranked among."""

RECENT = 40
"""Of the champion's answers, those that wait to be compared with."""


def unlike(values: Column, of_canary: Sequence[bool], *, seed: int = 0) -> bool:
    """Whether a canary's answers are unlike the champion's.

    Args:
        values: (row,), one field of every answer, in order; a missing one ranks below all.
        of_canary: (row,), whose answer it is.
        seed: of the lots that break ties.

    >>> from paceline.ship.watch.columns import column
    >>> random = np.random.default_rng(1)
    >>> canary = random.random(4000) < 0.1
    >>> same = random.normal(size=4000)
    >>> unlike(column(same.tolist()), canary), unlike(column((same + canary).tolist()), canary)
    (False, True)
    """
    if values.kind == "name":
        _, codes = np.unique(values.values, return_inverse=True)
        numbers = np.where(values.missing, -1.0, codes.astype(float))
    else:
        numbers = np.where(values.missing, -np.inf, values.values)
    ranks = _ranks(numbers.tolist(), of_canary, np.random.default_rng(seed))
    if not len(ranks):
        return False
    stakes = np.logaddexp.reduce(np.cumsum(np.log(factors(ranks)), axis=1), axis=0) - np.log(len(factors(ranks)))
    return bool(stakes.max() >= np.log(ENOUGH))


def _ranks(numbers: list[float], of_canary: Sequence[bool], lots: np.random.Generator) -> NDArray[np.float64]:
    waiting: deque[float] = deque(maxlen=RECENT)
    found = []
    for number, mine in zip(numbers, of_canary, strict=True):
        if not mine:
            waiting.append(number)
        elif len(waiting) >= AMONG:
            others = [waiting.pop() for _ in range(AMONG)]
            below, same = sum(one < number for one in others), sum(one == number for one in others)
            found.append((below + lots.random() * (same + 1)) / (AMONG + 1))
    return np.array(found)
