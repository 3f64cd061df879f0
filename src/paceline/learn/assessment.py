"""What a model is worth on sets that it has not seen: everything that `paceline evaluate` tells.

An exercise that the model was never taught is one of "none of these" where it knows such a label: saying so is right,
naming another exercise is wrong. Where it doesn't, it can't be asked about that exercise at all.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from paceline.domain.errors import UnknownName
from paceline.learn.model_file import Model
from paceline.learn.runtime import Runtime
from paceline.learn.scores import Bin, Interval, Scores, bootstrap, calibration_error, reliability, said_labels, scores
from paceline.learn.scores import set_probabilities as of_sets
from paceline.learn.sets import NONE, Floats32, MotionSet, Whole
from paceline.learn.windows import Cut, windows

TIMED = 200
"""Windows whose answers are timed."""
DRAWS = 500


@dataclass(frozen=True, eq=False)
class Assessment:
    """A model's worth.

    Attributes:
        scores: of whole sets.
        recall: label → share of its sets named right with its interval; labels without a set are not there.
        calibration: expected calibration error of sets, with its interval.
        bins: confidence against the share that was right.
        unsaid: sets about which nothing was said, being shorter than a window; they count as wrong.
        unknown: sets of exercises that the model was not taught, counted as "none of these".
        window: s of motion before the first answer.
        latency: µs of one answer on this machine: the median, and what 95 of 100 stay below; NaN without a window.
    """

    scores: Scores
    recall: dict[str, Interval]
    calibration: Interval
    bins: tuple[Bin, ...]
    unsaid: int
    unknown: int
    window: float
    latency: tuple[float, float]

    @property
    def confused(self) -> tuple[tuple[str, str, int], ...]:
        """(true, said, sets), the commonest first."""
        matrix, labels = self.scores.confusion, self.scores.labels
        pairs = [(labels[i], labels[j], int(matrix[i, j])) for i, j in np.argwhere(matrix) if i != j]
        return tuple(sorted(pairs, key=lambda pair: -pair[2]))


def assessment(model: Model, sets: Sequence[MotionSet], *, by: Whole = "session") -> Assessment:
    """A model scored on labelled sets.

    Args:
        model: of which the runtime proves itself first.
        sets: that it has not seen, with its channels.
        by: what the intervals draw.

    Raises:
        UnknownName: a label that the model doesn't know, and it knows no "none of these" either.
        NotPlausible: the model doesn't reproduce its own test vector.
        TooFewSamples: no set.
    """
    runtime, names = model.runtime(), model.labels
    strange = [one for one in sets if one.label not in names]
    if strange and NONE not in names:
        raise UnknownName("label of this model", strange[0].label, known=names)
    truth = np.array([names.index(one.label if one.label in names else NONE) for one in sets], np.int64)
    length = model.architecture.samples / model.rate
    cut = windows(sets, Cut(length, length / 2, model.rate), channels=model.channels)
    said = of_sets(runtime.probabilities(cut.values).astype(np.float64), cut.owner, sets=len(sets))
    wholes = [getattr(one, by) for one in sets]
    found = scores(said, truth, labels=names, wholes=wholes)
    right = said_labels(said) == truth
    sure = np.where(np.isfinite(said).all(axis=1), np.nan_to_num(said).max(axis=1), 1.0 / len(names))
    recall = {
        names[position]: _share(right[truth == position], [wholes[k] for k in np.flatnonzero(truth == position)])
        for position in np.unique(truth).tolist()
    }
    error = bootstrap(lambda drawn: calibration_error(sure[drawn], right[drawn]), wholes, draws=DRAWS)
    silent = int((~np.isfinite(said).all(axis=1)).sum())
    bins = reliability(sure, right)
    return Assessment(found, recall, error, bins, silent, len(strange), length, latency(runtime, cut.values))


def _share(right: npt.NDArray[np.bool_], wholes: Sequence[str]) -> Interval:
    return bootstrap(lambda drawn: float(right[drawn].mean()), wholes, draws=DRAWS)


def latency(runtime: Runtime, values: Floats32) -> tuple[float, float]:
    """µs of one answer: the median, and what 95 of 100 stay below; NaN where there is no window to ask about."""
    if not len(values):
        return float("nan"), float("nan")
    took = []
    for number in range(TIMED + 1):
        window = values[number % len(values)][None]
        started = time.perf_counter_ns()
        runtime.probabilities(window)
        took.append((time.perf_counter_ns() - started) / 1e3)
    middle, high = np.quantile(took[1:], (0.5, 0.95)).tolist()  # the first one warms up
    return middle, high
