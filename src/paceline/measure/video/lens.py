"""What a lens does to straight lines, and how to undo it: the Brown-Conrady model.

x' = x (1 + k1 r² + k2 r⁴ + k3 r⁶) + 2 p1 x y + p2 (r² + 2 x²), and y' likewise with p1 and p2 exchanged, in coordinates
that are measured from the principal point in focal lengths.

Source: OpenCV's camera calibration (cameraMatrix, distCoeffs k1, k2, p1, p2, k3); the same polynomial is printed in
NVIDIA's DRIVE OS API reference, NvMediaLensDistortion.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from paceline.measure.quantities import Floats

_TURNS = 30
_STILL = 1e-13
"""In focal lengths: the next step would be its square."""

_CLOSE = 1e-10
"""In focal lengths: 10⁻⁷ px."""


def distorted(ideal: Floats, coefficients: Sequence[float]) -> Floats:
    """Where the lens puts what a pinhole would put elsewhere.

    Args:
        ideal: (..., 2), in focal lengths from the principal point; NaN stays NaN.
        coefficients: k1, k2, p1, p2, k3.

    >>> distorted(np.array([0.5, 0.0]), [0.2, 0.0, 0.0, 0.0, 0.0]).tolist()     # 0.5 · (1 + 0.2 · 0.25)
    [0.525, 0.0]
    """
    k1, k2, p1, p2, k3 = coefficients
    x, y = ideal[..., 0], ideal[..., 1]
    square = x * x + y * y
    radial = 1.0 + square * (k1 + square * (k2 + square * k3))
    across = x * radial + 2.0 * p1 * x * y + p2 * (square + 2.0 * x * x)
    down = y * radial + p1 * (square + 2.0 * y * y) + 2.0 * p2 * x * y
    return np.stack([across, down], axis=-1)


def stretch(ideal: Floats, coefficients: Sequence[float]) -> Floats:
    """Derivatives of `distorted`, (..., 2, 2).

    Args:
        ideal: (..., 2), in focal lengths.
        coefficients: k1, k2, p1, p2, k3.
    """
    k1, k2, p1, p2, k3 = coefficients
    x, y = ideal[..., 0], ideal[..., 1]
    square = x * x + y * y
    radial = 1.0 + square * (k1 + square * (k2 + square * k3))
    slope = 2.0 * (k1 + square * (2.0 * k2 + square * 3.0 * k3))
    mixed = x * y * slope + 2.0 * p1 * x + 2.0 * p2 * y
    across = radial + x * x * slope + 2.0 * p1 * y + 6.0 * p2 * x
    down = radial + y * y * slope + 6.0 * p1 * y + 2.0 * p2 * x
    return np.stack([np.stack([across, mixed], axis=-1), np.stack([mixed, down], axis=-1)], axis=-2)


def undistorted(seen: Floats, coefficients: Sequence[float]) -> Floats:
    """Where a pinhole would have put it, by Newton's method.

    Args:
        seen: (..., 2), in focal lengths; NaN stays NaN.
        coefficients: k1, k2, p1, p2, k3.

    Returns:
        (..., 2); NaN where no ideal point leads there, or where the model folds over: such coefficients are not meant
        for so wide an angle.

    >>> undistorted(np.array([0.525, 0.0]), [0.2, 0.0, 0.0, 0.0, 0.0]).round(9).tolist()
    [0.5, 0.0]
    """
    ideal = np.array(seen, np.float64)
    if not any(coefficients):
        return ideal
    with np.errstate(invalid="ignore", over="ignore", divide="ignore"):
        for _ in range(_TURNS):
            off, slope = distorted(ideal, coefficients) - seen, stretch(ideal, coefficients)
            across, mixed, down = slope[..., 0, 0], slope[..., 0, 1], slope[..., 1, 1]
            area = across * down - mixed * mixed
            step = np.stack([down * off[..., 0] - mixed * off[..., 1], across * off[..., 1] - mixed * off[..., 0]], -1)
            change = step / area[..., None]
            ideal = ideal - change
            if not np.any(np.abs(change) > _STILL):
                break
        missed = np.hypot(*np.moveaxis(distorted(ideal, coefficients) - seen, -1, 0))
        slope = stretch(ideal, coefficients)
        upright = slope[..., 0, 0] * slope[..., 1, 1] > slope[..., 0, 1] ** 2
        good = (missed <= _CLOSE) & upright & (slope[..., 0, 0] > 0.0)
    return np.where(good[..., None], ideal, np.nan)
