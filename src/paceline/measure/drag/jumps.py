"""Speed readings that no road explains: a magnet counted twice or not at all, or a touch of the brakes.

A step into a jump of speed needs a virtual slope that no test road has. Where one such step up in speed is followed by
one down (or the other way round) within a few seconds, the readings between them are put on the straight line between
their neighbours, and counted. A single such step, as braking makes it, is left as it is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from paceline.measure.drag.elevation import Steps, virtual_slope
from paceline.measure.quantities import MetresPerSecond

STEEPEST = 0.15
"""Slope that no road has on which drag is tested."""
LONGEST = 5.0
"""s, from the first to the last reading of a jump: what `record.repairs` fills at most."""


@dataclass(frozen=True, eq=False, slots=True)
class Smoothed:
    """A speed without jumps.

    Attributes:
        speed: (sample,), m/s.
        repaired: how many readings were put on a line.
    """

    speed: MetresPerSecond
    repaired: int


def without_jumps(
    speed: MetresPerSecond,
    found: Steps,
    interval: float,
    *,
    cda: float = 0.3,
    crr: float = 0.004,
    steepest: float = STEEPEST,
) -> Smoothed:
    """The speed with its jumps on a straight line.

    Args:
        speed: (sample,), m/s; NaN where absent, and left so.
        found: the steps of the same ride.
        interval: s.
        cda: m², roughly; jumps are ten times what an error of it makes.
        crr: roughly.
        steepest: slope beyond which a step is a jump.
    """
    slope = virtual_slope(found, cda=cda, crr=crr)
    with np.errstate(invalid="ignore"):
        edges = np.flatnonzero(np.abs(slope) > steepest)
    reach = int(LONGEST / interval)
    wrong = np.zeros(speed.shape, bool)
    place = 0
    while place < edges.size - 1:
        first, last = edges[place], edges[place + 1]
        opposite = slope[first] * slope[last] < 0.0
        if last - first <= reach and opposite:
            wrong[first:last] = True
            place += 1
        place += 1
    if not wrong.any():
        return Smoothed(speed, 0)
    at = np.arange(speed.size)
    known = ~wrong & ~np.isnan(speed)
    return Smoothed(np.where(wrong, np.interp(at, at[known], speed[known]), speed), int(np.count_nonzero(wrong)))
