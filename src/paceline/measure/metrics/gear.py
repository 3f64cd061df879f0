"""The gear, from speed and cadence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from paceline.domain.errors import NotIdentifiable
from paceline.measure.catalogue import metric
from paceline.measure.quantities import MetresPerSecond, PerMinute, Scalar
from paceline.measure.readings import measured

TURNING = 30.0
"""1/min; slower, cadence is too coarse to tell a gear."""

ONE_GEAR = 0.02
"""Middle half of the ratios within this share of their median: a fixed gear, or one that was not changed."""

_TOOTH = 0.03
"""A pair of chainring and sprocket further from the measured ratio than this is not the one that was ridden."""


@dataclass(frozen=True, slots=True)
class Gear:
    """One gear.

    Attributes:
        ratio: turns of the wheel for one of the crank.
        development: m of track for a turn of the crank.
        chainring: teeth of the pair in the settings that comes nearest, or None where none is near.
        sprocket: likewise.
    """

    ratio: float
    development: float
    chainring: int | None
    sprocket: int | None


@metric("1", label="Gear")
def gear(
    speed: MetresPerSecond,
    cadence: PerMinute,
    wheel_circumference: Scalar,
    chainrings: Sequence[float] = (),
    sprockets: Sequence[float] = (),
) -> Gear:
    """Which gear was ridden, where it was one throughout, as on a track.

    Args:
        speed: (sample,), m/s; NaN where nothing was measured.
        cadence: (sample,), 1/min; samples below 30 do not count.
        wheel_circumference: scalar, m.
        chainrings: (ring,), teeth; without them the pair stays unknown.
        sprockets: (sprocket,), teeth, likewise.

    Returns:
        The gear, its ratio the median of the samples.

    Raises:
        TooFewSamples: fewer than ten samples with both speed and cadence.
        NotIdentifiable: the ratio changes: several gears, or a freewheel.

    >>> found = gear(np.full(20, 16.0), np.full(20, 120.0), 2.0, (58.0, 60.0), (14.0, 15.0))   # 8 m a turn: 60/15
    >>> found.ratio, found.development, found.chainring, found.sprocket
    (4.0, 8.0, 60, 15)
    """
    turning = np.where(cadence >= TURNING, cadence, np.nan)
    developments = measured(60.0 * speed / turning, "gear", need=10)
    development = float(np.median(developments))
    low, high = np.percentile(developments, [25, 75])
    if not high - low <= ONE_GEAR * development:
        raise NotIdentifiable("gear", why="the ratio of speed and cadence changes", advice="Choose a shorter effort.")
    ratio = development / wheel_circumference
    pairs = [(ring, cog) for ring in chainrings for cog in sprockets]
    near = min(pairs, key=lambda pair: abs(pair[0] / pair[1] - ratio), default=None)
    if near is None or abs(near[0] / near[1] / ratio - 1.0) > _TOOTH:
        return Gear(ratio, development, None, None)
    return Gear(ratio, development, int(near[0]), int(near[1]))
