"""What a degree of posture is worth: how the drag area of efforts moves with the angles of the body."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from paceline.domain.errors import NotIdentifiable, TooFewSamples
from paceline.measure.estimates import Estimate
from paceline.measure.quantities import Floats

MODEL = "drag area by posture"

TOGETHER = 10.0
"""Variance inflation from which two angles are said to have moved together."""

UNSURE = 0.1
"""Largest share of an angle's variance between efforts that may be its own error: the slope is too small by as much."""

_STILL = 1e-9
_ALIKE = 1e10


@dataclass(frozen=True, slots=True)
class DragByPosture:
    """A line through the efforts.

    Attributes:
        slopes: angle → m² for a degree more, with its standard error.
        level: m² at the mean of all angles, with its standard error.
        means: angle → its mean over the efforts, °.
        scatter: m², standard deviation of what the line leaves.
        explained: share of the variance of the drag area that the line takes away, of one.
    """

    slopes: Mapping[str, Estimate]
    level: Estimate
    means: Mapping[str, float]
    scatter: float
    explained: float


def drag_by_posture(
    cda: Floats,
    angles: Mapping[str, Floats],
    *,
    cda_error: Floats | None = None,
    angle_errors: Mapping[str, float] = {},
) -> DragByPosture:
    """The slopes of CdA = level + Σ slope · (angle − its mean), by least squares over efforts.

    It says what went along with the drag area in these efforts, not what caused it: a rider who ducks may bend the
    elbows too. Change one thing at a time.

    Args:
        cda: (effort,), m²; an effort where it or an angle is NaN is left out.
        angles: angle → (effort,), °, the mean of each effort.
        cda_error: (effort,), m², standard errors; a worse effort counts less. Equal if left out.
        angle_errors: angle → °, standard error of an effort's mean; 0 if left out.

    Returns:
        Slopes with errors from the scatter around the line.

    Raises:
        TooFewSamples: fewer efforts than slopes and three.
        NotIdentifiable: an angle was the same in all efforts, differs by not much more than its own error, or two
            angles moved together.

    Source:
        Weighted linear least squares; the attenuation of a slope by errors of its regressor and the variance inflation
        factor are in any textbook of regression, such as Fuller (1987), Measurement Error Models, and Belsley, Kuh and
        Welsch (1980), Regression Diagnostics.

    >>> flat = np.array([10.0, 12.0, 14.0, 16.0])
    >>> found = drag_by_posture(0.20 + 0.002 * (flat - 13.0), {"torso_angle": flat})
    >>> round(found.slopes["torso_angle"].value, 6), round(found.level.value, 6)
    (0.002, 0.2)
    """
    names = tuple(angles)
    table = np.stack([cda, *(angles[name] for name in names)], axis=1)
    known = ~np.isnan(table).any(axis=1)
    weights = np.ones(len(cda)) if cda_error is None else 1.0 / np.square(cda_error)
    known &= np.isfinite(weights)
    need = len(names) + 3
    if not names or np.count_nonzero(known) < need:
        raise TooFewSamples(MODEL, need=need, got=int(np.count_nonzero(known)))
    weights = weights[known] / weights[known].sum()
    means = weights @ table[known]
    apart = table[known] - means
    for place, name in enumerate(names, start=1):
        _refuse_still(name, apart[:, place], angle_errors.get(name, 0.0))
    _refuse_together(names, apart[:, 1:], weights)
    return _line(names, apart, weights, means, left_out=int(np.count_nonzero(~known)))


def _line(names: tuple[str, ...], apart: Floats, weights: Floats, means: Floats, *, left_out: int) -> DragByPosture:
    observed, columns = apart[:, 0], apart[:, 1:]
    count = len(observed)
    freedom = count - len(names) - 1
    inverse = np.linalg.inv(columns.T @ (weights[:, None] * columns))
    slopes = inverse @ (columns.T @ (weights * observed))
    left = observed - columns @ slopes
    variance = float(weights @ left**2) * count / freedom
    errors = np.sqrt(variance / count * np.diag(inverse))
    total = float(weights @ observed**2)
    found = {name: Estimate(float(slope), float(error), count, left_out, freedom)
             for name, slope, error in zip(names, slopes, errors, strict=True)}  # fmt: skip
    level = Estimate(float(means[0]), float(np.sqrt(variance / count)), count, left_out, freedom)
    explained = 1.0 - float(weights @ left**2) / total if total > 0.0 else 0.0
    return DragByPosture(found, level, dict(zip(names, means[1:].tolist(), strict=True)), variance**0.5, explained)


def _refuse_still(name: str, apart: Floats, error: float) -> None:
    variance = float(np.var(apart, ddof=1))
    if variance <= _STILL:
        raise NotIdentifiable(
            MODEL, why=f"{name} was the same in all efforts", advice="Ride with it changed on purpose."
        )
    if error**2 > UNSURE * variance:
        why = f"{name} differs between efforts by little more than it is measured to"
        raise NotIdentifiable(MODEL, why=why, advice="Change it by more, or film for longer.")


def _refuse_together(names: tuple[str, ...], columns: Floats, weights: Floats) -> None:
    """Refuse where what one angle did can be told from the others."""
    scaled = columns / np.sqrt(weights @ columns**2)
    alike = scaled.T @ (weights[:, None] * scaled)
    alone = np.linalg.cond(alike) < _ALIKE
    inflation = np.diag(np.linalg.inv(alike)) if alone else np.full(len(names), np.inf)
    if inflation.max() > TOGETHER:
        worst = " and ".join(name for name, by in zip(names, inflation.tolist(), strict=True) if by > TOGETHER)
        advice = "Ask for one of them alone, or ride with one changed and the others not."
        raise NotIdentifiable(MODEL, why=f"{worst} moved together", advice=advice)
