"""Training one network on windows: Adam, weights per label and session, mounts drawn anew for each batch.

Each set counts the same, however long it lasted, and each label the same, however often it was done. Dropout and label
smoothing keep a small network from certainty that a handful of sets can't give.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from paceline.domain.errors import ExtraMissing, NotPlausible, TooFewSamples
from paceline.learn import mounts
from paceline.learn.networks import Architecture, Weights, initial, logits, softmax
from paceline.learn.runtime import Runtime
from paceline.learn.sets import Floats32

if TYPE_CHECKING:
    import jax


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a network is trained.

    Attributes:
        epochs: passes over the windows.
        batch: windows of a step.
        rate: highest learning rate; it rises and falls along one cosine.
        decay: of the weights, per step and unit of rate.
        smoothing: share of the certainty given to all labels alike.
        dropout: share of the inputs of dense layers silenced at each step.
        flip: how often a window is turned to another way of wearing the watch.
        tilt: standard deviation, radians, of small turns about two axes.
        roll: likewise about the forearm.
        free: how often a window is turned without any preferred direction instead.
        gain: standard deviation of the logarithm of a factor on a window.
        seed: of everything random.
    """

    epochs: int = 30
    batch: int = 64
    rate: float = 2e-3
    decay: float = 1e-3
    smoothing: float = 0.1
    dropout: float = 0.3
    flip: float = 0.0
    tilt: float = 0.15
    roll: float = 0.3
    free: float = 0.0
    gain: float = 0.1
    seed: int = 0

    def __post_init__(self) -> None:
        """Checked here once.

        Raises:
            NotPlausible: a share outside 0 to 1, or counts and rates not above 0.
        """
        shares = (self.smoothing, self.dropout, self.flip, self.free)
        if not (min(self.epochs, self.batch) >= 1 and self.rate > 0 and all(0.0 <= share < 1.0 for share in shares)):
            raise NotPlausible("a recipe", expected="epochs, batch and rate above 0 and shares from 0 to below 1")


@dataclass(frozen=True, eq=False)
class Network:
    """A trained network with its scaling.

    Attributes:
        architecture: what it is made of.
        weights: of its layers.
        scale: (channel,), what each channel is divided by first; it has no offset, so that turning a window and scaling
            it can be done in either order where a triad shares one figure.
    """

    architecture: Architecture
    weights: Weights
    scale: Floats32

    def probabilities(self, windows: Floats32, *, temperature: float = 1.0) -> npt.NDArray[np.float64]:
        """(window, label), each row adding up to one; logits are divided by the temperature."""
        return softmax(Runtime(self.architecture, self.weights, self.scale).logits(windows) / temperature)


