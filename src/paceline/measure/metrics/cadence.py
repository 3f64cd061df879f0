"""Cadence."""

from __future__ import annotations

import numpy as np

from paceline.measure.catalogue import metric
from paceline.measure.quantities import PerMinute, Scalar
from paceline.measure.readings import measured


@metric("1/min", low=0.0, high=300.0, headline=True, label="Average cadence")
def average_cadence(cadence: PerMinute) -> Scalar:
    """How fast the athlete pedalled, while pedalling: coasting does not count.

    Args:
        cadence: (sample,), 1/min; a sample without a reading, or of 0, does not count.

    Returns:
        scalar, 1/min: the mean over the samples above 0.

    Raises:
        TooFewSamples: there is no reading above 0.

    >>> average_cadence(np.array([90.0, 0.0, np.nan, 80.0]))
    85.0
    """
    return float(measured(np.where(cadence > 0.0, cadence, np.nan), "average_cadence").mean())


@metric("1/min", low=0.0, high=300.0, label="Maximal cadence")
def maximal_cadence(cadence: PerMinute) -> Scalar:
    """The fastest pedalling, as the mean over one sample.

    Args:
        cadence: (sample,), 1/min; a sample without a reading does not count.

    Returns:
        scalar, 1/min.

    Raises:
        TooFewSamples: nothing was measured.

    >>> maximal_cadence(np.array([90.0, 0.0, np.nan]))
    90.0
    """
    return float(measured(cadence, "maximal_cadence").max())
