"""How far the clocks of cameras are apart, from the rider's own motion.

Two calibrated cameras that see the same joint at the same instant see it on a pair of lines (its epipolar lines). With
a clock that is off they don't, as soon as the joint moves across those lines; the offset is where they fit best. Both
cameras' keypoints are smoothed first: between frames noise would be taken for motion.

Sources: the epipolar constraint and its first-order (Sampson's) error, Hartley and Zisserman, Multiple View Geometry,
section 11.4.3; that it tells the offset of unsynchronised cameras, Albl, Kukelova, Fitzgibbon, Heller, Smid and Pajdla,
"On the two-view geometry of unsynchronized cameras" (CVPR 2017).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from paceline.domain.cameras import Camera
from paceline.domain.efforts import SECOND
from paceline.domain.errors import NotIdentifiable, TooFewSamples
from paceline.measure.estimates import Estimate
from paceline.measure.quantities import Floats
from paceline.measure.video.projection import rays_of
from paceline.measure.video.smoothing import Smooth, smooth
from paceline.measure.video.views import View

LONGEST = 1.0
"""s: offsets beyond this are not looked for; set the clocks by hand before, or say more."""

_NEED = 60
"""Pairs of keypoints below which no offset is estimated."""

_JOINTS = 3.0
"""As good as so many joints must tell the offset."""

_WILD = 4.0
"""Robust standard deviations beyond which a pair is left out."""

_SHARP = 0.6
"""By how much the typical error at the best offset must fall below that at offsets in general."""

_TURNS = 12


@dataclass(frozen=True, eq=False)
class _Rays:
    camera: Camera
    start: int
    motion: Smooth


@dataclass(frozen=True, eq=False)
class _Errors:
    """Epipolar errors, (frame, joint), in the unit of one pixel's noise, and how they change in a second of offset."""

    values: Floats
    slopes: Floats


def clock_offsets(views: Sequence[View], *, longest: float = LONGEST) -> tuple[Estimate, ...]:
    """What to add to each camera's clock to have the first one's.

    Args:
        views: of one rider by calibrated cameras.
        longest: s, how far the clocks may be apart.

    Returns:
        One a view, s; 0 for the first. A camera that has too little in common with the first one is tied to it over
        others, and its error is that of the whole chain.

    Raises:
        TooFewSamples: a camera shares too few keypoints with any other.
        NotIdentifiable: the motion does not tell, or the clocks are further apart.
    """
    pairs: dict[tuple[int, int], Estimate] = {}
    refused: list[NotIdentifiable | TooFewSamples] = []
    for one, other in combinations(range(len(views)), 2):
        try:
            pairs[one, other] = pair_offset(views[one], views[other], longest=longest)
        except (NotIdentifiable, TooFewSamples) as error:
            refused.append(error)
    found = {0: Estimate(0.0, 0.0, used=0)}
    while len(found) < len(views):
        ties = [(a, b, pairs[min(a, b), max(a, b)]) for a in found for b in range(len(views))
                if b not in found and (min(a, b), max(a, b)) in pairs]  # fmt: skip
        if not ties:
            raise refused[0]
        near, far, tie = min(ties, key=lambda t: np.hypot(t[2].standard_error, found[t[0]].standard_error))
        sign = 1.0 if near < far else -1.0
        off = float(np.hypot(tie.standard_error, found[near].standard_error))
        freedom = min(tie.freedom, found[near].freedom)
        found[far] = Estimate(found[near].value + sign * tie.value, off, tie.used, tie.discarded, freedom)
    return tuple(found[place] for place in range(len(views)))


