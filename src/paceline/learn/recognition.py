"""The recogniser that is scored: models of features beside small convolutions, their probabilities averaged.

Trees and convolutions err differently, and convolutions from different random starts too; the mean of their
probabilities is steadier than any of them. One of the networks has seen every window as if the watch had been worn
another way round, so that a way nobody wore before is not a stranger.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from paceline.domain.errors import ExtraMissing, TooFewSamples
from paceline.learn.features import features
from paceline.learn.networks import Architecture, Convolution
from paceline.learn.scores import Shares, set_probabilities
from paceline.learn.sets import Floats32, MotionSet
from paceline.learn.training import Network, Recipe, fair_weights, trained
from paceline.learn.windows import Cut, Windows, windows

CONVOLUTIONS = (Convolution(32, 9, 2), Convolution(64, 5, 2), Convolution(64, 5, 2))
RECIPES = (
    Recipe(epochs=40, tilt=0.1, roll=0.2, seed=0),
    Recipe(epochs=40, tilt=0.1, roll=0.2, seed=1),
    Recipe(epochs=40, tilt=0.1, roll=0.2, seed=2, flip=0.3),
)


@dataclass(frozen=True, slots=True)
class Method:
    """Everything that was decided before a model sees data.

    Attributes:
        cut: of windows.
        recipes: a network each.
        trees: how many; 0 for none.
        shrinkage: of a linear discriminant on the same features, 0 to 1; None for none. With few people it errs less
            than trees: all features speak, and none cuts a person off.
        convolutions: of the networks.
        hidden: of the networks.
        seed: of the trees.
    """

    cut: Cut = field(default_factory=Cut)
    recipes: tuple[Recipe, ...] = RECIPES
    trees: int = 200
    shrinkage: float | None = None
    convolutions: tuple[Convolution, ...] = CONVOLUTIONS
    hidden: tuple[int, ...] = (64,)
    seed: int = 0


@dataclass(frozen=True, eq=False)
class Recogniser:
    """A trained method.

    Attributes:
        labels: in the order of its probabilities.
        channels: that a window must have, in this order.
        method: how it was made.
        networks: trained.
        forest: of scikit-learn, or None.
        discriminant: likewise.
    """

    labels: tuple[str, ...]
    channels: tuple[str, ...]
    method: Method
    networks: tuple[Network, ...]
    forest: Any = None
    discriminant: Any = None

    def probabilities(self, values: Floats32) -> Shares:
        """Of windows, (window, label): each model of features counts as much as one network."""
        parts = [network.probabilities(values) for network in self.networks]
        made = [one for one in (self.forest, self.discriminant) if one is not None]
        if made and len(values):
            table = features(values, rate=self.method.cut.rate)
            parts += [_shares(one, table, len(self.labels)) for one in made]
        if not len(values):
            return np.empty((0, len(self.labels)))
        mean: Shares = np.mean(parts, axis=0)
        return mean

    def of_sets(self, sets: Sequence[MotionSet], *, groups: Sequence[Sequence[str]] | None = None) -> Shares:
        """Of whole sets, (set, label); NaN for one that is shorter than a window.

        Args:
            sets: with this recogniser's channels.
            groups: for each set, the labels that are possible at all, where something else tells.
        """
        cut = windows(sets, self.method.cut, channels=self.channels)
        found = set_probabilities(self.probabilities(cut.values), cut.owner, sets=len(sets))
        return found if groups is None else among(found, self.labels, groups)


def among(probabilities: Shares, labels: Sequence[str], groups: Sequence[Sequence[str]]) -> Shares:
    """Probabilities where only some labels are possible, (set, label).

    >>> among(np.array([[0.5, 0.3, 0.2]]), ["curl", "row", "dip"], [["row", "dip"]]).round(2).tolist()
    [[0.0, 0.6, 0.4]]
    """
    possible = np.array([[label in group for label in labels] for group in groups])
    kept = np.where(possible, probabilities + 1e-12, 0.0)
    shares: Shares = kept / kept.sum(axis=1, keepdims=True)
    return shares


def recogniser(sets: Sequence[MotionSet], method: Method | None = None, *, cut: Windows | None = None) -> Recogniser:
    """A recogniser trained on labelled sets.

    Args:
        sets: of at least two labels; each that gives no window is passed over.
        method: how; the frozen one otherwise.
        cut: their windows, where they were cut before.

    Raises:
        TooFewSamples: fewer than two labels have windows.
        ExtraMissing: the extra `learn` is not installed.
    """
    method = method if method is not None else Method()
    cut = cut if cut is not None else windows(sets, method.cut)
    names = sorted({sets[int(owner)].label for owner in np.unique(cut.owner)})
    if len(names) < 2:
        raise TooFewSamples("labels to tell apart", need=2, got=len(names))
    labels = np.array([names.index(sets[int(owner)].label) for owner in cut.owner], np.int64)
    weights = fair_weights(labels, cut.owner)
    channels = cut.values.shape[2]
    network = Architecture(cut.cut.samples, channels, len(names), method.convolutions, method.hidden)
    found = tuple(
        trained(cut.values, labels, weights=weights, architecture=network, recipe=recipe) for recipe in method.recipes
    )
    made = _of_features(cut, labels, weights, method)
    return Recogniser(tuple(names), sets[0].channels, method, found, *made)


def _of_features(
    cut: Windows, labels: npt.NDArray[np.int64], weights: npt.NDArray[np.float64], method: Method
) -> tuple[Any, Any]:
    """Trees and a linear discriminant, or None for what the method lacks."""
    if not method.trees and method.shrinkage is None:
        return None, None
    try:
        from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
        from sklearn.ensemble import ExtraTreesClassifier
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler
    except ImportError as error:
        raise ExtraMissing("Feature-based models", extra="learn") from error
    table = features(cut.values, rate=cut.cut.rate)
    forest = discriminant = None
    if method.trees:
        forest = ExtraTreesClassifier(method.trees, min_samples_leaf=2, random_state=method.seed, n_jobs=1)
        forest.fit(table, labels, weights)
    if method.shrinkage is not None:
        linear = LinearDiscriminantAnalysis(solver="lsqr", shrinkage=method.shrinkage)
        discriminant = make_pipeline(StandardScaler(), linear).fit(table, labels)
    return forest, discriminant


def _shares(model: Any, table: npt.NDArray[np.float64], labels: int) -> Shares:
    """(window, label); 0 for labels that the model does not know."""
    shares = np.zeros((len(table), labels))
    shares[:, model.classes_] = model.predict_proba(table)
    return shares


def lighter(method: Method, *, epochs: int) -> Method:
    """The same method with fewer epochs and one network, for a first look."""
    return replace(method, recipes=(replace(method.recipes[0], epochs=epochs),), trees=min(method.trees, 100))
