"""What bends do to a whole lap, where nobody knows at which instant the rider was in them.

Over whole laps the bends come round as often as they do, wherever the lap began: their share needs no loops. The centre
of mass is slower than the wheels there, so the air takes less, 3 to 4 % over a lap; the banking presses the tyres onto
the track, so that these take more. Who leaves both out makes the drag area come out too small.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from paceline.domain.tracks import Track
from paceline.measure import resistance
from paceline.measure.drag.elevation import Steps
from paceline.measure.quantities import Floats, MetresPerSecond
from paceline.measure.track import geometry, lean

_PLACES = 400
"""Of a lap, over which the mean is taken."""

_SPEEDS = np.arange(0.0, 30.5, 0.5)
"""m/s, at which it is taken; in between it changes too little to be seen."""


@dataclass(frozen=True, eq=False)
class LapMeans:
    """What a lap takes at each speed of the wheels, against a straight road, (sample,) each; NaN where the speed is.

    Attributes:
        air: work against the air, over what it would be at the wheels' speed.
        load: force of the track on the tyres, over the weight.
    """

    air: Floats
    load: Floats


def lap_means(wheel_speed: MetresPerSecond, track: Track, *, height: float = lean.CENTRE_OF_MASS_HEIGHT) -> LapMeans:
    """The shares of a lap at an even speed.

    Args:
        wheel_speed: (sample,), m/s.
        track: where.
        height: of the centre of mass above the tyres along the bike, m.

    >>> flat = Track("wide", 1000.0, 10.0, 155.0, 0.0, 0.0, 7.0)
    >>> found = lap_means(np.array([0.0, 10.0]), flat)          # v²/(g R) is 0.066: hardly anybody leans
    >>> found.air.round(3).tolist(), found.load.round(3).tolist()
    ([1.0, 0.999], [1.0, 1.0])
    """
    place = (np.arange(_PLACES) + 0.5) * track.length / _PLACES
    bend, bank = geometry.curvature(place, track), np.radians(geometry.banking(place, track))
    sine = lean.lean_sine(_SPEEDS[:, None], bend, height=height)
    ratio = lean.speed_ratio(sine, bend, height=height)
    load = lean.wheel_load(sine, np.sin(bank), np.cos(bank), weight=1.0)
    air, pressed = np.mean(ratio**3, axis=1), np.mean(load, axis=1)
    return LapMeans(np.interp(wheel_speed, _SPEEDS, air), np.interp(wheel_speed, _SPEEDS, pressed))


def on_track(
    steps: Steps, wheel_speed: MetresPerSecond, interval: float, track: Track, *, mass: float, height: float
) -> Steps:
    """Energy steps at the wheels' speed, as they are on a track over whole laps: bends, banking and bearings in them.

    Args:
        steps: by `drag.steps`, from the wheel's speed.
        wheel_speed: (sample,), m/s.
        interval: s, the length of a step.
        track: where.
        mass: that `steps` was given, kg.
        height: of the centre of mass above the tyres along the bike, m.
    """
    means = lap_means(wheel_speed, track, height=height)
    bearings = resistance.bearing_power(wheel_speed) * interval / (mass * resistance.GRAVITY)
    return Steps(steps.distance * means.load, steps.work - bearings, steps.air * means.air, steps.kinetic)
