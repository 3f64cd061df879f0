"""How a sensor may sit: the same arm, another way of wearing the watch.

The direction of gravity in the sensor's own axes is what tells most exercises apart, and it changes when the watch is
worn on the other side of the wrist, on the other arm or turned by some degrees. Training turns windows by mounts drawn
at random; a window of several triads (acceleration, rotation) is turned as one body.

A watch's x axis lies along the forearm, y around it, z out of the screen.
"""

from __future__ import annotations

import itertools

import numpy as np
import numpy.typing as npt

from paceline.learn.sets import Floats32

Rotations = npt.NDArray[np.float64]

FLIPS: Rotations = np.array(
    [np.diag(signs) for signs in itertools.product((1.0, -1.0), repeat=3) if np.prod(signs) > 0]
)
"""(4, 3, 3): as it was; turned about the forearm, the band's direction and the screen's by half a turn."""


def about(axis: int, angle: npt.ArrayLike) -> Rotations:
    """Rotations about one of the sensor's axes.

    Args:
        axis: 0, 1 or 2.
        angle: (rotation,), radians.

    Returns:
        (rotation, 3, 3).

    >>> (about(2, [np.pi / 2])[0] @ [1.0, 0.0, 0.0]).round(9).tolist()
    [0.0, 1.0, 0.0]
    """
    angles = np.atleast_1d(np.asarray(angle, np.float64))
    one, two = [other for other in range(3) if other != axis]
    sign = -1.0 if axis == 1 else 1.0
    found = np.zeros((len(angles), 3, 3))
    found[:, axis, axis] = 1.0
    found[:, one, one] = found[:, two, two] = np.cos(angles)
    found[:, two, one], found[:, one, two] = sign * np.sin(angles), -sign * np.sin(angles)
    return found


def random_rotations(count: int, generator: np.random.Generator) -> Rotations:
    """Rotations without any preferred direction, (count, 3, 3): normalised quaternions of normal numbers."""
    q = generator.normal(size=(count, 4))
    w, x, y, z = (q / np.linalg.norm(q, axis=1, keepdims=True)).T
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
        [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
        [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
    ]
    return np.array(rows).transpose(2, 0, 1)


def random_mounts(
    count: int, generator: np.random.Generator, *, tilt: float = 0.2, roll: float = 0.35, flip: float = 0.0
) -> Rotations:
    """Mounts as people wear watches, (count, 3, 3).

    Args:
        count: how many.
        generator: of random numbers.
        tilt: standard deviation of the angles about the band's and the screen's axes, radians.
        roll: likewise about the forearm, where a watch slips most.
        flip: how often the watch sits one of the other three ways round.
    """
    way = np.where(generator.random(count) < flip, generator.integers(1, len(FLIPS), count), 0)
    found = FLIPS[way]
    for axis, spread in ((0, roll), (1, tilt), (2, tilt)):
        found = about(axis, generator.normal(0.0, spread, count)) @ found
    return found


def turned(windows: Floats32, rotations: Rotations) -> Floats32:
    """Windows as sensors worn otherwise would have recorded them.

    Args:
        windows: (window, sample, channel), channels in triads x, y, z.
        rotations: (window, 3, 3).

    >>> turned(np.array([[[1.0, 0.0, 0.0]]], np.float32), about(2, [np.pi / 2])).round(6).tolist()
    [[[0.0, 1.0, 0.0]]]
    """
    count, samples, channels = windows.shape
    if channels % 3:
        raise ValueError(f"{channels} channels are no triads of x, y and z.")
    triads = windows.reshape(count, samples, channels // 3, 3)
    found: Floats32 = np.einsum("nij,nstj->nsti", rotations.astype(np.float32), triads).reshape(windows.shape)
    return found
