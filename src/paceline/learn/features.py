"""Features of a window of motion, with those that don't care how the sensor sits marked apart.

`invariant` features are the same however the sensor is turned: lengths of vectors, eigenvalues, the split into up-and-
down and sideways by the window's own gravity, rhythm. `oriented` ones say where gravity lies in the sensor's axes: they
tell most, and mislead most when the watch is worn another way.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import numpy.typing as npt

from paceline.learn.sets import Floats32

Features = npt.NDArray[np.float64]

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
BANDS = (0.2, 0.5, 0.8, 1.2, 2.0, 4.0, 8.0)
"""Hz: edges of the bands in which power is told."""
SLOW = 1.0
"""s: a moving mean of this length is the direction of gravity as the limb turns."""


def features(windows: Floats32, *, rate: float, oriented: bool = True) -> Features:
    """The features of windows.

    Args:
        windows: (window, sample, channel), channels in triads x, y, z; the first is acceleration.
        rate: samples a second.
        oriented: whether features that depend on how the sensor sits are among them.

    Returns:
        (window, feature); finite.
    """
    values = windows.astype(np.float64)
    parts = []
    for triad in range(values.shape[2] // 3):
        axes = values[:, :, 3 * triad : 3 * triad + 3]
        parts.append(_lengths(axes, rate))
        parts.append(_shape(axes, rate, gravity=values[:, :, :3].mean(axis=1)))
        if oriented:
            parts.append(_by_axis(axes, rate))
    return np.nan_to_num(np.concatenate(parts, axis=1))


def _lengths(axes: Features, rate: float) -> Features:
    length = np.linalg.norm(axes, axis=2)
    change = np.linalg.norm(np.diff(axes, axis=1), axis=2) * rate
    still = length - length.mean(axis=1, keepdims=True)
    skew = (still**3).mean(axis=1) / (still.std(axis=1) ** 3 + 1e-9)
    stats = [length.mean(axis=1), length.std(axis=1), skew, *np.quantile(length, QUANTILES, axis=1),
             change.mean(axis=1), change.std(axis=1), *np.quantile(change, (0.5, 0.95), axis=1)]  # fmt: skip
    return np.stack(stats, axis=1)


def _shape(axes: Features, rate: float, *, gravity: Features) -> Features:
    """What the window's own gravity and main axes see."""
    down = gravity / (np.linalg.norm(gravity, axis=1, keepdims=True) + 1e-9)
    moved = axes - axes.mean(axis=1, keepdims=True)
    upright = np.einsum("nsi,ni->ns", moved, down)
    across = np.linalg.norm(moved - upright[:, :, None] * down[:, None, :], axis=2)
    spread, vectors = np.linalg.eigh(np.einsum("nsi,nsj->nij", moved, moved) / axes.shape[1])
    main = vectors[:, :, 2]
    along = np.einsum("nsi,ni->ns", moved, main)
    third = (along**3).mean(axis=1)
    along = (
        along * np.where(third < 0, -1.0, 1.0)[:, None]
    )  # an axis has no direction of its own: the longer tail is up
    stats = [upright.std(axis=1), *np.quantile(upright, QUANTILES, axis=1), across.mean(axis=1), across.std(axis=1),
             np.abs(np.einsum("ni,ni->n", main, down)), *np.sqrt(np.maximum(spread, 0.0)).T,
             spread[:, 2] / (spread.sum(axis=1) + 1e-9), *np.quantile(along, QUANTILES, axis=1)]  # fmt: skip
    slow = _smoothed(axes, max(round(SLOW * rate), 1))
    slow /= np.linalg.norm(slow, axis=2, keepdims=True) + 1e-9
    middle = slow.mean(axis=1, keepdims=True)
    sweep = np.arccos(np.clip((slow * middle).sum(axis=2) / (np.linalg.norm(middle, axis=2) + 1e-9), -1.0, 1.0))
    stats += [sweep.mean(axis=1), sweep.max(axis=1), sweep.std(axis=1)]
    return np.concatenate([np.stack(stats, axis=1), _rhythm(along, rate), _rhythm(upright, rate)], axis=1)


def _rhythm(line: Features, rate: float) -> Features:
    """Power by band and the strongest period of one line of motion, (window, feature)."""
    size = line.shape[1]
    power = np.abs(np.fft.rfft(line * np.hanning(size), axis=1)) ** 2
    frequency = np.fft.rfftfreq(size, 1.0 / rate)
    total = power[:, 1:].sum(axis=1) + 1e-9
    bands = [power[:, (frequency >= low) & (frequency < high)].sum(axis=1) / total for low, high in pairwise(BANDS)]
    share = power[:, 1:] / total[:, None]
    entropy = -(share * np.log(share + 1e-12)).sum(axis=1)
    spectrum = np.abs(np.fft.rfft(line, 2 * size, axis=1)) ** 2
    repeat = np.fft.irfft(spectrum, axis=1)[:, :size]
    repeat /= repeat[:, :1] + 1e-9
    first = max(round(0.6 * rate), 1)
    best = repeat[:, first:].argmax(axis=1) + first if size > first else np.zeros(len(line), int)
    height = np.take_along_axis(repeat, best[:, None], axis=1)[:, 0]
    return np.stack([*bands, entropy, best / rate, height], axis=1)


def _by_axis(axes: Features, rate: float) -> Features:
    slow = _smoothed(axes, max(round(SLOW * rate), 1))
    parts = [axes.mean(axis=1), axes.std(axis=1), *np.quantile(axes, QUANTILES, axis=1),
             slow.min(axis=1), slow.max(axis=1), np.abs(np.diff(axes, axis=1)).mean(axis=1) * rate]  # fmt: skip
    moved = axes - axes.mean(axis=1, keepdims=True)
    deviation = moved.std(axis=1) + 1e-9
    pairs = [
        (moved[:, :, i] * moved[:, :, j]).mean(axis=1) / deviation[:, i] / deviation[:, j]
        for i, j in ((0, 1), (0, 2), (1, 2))
    ]
    return np.concatenate([*parts, np.stack(pairs, axis=1)], axis=1)


def _smoothed(axes: Features, width: int) -> Features:
    """A moving mean over whole stretches, (window, sample − width + 1, axis)."""
    width = min(width, axes.shape[1])
    total = np.cumsum(np.pad(axes, ((0, 0), (1, 0), (0, 0))), axis=1)
    return (total[:, width:] - total[:, :-width]) / width
