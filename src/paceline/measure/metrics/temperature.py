"""Temperature at the device, which lags behind the air by minutes and runs warm in the sun."""

from __future__ import annotations

import numpy as np

from paceline.measure.catalogue import metric
from paceline.measure.quantities import Celsius, Scalar
from paceline.measure.readings import measured


@metric("°C", low=-40.0, high=60.0, label="Average temperature", personal=False)
def average_temperature(temperature: Celsius) -> Scalar:
    """How warm it was on average.

    Args:
        temperature: (sample,), °C; a sample without a reading does not count.

    Returns:
        scalar, °C: the mean over the samples with a reading.

    Raises:
        TooFewSamples: nothing was measured.

    >>> average_temperature(np.array([20.0, np.nan, 22.0]))
    21.0
    """
    return float(np.mean(measured(temperature, "average_temperature")))


@metric("°C", low=-40.0, high=60.0, label="Highest temperature", personal=False)
def maximal_temperature(temperature: Celsius) -> Scalar:
    """How warm it got.

    Args:
        temperature: (sample,), °C; a sample without a reading does not count.

    Returns:
        scalar, °C.

    Raises:
        TooFewSamples: nothing was measured.

    >>> maximal_temperature(np.array([20.0, np.nan, 22.0]))
    22.0
    """
    return float(np.max(measured(temperature, "maximal_temperature")))


@metric("°C", low=-40.0, high=60.0, label="Lowest temperature", personal=False)
def minimal_temperature(temperature: Celsius) -> Scalar:
    """How cold it got.

    Args:
        temperature: (sample,), °C; a sample without a reading does not count.

    Returns:
        scalar, °C.

    Raises:
        TooFewSamples: nothing was measured.

    >>> minimal_temperature(np.array([20.0, np.nan, 22.0]))
    20.0
    """
    return float(np.min(measured(temperature, "minimal_temperature")))
