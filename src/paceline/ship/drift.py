"""How far a column has moved from what it was: population stability and Kolmogorov-Smirnov, missing values told apart.

Cost: one sort a column for each side (n log n); the bins and the distance are read off the sorted values.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Column = NDArray[np.float64]

BINS = 10
FLOOR = 1e-4
"""The smallest share of a bin: an empty one would make the index infinite."""


@dataclass(frozen=True, slots=True)
class Shift:
    """How far one column has moved."""

    stability: float
    """Population stability index over the reference's deciles; above 0.25 is commonly called a shift."""
    distance: float
    """Kolmogorov-Smirnov: the largest gap between the two distributions, 0 to 1."""
    probability: float
    """Of a distance as large by chance, were nothing changed (asymptotic)."""
    missing: float
    """Share that is missing now, less the share that was."""


def shift(before: Column, now: Column) -> Shift:
    """How far a column of numbers has moved.

    Args:
        before: (row,), any unit; NaN where absent.
        now: (row,), the same unit; NaN where absent.

    Returns:
        the shift; stability, distance and probability are NaN where either side holds no value.

    Source:
        Population stability index: the sum of (p - q) ln(p / q) over bins (symmetrised Kullback-Leibler divergence);
        two-sample Kolmogorov-Smirnov with Kolmogorov's limiting distribution.

    >>> same = np.arange(1000.0)
    >>> round(shift(same, same).stability, 12), shift(same, same).distance
    (0.0, 0.0)
    >>> shift(same, same + 500).distance
    0.5
    """
    missing = float(np.isnan(now).mean() - np.isnan(before).mean()) if len(before) and len(now) else float("nan")
    old, new = _sorted(before), _sorted(now)
    if not len(old) or not len(new):
        return Shift(float("nan"), float("nan"), float("nan"), missing)
    distance = _distance(old, new)
    return Shift(_stability(old, new), distance, _probability(distance, len(old), len(new)), missing)


def category_stability(before: NDArray[np.str_], now: NDArray[np.str_]) -> float:
    """The population stability index of a column of names; a name never seen before counts as a bin of its own.

    >>> names = np.array(["a", "b"] * 50)
    >>> category_stability(names, names)
    0.0
    """
    names, where = np.unique(np.concatenate([before, now]), return_inverse=True)
    old = np.bincount(where[: len(before)], minlength=len(names)) / max(len(before), 1)
    new = np.bincount(where[len(before) :], minlength=len(names)) / max(len(now), 1)
    return _index(old, new)


def _sorted(values: Column) -> Column:
    kept = np.sort(values)  # NaN last
    return kept[: np.searchsorted(kept, np.nan)]


def _stability(old: Column, new: Column) -> float:
    """Bins are the reference's deciles; where values repeat, equal edges are one."""
    edges = np.unique(old[(np.arange(1, BINS) * len(old)) // BINS])
    shares = [
        np.diff(np.searchsorted(side, edges, side="left"), prepend=0, append=len(side)) / len(side)
        for side in (old, new)
    ]
    return _index(*shares)


def _index(old: Column, new: Column) -> float:
    p, q = np.maximum(old, FLOOR), np.maximum(new, FLOOR)
    return float(np.sum((q - p) * np.log(q / p)))


def _distance(old: Column, new: Column) -> float:
    """The largest gap lies at one of the new values or just before it; counted in whole numbers, so it is exact."""
    n, m = len(old), len(new)
    place = np.arange(m + 1) * n
    upto = np.searchsorted(old, new, side="right") * m
    above = np.max(place[1:] - upto)
    tied = old[np.maximum(upto // m - 1, 0)] == new
    before = np.searchsorted(old, new, side="left") * m if tied.any() else upto
    return float(max(above, np.max(before - place[:-1]))) / (n * m)


def _probability(distance: float, old: int, new: int) -> float:
    """Kolmogorov's limit: 2 Σ (-1)^(k-1) exp(-2 k² λ²), with λ = D √(nm / (n + m))."""
    scaled = distance * np.sqrt(old * new / (old + new))
    if scaled < 0.2:
        return 1.0
    k = np.arange(1, 101)
    return float(np.clip(2 * np.sum((-1.0) ** (k - 1) * np.exp(-2 * k**2 * scaled**2)), 0.0, 1.0))
