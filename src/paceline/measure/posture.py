"""How the rider sits: angles of the body from its joints, in space or in an image from the side.

All take arrays of points, (..., 2) or (..., 3), in any unit; where a joint is absent (NaN) so is the angle. An inner
angle lies between two limbs: 180° is a straight leg or arm. A slope is that of a line above the horizontal: 0° is a
flat back.

| angle | between |
|---|---|
| hip | torso (to the shoulder) and thigh |
| knee | thigh and shank |
| elbow | upper arm and forearm |
| shoulder | torso (to the hip) and upper arm |
| torso | the line from hip to shoulder and the horizontal |
| head | the line from shoulder to ear and the horizontal |
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

import numpy as np

from paceline.domain.errors import TooFewSamples
from paceline.measure.quantities import Degrees, Floats, Metres

INNER: Mapping[str, tuple[str, str, str]] = MappingProxyType(
    {
        "hip_angle": ("shoulder", "hip", "knee"),
        "knee_angle": ("hip", "knee", "ankle"),
        "elbow_angle": ("shoulder", "elbow", "wrist"),
        "shoulder_angle": ("hip", "shoulder", "elbow"),
    }
)
"""Angle → the joints it lies between; the middle one is where it is."""

SLOPES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {"torso_angle": ("hip", "shoulder"), "head_angle": ("shoulder", "ear")}
)
"""Angle → the line whose slope it is, from its lower to its upper end."""

ANGLES = (*SLOPES, *INNER)

OUTLINE = tuple(f"{side}_{joint}" for side in ("left", "right") for joint in
                ("ear", "shoulder", "elbow", "wrist", "hip", "knee", "ankle"))  # fmt: skip
"""The joints whose spread across and up is the frontal area's stand-in."""


def inner_angle(first: Floats, corner: Floats, last: Floats) -> Degrees:
    """The angle at a joint between the limbs that meet there.

    Args:
        first: (..., axis), where the one limb ends.
        corner: (..., axis), the joint.
        last: (..., axis), where the other limb ends.

    Returns:
        (...), °, 0 to 180; NaN where a joint is absent, or two are one.

    Source:
        Kahan's formula for the angle between vectors, exact for small and straight ones too: 2 atan2(‖a/‖a‖ − b/‖b‖‖,
        ‖a/‖a‖ + b/‖b‖‖).

    >>> float(inner_angle(np.array([0.0, 1.0]), np.array([0.0, 0.0]), np.array([2.0, 0.0])).round(9))   # a squared knee
    90.0
    """
    one, other = _unit(first - corner), _unit(last - corner)
    apart, together = np.linalg.norm(one - other, axis=-1), np.linalg.norm(one + other, axis=-1)
    return np.asarray(np.degrees(2.0 * np.arctan2(apart, together)))


def slope_angle(
    lower: Floats, upper: Floats, *, up: Sequence[float] | Floats, ahead: Sequence[float] | Floats | None = None
) -> Degrees:
    """How steep a line of the body is above the horizontal, as seen from the side.

    Args:
        lower: (..., axis), where it begins.
        upper: (..., axis), where it ends.
        up: (axis,) or (..., axis), what points up: (0, 0, 1) in the track's frame, (0, −1) in a level image; the bike's
            own upright where it leans.
        ahead: likewise, the direction of riding, for points in space: what lies across it does not count then, so that
            shoulders wider than hips make no back flatter. Without it all that is not up counts as level.

    Returns:
        (...), °, −90 to 90; NaN where an end is absent.

    >>> float(slope_angle(np.array([0.0, 0.0]), np.array([1.0, -1.0]), up=(0.0, -1.0)).round(9))   # up in the image
    45.0
    """
    line = upper - lower
    upward = _unit(np.asarray(up, np.float64))
    rise = np.sum(line * upward, axis=-1)
    if ahead is None:
        level = np.linalg.norm(line - rise[..., None] * upward, axis=-1)
    else:
        level = np.abs(np.sum(line * _unit(np.asarray(ahead, np.float64)), axis=-1))
    return np.asarray(np.degrees(np.arctan2(rise, level)))


