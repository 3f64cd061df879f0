"""Training one network with NumPy alone: what a search uses on a processor.

A search looks at many small networks for a short while. Compiling a program for each of their shapes costs twenty
times what such a look costs; here nothing is compiled, and nothing but NumPy is needed. The slope is worked out by
hand, layer by layer from the last to the first; a test holds it against JAX, and the steps against optax.

Source:
    Adam with decoupled decay: Loshchilov and Hutter (2019), arXiv:1711.05101, algorithm 2, as optax has it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from paceline.domain.errors import TooFewSamples
from paceline.learn.networks import Activation, Architecture, Weights, initial
from paceline.learn.runtime import stretches
from paceline.learn.sets import Floats32
from paceline.learn.training import Network, Recipe, batches, scale_of, varied

FIRST, SECOND, TINY = 0.9, 0.999, 1e-8
"""Adam's memory of slopes and of their squares, and what keeps it from dividing by nothing."""
RISING, BEGIN, END = 0.2, 1 / 25, 1 / 250_000
"""Share of the steps in which the rate rises, and what it begins and ends with, as shares of the highest."""


def descended(
    windows: Floats32, labels: npt.NDArray[np.int64], *, weights: npt.NDArray[np.float64], architecture: Architecture,
    recipe: Recipe,
) -> Network:  # fmt: skip
    """A network trained on windows, as `training.trained` does it; dropout draws other numbers.

    Args:
        windows: (window, sample, channel), channels in triads; finite.
        labels: (window,), 0 to outputs − 1.
        weights: (window,), how much each counts.
        architecture: with the windows' sizes.
        recipe: how.

    Raises:
        TooFewSamples: no window.
    """
    if len(windows) == 0:
        raise TooFewSamples("training", need=1, got=0)
    generator, scale = np.random.default_rng(recipe.seed), scale_of(windows)
    layers, whole = _contiguous(initial(architecture, generator))
    wanted = np.full((len(windows), architecture.outputs), recipe.smoothing / architecture.outputs, np.float32)
    wanted[np.arange(len(windows)), labels] += 1.0 - recipe.smoothing
    share = weights.astype(np.float32)
    steps = batches(len(windows), recipe, generator)
    descent, epoch = Descent(whole, recipe, max(len(steps), 2)), len(steps) // recipe.epochs
    for number, chosen in enumerate(steps):
        if number % epoch == 0:  # all windows of an epoch are turned at once: a call costs more than what it does
            turned = varied(windows, recipe, generator) / scale
        kept = _kept(len(chosen), architecture, recipe, generator)
        found = slopes(layers, turned[chosen], wanted[chosen], weights=share[chosen], one=architecture, kept=kept)
        descent.step(number, np.concatenate([part.ravel() for part in found]))
    return Network(architecture, layers, scale)


def _contiguous(layers: Weights) -> tuple[Weights, Floats32]:
    """The same layers as views into one array, and that array: one step changes all of them."""
    parts = [part for layer in layers for part in layer]
    whole = np.concatenate([part.ravel() for part in parts])
    cuts = np.cumsum([part.size for part in parts])[:-1]
    views = [piece.reshape(part.shape) for piece, part in zip(np.split(whole, cuts), parts, strict=True)]
    return tuple(zip(views[::2], views[1::2], strict=True)), whole


def _kept(count: int, one: Architecture, recipe: Recipe, generator: np.random.Generator) -> Floats32 | None:
    """What the last hidden layer is multiplied by: 0 where silenced, more than 1 elsewhere."""
    if not one.hidden or recipe.dropout == 0.0:
        return None
    staying = generator.random((count, one.hidden[-1]), np.float32) >= recipe.dropout
    return staying * np.float32(1.0 / (1.0 - recipe.dropout))


def slopes(
    layers: Weights, batch: Floats32, wanted: Floats32, *, weights: Floats32, one: Architecture, kept: Floats32 | None
) -> list[Floats32]:
    """The slope of the mean weighted cross-entropy by each matrix and bias, in the order of the layers.

    Args:
        layers: of the network.
        batch: (window, sample, channel), scaled.
        wanted: (window, output), shares that add up to one.
        weights: (window,).
        one: the architecture.
        kept: (window, width), factors on the last hidden layer, or None.
    """
    count = len(one.convolutions)
    passed, values = _forward_in_time(layers[:count], batch, one)
    inputs = [_pooled(values) if one.convolutions else values.reshape(len(values), -1)]
    for matrix, bias in layers[count:-1]:
        inputs.append(_active(inputs[-1] @ matrix + bias, one.activation))
    outputs = inputs[1:]
    if kept is not None:
        inputs[-1] = inputs[-1] * kept
    slope = _slope_of_loss(inputs[-1] @ layers[-1][0] + layers[-1][1], wanted, weights)
    found: list[Floats32] = []
    for index in range(len(inputs) - 1, -1, -1):
        found = [inputs[index].T @ slope, slope.sum(axis=0), *found]
        if index or one.convolutions:
            slope = slope @ layers[count + index][0].T
        if index:
            slope = slope * kept if kept is not None and index == len(inputs) - 1 else slope
            slope *= _bend(outputs[index - 1], one.activation)
    return [*_back_in_time(layers[:count], passed, values, slope, one), *found] if one.convolutions else found


