"""Keypoints as smooth motion: a cubic through the frames around each one, without those that lie far off.

Joints move by the limbs' inertia; the pixels of an estimator jump. What a cubic over a sixth of a second takes away of
a pedalling foot is less than a millimetre; what it takes away of the noise is half, and of its slope nearly all.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from paceline.domain.efforts import SECOND
from paceline.measure.quantities import Floats
from paceline.record.streams import Nanoseconds

HALF_WIDTH = 0.08
"""s, how far the cubic reaches to either side; at least three frames."""

_NEED = 6
"""Frames that must be there for a cubic."""

_ROUNDS = 6
_FAR = 4.0
"""Robust standard deviations from the motion beyond which a keypoint is left out of it."""


@dataclass(frozen=True, eq=False)
class Smooth:
    """A smooth motion, at the frames.

    Attributes:
        seconds: (frame,), s since the first.
        values: (frame, joint, 2); NaN where too little is known around.
        slopes: (frame, joint, 2), change in a second.
        spread: (frame, joint), standard deviation of the values, in that of a keypoint of weight 1.
    """

    seconds: Floats
    values: Floats
    slopes: Floats
    spread: Floats

    def at(self, asked: Floats) -> tuple[Floats, Floats, Floats]:
        """Values, slopes and spread at any instants, s since the first frame, by Hermite's cubic between two frames."""
        after = np.clip(np.searchsorted(self.seconds, asked, side="right"), 1, self.seconds.size - 1)
        before = after - 1
        step = (self.seconds[after] - self.seconds[before])[:, None, None]
        share = ((asked - self.seconds[before]) / step[:, 0, 0])[:, None, None]
        start, stop = self.values[before], self.values[after]
        push, pull = self.slopes[before] * step, self.slopes[after] * step
        rise = stop - start
        square, cube = push + pull - 2.0 * rise, 3.0 * rise - 2.0 * push - pull
        values = start + share * (push + share * (cube + share * square))
        slopes = (push + share * (2.0 * cube + 3.0 * share * square)) / step
        spread = (1.0 - share[..., 0]) * self.spread[before] + share[..., 0] * self.spread[after]
        inside = (asked >= self.seconds[0]) & (asked <= self.seconds[-1])
        return (
            np.where(inside[:, None, None], values, np.nan),
            np.where(inside[:, None, None], slopes, np.nan),
            np.where(inside[:, None], spread, np.nan),
        )


def smooth(time: Nanoseconds, values: Floats, weights: Floats) -> Smooth:
    """The motion behind a series of points.

    Args:
        time: (frame,), int64 ns, rising.
        values: (frame, joint, 2); NaN where absent.
        weights: (frame, joint), inverse variances; 0 where absent.
    """
    seconds = (time - time[0]) / SECOND
    reach = max(round(HALF_WIDTH / float(np.median(np.diff(seconds)))), 3)
    width = min(2 * reach + 1, seconds.size)
    first = np.clip(np.arange(seconds.size) - reach, 0, seconds.size - width)
    window = first[:, None] + np.arange(width)
    offset = seconds[window] - seconds[:, None]
    near = np.abs(offset) <= 1.6 * HALF_WIDTH + 1e-9 if reach > 3 else np.ones(offset.shape, np.bool_)
    there = np.nan_to_num(weights) * ~np.isnan(values).any(axis=2)
    for _ in range(_ROUNDS):
        fitted, slopes, spread = _cubic(offset, np.nan_to_num(values)[window], there[window] * near[..., None])
        off = np.linalg.norm(values - fitted, axis=2) * np.sqrt(there)
        known = (there > 0.0) & ~np.isnan(off)
        if not known.any():
            break
        scale = float(np.median(off[known])) / 1.1774
        peak = np.nan_to_num(off)[window].max(axis=1)  # one that lies far off pulls its neighbours along: it goes first
        wrong = known & (off > _FAR * max(scale, 1e-12)) & (off >= peak)
        if not wrong.any():
            break
        there = np.where(wrong, 0.0, there)
    return Smooth(seconds, fitted, slopes, spread)


def _cubic(offset: Floats, values: Floats, weights: Floats) -> tuple[Floats, Floats, Floats]:
    """Value and slope in the middle, (frame, joint, 2) each, and the value's spread, of weighted cubics.

    Args:
        offset: (frame, node), s.
        values: (frame, node, joint, 2).
        weights: (frame, node, joint).
    """
    unit = float(np.max(np.abs(offset))) or 1.0
    powers = (offset[..., None] / unit) ** np.arange(4)
    normal = np.einsum("fnj,fnp,fnq->fjpq", weights, powers, powers)
    right = np.einsum("fnj,fnp,fnjc->fjpc", weights, powers, values)
    held = weights > 0.0
    around = (held & (offset <= 0.0)[..., None]).any(axis=1) & (held & (offset >= 0.0)[..., None]).any(axis=1)
    good = around & (held.sum(axis=1) >= _NEED)
    inverse = np.linalg.inv(np.where(good[..., None, None], normal, np.eye(4)))
    found = inverse @ right
    values_, slopes = found[..., 0, :], found[..., 1, :] / unit
    spread = np.sqrt(inverse[..., 0, 0])
    return (
        np.where(good[..., None], values_, np.nan),
        np.where(good[..., None], slopes, np.nan),
        np.where(good, spread, np.nan),
    )
