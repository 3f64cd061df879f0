"""Where a joint is, from the pixels of several cameras: a linear guess, refined until the pixels fit best.

Each keypoint counts with its confidence squared, as if its standard deviation in the image were the pixel noise over
its confidence; the noise is estimated from what the cameras disagree by. Of three cameras or more the one that can't be
right is left out; where two disagree nobody can tell which is wrong, and the joint is not given.

Sources: the linear method is Hartley and Sturm (1997), "Triangulation", Computer Vision and Image Understanding 68:146;
that the best point is the one with the least squared error in the images is theirs too. Quantiles of chi-squared by
Wilson and Hilferty (1931).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from paceline.domain.cameras import Camera
from paceline.domain.errors import NotIdentifiable, TooFewSamples
from paceline.measure.quantities import Floats, Metres
from paceline.measure.video.projection import in_camera, pixels_of, rays_of, sensitivity

GATE = 3.5
"""Standard deviations beyond which views are said to disagree: one sound joint in 4,300 is."""

_FREEDOM = 10
"""Degrees of freedom below which the noise of the pixels can't be estimated."""

_TURNS = 5
_GAIN = 1e-9
"""Share of its cost, below which no point's step is worth another."""

_FLAT = 1e-9
"""Ratio of the information along the best and the worst direction below which the rays are as good as parallel."""

_LEAST = 1e-6
"""px: made data may have no noise at all, and doubles have this much."""

Used = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Triangulated:
    """Points in the track's frame.

    Attributes:
        position: (point, 3), m; NaN where fewer than two cameras see it, they disagree, or their rays don't cross.
        covariance: (point, 3, 3), m²; the errors of the cameras' calibration are not in it.
        residual: (camera, point), px between where a camera saw the point and where it should have; NaN where unseen.
        used: (camera, point), which views it rests on.
        noise: px, standard deviation of a keypoint of confidence 1, each way.
        freedom: degrees of freedom behind the noise.
    """

    position: Metres
    covariance: Floats
    residual: Floats
    used: Used
    noise: float
    freedom: int

    @property
    def error(self) -> Metres:
        """Standard errors in x, y and z, (point, 3), m."""
        return np.sqrt(np.diagonal(self.covariance, axis1=1, axis2=2))


@dataclass(frozen=True, eq=False)
class _Fit:
    points: Metres
    off: Floats
    information: Floats
    cost: Floats


