"""What was measured of a series: its readings, without the places where there are none."""

from __future__ import annotations

import numpy as np

from paceline.domain.errors import TooFewSamples
from paceline.measure.quantities import Floats


def measured(values: Floats, metric: str, *, need: int = 1) -> Floats:
    """The readings of a series, in order.

    Args:
        values: (sample,), NaN where nothing was measured.
        metric: who asks, for the error.
        need: how many readings its definition takes.

    Raises:
        TooFewSamples: there are fewer.

    >>> measured(np.array([1.0, np.nan, 3.0]), "average").tolist()
    [1.0, 3.0]
    """
    present = values[~np.isnan(values)]
    if present.size < need:
        raise TooFewSamples(metric, need=need, got=int(present.size))
    return present
