"""What has begun? An answer each second from the first one on, by models that need no more than has passed.

A model of five seconds is silent for five seconds. Here there is one for each of several lengths, and after so many
seconds the longest that fits is asked about the newest stretch. The first seconds of a set are not like its middle (the
weight is lifted off, the arm finds its place), so they count as much in training as all that follows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from paceline.domain.errors import ExtraMissing, TooFewSamples
from paceline.learn.features import Features, features
from paceline.learn.scores import Shares
from paceline.learn.sets import MotionSet
from paceline.learn.training import fair_weights
from paceline.learn.windows import Cut, Windows, windows

LENGTHS = (1, 2, 3, 5)
"""s of the models."""
RATE = 25.0
BEGINNING = 2.0
"""s: windows that start before are those of the beginning."""
TREES = 200


@dataclass(frozen=True, eq=False)
class Measured:
    """Windows of one length with their features, cut once for all models that are trained on them."""

    cut: Windows
    table: Features


@dataclass(frozen=True, eq=False)
class Onset:
    """Trained models, one a length.

    Attributes:
        labels: in the order of the answers.
        forests: length in s → trees.
    """

    labels: tuple[str, ...]
    forests: dict[int, Any]

    def rows(self, measured: dict[int, Measured], position: int, *, seconds: int) -> Shares:
        """What is said of one set, second by second.

        Args:
            measured: windows that hold those of the set.
            position: of the set among them.
            seconds: how many.

        Returns:
            (second, label), the first row after one second; NaN where no window ends.
        """
        found = np.full((seconds, len(self.labels)), np.nan)
        for length, one in measured.items():
            longer = min((other for other in self.forests if other > length), default=seconds + 1)
            starts = one.cut.start
            ends = np.rint(starts + length).astype(int)
            whole = np.abs(starts - np.rint(starts)) < 1e-6
            keep = (one.cut.owner == position) & whole & (ends < min(longer, seconds + 1))
            if keep.any():
                forest = self.forests[length]
                columns = np.zeros((int(keep.sum()), len(self.labels)))
                columns[:, forest.classes_] = forest.predict_proba(one.table[keep])
                found[ends[keep] - 1] = columns
        return found


def measured(sets: Sequence[MotionSet], *, lengths: Sequence[int] = LENGTHS) -> dict[int, Measured]:
    """Windows of every length, one a second, with their features."""
    found = {}
    for length in lengths:
        cut = windows(sets, Cut(float(length), 1.0, RATE))
        found[length] = Measured(cut, features(cut.values, rate=RATE))
    return found


def onset(sets: Sequence[MotionSet], among: dict[int, Measured], positions: Sequence[int], *, seed: int = 0) -> Onset:
    """Models trained on some of the sets.

    Args:
        sets: all that were measured.
        among: their windows.
        positions: of those to learn from.
        seed: of the trees.

    Raises:
        TooFewSamples: fewer than two labels have windows of the longest kind.
        ExtraMissing: the extra `learn` is not installed.
    """
    try:
        from sklearn.ensemble import ExtraTreesClassifier
    except ImportError as error:
        raise ExtraMissing("Feature-based models", extra="learn") from error
    names = tuple(sorted({sets[position].label for position in positions}))
    if len(names) < 2:
        raise TooFewSamples("labels to tell apart", need=2, got=len(names))
    number = np.array([names.index(one.label) if one.label in names else -1 for one in sets], np.int64)
    forests = {}
    for length, one in among.items():
        keep = np.isin(one.cut.owner, np.asarray(positions, np.int64))
        owner, start = one.cut.owner[keep], one.cut.start[keep]
        if len(np.unique(number[owner])) < 2:
            raise TooFewSamples(f"labels with windows of {length} s", need=2, got=len(np.unique(number[owner])))
        forest = ExtraTreesClassifier(TREES, min_samples_leaf=2, random_state=seed, n_jobs=1)
        forests[length] = forest.fit(one.table[keep], number[owner], _weights(number[owner], owner, start))
    return Onset(names, forests)


def _weights(
    labels: npt.NDArray[np.int64], owner: npt.NDArray[np.int64], start: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Labels and sets weigh the same; within a set the beginning as much as the rest."""
    weights, early = fair_weights(labels, owner), start < BEGINNING
    early_count = np.bincount(owner, early)[owner]
    late_count = np.bincount(owner, ~early)[owner]
    both = (early_count > 0) & (late_count > 0)
    share = np.where(early, early_count, late_count) / (early_count + late_count)
    return np.asarray(np.where(both, weights * 0.5 / np.where(share > 0, share, 1.0), weights))
