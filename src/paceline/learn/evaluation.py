"""What a candidate is worth: macro F1 on sessions, or athletes, that it has not seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from paceline.domain.errors import ExtraMissing
from paceline.learn import model_file
from paceline.learn.calibration import FEWEST, fitted_temperature
from paceline.learn.candidates import Candidate
from paceline.learn.descent import descended
from paceline.learn.features import features
from paceline.learn.scores import Shares, scores, set_probabilities
from paceline.learn.sets import MotionSet, Split, Whole, leave_one_out
from paceline.learn.training import Network, fair_weights
from paceline.learn.trials import Result
from paceline.learn.windows import Cut, Windows, windows

FOLDS = 3
"""Sessions are left out in so many groups at most: a search looks at hundreds of candidates."""


@dataclass(frozen=True, eq=False)
class Task:
    """Everything that candidates are tried on; it can be called with a candidate and epochs, in any process.

    Attributes:
        cut: the windows of all sets.
        truth: (set,), positions in `labels`.
        labels: names.
        wholes: (set,), the session or athlete of each.
        splits: what is left out in turn.
        channels: names.
        keep_from: epochs from which on the model itself is kept, trained on everything.
        lineage: goes into every model file.
    """

    cut: Windows
    truth: npt.NDArray[np.int64]
    labels: tuple[str, ...]
    wholes: tuple[str, ...]
    splits: tuple[Split, ...]
    channels: tuple[str, ...]
    keep_from: int = 40
    lineage: Mapping[str, str | int | float | list[str]] = field(default_factory=dict)

    def __call__(self, candidate: Candidate, epochs: int) -> Result:
        """Train on each split, score on what it left out, and keep the network of a last look."""
        table = np.full((len(self.truth), len(self.labels)), np.nan)
        unseen = np.full((len(self.cut.owner), len(self.labels)), np.nan)
        for split in self.splits:
            test = self.cut.of(split.test)
            said = self._said(candidate, self.cut.of(split.train), test, epochs)
            unseen[np.isin(self.cut.owner, np.asarray(split.test, np.int64))] = said
            table[list(split.test)] = set_probabilities(said, test.owner, sets=len(self.truth))[list(split.test)]
        tested = sorted(position for split in self.splits for position in split.test)
        wholes = [self.wholes[position] for position in tested]
        found = scores(table[tested], self.truth[tested], labels=self.labels, wholes=wholes).macro_f1
        model = self._kept(candidate, epochs, found.value, unseen) if epochs >= self.keep_from else None
        return Result(found.value, found.low, found.high, model)

    def _said(self, candidate: Candidate, train: Windows, test: Windows, epochs: int) -> Shares:
        if candidate.kind == "trees":
            return self._by_trees(candidate, train, test)
        return self._network(candidate, train, epochs).probabilities(test.values)

    def _network(self, candidate: Candidate, train: Windows, epochs: int) -> Network:
        labels = self.truth[train.owner]
        size = {"samples": train.cut.samples, "channels": len(self.channels), "outputs": len(self.labels)}
        return descended(
            train.values, labels, weights=fair_weights(labels, train.owner),
            architecture=candidate.architecture(**size), recipe=candidate.recipe(epochs=epochs),
        )  # fmt: skip

    def _by_trees(self, candidate: Candidate, train: Windows, test: Windows) -> Shares:
        try:
            from sklearn.ensemble import ExtraTreesClassifier
        except ImportError as error:
            raise ExtraMissing("Feature-based models", extra="learn") from error
        labels, rate = self.truth[train.owner], train.cut.rate
        forest = ExtraTreesClassifier(
            100, min_samples_leaf=candidate.leaf, random_state=candidate.seed % 2**31, n_jobs=1
        )
        forest.fit(
            features(train.values, rate=rate, oriented=candidate.oriented), labels, fair_weights(labels, train.owner)
        )
        shares = np.zeros((len(test.values), len(self.labels)))
        if len(test.values):
            said = forest.predict_proba(features(test.values, rate=rate, oriented=candidate.oriented))
            shares[:, forest.classes_] = said
        return shares

    def _kept(self, candidate: Candidate, epochs: int, score: float, unseen: Shares) -> bytes | None:
        """The network as a file, trained on everything; trees are rebuilt from their parameters when asked for."""
        if candidate.kind == "trees":
            return None
        lineage = {**self.lineage, "epochs": epochs, "macro_f1_on_unseen": round(score, 4)}
        network = self._network(candidate, self.cut, epochs)
        return model_file.encoded(modelled(network, self, lineage, temperature=self._temperature(unseen)))

    def _temperature(self, unseen: Shares) -> float:
        """That fits what was said of windows of unseen sessions; 1 where they are too few to tell."""
        known = np.isfinite(unseen).all(axis=1)
        return fitted_temperature(unseen, self.truth[self.cut.owner]) if known.sum() >= FEWEST else 1.0


def modelled(network: Network, task: Task, lineage: Mapping[str, Any], *, temperature: float = 1.0) -> model_file.Model:
    """A trained network as a model with its proof: the first window that it learned from, without a name or a time."""
    proof = task.cut.values[0]
    expected = network.probabilities(proof[None], temperature=temperature)[0].astype(np.float32)
    return model_file.Model(
        network.architecture, network.weights, network.scale, task.channels, task.labels, task.cut.cut.rate, proof,
        expected, dict(lineage), temperature,
    )  # fmt: skip


def task(
    sets: Sequence[MotionSet], *, by: Whole = "session", cut: Cut | None = None, keep_from: int = 40,
    lineage: Mapping[str, str | int | float | list[str]] | None = None,
) -> Task:  # fmt: skip
    """What candidates are tried on.

    Args:
        sets: labelled, of at least two sessions or athletes.
        by: what is left out.
        cut: of windows.
        keep_from: epochs from which on models are kept.
        lineage: of the data, for the model files.

    Raises:
        NotIdentifiable: all sets are of one session or athlete.
    """
    labels = tuple(sorted({one.label for one in sets}))
    wholes = tuple(getattr(one, by) for one in sets)
    names = sorted(set(wholes))
    together = [frozenset(names[k::FOLDS]) for k in range(FOLDS)] if len(names) > FOLDS else []
    splits = tuple(leave_one_out(sets, by=by, entangled=[group for group in together if len(group) > 1]))
    truth = np.array([labels.index(one.label) for one in sets], np.int64)
    known = dict(lineage or {})
    return Task(windows(sets, cut or Cut()), truth, labels, wholes, splits, sets[0].channels, keep_from, known)
