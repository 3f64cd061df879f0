"""How unusual each value is among all that came up to it: from 0 to 1, and plain noise while nothing changes.

While the order of the values means nothing (any other order would have been as likely), each of these is uniform and
says nothing of the others, whatever the values' distribution is, exactly and for every sample size. That is what lets
`bets` state how often it is wrong. Ties are broken by lot, with a seed, so that two looks at one column agree.

Source:
    Conformal test martingales (Vovk and others): smoothed conformal p-values of an exchangeable sequence are
    independent and uniform.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Column = NDArray[np.float64]

BLOCK = 512
"""Values that are ranked at a time: among those before the block by search, within it by comparing each with each."""

NAMES = 1000
"""Names that are told apart; rarer ones are taken together."""


def number_ranks(values: Column, *, seed: int = 0) -> Column:
    """Where each number stands among those up to it, from 0 (the smallest) to 1.

    Args:
        values: (row,), any unit, in the order in which they came; no NaN.
        seed: of the lots that break ties.

    Returns:
        (row,), 0 to 1.

    >>> bool(np.all(np.diff(number_ranks(np.arange(50.0))[5:]) < 1)), number_ranks(np.arange(50.0))[-1] > 0.97
    (True, np.True_)
    """
    lots = np.random.default_rng(seed).random(len(values))
    before = np.empty(0)
    below, same = np.empty(len(values)), np.empty(len(values))
    earlier = np.tri(BLOCK, k=-1, dtype=bool)
    for start in range(0, len(values), BLOCK):
        block = values[start : start + BLOCK]
        mine = earlier[: len(block), : len(block)]
        left = np.searchsorted(before, block, side="left")
        place = slice(start, start + len(block))
        below[place] = left + np.count_nonzero((block[None, :] < block[:, None]) & mine, axis=1)
        equal = np.searchsorted(before, block, side="right") - left
        same[place] = equal + np.count_nonzero((block[None, :] == block[:, None]) & mine, axis=1)
        ordered = np.sort(block)
        before = np.insert(before, np.searchsorted(before, ordered), ordered)
    return np.asarray((below + lots * (same + 1)) / np.arange(1, len(values) + 1))


def rarity_ranks(codes: NDArray[np.int64], *, seed: int = 0) -> Column:
    """How common the name of each row is among the rows up to it, from 0 (the rarest) to 1.

    Args:
        codes: (row,), a whole number from 0 for each name.
        seed: of the lots that break ties.

    Returns:
        (row,), 0 to 1; a name that was never there is near 0.

    >>> codes = np.array([0, 1] * 100 + [2])
    >>> bool(rarity_ranks(codes)[-1] < 0.01)
    True
    """
    lots = np.random.default_rng(seed).random(len(codes))
    counts = np.zeros(int(codes.max(initial=0)) + 1)
    found = np.empty(len(codes))
    for row, code in enumerate(codes):
        counts[code] += 1
        mine = counts[code]
        rarer = counts[counts < mine].sum()
        found[row] = (rarer + lots[row] * mine * np.count_nonzero(counts == mine)) / (row + 1)
    return found


def name_codes(names: NDArray[np.str_]) -> NDArray[np.int64]:
    """A whole number for each name, in alphabetical order; beyond `NAMES` the rarest share one.

    >>> name_codes(np.array(["b", "a", "b"])).tolist()
    [1, 0, 1]
    """
    known, codes, counts = np.unique(names, return_inverse=True, return_counts=True)
    if len(known) <= NAMES:
        return np.asarray(codes, np.int64)
    kept = np.sort(np.argsort(-counts, kind="stable")[: NAMES - 1])
    place = np.full(len(known), NAMES - 1)
    place[kept] = np.arange(NAMES - 1)
    return np.asarray(place[codes], np.int64)