def fair_weights(labels: npt.NDArray[np.int64], owner: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Weights of windows that make each label count the same, and each set the same within its label; mean 1.

    >>> fair_weights(np.array([0, 0, 0, 1]), np.array([7, 7, 8, 9])).tolist()   # label 1 as much as label 0
    [0.5, 0.5, 1.0, 2.0]
    """
    sets, which, counts = np.unique(owner, return_inverse=True, return_counts=True)
    label_of_set = np.zeros(len(sets), np.int64)
    label_of_set[which] = labels
    sets_of_label = np.bincount(label_of_set)
    weights: npt.NDArray[np.float64] = 1.0 / counts[which] / sets_of_label[labels]
    return np.asarray(weights * (len(weights) / weights.sum()))


def scale_of(windows: Floats32) -> Floats32:
    """(channel,), one figure for each triad: the root mean square length, or 1 where nothing moves."""
    triads = windows.reshape(-1, windows.shape[2] // 3, 3)
    size = np.sqrt((triads.astype(np.float64) ** 2).sum(axis=2).mean(axis=0))
    return np.repeat(np.where(size > 0, size, 1.0), 3).astype(np.float32)


def trained(
    windows: Floats32, labels: npt.NDArray[np.int64], *, weights: npt.NDArray[np.float64], architecture: Architecture,
    recipe: Recipe, start: Weights | None = None,
) -> Network:  # fmt: skip
    """A network trained on windows.

    Args:
        windows: (window, sample, channel), channels in triads; finite.
        labels: (window,), 0 to outputs − 1.
        weights: (window,), how much each counts.
        architecture: with the windows' sizes.
        recipe: how.
        start: weights to go on from; fresh ones otherwise.

    Raises:
        TooFewSamples: no window.
        ExtraMissing: JAX or optax is not installed.
    """
    if len(windows) == 0:
        raise TooFewSamples("training", need=1, got=0)
    try:
        import jax
        import jax.numpy as jnp
        import optax
    except ImportError as error:
        raise ExtraMissing("Training networks", extra="learn") from error
    generator = np.random.default_rng(recipe.seed)
    scale = scale_of(windows)
    steps = max(recipe.epochs * (-(-len(windows) // recipe.batch)), 1)
    schedule = optax.cosine_onecycle_schedule(max(steps, 2), recipe.rate, pct_start=0.2)
    optimiser = optax.adamw(schedule, weight_decay=recipe.decay)
    layers = jax.tree.map(jnp.asarray, start if start is not None else initial(architecture, generator))
    state, step = optimiser.init(layers), _step(architecture, recipe, optimiser)
    key = jax.random.key(recipe.seed)
    for number, chosen in enumerate(batches(len(windows), recipe, generator)):
        batch = varied(windows[chosen], recipe, generator) / scale
        layers, state = step(layers, state, batch, labels[chosen], weights[chosen], jax.random.fold_in(key, number))
    return Network(architecture, tuple((np.asarray(m), np.asarray(b)) for m, b in layers), scale)


def batches(count: int, recipe: Recipe, generator: np.random.Generator) -> Sequence[npt.NDArray[np.int64]]:
    """Positions of each step's windows; all steps are of one size, so that one program is compiled."""
    size = min(recipe.batch, count)
    per_epoch = -(-count // recipe.batch)
    found = []
    for _ in range(recipe.epochs):
        order = np.resize(generator.permutation(count), per_epoch * size)
        found += list(order.reshape(per_epoch, size))
    return found


def varied(batch: Floats32, recipe: Recipe, generator: np.random.Generator) -> Floats32:
    """Windows as watches worn a little otherwise, by arms a little stronger or weaker, would have recorded them."""
    count = len(batch)
    ways = mounts.random_mounts(count, generator, tilt=recipe.tilt, roll=recipe.roll, flip=recipe.flip)
    if recipe.free:
        anyhow = generator.random(count) < recipe.free
        ways[anyhow] = mounts.random_rotations(int(anyhow.sum()), generator)
    factor = np.exp(generator.normal(0.0, recipe.gain, (count, 1, 1))).astype(np.float32)
    return mounts.turned(batch, ways) * factor


def _step(architecture: Architecture, recipe: Recipe, optimiser: Any) -> Any:
    import jax
    import jax.numpy as jnp
    import optax

    def loss(layers: Any, batch: jax.Array, labels: jax.Array, weights: jax.Array, key: jax.Array) -> jax.Array:
        kept = jax.random.bernoulli(key, 1.0 - recipe.dropout, (batch.shape[0], architecture.shapes[-1][0]))
        matrix, bias = layers[-1]
        inside = Architecture(
            architecture.samples, architecture.channels, architecture.shapes[-1][0], architecture.convolutions,
            architecture.hidden[:-1], architecture.activation,
        ) if architecture.hidden else None  # fmt: skip
        if inside is None:
            scores = logits(layers, batch, architecture)
        else:
            hidden = logits(layers[:-1], batch, inside)
            hidden = jax.nn.relu(hidden) if architecture.activation == "relu" else jnp.tanh(hidden)
            scores = (hidden * kept / (1.0 - recipe.dropout)) @ matrix + bias
        wanted = optax.smooth_labels(jax.nn.one_hot(labels, architecture.outputs), recipe.smoothing)
        return jnp.mean(weights * optax.softmax_cross_entropy(scores, wanted))

    @jax.jit
    def step(layers: Any, state: Any, batch: Any, labels: Any, weights: Any, key: Any) -> Any:
        slope = jax.grad(loss)(layers, batch, labels, weights, key)
        change, state = optimiser.update(slope, state, layers)
        return optax.apply_updates(layers, change), state

    return step
