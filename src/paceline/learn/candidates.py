"""Candidates of a search: networks and feature models as plain parameters, drawn, mutated and rebuilt from a record."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal, TypeAlias

import numpy as np

from paceline.domain.errors import NotPlausible
from paceline.learn.networks import ACTIVATIONS, Architecture, Convolution
from paceline.learn.training import Recipe

Kind: TypeAlias = Literal["dense", "convolutional", "trees"]

KINDS: tuple[Kind, ...] = ("dense", "convolutional", "trees")
WIDTHS = (16, 32, 64, 128, 250)
RATES = (5e-4, 1e-3, 2e-3, 4e-3)


@dataclass(frozen=True, slots=True)
class Candidate:
    """One model that may be tried.

    Attributes:
        kind: dense layers, convolutions along time, or trees on features.
        hidden: widths of the dense layers.
        convolutions: (width, kernel, stride) each.
        activation: of a network.
        rate: highest learning rate.
        dropout: of a network.
        flip: how often windows are turned to another way of wearing.
        leaf: least windows in a tree's leaf.
        oriented: whether trees see features that depend on how the sensor sits.
        seed: of everything random.
    """

    kind: Kind = "dense"
    hidden: tuple[int, ...] = (250, 100, 40)
    convolutions: tuple[tuple[int, int, int], ...] = ()
    activation: Literal["relu", "tanh"] = "relu"
    rate: float = 2e-3
    dropout: float = 0.3
    flip: float = 0.0
    leaf: int = 2
    oriented: bool = True
    seed: int = 0

    def parameters(self) -> dict[str, Any]:
        """As it stands on record."""
        found: dict[str, Any] = json.loads(json.dumps(asdict(self)))
        return found

    def architecture(self, *, samples: int, channels: int, outputs: int) -> Architecture:
        """The network it is, for windows of this size."""
        convolutions = tuple(Convolution(*one) for one in self.convolutions)
        return Architecture(samples, channels, outputs, convolutions, self.hidden, self.activation)

    def recipe(self, *, epochs: int) -> Recipe:
        """How its network is trained."""
        return Recipe(
            epochs=epochs, rate=self.rate, dropout=self.dropout, flip=self.flip, tilt=0.1, roll=0.2, seed=self.seed
        )


def restored(parameters: Mapping[str, Any]) -> Candidate:
    """A candidate from the record.

    Raises:
        NotPlausible: parameters that no candidate has.
    """
    try:
        given = dict(parameters)
        given["hidden"] = tuple(given["hidden"])
        given["convolutions"] = tuple(tuple(one) for one in given["convolutions"])
        found = Candidate(**given)
    except (TypeError, KeyError, ValueError) as error:
        raise NotPlausible("the parameters of a candidate", expected="those that a search writes") from error
    if found.kind not in KINDS or found.activation not in ACTIVATIONS:
        raise NotPlausible("the kind of a candidate", expected=", ".join(KINDS))
    return found


def drawn(generator: np.random.Generator) -> Candidate:
    """A candidate at random; a dense one has three hidden layers."""
    kind = KINDS[int(generator.choice(3, p=(0.25, 0.6, 0.15)))]
    one = Candidate(
        kind=kind,
        activation=ACTIVATIONS[int(generator.integers(2))] if kind == "dense" else "relu",
        rate=float(generator.choice(RATES)),
        dropout=float(generator.choice((0.0, 0.2, 0.4))),
        flip=float(generator.choice((0.0, 0.2))),
        leaf=int(generator.choice((1, 2, 4))),
        oriented=bool(generator.random() < 0.8),
        seed=int(generator.integers(2**31)),
    )
    if kind == "convolutional":
        count = int(generator.integers(1, 4))
        layers = tuple((int(generator.choice((16, 32, 48))), int(generator.choice((5, 9))), 2) for _ in range(count))
        return replace(one, convolutions=layers, hidden=(int(generator.choice((32, 64))),))
    widths = sorted((int(width) for width in generator.choice(WIDTHS, 3)), reverse=True)
    return replace(one, hidden=tuple(widths))


def mutated(one: Candidate, generator: np.random.Generator) -> Candidate:
    """A candidate with one thing changed: rate, dropout, activation, a width, mounts, leaves, or its start."""
    seed = int(generator.integers(2**31))
    kind = int(generator.integers(5))
    if one.kind == "trees":
        changed = (
            replace(one, oriented=not one.oriented) if kind == 0 else replace(one, leaf=int(generator.integers(1, 6)))
        )
    elif kind == 0:
        changed = replace(one, rate=float(generator.choice(RATES)))
    elif kind == 1:
        changed = replace(one, dropout=float(generator.choice((0.0, 0.2, 0.4, 0.6))))
    elif kind == 2:
        changed = replace(one, activation="tanh" if one.activation == "relu" else "relu")
    elif kind == 3 and one.hidden:
        at = int(generator.integers(len(one.hidden)))
        widths = [*one.hidden[:at], int(generator.choice(WIDTHS)), *one.hidden[at + 1 :]]
        changed = replace(one, hidden=tuple(widths))
    else:
        changed = replace(one, flip=float(generator.choice((0.0, 0.2, 0.4))))
    return replace(changed, seed=seed)
