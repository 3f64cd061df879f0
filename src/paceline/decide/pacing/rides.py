"""Riding a plan: what speed and time a power along the course gives, step by step in time.

The same equations as the optimiser's, solved the other way round: it is how a plan is checked, and how a plan that a
rider can't quite follow is judged.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from paceline.decide.pacing.courses import Course, Floats
from paceline.decide.pacing.launches import launch
from paceline.decide.pacing.motion import SLOWEST, Load, balance_rate, load, surplus_power
from paceline.decide.pacing.plans import Plan
from paceline.decide.pacing.riders import Air, Rider
from paceline.domain.errors import NotPlausible, NotSolved

State: TypeAlias = tuple[float, float, float]
"""Distance in m, speed of the centre of mass in m/s, balance in J."""

Line: TypeAlias = Callable[[float], float]
"""Distance in m → what holds there."""


@dataclass(frozen=True, eq=False, slots=True)
class Ride:
    """A simulated ride.

    Attributes:
        time: (step,), s since the start.
        distance: (step,), m.
        speed: (step,), m/s of the wheels.
        power: (step,), W.
        w_prime_balance: (step,), J; below 0 where more was asked for than the rider has.
    """

    time: Floats
    distance: Floats
    speed: Floats
    power: Floats
    w_prime_balance: Floats

    @property
    def finish_time(self) -> float:
        """s from start to finish."""
        return float(self.time[-1])


def forward(plan: Plan, *, step: float = 0.05) -> Ride:
    """The ride that the power of a plan gives.

    Args:
        plan: the plan; only its power and what it was made for are used, not its speed.
        step: s, of the fourth-order Runge-Kutta method.

    Raises:
        NotSolved: the bike stops before the finish.
        NotPlausible: a step that can't be meant.
    """
    profile = (plan.distance[0::2], plan.power[0::2])
    return forward_power(
        *profile, course=plan.course, rider=plan.rider, air=plan.air, length=plan.finish_distance, step=step
    )


def forward_power(
    distance: npt.ArrayLike,
    power: npt.ArrayLike,
    *,
    course: Course,
    rider: Rider,
    air: Air,
    length: float | None = None,
    step: float = 0.05,
) -> Ride:
    """The ride that a power along the course gives; nothing limits it to what the rider is able to.

    Args:
        distance: (point,), m, rising.
        power: (point,), W; straight lines in between, constant beyond.
        course: what is ridden.
        rider: by whom; from rest, the largest force starts the ride.
        air: through what.
        length: m to ride; the course's own if left out.
        step: s.

    Raises:
        NotSolved: the bike stops before the finish.
        NotPlausible: powers that do not fit the distances, no length, or a step that can't be meant.

    >>> from paceline.decide.pacing import Air, Rider, kilometre
    >>> rider = Rider(mass=84.0, cda=0.2, critical_power=430.0, w_prime=22_000.0, maximal_power=1200.0)
    >>> steady = forward_power([0.0], [500.0], course=kilometre(), rider=rider, air=Air(1.15))
    >>> round(steady.finish_time, 1), round(float(22_000.0 - steady.w_prime_balance[-1]) / steady.finish_time, 6)
    (74.4, 70.0)
    """
    points, watts = np.asarray(distance, np.float64), np.asarray(power, np.float64)
    end = course.length if length is None else length
    if (
        points.ndim != 1
        or points.shape != watts.shape
        or not np.all(np.isfinite(watts))
        or np.any(np.diff(points) <= 0)
    ):
        raise NotPlausible("power", expected="one number for each distance, and the distances rising")
    if end is None or not 0.0 < step <= 1.0:
        raise NotPlausible("length" if end is None else "step", expected="given" if end is None else "above 0 to 1 s")
    started = launch(course, rider, air)
    line, along = _line(points, watts), _lines(course)
    motion = _motion(rider, load(course, rider, air), along=along, power=line)
    ratio = along[2](started.distance)
    times, states = [started.time], [(started.distance, started.speed * ratio, rider.w_prime)]
    while states[-1][0] < end:
        following = _stepped(motion, states[-1], step)
        if following[1] < SLOWEST:
            raise NotSolved(course.name, status="the bike stopped", advice="Give more power where the road is hard.")
        times.append(times[-1] + step)
        states.append(following)
    return _cut(times, states, end=end, ratio=along[2], power=line)


def _line(points: Floats, values: Floats) -> Line:
    """Straight lines through points, constant beyond them: NumPy's `interp`, ten times as fast for one number."""
    places, heights = points.tolist(), values.tolist()

    def at(distance: float) -> float:
        after = bisect_right(places, distance)
        if after in {0, len(places)}:
            return float(heights[max(after - 1, 0)])
        share = (distance - places[after - 1]) / (places[after] - places[after - 1])
        return float(heights[after - 1] + share * (heights[after] - heights[after - 1]))

    return at


def _lines(course: Course) -> tuple[Line, Line, Line]:
    """Slope, head wind and speed ratio along a course."""
    profile = course.profile
    if profile is None:
        return (lambda _: 0.0), (lambda _: 0.0), (lambda _: 1.0)
    slope, wind, ratio = (
        _line(profile.distance, values) for values in (profile.slope, profile.head_wind, profile.speed_ratio)
    )
    return slope, wind, ratio


def _motion(rider: Rider, constants: Load, *, along: tuple[Line, Line, Line], power: Line) -> Callable[[State], State]:
    """What changes by how much in a second, given where the bike is, how fast, and what is left."""
    inertia = constants.mass + constants.rotating_mass

    def rates(state: State) -> State:
        distance, speed, balance = state
        slope, wind, ratio = (each(distance) for each in along)
        watts = power(distance)
        excess = watts - constants.critical_power
        below = max(-excess, 0.0) if rider.recovery else 0.0
        surplus = surplus_power(watts, speed=speed, load=constants, slope=slope, head_wind=wind, speed_ratio=ratio)
        spent = balance_rate(max(excess, 0.0), below, balance=balance, load=constants)
        return speed / ratio, float(surplus) / (inertia * speed), float(spent)

    return rates


def _stepped(rates: Callable[[State], State], state: State, step: float) -> State:
    """One step of the classical fourth-order method."""

    def moved(change: State, share: float) -> State:
        distance, speed, balance = (value + share * step * each for value, each in zip(state, change, strict=True))
        # A trial step may not roll backwards: what it leads to is refused by the caller.
        return distance, max(speed, 0.5 * SLOWEST), balance

    first = rates(state)
    second = rates(moved(first, 0.5))
    third = rates(moved(second, 0.5))
    fourth = rates(moved(third, 1.0))
    mean = [(a + 2.0 * b + 2.0 * c + d) / 6.0 for a, b, c, d in zip(first, second, third, fourth, strict=True)]
    return moved((mean[0], mean[1], mean[2]), 1.0)


def _cut(times: list[float], states: list[State], *, end: float, ratio: Line, power: Line) -> Ride:
    """The ride up to the finish, which lies within the last step: there speed is all but constant."""
    time = np.array(times)
    distance, speed, balance = np.array(states).T
    share = (end - distance[-2]) / (distance[-1] - distance[-2])
    for column in (time, speed, balance):
        column[-1] = column[-2] + share * (column[-1] - column[-2])
    distance[-1] = end
    ratios, powers = (np.array([line(each) for each in distance.tolist()]) for line in (ratio, power))
    return Ride(time, distance, speed / ratios, powers, balance)
