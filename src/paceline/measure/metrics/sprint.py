"""A sprint: torque that falls as cadence rises, and the power between; and the speed at an effort's ends."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from paceline.domain.errors import NotIdentifiable, TooFewSamples
from paceline.measure.catalogue import metric
from paceline.measure.estimates import Estimate
from paceline.measure.quantities import MetresPerSecond, NewtonMetres, PerMinute, Scalar

LONGEST = 60.0
"""s; nobody goes all-out for longer, and what is not all-out says nothing of what the legs can do."""

FEWEST = 6
SPREAD = 1.3
"""Highest over lowest cadence, below which no line can be told."""

_PER_MINUTE = 2.0 * np.pi / 60.0
_ENDS = 1.0
"""s at either end of an effort in which its speed there must have been measured."""


@dataclass(frozen=True, slots=True)
class TorqueCadence:
    """The straight line of torque over cadence, and what follows from it; each with its standard error.

    Attributes:
        maximal_torque: N·m, where the line meets a standing crank.
        maximal_cadence: 1/min, where it meets no torque.
        maximal_power: W, top of the parabola that power is.
        optimal_cadence: 1/min, where that is: half of the maximal one.
        optimal_torque: N·m there: half of the maximal one.
        explained: share of the torque's variance that the line explains.
    """

    maximal_torque: Estimate
    maximal_cadence: Estimate
    maximal_power: Estimate
    optimal_cadence: Estimate
    optimal_torque: Estimate
    explained: float


@metric("W", low=0.0, label="Torque and cadence", known_as=("force-velocity profile", "Pmax", "f_opt"))
def torque_cadence(torque: NewtonMetres, cadence: PerMinute, elapsed_time: Scalar) -> TorqueCadence:
    """What the legs can do all-out: torque falls in a straight line with cadence, so that power is a parabola.

    It says something of an all-out sprint from low to high cadence alone: every sample with torque and cadence counts.

    Args:
        torque: (sample,), N·m; NaN where nothing was measured. The mean over whole turns of the crank.
        cadence: (sample,), 1/min.
        elapsed_time: scalar, s, at most 60.

    Returns:
        Estimates; the standard errors of what follows from the line are by propagation (delta method).

    Raises:
        TooFewSamples: fewer than six samples with both above 0.
        NotIdentifiable: longer than a sprint, the cadence hardly changes, or the torque does not fall with it.

    Source:
        The linear and parabolic relations as in Dorel et al. (2005), who found 118.5 N·m at 129.8/min and 1600 W on
        average over 12 elite sprinters.

    >>> cadence = np.array([60.0, 90.0, 120.0, 150.0, 180.0, 200.0])
    >>> found = torque_cadence(240.0 - 0.96 * cadence, cadence, 6.0)        # 240 N·m and 250/min: 120 N·m at 125/min
    >>> round(found.optimal_torque.value, 6), round(found.optimal_cadence.value, 6)
    (120.0, 125.0)
    >>> round(found.maximal_power.value, 1)                                 # 120 · 125 · 2π/60
    1570.8
    """
    if elapsed_time > LONGEST:
        advice = "Choose the sprint as an effort."
        raise NotIdentifiable("torque_cadence", why=f"nobody goes all-out for more than {LONGEST:g} s", advice=advice)
    known = (torque > 0.0) & (cadence > 0.0)
    if (count := int(np.count_nonzero(known))) < FEWEST:
        raise TooFewSamples("torque_cadence", need=FEWEST, got=count)
    rate, pressed = cadence[known], torque[known]
    if rate.max() < SPREAD * rate.min():
        raise NotIdentifiable("torque_cadence", why="the cadence hardly changes", advice="Use a standing start.")
    columns = np.stack([np.ones(count), rate], axis=1)
    line = np.linalg.lstsq(columns, pressed, rcond=None)[0]
    left = pressed - columns @ line
    covariance = float(left @ left) / (count - 2) * np.linalg.inv(columns.T @ columns)
    zero, slope = float(line[0]), float(line[1])
    if slope >= 0.0 or zero <= 0.0 or np.ptp(pressed) == 0.0:  # rounding can make a level line fall
        raise NotIdentifiable("torque_cadence", why="the torque does not fall as the cadence rises")

    def told(value: float, *gradient: float) -> Estimate:
        error = float(np.array(gradient) @ covariance @ np.array(gradient)) ** 0.5
        return Estimate(value, error, count, int(torque.size) - count, count - 2)

    end, spread = -zero / slope, pressed - pressed.mean()
    return TorqueCadence(
        maximal_torque=told(zero, 1.0, 0.0),
        maximal_cadence=told(end, -1.0 / slope, zero / slope**2),
        maximal_power=told(zero * end / 4.0 * _PER_MINUTE, *(_PER_MINUTE / 4.0 * np.array([2.0 * end, end**2]))),
        optimal_cadence=told(end / 2.0, -0.5 / slope, zero / (2.0 * slope**2)),
        optimal_torque=told(zero / 2.0, 0.5, 0.0),
        explained=1.0 - float(left @ left) / float(spread @ spread),
    )


@metric("m/s", low=0.0, high=45.0)
def entry_speed(speed: MetresPerSecond, interval: Scalar) -> Scalar:
    """The speed with which the effort began.

    Args:
        speed: (sample,), m/s; NaN where nothing was measured.
        interval: scalar, s, the step of the grid.

    Returns:
        scalar, m/s: the first reading, which must lie in the first second (or be the first sample of a coarser grid).

    Raises:
        TooFewSamples: nothing was measured there.

    >>> entry_speed(np.array([12.0, 13.0, np.nan]), 1.0)
    12.0
    """
    return _end(speed, interval, "entry_speed")


@metric("m/s", low=0.0, high=45.0)
def exit_speed(speed: MetresPerSecond, interval: Scalar) -> Scalar:
    """The speed with which the effort ended.

    Args:
        speed: (sample,), m/s; NaN where nothing was measured.
        interval: scalar, s, the step of the grid.

    Returns:
        scalar, m/s: the last reading, which must lie in the last second (or be the last sample of a coarser grid).

    Raises:
        TooFewSamples: nothing was measured there.

    >>> exit_speed(np.array([12.0, 13.0, 14.5]), 1.0)
    14.5
    """
    return _end(speed[::-1], interval, "exit_speed")


def _end(speed: MetresPerSecond, interval: float, metric: str) -> float:
    near = speed[: max(round(_ENDS / interval), 1)]
    known = near[~np.isnan(near)]
    if not known.size:
        raise TooFewSamples(metric, need=1, got=0)
    return float(known[0])