def triangulate(
    pixels: Floats, *, cameras: Sequence[Camera], confidence: Floats | None = None, noise: float | None = None
) -> Triangulated:
    """Points seen by calibrated cameras at the same instants.

    Args:
        pixels: (camera, point, 2), px; NaN where unseen.
        cameras: in the order of the pixels.
        confidence: (camera, point); 1 if left out.
        noise: px; estimated from the points themselves if left out.

    Raises:
        TooFewSamples: no point is seen by two cameras, or too few to estimate the noise from.
        NotIdentifiable: the cameras that see the points all stand in one line with them.

    >>> from paceline.domain.cameras import looking_at
    >>> places = [(-5.0, -5.0, 2.0), (5.0, -5.0, 2.0)]
    >>> two = [Camera("made", (1e3, 1e3), (960.0, 540.0), looking_at(p, (0.0, 0.0, 1.0)), p) for p in places]
    >>> seen = np.stack([pixels_of(np.array([[0.1, 0.2, 0.9]]), camera) for camera in two])
    >>> triangulate(seen, cameras=two, noise=1.0).position.round(6).tolist()
    [[0.1, 0.2, 0.9]]
    """
    rays = np.stack([rays_of(seen, camera) for seen, camera in zip(pixels, cameras, strict=True)])
    given = np.ones(pixels.shape[:2]) if confidence is None else confidence
    sure = np.where(np.isnan(rays).any(axis=2) | ~(given > 0.0), 0.0, given)
    if not np.any((sure > 0.0).sum(axis=0) >= 2):
        raise TooFewSamples("a joint in space", need=2, got=int((sure > 0.0).sum(axis=0).max(initial=0)))
    used = _agreeing(pixels, rays, sure, cameras, noise)
    fit = _fit(pixels, rays, np.where(used, sure, 0.0), cameras)
    freedom = 2 * used.sum(axis=0) - 3
    crossing = _crossing(fit.information) & ~np.isnan(fit.cost) & (freedom > 0)
    if not crossing.any():
        raise NotIdentifiable("a joint in space", why="the rays of the cameras don't cross", advice="Move one camera.")
    scale = noise or _scale(fit.cost[crossing], freedom[crossing])
    good = crossing & (fit.cost <= scale**2 * _limit(freedom))
    behind = int(freedom[good].sum())
    if noise is None:
        if behind < _FREEDOM:
            raise TooFewSamples("the pixel noise", need=_FREEDOM, got=behind)
        noise = float(np.sqrt(fit.cost[good].sum() / behind))
    safe = np.where(good[:, None, None], fit.information, np.eye(3))
    covariance = np.where(good[:, None, None], noise**2 * np.linalg.inv(safe), np.nan)
    position = np.where(good[:, None], fit.points, np.nan)
    apart = [pixels_of(position, camera) - seen for seen, camera in zip(pixels, cameras, strict=True)]
    residual = np.where(sure > 0.0, np.linalg.norm(np.stack(apart), axis=2), np.nan)
    return Triangulated(position, covariance, residual, used & good, noise, behind)


def _agreeing(pixels: Floats, rays: Floats, sure: Floats, cameras: Sequence[Camera], noise: float | None) -> Used:
    """The views without those that can't be right, of points that have a view to spare."""
    used = sure > 0.0
    used &= used.sum(axis=0) >= 2
    for _ in range(len(cameras) - 2):
        fit = _fit(pixels, rays, np.where(used, sure, 0.0), cameras)
        count = used.sum(axis=0)
        freedom = 2 * count - 3
        known = ~np.isnan(fit.cost) & (freedom > 0)
        scale = noise or _scale(fit.cost[known], freedom[known])
        wrong = np.flatnonzero((count >= 3) & ~(fit.cost <= scale**2 * _limit(freedom)))
        if wrong.size == 0:
            break
        costs = np.full((len(cameras), wrong.size), np.inf)
        for place in range(len(cameras)):
            left = used[:, wrong].copy()
            left[place] = False
            trial = _fit(pixels[:, wrong], rays[:, wrong], np.where(left, sure[:, wrong], 0.0), cameras)
            costs[place] = np.where(used[place, wrong] & ~np.isnan(trial.cost), trial.cost, np.inf)
        used[np.argmin(costs, axis=0), wrong] = False
    return used


def _fit(pixels: Floats, rays: Floats, sure: Floats, cameras: Sequence[Camera]) -> _Fit:
    """Gauss and Newton's steps from the linear guess; a step that makes it worse is not taken."""
    best = _measured(_guess(rays, sure, cameras), pixels, sure, cameras)
    for _ in range(_TURNS):
        ridge = 1e-12 * np.trace(best[0].information, axis1=1, axis2=2)[:, None, None] * np.eye(3)
        usable = ~np.isnan(best[0].cost) & (np.trace(best[0].information, axis1=1, axis2=2) > 0.0)
        matrix = np.where(usable[:, None, None], best[0].information + ridge, np.eye(3))
        step = np.linalg.solve(matrix, np.where(usable[:, None], best[1], 0.0)[..., None])[..., 0]
        trial = _measured(best[0].points - step, pixels, sure, cameras)
        better = trial[0].cost < best[0].cost
        gained = best[0].cost - trial[0].cost > _GAIN * best[0].cost
        best = _merged(better, trial, best)
        if not gained.any():
            break
    return best[0]


