"""The first turn of the pedals: from rest until the largest force gives critical power.

As long as force limits power to less than that, there is nothing to decide; and while the bike stands, nothing can be
planned over distance. So that part is integrated over speed, and plans and simulated rides begin where it ends.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from paceline.decide.pacing.courses import Course
from paceline.decide.pacing.motion import load, surplus_power
from paceline.decide.pacing.riders import Air, Rider
from paceline.domain.errors import NotPlausible, NotSolved

_STEPS = 400
"""Steps of speed, by the rule of midpoints: 1 µs in the time."""


@dataclass(frozen=True, slots=True)
class Launch:
    """Where, when and how fast a ride goes on; all of it costs nothing of the W′ balance.

    Attributes:
        distance: m from the start line.
        time: s since the start.
        speed: m/s of the wheels.
    """

    distance: float
    time: float
    speed: float


def launch(course: Course, rider: Rider, air: Air) -> Launch:
    """The start of a ride; a rider whose force nothing limits has begun where the course says.

    Raises:
        NotPlausible: a start from rest without a largest force.
        NotSolved: the largest force moves too little.
    """
    before, force = course.start_speed, rider.maximal_force
    if force is None:
        if before == 0.0:
            raise NotPlausible("maximal_force", expected="given for a start from rest")
        return Launch(0.0, 0.0, before)
    constants = load(course, rider, air)
    after = max(before, rider.critical_power / force)
    slope, wind, ratio = (0.0, 0.0, 1.0) if course.profile is None else course.profile.at(np.asarray(0.0))
    wheel = before + (after - before) * (np.arange(_STEPS) + 0.5) / _STEPS
    surplus = surplus_power(
        force * wheel, speed=wheel * ratio, load=constants, slope=slope, head_wind=wind, speed_ratio=ratio
    )
    if np.any(surplus <= 0.0):
        raise NotSolved(course.name, status="no start", advice="Raise the maximal force: it moves too little.")
    inertia = constants.mass + constants.rotating_mass
    times = inertia * wheel * ratio * ratio * (after - before) / _STEPS / surplus
    return Launch(float(np.sum(times * wheel)), float(np.sum(times)), after)
