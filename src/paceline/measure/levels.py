"""Levels: a series as a few stretches of constant mean, cut where the mean changes."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from paceline.measure.quantities import Floats

LONGEST = 720
"""Blocks; a longer stretch is looked for in pieces, which then have no worth as such. It bounds the time for a day."""

Cuts = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Level:
    """A stretch of a series around one mean.

    Attributes:
        start: index of its first sample.
        stop: index behind its last.
        count: how many samples the mean stands on.
        mean: in the series' unit.
    """

    start: int
    stop: int
    count: int
    mean: float


def levels(values: Floats, *, block: int, noise: float) -> tuple[Level, ...]:
    """The stretches that explain a series best when each change of level has its price.

    The sum of squared deviations, plus 3·noise²·block·ln(blocks) a change, is as small as it can be with changes at
    multiples of `block`; each change is then moved, by less than a block, to the sample that fits best.

    Args:
        values: (sample,), without NaN.
        block: samples; no stretch is shorter than about this.
        noise: standard deviation of the mean of a block around its level, in the series' unit.

    Source:
        Killick, Fearnhead and Eckley (2012), "Optimal detection of changepoints with a linear computational cost",
        arXiv 1101.1438: the recursion and the pruning, with the squared-error cost.

    >>> [(level.start, round(level.mean)) for level in levels(np.repeat([100.0, 300.0], [13, 20]), block=5, noise=5.0)]
    [(0, 100), (13, 300)]
    """
    if values.size == 0:
        return ()
    cuts = np.append(np.arange(0, max(values.size - block // 2, 1), max(block, 1)), values.size)
    sums = _Sums(values)
    price = 3.0 * noise**2 * block * np.log(max(cuts.size - 1, 2))
    edges = _worthwhile(_moved(_cheapest(cuts, sums, price), sums, block), sums, price)
    return tuple(Level(a, b, b - a, sums.mean(a, b)) for a, b in pairwise(edges.tolist()))


def block_noise(values: Floats, *, block: int) -> float:
    """How much the means of neighbouring blocks differ when nothing changes, as a standard deviation.

    A median of absolute differences, so that the few true changes don't count; it sees the slow part of the noise,
    which is what could be taken for a change, rather than the fast part that a mean takes away.

    >>> round(block_noise(np.tile([100.0, 110.0], 50), block=1), 3)   # 10 / (0.6745·√2)
    10.483
    """
    blocks = values[: values.size - values.size % block].reshape(-1, block).mean(axis=1)
    if blocks.size < 2:
        return 0.0
    return float(np.median(np.abs(np.diff(blocks))) / (0.6745 * 2.0**0.5))


class _Sums:
    """Running sums, from which the cost of any stretch follows at once."""

    def __init__(self, values: Floats) -> None:
        centred = values - values.mean()  # squares of small numbers: less is lost when they are subtracted
        self._mean = float(values.mean())
        self.first = np.concatenate([[0.0], np.cumsum(centred)])
        self.second = np.concatenate([[0.0], np.cumsum(centred**2)])

    def cost(self, start: Cuts | int, stop: Cuts | int) -> Floats:
        """Sum of squared deviations from the mean of the stretch."""
        first = self.first[stop] - self.first[start]
        return np.asarray(self.second[stop] - self.second[start] - first**2 / (stop - start))

    def mean(self, start: int, stop: int) -> float:
        return float(self.first[stop] - self.first[start]) / (stop - start) + self._mean


def _cheapest(cuts: Cuts, sums: _Sums, price: float) -> Cuts:
    """The cuts to keep: for each end the best start, from the starts that can still be the best of a later end."""
    from paceline.measure.kernels import best_starts

    best, costs = np.empty(cuts.size), np.empty(cuts.size)
    before, starts = np.empty(cuts.size, np.int64), np.empty(cuts.size, np.int64)
    best_starts(cuts.astype(np.int64), sums.first, sums.second, float(price), LONGEST, best, before, starts, costs)
    kept = [cuts.size - 1]
    while kept[-1]:
        kept.append(int(before[kept[-1]]))
    return cuts[kept[::-1]]


def _moved(edges: Cuts, sums: _Sums, block: int) -> Cuts:
    edges = edges.copy()
    for i in range(1, edges.size - 1):
        left, right = int(edges[i - 1]), int(edges[i + 1])
        tried = np.arange(max(left + 1, edges[i] - block + 1), min(right, edges[i] + block))
        edges[i] = tried[np.argmin(sums.cost(left, tried) + sums.cost(tried, right))]
    return edges


def _worthwhile(edges: Cuts, sums: _Sums, price: float) -> Cuts:
    """A block that lay across a change was cut on both sides; once one cut is moved, the other one has no use."""
    while edges.size > 2:
        before, at, after = edges[:-2], edges[1:-1], edges[2:]
        saved = sums.cost(before, after) - sums.cost(before, at) - sums.cost(at, after)
        least = int(np.argmin(saved))
        if saved[least] > price:
            break
        edges = np.delete(edges, least + 1)
    return edges
