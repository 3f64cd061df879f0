"""The prediction that every server of `predict` answers: the five nearest of 86 rows of 12 numbers, by NumPy.

Only NumPy is imported, so that ours and the peers run the same file.
"""

from __future__ import annotations

import numpy as np

ROWS = np.random.default_rng(1).integers(0, 5, size=(86, 12)).astype(np.float64)
NAMES = [f"row {number}" for number in range(len(ROWS))]


def nearest(values, count=5):
    """The nearest rows by Euclidean distance, ties by place."""
    distance = np.sqrt(((ROWS - np.asarray(values)) ** 2).sum(axis=1))
    first = np.argsort(distance, kind="stable")[:count].tolist()
    return {"nearest": [{"name": NAMES[place], "distance": float(distance[place])} for place in first]}
