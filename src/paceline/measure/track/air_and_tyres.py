"""Drag area and rolling resistance together, from half laps at different speeds: the air takes more of the fast ones.

Three things are told apart: what grows with the air, what grows with the load on the tyres, and what went into speed.
The last is measured with the same meter and the same mass as the others. Where it comes out a hundredth too small, so
do the other two, whether it was the meter or the mass: rolling resistance is therefore taken against it, and needs
neither. Drag area does need the meter.

A gust, or a meter that wanders, lasts as long as several half laps. How much of the error lasts, and for how long, is
asked of the readings, and where they can't say, the interval is wide: on a windy day rolling resistance is not known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from paceline.domain.errors import TooFewSamples
from paceline.measure.estimates import Estimate
from paceline.measure.quantities import Floats
from paceline.measure.track.half_laps import HalfLaps, Load
from paceline.measure.wandering import Shape, forgetting, wandering_regression

MEMORIES = (10.0, 20.0, 40.0)
"""s, for which an error may last."""

LASTING = (0.0, 0.02, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 0.9, 0.95, 1.0)
"""Shares of the error that may last."""

AT_ENDS = (0.0, 0.5, 0.9, 0.97)
"""Shares of the rest that may come from the speed at the ends, which one half lap gains and the next one loses."""

INERTIA = 0.05
"""One standard deviation of what may be wrong with mass and power together: more than a bad scale."""

FEWEST = 12
"""Half laps, below which errors that last can't be told from speeds."""

_NAME = "drag area beside rolling resistance"


@dataclass(frozen=True, slots=True)
class AirAndTyres:
    """Both resistances of one or several runs in one position.

    Attributes:
        cda: drag area, m².
        crr: coefficient of rolling resistance.
        lasting: share of the error that lasts, as likely as the readings make it.
    """

    cda: Estimate
    crr: Estimate
    lasting: float


def air_and_tyres(runs: Sequence[HalfLaps], *, load: Load, skip: int = 2) -> AirAndTyres:
    """The drag area and the rolling resistance that balance all half laps.

    The two halves of a lap may differ, in their air or in how the bends were entered: they may lie off by one amount
    each way.

    Args:
        runs: at different speeds, by `half_lap_drag`; their own drag areas have no part in it.
        load: as it was given to `half_lap_drag`; its rolling resistance has no part in it.
        skip: half laps at the beginning of each run to leave out.

    Raises:
        TooFewSamples: fewer than twelve half laps that were measured throughout.
        NotIdentifiable: they were all ridden at one speed.
    """
    parts = [_Part.of(run, load, skip) for run in runs]
    work, air, pressed, kinetic, side = (np.concatenate([getattr(part, n) for part in parts]) for n in _Part.COLUMNS)
    if work.size < FEWEST:
        raise TooFewSamples(_NAME, need=FEWEST, got=int(work.size))
    known = np.array([np.inf, np.inf, np.inf, INERTIA])
    columns = np.stack([air, pressed, side * air, kinetic], axis=1)
    grid = [(lasting, memory, ends) for lasting, memory, ends in product(LASTING, MEMORIES, AT_ENDS)]
    shapes = [_shape(parts, *each) for each in grid]
    found = wandering_regression(columns, work - kinetic, shapes=shapes, known=known, model=_NAME)
    lost = sum(part.lost for part in parts)
    cda = found.estimate(0, discarded=lost)
    cda = cda.widened(float(np.hypot(load.power_error, load.air_density_error)) * cda.value)
    cda = replace(cda, value=cda.value - load.wheel_drag_area)
    against = replace(found, parameters=found.parameters + np.array([0.0, 0.0, 0.0, 1.0]))
    return AirAndTyres(cda, against.ratio(1, 3, discarded=lost), float(found.likely @ np.array([g[0] for g in grid])))


@dataclass(frozen=True, eq=False)
class _Part:
    """The half laps of one run that count, (half lap,) each, and how errors may hang together in it."""

    COLUMNS = ("work", "air", "pressed", "kinetic", "side")

    work: Floats
    air: Floats
    pressed: Floats
    kinetic: Floats
    side: Floats
    start: Floats
    stop: Floats
    ends: Floats
    lost: int

    @classmethod
    def of(cls, run: HalfLaps, load: Load, skip: int) -> _Part:
        known = ~np.isnan(run.cda)
        own = np.flatnonzero(known & (np.arange(known.size) >= skip))
        bearing = run.rolling - load.crr * run.pressed
        return cls(
            work=(run.work - bearing)[own], air=run.load[own], pressed=run.pressed[own], kinetic=run.kinetic[own],
            side=np.where(run.home, 1.0, -1.0)[own], start=run.start[own], stop=run.stop[own],
            ends=_ends(run.stop - run.start)[np.ix_(own, own)], lost=int(np.count_nonzero(~known[skip:])),
        )  # fmt: skip

    @property
    def power(self) -> Floats:
        """W, the mean of each half lap: errors that last are a share of it."""
        return np.asarray(self.work / (self.stop - self.start))


def _ends(duration: Floats) -> Floats:
    """Covariance of half laps that share their ends, but for a factor: an error of speed counts as the speed does."""
    speed = 1.0 / duration
    at = np.concatenate([speed[:1], (speed[1:] + speed[:-1]) / 2.0, speed[-1:]])
    change = np.diff(np.eye(at.size), axis=0) * at
    return np.asarray(change @ change.T)


def _shape(parts: Sequence[_Part], lasting: float, memory: float, ends: float) -> Shape:
    """The errors of all runs, of which none reaches into the next."""
    duration = np.concatenate([part.stop - part.start for part in parts])
    power = np.concatenate([part.power for part in parts])
    usual = float(np.mean(power**2 * duration))
    at_ends = float(np.mean(np.concatenate([np.diag(part.ends) for part in parts])))
    covariance, first = np.diag(1e-9 * power**2 * duration), 0
    for part in parts:
        own = slice(first, first + part.work.size)
        brief = (1.0 - ends) * np.diag(part.power**2 * (part.stop - part.start)) + ends * usual / at_ends * part.ends
        long = np.outer(part.power, part.power) * forgetting(part.start, part.stop, memory=memory)
        covariance[own, own] += (1.0 - lasting) * brief + lasting * long
        first = own.stop
    count = float(duration.size)
    return Shape(covariance / usual, (1.0 - lasting) * count + lasting * float(duration.sum()) / memory)
