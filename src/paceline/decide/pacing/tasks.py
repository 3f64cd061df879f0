"""One rider, one air, one course in the solver's terms, and the solver's answer in theirs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from types import MappingProxyType

import numpy as np

from paceline.decide.pacing.courses import Course, Floats
from paceline.decide.pacing.launches import launch
from paceline.decide.pacing.meshes import mesh, with_middles
from paceline.decide.pacing.motion import SLOWEST, Load, load, surplus_power
from paceline.decide.pacing.plans import Plan
from paceline.decide.pacing.problem import SQUARED_SPEED, Problem, Structure
from paceline.decide.pacing.riders import Air, Rider


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """What the solver gave: the variables, their multipliers, and those of the constraints and parameters."""

    x: Floats
    bounds: Floats
    rows: Floats
    parameters: Floats
    iterations: int


class Task:
    """One rider, one air, one course, in the solver's terms and back."""

    def __init__(self, course: Course, rider: Rider, air: Air, intervals: int) -> None:
        self.course, self.rider, self.air, self.intervals = course, rider, air, intervals
        self.load = load(course, rider, air)
        self.structure = Structure(
            intervals=intervals,
            varied=course.profile is not None,
            recovery=rider.recovery,
            forced=rider.maximal_force is not None,
        )
        self.start = launch(course, rider, air)

    def _along(self, distance: Floats) -> tuple[Floats, Floats, Floats]:
        if self.course.profile is None:
            return np.zeros_like(distance), np.zeros_like(distance), np.ones_like(distance)
        return self.course.profile.at(distance)

    def points(self, length: float) -> Floats:
        """The mesh with its middles, (2 · intervals + 1,), m from the start line."""
        ridden = mesh(length - self.start.distance, intervals=self.intervals, start_speed=self.start.speed)
        return self.start.distance + with_middles(ridden)

    def steady_speed(self, distance: Floats) -> Floats:
        """The speed of the centre of mass that critical power holds at distances, (point,), m/s: the guess."""
        slope, wind, ratio = self._along(distance)
        low, high = np.full_like(distance, SLOWEST), np.full_like(distance, 40.0)
        for _ in range(30):
            speed = 0.5 * (low + high)
            surplus = surplus_power(
                self.load.critical_power, speed=speed, load=self.load, slope=slope, head_wind=wind, speed_ratio=ratio
            )
            low, high = np.where(surplus > 0.0, speed, low), np.where(surplus > 0.0, high, speed)
        return 0.5 * (low + high)

    def guess(self, length: float) -> Floats:
        """Variables of a ride at all but constant power, a start at maximal power apart."""
        points = self.points(length)
        pushed = 3.0 * self.load.maximal_power * (points - points[0]) / self.load.mass
        speed = np.minimum(self.steady_speed(points), np.cbrt(self.start.speed**3 + pushed))
        balance = np.linspace(1.0, 0.02, self.intervals + 1)
        return _packed(speed**2 / SQUARED_SPEED, balance, *self._powers(above=0.15, below=0.01))

    def arguments(self, prepared: Problem, length: float) -> dict[str, Floats]:
        """Parameters and bounds."""
        points = self.points(length)
        constants = np.array([getattr(self.load, field.name) for field in fields(Load)])
        along = self._along(points) if self.structure.varied else ()
        slowest, ends = SLOWEST**2 / SQUARED_SPEED, self.intervals + 1
        low_speed, high_speed = np.full(points.size, slowest), np.full(points.size, np.inf)
        low_speed[0] = high_speed[0] = (self.start.speed * self._along(points[:1])[2][0]) ** 2 / SQUARED_SPEED
        low_balance, high_balance = np.zeros(ends), np.ones(ends)
        low_balance[0] = 1.0
        return {
            "p": np.concatenate([constants, np.diff(points[0::2]), *along]),
            "lbx": _packed(low_speed, low_balance, *self._powers(above=0.0, below=0.0)),
            "ubx": _packed(high_speed, high_balance, *self._powers(above=np.inf, below=1.0)),
            "lbg": prepared.lower_rows,
            "ubg": prepared.upper_rows,
        }

    def _powers(self, *, above: float, below: float) -> tuple[Floats, ...]:
        """The same at all ends; who never recovers gains nothing below critical power, and has no such variable."""
        values = (above, below) if self.rider.recovery else (above,)
        return tuple(np.full(self.intervals + 1, value) for value in values)

    def plan(self, length: float, answer: Answer) -> Plan:
        """The answer in the units of people."""
        points = self.points(length)
        squared_speed, balance, above, *rest = _unpacked(answer.x, others=3 if self.rider.recovery else 2)
        below = rest[0] if rest else np.zeros_like(above)
        power = self.load.critical_power * with_middles(1.0 + above - below)
        speed = np.sqrt(SQUARED_SPEED * squared_speed) / self._along(points)[2]
        return Plan(
            course=self.course,
            rider=self.rider,
            air=self.air,
            distance=points,
            power=power,
            speed=speed,
            time=self.start.time + _cumulative(1.0 / speed, np.diff(points[0::2])),
            w_prime_balance=self.load.w_prime * with_middles(np.clip(balance, 0.0, 1.0)),
            sensitivities=self._sensitivities(answer, speed[-1]),
            iterations=answer.iterations,
        )

    def _sensitivities(self, answer: Answer, end_speed: float) -> Mapping[str, float]:
        names = [field.name for field in fields(Load)]
        # Seconds saved at the finish are metres gained where the time is given.
        scale = -1.0 if self.course.duration is None else float(end_speed)
        found = {name: scale * float(value) for name, value in zip(names, answer.parameters, strict=False)}
        if self.rider.maximal_force is None:
            del found["maximal_force"]
        return MappingProxyType(found)


def _cumulative(rate: Floats, steps: Floats) -> Floats:
    """∫ rate at each point, the rate of each interval being the parabola through its three points."""
    start, middle, end = rate[0:-2:2], rate[1::2], rate[2::2]
    half = steps / 24.0 * (5.0 * start + 8.0 * middle - end)
    whole = np.concatenate([[0.0], np.cumsum(steps / 6.0 * (start + 4.0 * middle + end))])
    found = np.empty(rate.size)
    found[0::2], found[1::2] = whole, whole[:-1] + half
    return found


def _packed(squared_speed: Floats, *others: Floats) -> Floats:
    """One vector in the order of the course: the first end, then the middle and the end of each interval.

    Squared speed is given at all points, the others at the ends of the intervals.
    """
    first = [squared_speed[:1], *(each[:1] for each in others)]
    rows = [squared_speed[1::2], squared_speed[2::2], *(each[1:] for each in others)]
    return np.concatenate([*first, np.stack(rows, axis=1).ravel()])


def _unpacked(x: Floats, *, others: int) -> tuple[Floats, ...]:
    """The inverse of `_packed`."""
    first, rows = x[: 1 + others], x[1 + others :].reshape(-1, 2 + others)
    squared_speed = np.concatenate([first[:1], rows[:, :2].ravel()])
    return squared_speed, *(np.concatenate([first[1 + i : 2 + i], rows[:, 2 + i]]) for i in range(others))
