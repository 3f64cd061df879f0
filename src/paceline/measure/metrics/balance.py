"""Left and right, and how evenly each leg turns."""

from __future__ import annotations

import numpy as np

from paceline.domain.errors import TooFewSamples
from paceline.measure.catalogue import metric
from paceline.measure.quantities import Fractions, Scalar, Watts
from paceline.measure.readings import measured


@metric("1", low=0.0, high=1.0, headline=True, label="Work of the left leg")
def average_left_balance(left_balance: Fractions, power: Watts) -> Scalar:
    """Which share of the work came from the left leg.

    Args:
        left_balance: (sample,), fraction of the power.
        power: (sample,), W: what each sample's balance weighs.

    Returns:
        scalar, a fraction: Σ balance · power / Σ power over the samples with both, so that soft pedalling, where the
        balance is mostly noise, hardly counts.

    Raises:
        TooFewSamples: no sample has both and power above 0.

    >>> average_left_balance(np.array([0.5, 0.6, np.nan]), np.array([300.0, 100.0, 200.0]))  # (150 + 60) / 400
    0.525
    """
    both = ~np.isnan(left_balance) & (power > 0.0)
    if not both.any():
        raise TooFewSamples("average_left_balance", need=1, got=0)
    return float(np.sum(left_balance[both] * power[both]) / np.sum(power[both]))


@metric("1", low=0.0, high=1.0, label="Torque effectiveness, left")
def average_left_torque_effectiveness(left_torque_effectiveness: Fractions) -> Scalar:
    """How little the left leg pressed against the other while it came up.

    Args:
        left_torque_effectiveness: (sample,), fraction; a sample without a reading, or of 0 (no pedalling), does not
            count.

    Returns:
        scalar, fraction: the mean over the samples above 0.

    Raises:
        TooFewSamples: there is no reading above 0.

    >>> average_left_torque_effectiveness(np.array([0.75, 0.0, np.nan, 0.25]))
    0.5
    """
    return _while_pedalling(left_torque_effectiveness, "average_left_torque_effectiveness")


@metric("1", low=0.0, high=1.0, label="Torque effectiveness, right")
def average_right_torque_effectiveness(right_torque_effectiveness: Fractions) -> Scalar:
    """How little the right leg pressed against the other while it came up.

    Args:
        right_torque_effectiveness: (sample,), fraction; a sample without a reading, or of 0 (no pedalling), does not
            count.

    Returns:
        scalar, fraction: the mean over the samples above 0.

    Raises:
        TooFewSamples: there is no reading above 0.

    >>> average_right_torque_effectiveness(np.array([0.75, 0.0, np.nan, 0.25]))
    0.5
    """
    return _while_pedalling(right_torque_effectiveness, "average_right_torque_effectiveness")


@metric("1", low=0.0, high=1.0, label="Pedal smoothness, left")
def average_left_pedal_smoothness(left_pedal_smoothness: Fractions) -> Scalar:
    """How evenly the left leg drove the crank round.

    Args:
        left_pedal_smoothness: (sample,), fraction; a sample without a reading, or of 0 (no pedalling), does not count.

    Returns:
        scalar, fraction: the mean over the samples above 0.

    Raises:
        TooFewSamples: there is no reading above 0.

    >>> average_left_pedal_smoothness(np.array([0.25, 0.0, np.nan, 0.5]))
    0.375
    """
    return _while_pedalling(left_pedal_smoothness, "average_left_pedal_smoothness")


@metric("1", low=0.0, high=1.0, label="Pedal smoothness, right")
def average_right_pedal_smoothness(right_pedal_smoothness: Fractions) -> Scalar:
    """How evenly the right leg drove the crank round.

    Args:
        right_pedal_smoothness: (sample,), fraction; a sample without a reading, or of 0 (no pedalling), does not count.

    Returns:
        scalar, fraction: the mean over the samples above 0.

    Raises:
        TooFewSamples: there is no reading above 0.

    >>> average_right_pedal_smoothness(np.array([0.25, 0.0, np.nan, 0.5]))
    0.375
    """
    return _while_pedalling(right_pedal_smoothness, "average_right_pedal_smoothness")


def _while_pedalling(values: Fractions, name: str) -> float:
    return float(measured(np.where(values > 0.0, values, np.nan), name).mean())
