"""A made-up rider: what they mean to do, how their legs turn it into power, and what their heart makes of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from paceline.measure import resistance
from paceline.record.streams import Floats


@dataclass(frozen=True, slots=True)
class Phase:
    """A part of a ride.

    Attributes:
        name: of the lap it makes.
        share: how long it lasts, relative to the other phases.
        first_power: W aimed at when it begins.
        last_power: W aimed at when it ends; in between a straight line.
        steady: the rider holds the power over hills and never coasts.
        stopped: the rider stands, and the head unit is paused.
    """

    name: str
    share: float
    first_power: float
    last_power: float
    steady: bool = False
    stopped: bool = False


PLAN = (
    Phase("warm-up", 600.0, 140.0, 215.0),
    *(
        phase
        for number in range(1, 6)
        for phase in (
            Phase(f"interval {number}", 240.0, 266.0, 262.0, steady=True),
            Phase(f"recovery {number}", 150.0, 155.0, 160.0),
        )
    ),
    Phase("café stop", 270.0, 0.0, 0.0, stopped=True),
    Phase("tempo", 900.0, 228.0, 236.0),
    Phase("sprint 1", 15.0, 900.0, 680.0, steady=True),
    Phase("easy 1", 105.0, 140.0, 150.0),
    Phase("sprint 2", 15.0, 860.0, 640.0, steady=True),
    Phase("easy 2", 105.0, 140.0, 150.0),
    Phase("cool-down", 540.0, 185.0, 140.0),
)
"""75 minutes when a share is a second."""


@dataclass(frozen=True, slots=True)
class RoadLoad:
    """Everything about rider, bike and air that decides how fast a power goes.

    Attributes:
        mass: rider, bike and all they carry, kg.
        rotating_mass: I/r² of both wheels, kg.
        cda: drag area, m².
        crr: coefficient of rolling resistance.
        air_density: kg/m³.
        efficiency: share of the power at the pedals that reaches the wheel.
    """

    mass: float = 82.0
    rotating_mass: float = 1.25
    cda: float = 0.31
    crr: float = 0.0045
    air_density: float = 1.19
    efficiency: float = resistance.CHAIN_EFFICIENCY

    def next_speed(self, speed: float, *, power: float, slope: float, head_wind: float, step: float) -> float:
        """Speed after one step of the energy balance, m/s; a rider who can't climb on stands, and never rolls back."""
        taken: float = resistance.steady_power(
            speed,
            air_speed=speed + head_wind,
            cda=self.cda,
            crr=self.crr,
            mass=self.mass,
            air_density=self.air_density,
            slope=slope,
        )
        gained = 2.0 * step * (power * self.efficiency - taken) / (self.mass + self.rotating_mass)
        return float(max(speed * speed + gained, 0.0) ** 0.5)


def wanted_power(phase: Phase, *, target: float, slope: float, speed: float) -> float:
    """What the rider aims at here, W: more uphill, less downhill, nothing where the road does the work.

    >>> wanted_power(PLAN[0], target=200.0, slope=-0.04, speed=13.0)
    0.0
    """
    if phase.stopped or (not phase.steady and slope < -0.01 and speed > 11.0):
        return 0.0
    return target if phase.steady else target * min(max(1.0 + 6.0 * slope, 0.7), 1.25)


_DEVELOPMENTS = 2.105 * np.array(
    [34 / c for c in (28, 25, 23, 21, 19)] + [50 / c for c in (25, 23, 21, 19, 17, 15, 14, 13, 12, 11)]
)
"""m of road for a turn of the crank: 50/34 chainrings, 11-28 cassette, 2.105 m tyre."""


def cadence_of(speed: Floats, power: Floats) -> Floats:
    """Turns of the crank in a minute in the gear that a rider would choose; 0 while they coast.

    Args:
        speed: (sample,), m/s.
        power: (sample,), W.

    Returns:
        (sample,), 1/min.
    """
    preferred = 84.0 + 0.03 * np.minimum(power, 900.0)
    choices = 60.0 * speed[:, None] / _DEVELOPMENTS
    nearest = np.argmin(np.abs(choices - preferred[:, None]), axis=1)
    turning = choices[np.arange(len(speed)), nearest]
    return np.where(power > 0.0, turning, 0.0)


def heart_rate_of(power: Floats) -> Floats:
    """Heart rate that follows power as a first-order response: up in half a minute, down slower, drifting with time.

    Args:
        power: (sample,), W, one a second.

    Returns:
        (sample,), 1/min.
    """
    rate, response = 84.0, np.empty(len(power))
    for second, watts in enumerate(power.tolist()):
        drift = 1.0 + 0.05 * second / 3600.0
        steady = min((70.0 + 0.40 * watts) * drift, 192.0)
        rate += (steady - rate) / (28.0 if steady > rate else 45.0)
        response[second] = rate
    return response


def heart_beats(heart_rate: Floats, generator: np.random.Generator) -> Floats:
    """When the heart beat, (beat,), s from the first sample: the rate's integral, less regular at rest than at work.

    Args:
        heart_rate: (sample,), 1/min, one a second.
        generator: draws the variability.
    """
    seconds = np.arange(len(heart_rate), dtype=np.float64)
    beats = np.concatenate([[0.0], np.cumsum((heart_rate[1:] + heart_rate[:-1]) / 120.0)])
    times: Floats = np.interp(np.arange(1.0, np.floor(beats[-1]) + 1.0), beats, seconds)
    spread = 0.025 * np.exp(-(np.interp(times, seconds, heart_rate) - 60.0) / 40.0)
    return np.asarray(times + generator.normal(0.0, 1.0, times.shape) * spread)
