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
from paceline.learn.familiarity import Familiarity, familiarity, gravity
from paceline.learn.features import Features, features
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
        familiar: share of known sets that define what is familiar (`paceline.learn.familiarity`); sets that are not
            are recognised by trees on features that no turn of the sensor changes. None to ask all models always.
        convolutions: of the networks.
        hidden: of the networks.
        seed: of the trees.
    """

    cut: Cut = field(default_factory=Cut)
    recipes: tuple[Recipe, ...] = RECIPES
    trees: int = 200
    shrinkage: float | None = None
    familiar: float | None = None
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
        unturned: trees on features that no turn of the sensor changes, or None.
        known: which ways of wearing the sensor are familiar, or None.
    """

    labels: tuple[str, ...]
    channels: tuple[str, ...]
    method: Method
    networks: tuple[Network, ...]
    forest: Any = None
    discriminant: Any = None
    unturned: Any = None
    known: Familiarity | None = None

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
        if self.known is not None and len(cut.owner):
            strange = self.known.unfamiliar(gravity(cut, sets=len(sets)))
            found[strange] = self._unturned(cut, len(sets))[strange]
        return found if groups is None else among(found, self.labels, groups)

    def _unturned(self, cut: Windows, sets: int) -> Shares:
        table = features(cut.values, rate=self.method.cut.rate, oriented=False)
        return set_probabilities(_shares(self.unturned, table, len(self.labels)), cut.owner, sets=sets)


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
    unturned, known = None, None
    if method.familiar is not None:
        unturned = _forest(features(cut.values, rate=cut.cut.rate, oriented=False), labels, weights, method)
        known = familiarity(sets, cut, share=method.familiar)
    return Recogniser(tuple(names), sets[0].channels, method, found, *made, unturned, known)


def _of_features(
    cut: Windows, labels: npt.NDArray[np.int64], weights: npt.NDArray[np.float64], method: Method
) -> tuple[Any, Any]:
    """Trees and a linear discriminant, or None for what the method lacks."""
    if not method.trees and method.shrinkage is None:
        return None, None
    table = features(cut.values, rate=cut.cut.rate)
    forest = _forest(table, labels, weights, method) if method.trees else None
    discriminant = _discriminant(table, labels, method.shrinkage) if method.shrinkage is not None else None
    return forest, discriminant


def _forest(table: Features, labels: npt.NDArray[np.int64], weights: npt.NDArray[np.float64], method: Method) -> Any:
    try:
        from sklearn.ensemble import ExtraTreesClassifier
    except ImportError as error:
        raise ExtraMissing("Feature-based models", extra="learn") from error
    forest = ExtraTreesClassifier(
        method.trees if method.trees else 200, min_samples_leaf=2, random_state=method.seed, n_jobs=1
    )
    return forest.fit(table, labels, weights)


def _discriminant(table: Features, labels: npt.NDArray[np.int64], shrinkage: float) -> Any:
    try:
        from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler
    except ImportError as error:
        raise ExtraMissing("Feature-based models", extra="learn") from error
    linear = LinearDiscriminantAnalysis(solver="lsqr", shrinkage=shrinkage)
    return make_pipeline(StandardScaler(), linear).fit(table, labels)


def _shares(model: Any, table: npt.NDArray[np.float64], labels: int) -> Shares:
    """(window, label); 0 for labels that the model does not know."""
    shares = np.zeros((len(table), labels))
    shares[:, model.classes_] = model.predict_proba(table)
    return shares


def lighter(method: Method, *, epochs: int) -> Method:
    """The same method with fewer epochs and one network, for a first look."""
    return replace(method, recipes=(replace(method.recipes[0], epochs=epochs),), trees=min(method.trees, 100))
