"""Mechanical work done at the pedals."""

from __future__ import annotations

import numpy as np

from paceline.measure.catalogue import metric
from paceline.measure.quantities import Scalar, Watts


@metric("J", low=0.0, headline=True, label="Work")
def work(power: Watts, interval: Scalar) -> Scalar:
    """How much energy went into the bike.

    Args:
        power: (sample,), W; a sample without a reading adds nothing.
        interval: scalar, s, the step of the grid.

    Returns:
        scalar, J: the sum of power over time, where there was a reading.

    >>> work(np.array([200.0, np.nan, 300.0]), 1.0)
    500.0
    """
    return float(np.nansum(power)) * interval
