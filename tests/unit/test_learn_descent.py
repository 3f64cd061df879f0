"""Training with NumPy alone agrees with JAX and optax, and learns."""

from __future__ import annotations

import jax
import numpy as np
import optax
import pytest

from paceline.domain.errors import TooFewSamples
from paceline.learn.descent import Descent, descended, slopes
from paceline.learn.networks import Architecture, Convolution, initial, logits
from paceline.learn.training import Recipe, trained

SHAPES = (
    Architecture(50, 3, 4, hidden=(20, 10)),
    Architecture(60, 6, 3, (Convolution(4, 7, 3), Convolution(6, 3)), ()),
    Architecture(50, 3, 2, (Convolution(5, 5), Convolution(4, 3, 2)), (4, 3), "tanh"),
    Architecture(20, 3, 2, hidden=()),
)


def made(architecture, count=12):
    generator = np.random.default_rng(3)
    windows = generator.normal(size=(count, architecture.samples, architecture.channels)).astype(np.float32)
    return windows, generator.integers(0, architecture.outputs, count), generator.random(count).astype(np.float32)


@pytest.mark.parametrize("one", SHAPES)
def test_the_slope_worked_out_by_hand_is_that_of_jax(one):
    windows, labels, weights = made(one)
    layers = initial(one, np.random.default_rng(1))
    wanted = np.asarray(optax.smooth_labels(jax.nn.one_hot(labels, one.outputs), 0.1))

    def loss(given):
        return (weights * optax.softmax_cross_entropy(logits(given, windows, one), wanted)).mean()

    theirs = jax.tree.leaves(jax.grad(loss)(layers))
    ours = slopes(layers, windows, wanted, weights=weights, one=one, kept=None)
    assert len(ours) == len(theirs) == 2 * len(one.shapes)
    for mine, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(mine, other, atol=1e-5)


@pytest.mark.parametrize("kept", [0.0, 2.0])
def test_a_silenced_unit_passes_nothing_on_and_back(kept):
    one = Architecture(10, 3, 2, hidden=(6, 4))
    windows, labels, weights = made(one)
    layers = initial(one, np.random.default_rng(1))
    factors = np.ones((len(windows), 4), np.float32)
    factors[:, 1] = kept
    wanted = np.eye(2, dtype=np.float32)[labels]
    found = slopes(layers, windows, wanted, weights=weights, one=one, kept=factors)
    assert np.any(found[4][1]) == np.any(found[2][:, 1]) == (kept > 0)


@pytest.mark.parametrize("steps", [2, 7, 100])
def test_the_rate_rises_and_falls_as_that_of_optax(steps):
    descent = Descent(np.zeros(1, np.float32), Recipe(), steps)
    schedule = optax.cosine_onecycle_schedule(steps, Recipe().rate, pct_start=0.2)
    assert [descent.rate(k) for k in range(steps)] == pytest.approx(
        [float(schedule(k)) for k in range(steps)], rel=1e-4
    )


def test_a_step_is_that_of_optax():
    generator = np.random.default_rng(0)
    values = generator.normal(size=30).astype(np.float32)
    recipe = Recipe(decay=0.1)
    theirs, optimiser = values.copy(), optax.adamw(
        optax.cosine_onecycle_schedule(5, recipe.rate, pct_start=0.2), weight_decay=recipe.decay
    )  # fmt: skip
    state, descent = optimiser.init(theirs), Descent(values, recipe, 5)
    for number in range(5):
        slope = generator.normal(size=30).astype(np.float32)
        change, state = optimiser.update(slope, state, theirs)
        theirs = optax.apply_updates(theirs, change)
        descent.step(number, slope.copy())
        np.testing.assert_allclose(values, theirs, atol=1e-6)


@pytest.mark.parametrize("one", SHAPES[:2])
def test_without_chance_it_ends_where_the_trainer_in_jax_does(one):
    windows, labels, weights = made(one)
    recipe = Recipe(epochs=4, batch=5, dropout=0.0, tilt=0.0, roll=0.0, gain=0.0)
    ours = descended(windows, labels, weights=weights, architecture=one, recipe=recipe)
    theirs = trained(windows, labels, weights=weights, architecture=one, recipe=recipe)
    np.testing.assert_allclose(ours.scale, theirs.scale)
    for mine, other in zip(ours.weights, theirs.weights, strict=True):
        np.testing.assert_allclose(mine[0], other[0], atol=1e-5)
        np.testing.assert_allclose(mine[1], other[1], atol=1e-5)


def test_it_learns_what_can_be_learned():
    generator = np.random.default_rng(0)
    labels = np.arange(60) % 2
    windows = generator.normal(size=(60, 20, 3)).astype(np.float32)
    windows[labels == 1] *= 3.0
    one, recipe = Architecture(20, 3, 2, (Convolution(8, 5, 2),), (8,)), Recipe(epochs=30, batch=10, rate=0.01)
    network = descended(windows, labels, weights=np.ones(60), architecture=one, recipe=recipe)
    assert (network.probabilities(windows).argmax(axis=1) == labels).mean() > 0.9
    again = descended(windows, labels, weights=np.ones(60), architecture=one, recipe=recipe)
    assert all(np.array_equal(a[0], b[0]) for a, b in zip(network.weights, again.weights, strict=True))


def test_nothing_to_learn_from_is_refused():
    with pytest.raises(TooFewSamples):
        descended(
            np.empty((0, 20, 3), np.float32), np.empty(0, int), weights=np.empty(0),
            architecture=Architecture(20, 3, 2), recipe=Recipe(),
        )  # fmt: skip
