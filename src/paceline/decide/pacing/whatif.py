"""What if: thinner air, a better position, more power, another gear."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from paceline.decide.pacing.courses import Course
from paceline.decide.pacing.plans import Plan
from paceline.decide.pacing.riders import Air, Rider
from paceline.decide.pacing.solver import PacingSolver
from paceline.domain.errors import NotPlausible, UnknownName


@dataclass(frozen=True, slots=True)
class Change:
    """A quantity of rider or air, and by how much it changes.

    Attributes:
        quantity: an attribute of `Rider` that is a number, or "air_density".
        by: added to it, in its own unit.
    """

    quantity: str
    by: float


USUAL = (
    Change("air_density", -0.02),
    Change("air_density", 0.02),
    Change("cda", -0.005),
    Change("cda", 0.005),
    Change("mass", -1.0),
    Change("mass", 1.0),
    Change("critical_power", -5.0),
    Change("critical_power", 5.0),
    Change("w_prime", -1000.0),
    Change("w_prime", 1000.0),
)
"""What people ask first."""


@dataclass(frozen=True, slots=True)
class WhatIf:
    """What a change would bring.

    Attributes:
        change: what changes.
        plan: the fastest ride with it.
        finish_time: s; the given time where as far as possible is to be ridden.
        finish_time_change: s against the ride without it.
        finish_distance_change: m against the ride without it; 0 where the distance is given.
        estimate: the same change to first order, without solving again: s, or m where the time is given.
    """

    change: Change
    plan: Plan
    finish_time: float
    finish_time_change: float
    finish_distance_change: float
    estimate: float


@dataclass(frozen=True, slots=True)
class CadenceRange:
    """How fast a gear makes the legs turn.

    Attributes:
        mean: 1/min, over time from the first line of the schedule to the finish.
        lowest: 1/min, of the same part.
        highest: 1/min.
    """

    mean: float
    lowest: float
    highest: float


def what_if(
    course: Course, rider: Rider, air: Air, *, changes: Sequence[Change] = USUAL, intervals: int = 200
) -> tuple[WhatIf, ...]:
    """What each change would bring, each solved for itself.

    Args:
        course: what is ridden.
        rider: by whom.
        air: through what.
        changes: one result each, in this order.
        intervals: as for `plan`.

    Raises:
        UnknownName: a quantity that is none of the rider's or the air's.
        NotPlausible: a changed value that can't be meant.
        NotSolved: as for `plan`.

    >>> from paceline.decide.pacing import individual_pursuit
    >>> rider = Rider(mass=84.0, cda=0.2, critical_power=430.0, w_prime=22_000.0, maximal_power=1200.0)
    >>> lower, = what_if(individual_pursuit(), rider, Air(1.15), changes=[Change("cda", -0.01)], intervals=50)
    >>> round(lower.finish_time_change)
    -4
    """
    solver = PacingSolver(intervals=intervals)
    base = solver.plan(course, rider, air)
    return tuple(_changed(solver, base, change) for change in changes)


def _changed(solver: PacingSolver, base: Plan, change: Change) -> WhatIf:
    rider, air = base.rider, base.air
    if change.quantity == "air_density":
        air = Air(air.density + change.by)
    else:
        changed: dict[str, Any] = {change.quantity: _number(rider, change.quantity) + change.by}
        rider = replace(rider, **changed)
    found = solver.plan(base.course, rider, air)
    return WhatIf(
        change=change,
        plan=found,
        finish_time=found.finish_time,
        finish_time_change=found.finish_time - base.finish_time,
        finish_distance_change=found.finish_distance - base.finish_distance,
        estimate=base.sensitivities[change.quantity] * change.by,
    )


def _number(rider: Rider, quantity: str) -> float:
    numbers = [field.name for field in fields(rider) if field.name != "recovery"]
    if quantity not in numbers:
        raise UnknownName("quantity", quantity, known=["air_density", *numbers])
    value = getattr(rider, quantity)
    if value is None:
        raise NotPlausible(quantity, expected="known, to be changed")
    return float(value)


def cadence_range(plan: Plan, development: float) -> CadenceRange:
    """The cadence of a plan in one gear; the gear changes nothing else of the plan.

    Args:
        plan: the plan.
        development: m of road for a turn of the crank: chainring / sprocket × the wheel's circumference.

    Raises:
        NotPlausible: a development that no bike has.

    >>> from paceline.decide.pacing import individual_pursuit
    >>> from paceline.decide.pacing.solver import plan
    >>> rider = Rider(mass=84.0, cda=0.2, critical_power=430.0, w_prime=22_000.0, maximal_power=1200.0)
    >>> fastest = plan(individual_pursuit(), rider, Air(1.15), intervals=50)
    >>> round(cadence_range(fastest, 60 / 14 * 2.1).mean)  # 15.6 m/s · 60 / 9 m
    104
    """
    if not 1.0 <= development <= 20.0:
        raise NotPlausible("development", expected="1 to 20 m")
    splits = plan.splits()
    first = min(1, splits.time.size - 1)
    since = splits.distance[0] if first else 0.0
    turns = 60.0 / development
    moving = plan.speed[plan.distance >= since]
    covered = splits.distance[-1] - since
    lasted = splits.time[-1] - (splits.time[0] if first else 0.0)
    return CadenceRange(
        mean=float(turns * covered / lasted),
        lowest=float(turns * np.min(moving)),
        highest=float(turns * np.max(moving)),
    )
