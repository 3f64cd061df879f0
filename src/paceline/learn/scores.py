"""Honest scores of a classifier: on unseen athletes and sessions, with intervals over them.

Sets of one session are alike; a session is the smallest thing that was drawn at random. Intervals come from drawing
whole sessions again and again (a cluster bootstrap), so that ten sets of one evening don't count as ten opinions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from paceline.domain.errors import TooFewSamples

Positions: TypeAlias = npt.NDArray[np.int64]
Shares: TypeAlias = npt.NDArray[np.float64]

DRAWS = 2000
BINS = 10


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure and the 95 % interval that drawing sessions anew gives it."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, eq=False)
class Scores:
    """What a classifier is worth on sets it has never seen.

    Attributes:
        labels: in the order of the confusion's rows and columns.
        confusion: (true label, said label), counts of sets.
        accuracy: share of sets named right.
        macro_f1: mean over the labels that occur of the harmonic mean of precision and recall.
        recall: label → share of its sets named right; NaN where none was there.
        calibration_error: expected calibration error over ten bins: how far confidence is from being right.
        log_loss: mean of −log of the probability given to the truth, nats.
        sets: how many were scored.
    """

    labels: tuple[str, ...]
    confusion: npt.NDArray[np.int64]
    accuracy: Interval
    macro_f1: Interval
    recall: dict[str, float]
    calibration_error: float
    log_loss: float
    sets: int


def set_probabilities(windows: Shares, owner: Positions, *, sets: int) -> Shares:
    """A set's probabilities: the mean of its windows'.

    Args:
        windows: (window, label).
        owner: (window,), which set each belongs to.
        sets: how many sets there are.

    Returns:
        (set, label); NaN for a set without a window.

    >>> set_probabilities(np.array([[1.0, 0.0], [0.5, 0.5]]), np.array([0, 0]), sets=2).tolist()
    [[0.75, 0.25], [nan, nan]]
    """
    total = np.zeros((sets, windows.shape[1]))
    np.add.at(total, owner, windows)
    counts = np.bincount(owner, minlength=sets).astype(np.float64)
    counts[counts == 0] = np.nan
    return total / counts[:, None]


def scores(
    probabilities: Shares, truth: Positions, *, labels: Sequence[str], wholes: Sequence[str], seed: int = 0
) -> Scores:
    """Every score of one classifier.

    Args:
        probabilities: (set, label); a row of NaN is a set about which nothing was said: it counts as wrong.
        truth: (set,), positions in `labels`.
        labels: names.
        wholes: (set,), the session or athlete of each: what the intervals draw.
        seed: of the draws.

    Raises:
        TooFewSamples: no set.
    """
    if len(truth) == 0:
        raise TooFewSamples("scores", need=1, got=0)
    truth, said = np.asarray(truth), said_labels(probabilities)
    known = np.asarray(np.isfinite(probabilities).all(axis=1))
    filled = np.where(known[:, None], probabilities, 1.0 / len(labels))
    of_truth = filled[np.arange(len(truth)), truth]
    matrix = confusion(truth, said, size=len(labels))
    totals = np.bincount(truth, minlength=len(labels))
    with np.errstate(invalid="ignore"):
        recall = np.diag(matrix) / totals
    confident = calibration_error(filled.max(axis=1), np.atleast_1d(truth == said))
    return Scores(
        labels=tuple(labels),
        confusion=matrix,
        accuracy=bootstrap(lambda rows: float(np.mean(truth[rows] == said[rows])), wholes, seed=seed),
        macro_f1=bootstrap(lambda rows: macro_f1(truth[rows], said[rows]), wholes, seed=seed),
        recall=dict(zip(labels, recall.tolist(), strict=True)),
        calibration_error=confident,
        log_loss=float(-np.log(np.maximum(of_truth, 1e-12)).mean()),
        sets=len(truth),
    )


def said_labels(probabilities: Shares) -> Positions:
    """The likeliest label of each row, −1 where there are none."""
    known = np.asarray(np.isfinite(probabilities).all(axis=1))
    return np.where(known, np.nan_to_num(probabilities).argmax(axis=1), -1)


def confusion(truth: Positions, said: Positions, *, size: int) -> npt.NDArray[np.int64]:
    """(true label, said label) counts; what was not said stands in no column.

    >>> confusion(np.array([0, 0, 1]), np.array([0, 1, -1]), size=2).tolist()
    [[1, 1], [0, 0]]
    """
    matrix = np.zeros((size, size + 1), np.int64)
    np.add.at(matrix, (truth, said), 1)
    return matrix[:, :size]


def macro_f1(truth: Positions, said: Positions) -> float:
    """Mean F1 over the labels that truly occur: a rare exercise counts as much as a common one.

    >>> round(macro_f1(np.array([0, 0, 1]), np.array([0, 1, 1])), 4)   # F1 2/3 and 2/3
    0.6667
    """
    found = []
    for label in np.unique(truth):
        right = int(np.sum((truth == label) & (said == label)))
        found.append(2.0 * right / (int(np.sum(truth == label)) + int(np.sum(said == label))))
    return float(np.mean(found))


def calibration_error(confidence: Shares, right: npt.NDArray[np.bool_]) -> float:
    """Mean distance of confidence from the share that was right, over bins of confidence weighted by their sets.

    >>> calibration_error(np.array([0.8, 0.8]), np.array([True, False]))   # says .8, is right .5 of the time
    0.3...
    """
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
    gaps = [abs(confidence[bins == k].sum() - right[bins == k].sum()) for k in np.unique(bins)]
    return float(sum(gaps) / len(confidence))


@dataclass(frozen=True, slots=True)
class Bin:
    """Sets of about one confidence: what was said of them on average, and the share that was right."""

    confidence: float
    right: float
    sets: int


def reliability(confidence: Shares, right: npt.NDArray[np.bool_]) -> tuple[Bin, ...]:
    """How often it was right when it was so sure, by bins of confidence, the least sure first; empty ones are left out.

    >>> reliability(np.array([0.82, 0.88, 0.31]), np.array([True, False, True]))
    (Bin(confidence=0.31, right=1.0, sets=1), Bin(confidence=0.85, right=0.5, sets=2))
    """
    which = np.minimum((confidence * BINS).astype(int), BINS - 1)
    rows = [which == k for k in np.unique(which)]
    return tuple(Bin(round(float(confidence[row].mean()), 6), float(right[row].mean()), int(row.sum())) for row in rows)


def bootstrap(
    score: Callable[[Positions], float], wholes: Sequence[str], *, draws: int = DRAWS, seed: int = 0
) -> Interval:
    """A score, and its 95 % interval over sessions or athletes drawn with replacement.

    With fewer than six wholes the interval is narrower than the truth; it is given all the same, beside their number.
    """
    names, which = np.unique(np.asarray(wholes), return_inverse=True)
    rows = [np.flatnonzero(which == k) for k in range(len(names))]
    generator = np.random.default_rng(seed)
    drawn = [
        score(np.concatenate([rows[k] for k in generator.integers(0, len(rows), len(rows))])) for _ in range(draws)
    ]
    low, high = np.quantile(drawn, [0.025, 0.975]).tolist()
    return Interval(score(np.arange(len(which))), low, high)
