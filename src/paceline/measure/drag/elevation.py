"""Virtual elevation: the hill that would explain power and speed, given a drag area and a rolling resistance.

All terms of the energy balance are written as heights, J over m g: what the pedals give, what the air and the tyres
take, what goes into speed. What is left is the road's own rise. It is linear in drag area and rolling resistance.

Source: Chung (2012), "Estimating CdA with a power meter"; the form with small angles that GoldenCheetah's Aerolab has.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from paceline.measure.quantities import Floats, Metres, MetresPerSecond, Watts
from paceline.measure.resistance import GRAVITY


@dataclass(frozen=True, eq=False, slots=True)
class Steps:
    """The energy of a ride, step by step; every array is (sample,), m, and NaN where a reading is absent.

    Attributes:
        distance: how far the bike rolled; also the height that a rolling resistance of 1 takes.
        work: height that the rider's work is worth.
        air: height that a drag area of 1 m² takes.
        kinetic: height that went into speed since the sample before; NaN at the first sample and after a hole.
    """

    distance: Metres
    work: Metres
    air: Metres
    kinetic: Metres

    def rise(self, *, cda: float, crr: float) -> Metres:
        """(sample,), m: what the road must have risen in each step."""
        return self.work - cda * self.air - crr * self.distance - self.kinetic


def steps(
    power: Watts,
    speed: MetresPerSecond,
    interval: float,
    *,
    mass: float,
    air_density: Floats | float,
    air_speed: MetresPerSecond | None = None,
    efficiency: float = 1.0,
    rotating_mass: float = 0.0,
    gravity: float = GRAVITY,
) -> Steps:
    """The energy balance of a ride as heights.

    Args:
        power: (sample,), W, the mean over each step; NaN where absent.
        speed: (sample,), m/s, likewise.
        interval: s, the length of a step.
        mass: rider, bike and all they carry, kg.
        air_density: kg/m³, one or (sample,).
        air_speed: (sample,), m/s, against the air; the speed itself where it is left out: no wind.
        efficiency: share of the measured power that reaches the wheel; 1 for a hub.
        rotating_mass: I/r² of both wheels, kg.
        gravity: m/s².

    >>> found = steps(np.array([0.0, 98.0]), np.array([5.0, 5.0]), 2.0, mass=80.0, air_density=1.2, gravity=9.8)
    >>> found.work[1], found.distance[1], round(found.air[1], 6)   # 98·2/(80·9.8); 5·2; ½·1.2·5²·10/(80·9.8)
    (np.float64(0.25), np.float64(10.0), np.float64(0.191327))
    """
    against = speed if air_speed is None else air_speed
    weight = mass * gravity
    distance = speed * interval
    air = 0.5 * air_density * against * np.abs(against) * distance / weight
    before = np.concatenate([[np.nan], speed[:-1]])[: speed.size]
    kinetic = 0.5 * (mass + rotating_mass) * (speed * speed - before * before) / weight
    work = efficiency * power * interval / weight
    whole = np.where(np.isnan(work + distance + air), np.nan, 1.0)
    return Steps(distance * whole, work * whole, air * whole, kinetic * whole)


def virtual_elevation(found: Steps, *, cda: float, crr: float) -> Metres:
    """The elevation that the ride's energy tells of, from the ride's start.

    Args:
        found: the steps.
        cda: drag area, m².
        crr: coefficient of rolling resistance.

    Returns:
        (sample,), m, at the end of each step; NaN where a reading is absent. A hole adds nothing: what comes after it
        is right in shape and not in height.
    """
    rise = found.rise(cda=cda, crr=crr)
    return np.where(np.isnan(rise), np.nan, np.nancumsum(rise))


def virtual_slope(found: Steps, *, cda: float, crr: float) -> Floats:
    """The slope that the ride's energy tells of: rise over the distance of the step.

    Returns:
        (sample,), 1; NaN where a reading is absent and where the bike stands.
    """
    rolled = found.distance > 0.0
    return np.where(rolled, found.rise(cda=cda, crr=crr) / np.where(rolled, found.distance, 1.0), np.nan)
