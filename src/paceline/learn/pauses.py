"""Pauses between sets: what is none of the exercises."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from paceline.domain.efforts import SECOND

AWAY = 2 * SECOND
"""Of a pause at either end, that is not taken for one."""
LEAST_PAUSE, LONGEST_PAUSE = 6 * SECOND, 30 * SECOND
"""Of what is left: a window and a little more; and as long as a set, so that standing about is not most of all."""


def pauses(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The middles of the pauses between sets: their ends may be the exercise already, or still.

    Args:
        spans: start and stop of each set, int64 ns UTC.

    >>> [(start // SECOND, stop // SECOND) for start, stop in pauses([(0, 20 * SECOND), (50 * SECOND, 60 * SECOND)])]
    [(22, 48)]
    """
    found = []
    for (_, before), (after, _) in pairwise(sorted(spans)):
        start, stop = before + AWAY, after - AWAY
        if stop - start >= LEAST_PAUSE:
            found.append((start, min(stop, start + LONGEST_PAUSE)))
    return found