def angles(
    points: Mapping[str, Floats],
    *,
    side: str,
    up: Sequence[float] | Floats,
    ahead: Sequence[float] | Floats | None = None,
) -> dict[str, Degrees]:
    """All angles of one side of the body that its joints allow.

    Args:
        points: joint → (..., axis), such as "left_knee".
        side: "left" or "right".
        up: what points up, as `slope_angle` takes it.
        ahead: the direction of riding, for points in space.

    Returns:
        Angle → (...), °; one whose joints are not among the points is left out.

    >>> leg = {"left_hip": np.array([0.0, 1.0]), "left_knee": np.zeros(2), "left_ankle": np.array([1.0, 0.0])}
    >>> {name: float(value.round(9)) for name, value in angles(leg, side="left", up=(0.0, 1.0)).items()}
    {'knee_angle': 90.0}
    """
    found = {}
    for name, line in SLOPES.items():
        ends = [points.get(f"{side}_{joint}") for joint in line]
        if ends[0] is not None and ends[1] is not None:
            found[name] = slope_angle(ends[0], ends[1], up=up, ahead=ahead)
    for name, limbs in INNER.items():
        joints = [points.get(f"{side}_{joint}") for joint in limbs]
        if joints[0] is not None and joints[1] is not None and joints[2] is not None:
            found[name] = inner_angle(joints[0], joints[1], joints[2])
    return found


def standard_error(
    function: Callable[..., Floats], points: Sequence[Metres], covariances: Sequence[Floats], *, step: float = 1e-4
) -> Floats:
    """How far off a function of joints may be, to first order, from how far off each joint may be.

    Args:
        function: takes the points, in order, and gives (...).
        points: each (..., axis).
        covariances: each (..., axis, axis), of errors that don't hang together between the points.
        step: by which a point is moved to see what the function does, in the points' unit.

    Returns:
        (...), in the function's unit; NaN where a point is absent.

    >>> far = lambda point: point[..., 0] * 3.0
    >>> float(standard_error(far, [np.zeros(2)], [np.diag([4.0, 1.0])]).round(6))     # 3 · √4
    6.0
    """
    total: Floats = np.zeros(np.shape(points[0])[:-1])
    for place, (point, covariance) in enumerate(zip(points, covariances, strict=True)):
        slopes = []
        for axis in range(point.shape[-1]):
            moved = [np.eye(point.shape[-1])[axis] * sign * step for sign in (1.0, -1.0)]
            after, before = (function(*points[:place], point + by, *points[place + 1 :]) for by in moved)
            slopes.append((after - before) / (2.0 * step))
        slope = np.stack(slopes, axis=-1)
        total = total + np.einsum("...i,...ij,...j->...", slope, covariance, slope)
    return np.asarray(np.sqrt(total))


def frontal_box(points: Floats, *, across: Sequence[float] | Floats, up: Sequence[float] | Floats) -> Floats:
    """Width times height of the body seen from the front: a stand-in for its frontal area, not the area itself.

    The box around the joints is larger than the silhouette in it and leaves out what lies beyond the joints (helmet,
    hips' and shoulders' flesh). It grows and shrinks as the rider does; compare it with itself alone.

    Args:
        points: (..., joint, axis), those of the outline.
        across: (axis,) or (..., axis), to the rider's side.
        up: (axis,) or (..., axis).

    Returns:
        (...), the points' unit squared; NaN where any joint is absent: the one that is may be the outermost.

    >>> body = np.array([[[0.0, -0.2, 0.3], [0.0, 0.2, 1.2], [0.5, 0.1, 1.3]]])
    >>> frontal_box(body, across=(0.0, 1.0, 0.0), up=(0.0, 0.0, 1.0)).round(9).tolist()       # 0.4 · 1.0
    [0.4]
    """
    sides = [np.sum(points * np.asarray(axis, np.float64)[..., None, :], axis=-1) for axis in (across, up)]
    width, height = (side.max(axis=-1) - side.min(axis=-1) for side in sides)
    return np.asarray(width * height)


def mean_and_deviation(values: Floats, metric: str) -> tuple[float, float]:
    """Mean and sample standard deviation of what was measured.

    Args:
        values: (sample,), NaN where nothing was measured.
        metric: who asks, for the error.

    Raises:
        TooFewSamples: fewer than two readings.

    >>> mean_and_deviation(np.array([1.0, np.nan, 3.0]), "angle")
    (2.0, 1.4142135623730951)
    """
    present = values[~np.isnan(values)]
    if present.size < 2:
        raise TooFewSamples(metric, need=2, got=int(present.size))
    return float(present.mean()), float(present.std(ddof=1))


def _unit(vector: Floats) -> Floats:
    length = np.linalg.norm(vector, axis=-1, keepdims=True)
    return np.asarray(vector / np.where(length > 0.0, length, np.nan))
