"""Torque at the cranks or hub."""

from __future__ import annotations

import numpy as np

from paceline.measure.catalogue import metric
from paceline.measure.quantities import NewtonMetres, Scalar
from paceline.measure.readings import measured


@metric("N·m", low=-50.0, high=400.0, label="Average torque")
def average_torque(torque: NewtonMetres) -> Scalar:
    """How hard the athlete pressed on average, coasting included.

    Args:
        torque: (sample,), N·m; a sample without a reading does not count, one of 0 does.

    Returns:
        scalar, N·m: the mean over the samples with a reading.

    Raises:
        TooFewSamples: nothing was measured.

    >>> average_torque(np.array([30.0, np.nan, 0.0]))
    15.0
    """
    return float(measured(torque, "average_torque").mean())


@metric("N·m", low=-50.0, high=400.0, label="Maximal torque")
def maximal_torque(torque: NewtonMetres) -> Scalar:
    """The hardest press, as the mean over one sample.

    Args:
        torque: (sample,), N·m; a sample without a reading does not count.

    Returns:
        scalar, N·m.

    Raises:
        TooFewSamples: nothing was measured.

    >>> maximal_torque(np.array([30.0, np.nan, 0.0]))
    30.0
    """
    return float(np.max(measured(torque, "maximal_torque")))
