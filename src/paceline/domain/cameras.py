"""A calibrated camera: where it stands, where it looks, and how its lens bends what it sees.

The track's frame is that of `measure.track.geometry.plan`, in m: x along the home straight in the direction of riding,
y to the infield, both from the middle of the straight; z upwards from the black line. The camera's own frame is the
usual one: x to the right of the image, y down, z into the scene; pixels count from the upper left corner.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from paceline.domain.errors import NotPlausible

Triple: TypeAlias = tuple[float, float, float]

_SQUARE = 1e-3
"""How far the rows of a rotation may be from unit length and right angles: three digits are often printed."""


@dataclass(frozen=True, slots=True)
class Camera:
    """Intrinsics, distortion and pose of one camera.

    Attributes:
        name: of the camera.
        focal: focal length across and down, px.
        centre: principal point across and down, px.
        rotation: three rows; takes a direction in the track's frame to the camera's.
        position: of the camera in the track's frame, m.
        distortion: k1, k2, p1, p2, k3 of the Brown-Conrady model, in OpenCV's order and signs.
        size: width and height of the image, px.
    """

    name: str
    focal: tuple[float, float]
    centre: tuple[float, float]
    rotation: tuple[Triple, Triple, Triple]
    position: Triple
    distortion: tuple[float, float, float, float, float] = (0.0, 0.0, 0.0, 0.0, 0.0)
    size: tuple[float, float] = (1920.0, 1080.0)

    def __post_init__(self) -> None:
        """Figures that no camera has are refused.

        Raises:
            NotPlausible: not finite, a focal length or size not above 0, or a rotation that is none.
        """
        numbers = (*self.focal, *self.centre, *self.position, *self.distortion, *self.size)
        if not all(map(math.isfinite, (*numbers, *(n for row in self.rotation for n in row)))):
            raise NotPlausible(f"every number of the camera {self.name}", expected="finite")
        if min(*self.focal, *self.size) <= 0.0:
            raise NotPlausible(f"focal length and size of the camera {self.name}", expected="above 0 px")
        if not _turns(self.rotation):
            raise NotPlausible(f"rotation of the camera {self.name}", expected="three right-handed unit rows")


@dataclass(frozen=True, slots=True)
class Filmed:
    """A camera, and where the keypoints found in its images lie.

    Attributes:
        camera: the calibrated camera.
        keypoints: name of their file.
        frame_rate: frames in a second.
        start: of frame 0 by the camera's clock, int64 ns UTC.
    """

    camera: Camera
    keypoints: str
    frame_rate: float
    start: int


def _turns(rows: Sequence[Triple]) -> bool:
    a, b, c = rows
    sizes = [math.hypot(*row) - 1.0 for row in rows]
    cross = (a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0])
    off = [one - other for one, other in zip(cross, c, strict=True)]
    dot = sum(x * y for x, y in zip(a, b, strict=True))
    return max(map(abs, (*sizes, *off, dot))) <= _SQUARE


def looking_at(position: Triple, target: Triple) -> tuple[Triple, Triple, Triple]:
    """The rotation of a level camera that looks from one place at another.

    Args:
        position: of the camera, m.
        target: what is in the middle of its image, m; neither straight above nor straight below.

    >>> looking_at((0.0, 0.0, 0.0), (0.0, 1.0, 0.0))[2]     # its z axis points to the target
    (0.0, 1.0, 0.0)
    """
    x, y, z = (t - p for t, p in zip(target, position, strict=True))
    level, far = math.hypot(x, y), math.sqrt(x * x + y * y + z * z)
    if level <= 1e-6 * max(far, 1e-300):
        raise NotPlausible("target", expected="to the side of the camera, not straight above or below")
    ahead = (x / far, y / far, z / far)
    right = (y / level, -x / level, 0.0)
    down = (ahead[1] * right[2] - ahead[2] * right[1], ahead[2] * right[0] - ahead[0] * right[2],
            ahead[0] * right[1] - ahead[1] * right[0])  # fmt: skip
    return right, down, ahead