def _merged(better: Used, trial: tuple[_Fit, Floats], best: tuple[_Fit, Floats]) -> tuple[_Fit, Floats]:
    (new, new_slope), (old, old_slope) = trial, best
    fit = _Fit(
        np.where(better[:, None], new.points, old.points),
        np.where(better[None, :, None], new.off, old.off),
        np.where(better[:, None, None], new.information, old.information),
        np.where(better, new.cost, old.cost),
    )
    return fit, np.where(better[:, None], new_slope, old_slope)


def _measured(points: Metres, pixels: Floats, sure: Floats, cameras: Sequence[Camera]) -> tuple[_Fit, Floats]:
    """Cost, information and slope at some points; NaN where one lies behind a camera that sees it."""
    off = np.zeros(pixels.shape)
    information = np.zeros((len(points), 3, 3))
    slope = np.zeros((len(points), 3))
    for place, camera in enumerate(cameras):
        counts = sure[place] > 0.0
        seen = np.where(counts[:, None], pixels_of(points, camera) - pixels[place], 0.0) * sure[place][:, None]
        change = np.where(counts[:, None, None], sensitivity(points, camera), 0.0) * sure[place][:, None, None]
        off[place] = seen
        information += np.swapaxes(change, 1, 2) @ change
        slope += (np.swapaxes(change, 1, 2) @ seen[..., None])[..., 0]
    views = (sure > 0.0).sum(axis=0)
    cost = np.where(views >= 2, (off**2).sum(axis=(0, 2)), np.nan)
    information = np.where(np.isnan(cost)[:, None, None], 0.0, information)
    return _Fit(points, off, information, cost), slope


def _guess(rays: Floats, sure: Floats, cameras: Sequence[Camera]) -> Metres:
    """The point nearest to all rays by the linear equations, each row of unit length."""
    normal = np.zeros((rays.shape[1], 3, 3))
    right = np.zeros((rays.shape[1], 3))
    for place, camera in enumerate(cameras):
        turn, stand = np.array(camera.rotation), np.array(camera.position)
        for axis in (0, 1):
            seen = np.where(sure[place] > 0.0, rays[place, :, axis], 0.0)
            row = seen[:, None] * turn[2] - turn[axis]
            row = row / np.linalg.norm(row, axis=1)[:, None] * sure[place][:, None]
            normal += row[:, :, None] * row[:, None, :]
            right += row * (row @ stand)[:, None]
    solvable = _crossing(normal)
    points = np.asarray(
        np.linalg.solve(np.where(solvable[:, None, None], normal, np.eye(3)), right[..., None])[..., 0], np.float64
    )
    ahead = np.ones(len(points), np.bool_)
    for place, camera in enumerate(cameras):
        ahead &= (in_camera(points, camera)[:, 2] > 0.0) | ~(sure[place] > 0.0)
    return np.where((solvable & ahead)[:, None], points, np.nan)


def _crossing(information: Floats) -> Used:
    """Whether the rays fix the point in every direction."""
    values = np.linalg.eigvalsh(information)
    return np.asarray(values[:, 0] > _FLAT * np.maximum(values[:, 2], 1e-300))


def _limit(freedom: npt.NDArray[np.int64]) -> Floats:
    """The cost, in noise squared, that sound views stay below."""
    safe = np.maximum(freedom, 1).astype(np.float64)
    part = 2.0 / (9.0 * safe)
    return np.asarray(safe * (1.0 - part + GATE * np.sqrt(part)) ** 3)


def _scale(cost: Floats, freedom: npt.NDArray[np.int64]) -> float:
    """The noise by the median point: a few that are wrong don't move it."""
    safe = np.maximum(freedom, 1).astype(np.float64)
    middle = safe * (1.0 - 2.0 / (9.0 * safe)) ** 3
    return max(float(np.sqrt(np.median(cost / middle))), _LEAST) if cost.size else _LEAST