def _slope_of_loss(scores: Floats32, wanted: Floats32, weights: Floats32) -> Floats32:
    scores = np.exp(scores - scores.max(axis=1, keepdims=True))
    scores /= scores.sum(axis=1, keepdims=True)
    found: Floats32 = (scores - wanted) * (weights / np.float32(len(weights)))[:, None]
    return found


def _active(values: Floats32, activation: Activation) -> Floats32:
    return np.maximum(values, 0, out=values) if activation == "relu" else np.tanh(values, out=values)


def _bend(active: Floats32, activation: Activation) -> Floats32:
    """The activation's own slope, from what it gave."""
    return (active > 0).astype(np.float32) if activation == "relu" else 1 - active * active


@dataclass(frozen=True, eq=False)
class _Passed:
    """What one convolution took, as rows of a product, and gave: (window · place, width)."""

    rows: Floats32
    shape: tuple[int, ...]
    active: Floats32


def _forward_in_time(layers: Weights, batch: Floats32, one: Architecture) -> tuple[list[_Passed], Floats32]:
    passed, values = [], batch
    for (matrix, bias), convolution in zip(layers, one.convolutions, strict=True):
        shape, rows = values.shape, stretches(values, convolution)
        flat = rows.reshape(-1, len(matrix))
        active = _active(flat @ matrix + bias, one.activation)
        values = active.reshape(len(batch), -1, convolution.width)
        passed.append(_Passed(flat, shape, active))
    return passed, values


def _pooled(values: Floats32) -> Floats32:
    return np.concatenate([values.mean(axis=1), values.max(axis=1)], axis=1)


def _back_in_time(
    layers: Weights, passed: Sequence[_Passed], last: Floats32, slope: Floats32, one: Architecture
) -> list[Floats32]:
    """Slopes of the convolutions, from that of the mean and the maximum over time."""
    windows, places, width = last.shape
    behind = np.repeat(slope[:, None, :width] / np.float32(places), places, axis=1)
    window, channel = np.indices((windows, width))
    behind[window, last.argmax(axis=1), channel] += slope[:, width:]
    found: list[Floats32] = []
    for index in range(len(layers) - 1, -1, -1):
        part, convolution = passed[index], one.convolutions[index]
        flat = behind.reshape(-1, convolution.width) * _bend(part.active, one.activation)
        found = [part.rows.T @ flat, flat.sum(axis=0), *found]
        if index:
            spread = (flat @ layers[index][0].T).reshape(windows, -1, convolution.kernel, part.shape[2])
            behind = np.zeros(part.shape, np.float32)
            reach = convolution.stride * (spread.shape[1] - 1) + 1
            for offset in range(convolution.kernel):
                behind[:, offset : offset + reach : convolution.stride] += spread[:, :, offset]
    return found


@dataclass(frozen=True, eq=False)
class Descent:
    """Adam with decoupled decay over an array, which is changed in place.

    Attributes:
        values: what is descended on.
        recipe: rate and decay.
        steps: in all.
    """

    values: Floats32
    recipe: Recipe
    steps: int
    _mean: Floats32 = field(init=False)
    _square: Floats32 = field(init=False)

    def __post_init__(self) -> None:
        """It remembers nothing yet."""
        object.__setattr__(self, "_mean", np.zeros_like(self.values))
        object.__setattr__(self, "_square", np.zeros_like(self.values))

    def rate(self, number: int) -> float:
        """The learning rate of a step, from 0 on: half a cosine up, half a cosine down."""
        top, turn = self.recipe.rate, int(RISING * self.steps)
        low, begin, length = (BEGIN, 0, turn) if number < turn else (END, turn, self.steps - turn)
        down = (1 + math.cos(math.pi * (number - begin) / length)) / 2
        return top * (low + (1 - low) * ((1 - down) if number < turn else down))

    def step(self, number: int, slope: Floats32) -> None:
        """One step down a slope, which is used up."""
        rate = np.float32(self.rate(number))
        mean, square, values = self._mean, self._square, self.values
        mean *= np.float32(FIRST)
        mean += np.float32(1 - FIRST) * slope
        square *= np.float32(SECOND)
        slope *= slope
        slope *= np.float32(1 - SECOND)
        square += slope
        np.sqrt(square, out=slope)
        slope *= np.float32(1 / math.sqrt(1 - SECOND ** (number + 1)))
        slope += np.float32(TINY)
        np.divide(mean, slope, out=slope)
        slope *= rate / np.float32(1 - FIRST ** (number + 1))
        values *= np.float32(1) - rate * np.float32(self.recipe.decay)
        values -= slope
