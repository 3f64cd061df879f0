"""Small networks over windows: dense ones, and convolutions along time.

An architecture is data: it can be kept, compared, mutated and rebuilt anywhere. Weights are a tuple of layers, each a
matrix [input, output] and a bias, so that the trainer here and the runtime on a device share one meaning.

A convolution works on (sample, channel) windows with a kernel of several samples and a stride; after the last one the
mean and the maximum over time remain. Dense layers follow, ReLU or tanh between them; the last one gives logits.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np

from paceline.domain.errors import NotPlausible
from paceline.learn.sets import Floats32

if TYPE_CHECKING:
    import jax

Activation: TypeAlias = Literal["relu", "tanh"]
Weights: TypeAlias = tuple[tuple[Floats32, Floats32], ...]
"""A layer each: (input, output) and (output,), float32. A convolution's input is kernel · channels, time first."""

ACTIVATIONS: tuple[Activation, ...] = ("relu", "tanh")
MOST_WEIGHTS = 5_000_000
"""Of one network: more than a phone should load for a wrist."""


@dataclass(frozen=True, slots=True)
class Convolution:
    """One convolution along time."""

    width: int
    kernel: int
    stride: int = 1


@dataclass(frozen=True, slots=True)
class Architecture:
    """What a network is made of, without its weights.

    Attributes:
        samples: of a window.
        channels: of a window.
        outputs: labels.
        convolutions: before the dense layers; none for a dense network.
        hidden: widths of the dense layers before the last.
        activation: between layers.
    """

    samples: int
    channels: int
    outputs: int
    convolutions: tuple[Convolution, ...] = ()
    hidden: tuple[int, ...] = (250, 100, 40)
    activation: Activation = "relu"

    def __post_init__(self) -> None:
        """Checked here once.

        Raises:
            NotPlausible: sizes below 1, a window too short for its convolutions, an unknown activation, or too many
                weights.
        """
        sizes = (self.samples, self.channels, self.outputs, *self.hidden)
        kernels = [size for c in self.convolutions for size in (c.width, c.kernel, c.stride)]
        if min((*sizes, *kernels)) < 1 or self.activation not in ACTIVATIONS:
            raise NotPlausible("an architecture", expected="sizes of at least 1 and relu or tanh")
        left = self.samples
        for one in self.convolutions:
            left = (left - one.kernel) // one.stride + 1
            if left < 1:
                raise NotPlausible("the convolutions", expected=f"short enough for a window of {self.samples} samples")
        if sum(rows * columns + columns for rows, columns in self.shapes) > MOST_WEIGHTS:
            raise NotPlausible("an architecture", expected=f"at most {MOST_WEIGHTS:,} weights")

    @property
    def shapes(self) -> tuple[tuple[int, int], ...]:
        """(input, output) of each layer.

        >>> Architecture(100, 3, 40, hidden=(250, 100)).shapes
        ((300, 250), (250, 100), (100, 40))
        """
        found, channels = [], self.channels
        for one in self.convolutions:
            found.append((one.kernel * channels, one.width))
            channels = one.width
        inside = 2 * channels if self.convolutions else self.samples * self.channels
        widths = (inside, *self.hidden, self.outputs)
        return (*found, *pairwise(widths))


def initial(architecture: Architecture, generator: np.random.Generator) -> Weights:
    """Weights to start from: normal with variance 2/input for ReLU, 1/input for tanh; biases 0."""
    gain = 2.0 if architecture.activation == "relu" else 1.0
    return tuple(
        (
            generator.normal(0.0, math.sqrt(gain / rows), (rows, columns)).astype(np.float32),
            np.zeros(columns, np.float32),
        )
        for rows, columns in architecture.shapes
    )


def logits(weights: Any, windows: jax.Array, architecture: Architecture) -> jax.Array:
    """What the network says of windows, in JAX.

    Args:
        weights: as `Weights`, arrays of JAX.
        windows: (window, sample, channel), scaled as the network was trained.
        architecture: whose weights they are.

    Returns:
        (window, output), before the softmax.
    """
    import jax

    activate = jax.nn.relu if architecture.activation == "relu" else jax.numpy.tanh
    values, layers = windows, list(weights)
    for one in architecture.convolutions:
        matrix, bias = layers.pop(0)
        kernel = matrix.reshape(one.kernel, -1, one.width)
        values = jax.lax.conv_general_dilated(
            values, kernel, (one.stride,), "VALID", dimension_numbers=("NWC", "WIO", "NWC")
        )
        values = activate(values + bias)
    if architecture.convolutions:
        values = jax.numpy.concatenate([values.mean(axis=1), values.max(axis=1)], axis=1)
    else:
        values = values.reshape(len(values), -1)
    for matrix, bias in layers[:-1]:
        values = activate(values @ matrix + bias)
    matrix, bias = layers[-1]
    scores: jax.Array = values @ matrix + bias
    return scores


def softmax(scores: np.ndarray[Any, np.dtype[Any]]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Probabilities of logits, along the last axis.

    >>> softmax(np.array([0.0, 0.0])).tolist()
    [0.5, 0.5]
    """
    lifted = np.exp(np.asarray(scores, np.float64) - np.max(scores, axis=-1, keepdims=True))
    shares: np.ndarray[Any, np.dtype[np.float64]] = lifted / lifted.sum(axis=-1, keepdims=True)
    return shares


def parameters(layers: Sequence[tuple[int, int]]) -> int:
    """How many weights and biases layers of these shapes have.

    >>> parameters(((300, 250), (250, 100), (100, 40)))
    104390
    """
    return sum(rows * columns + columns for rows, columns in layers)