def pair_offset(first: View, second: View, *, longest: float = LONGEST) -> Estimate:
    """What to add to the second camera's clock to have the first one's, s.

    Args:
        first: one view.
        second: another of the same rider.
        longest: s, how far the clocks may be apart.

    Raises:
        TooFewSamples: they have too few keypoints in common.
        NotIdentifiable: the joints move along the epipolar lines, or hardly, or the best offset is the longest.
    """
    joints = [joint for joint in first.joints if joint in second.joints]
    ours, theirs = _rays(first.of(joints)), _rays(second.of(joints))
    step = min(first.step, second.step) / 2
    count = max(int(np.ceil(longest / step)), 2)
    tried = np.arange(-count, count + 1) * step
    errors = [_errors(ours, theirs, float(offset)) for offset in tried]
    counts = [int(np.count_nonzero(~np.isnan(e.values))) for e in errors]
    enough = max(_NEED, max(counts) // 3)
    typical = np.array([_typical(e, enough) for e in errors])
    if np.isnan(typical).all():
        raise TooFewSamples("the offset of a camera's clock", need=_NEED, got=max(counts))
    best = int(np.nanargmin(typical))
    advice = "Set the clocks closer by hand, or film a stretch with more motion across the view."
    if best in (0, len(tried) - 1):
        raise NotIdentifiable("the offset of a camera's clock", why="it lies beyond what was tried", advice=advice)
    if typical[best] > _SHARP * float(np.nanmedian(typical)):
        raise NotIdentifiable("the offset of a camera's clock", why="no offset fits much better", advice=advice)
    return _refined(ours, theirs, float(tried[best]), step)


def _refined(ours: _Rays, theirs: _Rays, guess: float, step: float) -> Estimate:
    """The best offset near a guess by Gauss and Newton's steps, and its error from the scatter around it."""
    offset = guess
    for _ in range(_TURNS):
        errors = _errors(ours, theirs, offset)
        known = ~np.isnan(errors.values) & ~np.isnan(errors.slopes)
        limit = _WILD * 1.4826 * float(np.median(np.abs(errors.values[known]))) if known.any() else 0.0
        sound = known & (np.abs(np.nan_to_num(errors.values)) <= max(limit, 1e-12))
        slope, off = np.where(sound, errors.slopes, 0.0), np.where(sound, errors.values, 0.0)
        curve = float(np.sum(slope**2))
        if curve <= 0.0 or abs(offset - guess) > 3 * step:
            raise NotIdentifiable("the offset of a camera's clock", why="the joints hardly move across the view")
        offset -= float(np.sum(slope * off)) / curve
    error, freedom = _error(slope, off)
    if not error < 2 * step:
        raise NotIdentifiable("the offset of a camera's clock", why="the joints hardly move across the view")
    used = int(np.count_nonzero(sound))
    return Estimate(offset, error, used, int(np.count_nonzero(known)) - used, freedom)


def _error(slope: Floats, off: Floats) -> tuple[float, int]:
    """Standard error and its degrees of freedom from slopes and errors, (frame, joint).

    The errors of one joint hang together over many frames, those of different joints don't: the joints' own pulls are
    what scatters. Source: the cluster-robust variance, Liang and Zeger (1986), Biometrika 73:13, a joint a cluster.
    """
    pulls, curves = np.sum(slope * off, axis=0), np.sum(slope**2, axis=0)
    count = int(np.count_nonzero(curves))
    effective = float(np.sum(curves) ** 2 / np.sum(curves**2))
    if effective < _JOINTS:
        raise NotIdentifiable("the offset of a camera's clock", why="too few joints move across the view")
    error = float(np.sqrt(np.sum(pulls**2) * count / (count - 1)) / np.sum(curves))
    return error, max(round(effective) - 1, 1)


def _rays(view: View) -> _Rays:
    focal = float(np.sqrt(view.camera.focal[0] * view.camera.focal[1]))
    motion = smooth(view.time, rays_of(view.pixels, view.camera), (view.confidence * focal) ** 2)
    return _Rays(view.camera, int(view.time[0]), motion)


def _errors(ours: _Rays, theirs: _Rays, offset: float) -> _Errors:
    """Epipolar errors if the second clock is so many seconds behind."""
    asked = ours.motion.seconds + ((ours.start - theirs.start) / SECOND - offset)
    values, slopes, spread = theirs.motion.at(asked)
    essential = _essential(ours.camera, theirs.camera)
    one, other = _homogeneous(ours.motion.values, 1.0), _homogeneous(values, 1.0)
    across, back = one @ essential.T, other @ essential
    variance = np.sum(across[..., :2] ** 2, axis=2) * spread**2
    variance = variance + np.sum(back[..., :2] ** 2, axis=2) * ours.motion.spread**2
    root = np.sqrt(np.where(variance > 0.0, variance, np.nan))
    change = -np.sum(_homogeneous(slopes, 0.0) * across, axis=2)
    return _Errors(np.sum(other * across, axis=2) / root, change / root)


def _homogeneous(directions: Floats, last: float) -> Floats:
    return np.concatenate([directions, np.full((*directions.shape[:-1], 1), last)], axis=-1)


def _essential(first: Camera, second: Camera) -> Floats:
    """The matrix E with xᵀ E y = 0 for the directions x, in the second camera, and y, in the first, of one point."""
    turn = np.array(second.rotation) @ np.array(first.rotation).T
    x, y, z = np.array(second.rotation) @ (np.array(first.position) - np.array(second.position))
    cross = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    return np.asarray(cross @ turn)


def _typical(errors: _Errors, enough: int) -> float:
    known = np.abs(errors.values[~np.isnan(errors.values)])
    return float(np.median(known)) if known.size >= enough else np.nan
