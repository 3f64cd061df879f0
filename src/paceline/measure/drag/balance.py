"""Drag area on a track: over whole laps what is ridden up is ridden down, so that energy alone decides.

Bends and straights differ, and so do the two halves of a lap: the rider's centre of mass moves slower than the wheels
in a bend, and the air moves with the riders. A window is therefore a whole lap, beginning anywhere.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from paceline.domain.errors import TooFewSamples
from paceline.measure.drag import linear
from paceline.measure.drag.closure import NAME, Run, Windows, windows
from paceline.measure.drag.elevation import Steps
from paceline.measure.estimates import Estimate
from paceline.measure.quantities import Floats, MetresPerSecond

PLACES = 24
"""Per lap, at which a window may begin."""
STEADY = 0.8
"""In a window that counts the slowest reading is at least this share of the fastest: no start, no rest, no roll-out."""
FAR = 3.5
"""Robust standard deviations from the median, beyond which a window is an outlier."""
MOST = 0.1
"""Share of the windows that may be left out as outliers: the farthest ones."""
FEWEST = 3
"""Whole laps, below which a ride says nothing."""
_NORMAL = 1.4826
"""The standard deviation of a normal distribution over its median absolute deviation."""


@dataclass(frozen=True, eq=False, slots=True)
class Balance:
    """The drag area of a ride, and of its windows.

    Attributes:
        cda: m²; `used` and `discarded` count windows, the discarded ones outliers by the rule of `energy_balance`.
        windows: (window,), m², in order of time, outliers included.
        starts: (window,), m along the ride, where each begins.
        kept: (window,), whether it was used.
        laps: whole laps that lie end to end in the windows.
        share: of the windows that were discarded.
    """

    cda: Estimate
    windows: Floats
    starts: Floats
    kept: npt.NDArray[np.bool_]
    laps: int
    share: float


def energy_balance(steps: Steps, speed: MetresPerSecond, *, lap: float, crr: float) -> Balance:
    """The drag area that balances a ride's energy over its whole laps.

    A window is a lap long, begins every 1/24 of a lap, holds no absent reading, and is steady: its slowest reading is
    at least 0.8 of its fastest. One rule for outliers: of the windows that lie more than 3.5 robust standard deviations
    (1.4826 times the median absolute deviation) from the ride's median, the farthest are left out, at most a tenth of
    all. Overlapping windows share their errors in the standard error.

    Args:
        steps: the ride's energy, with the speed at which the centre of mass moves where that is known.
        speed: (sample,), m/s, of the same samples.
        lap: m, as the wheel measures it.
        crr: rolling resistance.

    Raises:
        TooFewSamples: fewer than three whole laps of steady riding.
    """
    distance = np.cumsum(np.nan_to_num(steps.distance))
    if distance.size == 0 or distance[-1] < lap:
        raise TooFewSamples("energy balance (whole laps)", need=FEWEST, got=0)
    on = np.diff(distance, prepend=-np.inf) > 0.0
    along = np.arange(distance[0], distance[-1], lap / PLACES)
    passed = np.interp(along, distance[on], np.flatnonzero(on))
    found = windows([Run("", steps, passed)], span=PLACES, crr=crr)
    steady = _steady(speed, passed, found.at)
    values = found.response[steady] / found.design[steady, 0]
    kept = _kept(values)
    at = found.at[steady][kept]
    laps = linear.end_to_end(np.zeros_like(at), at, PLACES)
    if laps < FEWEST:
        raise TooFewSamples("energy balance (whole laps)", need=FEWEST, got=laps)
    cda = _estimate(found, np.flatnonzero(steady)[kept], laps, discarded=int(np.count_nonzero(~kept)))
    return Balance(cda, values, along[found.at[steady]], kept, laps, float(np.mean(~kept)))


def _steady(speed: MetresPerSecond, passed: Floats, at: npt.NDArray[np.intp]) -> npt.NDArray[np.bool_]:
    first = np.floor(passed[at]).astype(np.intp)
    last = np.ceil(passed[at + PLACES]).astype(np.intp)
    inside = [speed[a : b + 1] for a, b in zip(first.tolist(), last.tolist(), strict=True)]
    return np.array([part.min() >= STEADY * part.max() for part in inside], bool)


def _kept(values: Floats) -> npt.NDArray[np.bool_]:
    if values.size == 0:
        return np.zeros(0, bool)
    off = np.abs(values - np.median(values))
    limit = FAR * _NORMAL * float(np.median(off))
    allowed = int(MOST * values.size)
    order = np.argsort(-off, kind="stable")[:allowed]
    kept = np.ones(values.size, bool)
    kept[order[off[order] > limit]] = False
    return kept


def _estimate(found: Windows, rows: npt.NDArray[np.intp], laps: int, *, discarded: int) -> Estimate:
    fit = linear.fit(
        found.design[rows], found.response[rows], run=found.run[rows], at=found.at[rows], overlap=PLACES, name=NAME
    )
    variance = float(np.mean(fit.residuals**2)) * laps / (laps - 1)
    error = float(np.sqrt(variance * fit.spread[0, 0]))
    return Estimate(float(fit.parameters[0]), error, rows.size, discarded, laps - 1)
