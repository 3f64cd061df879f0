"""A network without any framework: NumPy alone, for the device and for whoever has nothing else.

It gives the same numbers as the trainer within float32, and a window costs some tens of microseconds.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from paceline.domain.errors import NotPlausible
from paceline.learn.networks import Architecture, Convolution, Weights
from paceline.learn.sets import Floats32


@dataclass(frozen=True, eq=False)
class Runtime:
    """A network ready to run.

    Attributes:
        architecture: what it is made of.
        weights: of its layers; kept contiguous.
        scale: (channel,), what each channel is divided by first.
    """

    architecture: Architecture
    weights: Weights
    scale: Floats32
    _inverse: Floats32 = field(init=False)

    def __post_init__(self) -> None:
        """Sizes are checked here once.

        Raises:
            NotPlausible: weights or scales that the architecture has no place for, or that are not finite.
        """
        shapes = tuple(matrix.shape for matrix, _ in self.weights)
        biases = tuple(bias.shape for _, bias in self.weights)
        expected = self.architecture.shapes
        if shapes != expected or biases != tuple((columns,) for _, columns in expected):
            raise NotPlausible("the weights", expected=f"layers of {expected}")
        if self.scale.shape != (self.architecture.channels,) or not np.all(self.scale > 0):
            raise NotPlausible("the scaling", expected=f"{self.architecture.channels} figures above 0")
        if not all(np.isfinite(part).all() for layer in self.weights for part in layer):
            raise NotPlausible("every weight", expected="finite")
        layers = tuple(
            (np.ascontiguousarray(m, np.float32), np.ascontiguousarray(b, np.float32)) for m, b in self.weights
        )
        object.__setattr__(self, "weights", layers)
        object.__setattr__(self, "_inverse", (1.0 / self.scale).astype(np.float32))

    def logits(self, windows: Floats32) -> Floats32:
        """Of windows, (window, sample, channel) → (window, output), float32."""
        values: Floats32 = windows * self._inverse
        layers = list(self.weights)
        for convolution in self.architecture.convolutions:
            values = self._active(_convolved(values, layers.pop(0), convolution))
        if self.architecture.convolutions:
            values = np.concatenate([values.mean(axis=1), values.max(axis=1)], axis=1)
        else:
            values = values.reshape(len(values), self.architecture.samples * self.architecture.channels)
        if len(values) == 1:  # a vector times a matrix costs half of what a matrix of one row does
            values = values[0]
        for matrix, bias in layers[:-1]:
            values = self._active(_affine(values, matrix, bias))
        return _affine(values, *layers[-1]).reshape(len(windows), self.architecture.outputs)

    def probabilities(self, windows: Floats32) -> Floats32:
        """Of windows, (window, output), float32, each row adding up to one."""
        scores = self.logits(windows)
        scores -= scores.max(axis=1, keepdims=True)
        np.exp(scores, out=scores)
        scores /= scores.sum(axis=1, keepdims=True)
        return scores

    def _active(self, values: Floats32) -> Floats32:
        """In place."""
        if self.architecture.activation == "relu":
            return np.maximum(values, np.float32(0.0), out=values)
        return np.tanh(values, out=values)


def _affine(values: Floats32, matrix: Floats32, bias: Floats32) -> Floats32:
    found: Floats32 = np.dot(values, matrix)
    found += bias
    return found


def stretches(values: Floats32, one: Convolution) -> Floats32:
    """What a convolution multiplies: (window, place, kernel · channel), time first, then channel."""
    found = np.lib.stride_tricks.sliding_window_view(values, one.kernel, axis=1)[:, :: one.stride]
    return found.transpose(0, 1, 3, 2).reshape(len(values), found.shape[1], -1)


def _convolved(values: Floats32, layer: tuple[Floats32, Floats32], one: Convolution) -> Floats32:
    """A convolution as one product."""
    return _affine(stretches(values, one), *layer)
