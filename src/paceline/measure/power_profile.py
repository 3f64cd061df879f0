"""The power profile over several rides: the best power ever held for each duration, and in which ride."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from paceline.domain.errors import TooFewSamples
from paceline.measure.quantities import Watts


@dataclass(frozen=True, eq=False)
class RecordProfile:
    """The best of several rides.

    Attributes:
        power: (duration,), W; NaN where no ride was long enough.
        ride: (duration,), the place in the list of the ride it comes from, the first of equal ones; -1 where there is
            none.
    """

    power: Watts
    ride: npt.NDArray[np.int64]


def power_profile(curves: Sequence[Watts]) -> RecordProfile:
    """The best power of several rides for each duration.

    Args:
        curves: one (duration,) a ride, W, as the metric `mean_max` gives it on the same grid: element k is for k + 1
            steps; of any lengths, NaN where a ride has no value.

    Raises:
        TooFewSamples: there is no curve.

    Source:
        Pinot and Grappe (2011), "The record power profile to assess performance in elite cyclists", as scikit-sports
        computes it.

    >>> best = power_profile([np.array([500.0, 400.0]), np.array([450.0, 420.0, 300.0])])
    >>> best.power.tolist(), best.ride.tolist()
    ([500.0, 420.0, 300.0], [0, 1, 1])
    """
    if not curves:
        raise TooFewSamples("power_profile", need=1, got=0)
    table = np.full((len(curves), max(curve.size for curve in curves)), -np.inf)
    for row, curve in zip(table, curves, strict=True):
        row[: curve.size] = np.where(np.isnan(curve), -np.inf, curve)
    ride = table.argmax(axis=0)
    power = table[ride, np.arange(table.shape[1])]
    found = np.isfinite(power)
    return RecordProfile(np.where(found, power, np.nan), np.where(found, ride, -1).astype(np.int64))
