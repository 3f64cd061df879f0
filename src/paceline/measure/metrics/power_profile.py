"""The power profile: the best power at the durations that tell a sprinter from a time triallist."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from paceline.domain.errors import TooFewSamples
from paceline.measure.catalogue import metric
from paceline.measure.metrics.mean_max import BestEfforts
from paceline.measure.quantities import Floats, Scalar, Seconds

DURATIONS = (5.0, 60.0, 300.0, 1200.0, 3600.0)


@dataclass(frozen=True, eq=False)
class PowerProfile:
    """Best power at 5 s and at 1, 5, 20 and 60 min.

    Attributes:
        durations: (effort,), s.
        power: (effort,), W or W/kg; NaN where the ride is too short.
    """

    durations: Seconds
    power: Floats


@metric("W", nan=True, label="Power profile")
def power_profile(best_efforts: BestEfforts) -> PowerProfile:
    """The best power of the ride at 5 s and at 1, 5, 20 and 60 min: a lower bound of what the athlete can do.

    Args:
        best_efforts: its gap rule is the profile's. On a grid on which a duration is no whole number of cells, the
            nearest best effort up to a quarter off stands for it.

    Returns:
        NaN for durations that the ride is too short for.

    Raises:
        TooFewSamples: the ride is shorter than 5 s.

    >>> t = np.array([1.0, 5.0, 60.0])
    >>> power_profile(BestEfforts(t, np.array([900.0, 800.0, 400.0]), 0 * t, t / t)).power.tolist()
    [800.0, 400.0, nan, nan, nan]
    """
    known, power = best_efforts.durations, best_efforts.power
    if known.size == 0 or known[-1] < 0.75 * DURATIONS[0]:
        raise TooFewSamples("power_profile", need=5, got=int(known[-1]) if known.size else 0)
    asked = np.array(DURATIONS)
    nearest = np.abs(known[:, None] - asked).argmin(axis=0)
    near = np.abs(known[nearest] - asked) <= 0.25 * asked
    return PowerProfile(np.where(near, known[nearest], asked), np.where(near, power[nearest], np.nan))


@metric("W/kg", nan=True, label="Power profile per kilogram")
def power_profile_per_kg(power_profile: PowerProfile, mass: Scalar) -> PowerProfile:
    """The power profile for each kilogram of body mass: what counts uphill, and compares riders.

    Args:
        power_profile: W; NaN where the ride is too short.
        mass: scalar, kg, of the athlete on the day.

    Returns:
        W/kg; NaN likewise.

    >>> power_profile_per_kg(PowerProfile(np.array([5.0]), np.array([800.0])), 80.0).power.tolist()
    [10.0]
    """
    return PowerProfile(power_profile.durations, power_profile.power / mass)
