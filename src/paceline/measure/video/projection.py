"""From the track to the image and back: what a calibrated camera sees of a point, and along which ray a pixel lies."""

from __future__ import annotations

import numpy as np

from paceline.domain.cameras import Camera
from paceline.measure.quantities import Floats, Metres
from paceline.measure.video.lens import distorted, stretch, undistorted


def in_camera(points: Metres, camera: Camera) -> Metres:
    """Points of the track's frame, (..., 3), m, in the camera's: right, down, ahead."""
    turned: Metres = (points - np.array(camera.position)) @ np.array(camera.rotation).T
    return turned


def pixels_of(points: Metres, camera: Camera) -> Floats:
    """Where a camera sees points.

    Args:
        points: (..., 3), m, in the track's frame; NaN where unknown.
        camera: which.

    Returns:
        (..., 2), px across and down; NaN behind the camera. A place beyond the image's edge is given all the same.

    >>> straight = Camera("made", (1000.0, 1000.0), (960.0, 540.0), ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
    ...                   (0.0, 0.0, 0.0))
    >>> pixels_of(np.array([1.0, -0.5, 10.0]), straight).tolist()       # 960 + 1000 · 1 / 10, 540 − 1000 · 0.5 / 10
    [1060.0, 490.0]
    """
    own = in_camera(points, camera)
    depth = np.where(own[..., 2] > 0.0, own[..., 2], np.nan)
    ideal = own[..., :2] / depth[..., None]
    return np.asarray(distorted(ideal, camera.distortion) * camera.focal + np.array(camera.centre))


def sensitivity(points: Metres, camera: Camera) -> Floats:
    """How the pixel moves with the point: derivatives of `pixels_of`, (..., 2, 3), px/m; NaN behind the camera."""
    own = in_camera(points, camera)
    depth = np.where(own[..., 2] > 0.0, own[..., 2], np.nan)
    ideal = own[..., :2] / depth[..., None]
    pinhole = np.zeros((*depth.shape, 2, 3))
    pinhole[..., 0, 0] = pinhole[..., 1, 1] = 1.0 / depth
    pinhole[..., :, 2] = -ideal / depth[..., None]
    bent = stretch(ideal, camera.distortion) * np.array(camera.focal)[:, None]
    return np.asarray(bent @ pinhole @ np.array(camera.rotation))


def rays_of(pixels: Floats, camera: Camera) -> Floats:
    """The directions of pixels, (..., 2): right and down over ahead in the camera's frame; NaN stays NaN."""
    return undistorted((pixels - np.array(camera.centre)) / camera.focal, camera.distortion)
