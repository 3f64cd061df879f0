"""Solving: the fastest plan for a course, a rider and the air, and the same again for the next rider in no time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import Any

import numpy as np

from paceline.decide.pacing.courses import Course, Floats
from paceline.decide.pacing.meshes import mesh, with_middles
from paceline.decide.pacing.motion import Load, load, surplus_power
from paceline.decide.pacing.plans import Plan
from paceline.decide.pacing.problem import SLOWEST, SQUARED_SPEED, Problem, Structure, problem
from paceline.decide.pacing.riders import Air, Rider
from paceline.domain.errors import NotPlausible, NotSolved

_LAUNCH_STEPS = 400
"""Steps of speed, by the rule of midpoints, in which the start at the largest force is integrated: to 1 µs."""

_CLOSE_ENOUGH = 1e-4
"""s by which a ride over a given time may miss it."""


def plan(course: Course, rider: Rider, air: Air, *, intervals: int = 200) -> Plan:
    """The fastest way to ride a course: power, speed, time and W′ balance along it.

    Args:
        course: what is ridden.
        rider: by whom.
        air: through what.
        intervals: into how many the course is divided; 200 give a 4 km pursuit to 0.001 s.

    Returns:
        The plan; the same arguments always give the same.

    Raises:
        NotSolved: no plan was found: the solver's status, and what to change.
        NotPlausible: a value that can't be meant.
        ExtraMissing: the extra `pacing` is not installed.

    >>> from paceline.decide.pacing import individual_pursuit
    >>> rider = Rider(mass=84.0, cda=0.2, critical_power=430.0, w_prime=22_000.0, maximal_power=1200.0)
    >>> fastest = plan(individual_pursuit(4000.0), rider, Air(1.15))
    >>> bool(fastest.power[0] > 1190.0), bool(fastest.w_prime_balance[-1] < 1000.0)  # all-out start; little is left
    (True, True)
    """
    return PacingSolver(intervals=intervals).plan(course, rider, air)


@dataclass(frozen=True, slots=True, eq=False)
class _Answer:
    """What the solver gave: the variables, their multipliers, and those of the constraints and parameters."""

    x: Floats
    bounds: Floats
    rows: Floats
    parameters: Floats
    iterations: int


class PacingSolver:
    """Plans many rides of the same kind: each solve starts from the answer before, and nothing is built twice.

    The plans are those of `plan` to within the solver's tolerance. One thread at a time: it remembers the last answer.

    >>> from paceline.decide.pacing import individual_pursuit
    >>> solver = PacingSolver(intervals=50)
    >>> rider = Rider(mass=84.0, cda=0.2, critical_power=430.0, w_prime=22_000.0, maximal_power=1200.0)
    >>> thick, thin = (solver.plan(individual_pursuit(), rider, Air(density)) for density in (1.2, 1.0))
    >>> thin.finish_time < thick.finish_time
    True
    """

    def __init__(self, *, intervals: int = 200) -> None:
        if not 10 <= intervals <= 5000:
            raise NotPlausible("intervals", expected="10 to 5000")
        self.intervals = intervals
        self._answers: dict[Structure, _Answer] = {}

    def plan(self, course: Course, rider: Rider, air: Air) -> Plan:
        """As the function `plan`, which see."""
        task = _Task(course, rider, air, self.intervals)
        if course.length is not None:
            return task.plan(course.length, self._solved(task, course.length))
        return self._as_far_as_possible(task)

    def _as_far_as_possible(self, task: _Task) -> Plan:
        """The distance whose fastest time is the time given: Newton, since a metre more takes 1/speed longer."""
        duration = task.course.duration or 0.0
        length = 0.97 * duration * float(task.steady_speed(np.zeros(1))[0])
        for _ in range(12):
            found = task.plan(length, self._solved(task, length))
            left = duration - found.finish_time
            if abs(left) < _CLOSE_ENOUGH:
                return found
            length += left * float(found.speed[-1])
        raise NotSolved(task.course.name, status="no distance that takes the time", advice="Give a length instead.")

    def _solved(self, task: _Task, length: float) -> _Answer:
        """From the last answer of the same structure where there is one, else or if that fails from a guess."""
        prepared = problem(task.structure)
        arguments = task.arguments(prepared, length)
        before = self._answers.get(task.structure)
        answer = None
        if before is not None:
            start = {"x0": before.x, "lam_x0": before.bounds, "lam_g0": before.rows}
            answer, _ = _run(prepared.warm, {**arguments, **start})
        if answer is None:
            answer, status = _run(prepared.cold, {**arguments, "x0": task.guess(length)})
            if answer is None:
                raise NotSolved(task.course.name, status=status, advice=_ADVICE.get(status, _ADVICE[""]))
        self._answers[task.structure] = answer
        return answer


_ADVICE: Mapping[str, str] = {
    "": "Try more intervals, and check rider and course for values that do not fit each other.",
    "Infeasible_Problem_Detected": "No power that the rider has keeps the bike moving: lower the slope or the head "
    "wind, or raise critical power, W′ or the maximal force.",
    "Maximum_Iterations_Exceeded": "Try more intervals, or a smoother profile of the course.",
}


def _run(solver: Any, arguments: Mapping[str, Any]) -> tuple[_Answer | None, str]:
    """The answer, or None and the solver's status."""
    try:
        found = solver(**arguments)
    except RuntimeError:  # CasADi's own, when the functions give NaN at the very start
        return None, "Invalid_Number_Detected"
    state = solver.stats()
    status = str(state["return_status"])
    if not state["success"] or status not in {"Solve_Succeeded", "Solved_To_Acceptable_Level"}:
        return None, status
    x, bounds, rows, parameters = (np.array(found[name]).ravel() for name in ("x", "lam_x", "lam_g", "lam_p"))
    return _Answer(x, bounds, rows, parameters, int(state["iter_count"])), status


class _Task:
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
        self.start_distance, self.start_time, self.start_speed = self._start()

    def _start(self) -> tuple[float, float, float]:
        """Where, when and how fast the optimiser takes over.

        As long as the largest force gives less than critical power there is nothing to decide, and from rest nothing
        to plan over distance: that part is integrated over speed.
        """
        before, force = self.course.start_speed, self.rider.maximal_force
        if force is None:
            if before == 0.0:
                raise NotPlausible("maximal_force", expected="given for a start from rest")
            return 0.0, 0.0, before
        after = max(before, self.load.critical_power / force)
        slope, wind, ratio = (float(each[0]) for each in self._along(np.zeros(1)))
        wheel = before + (after - before) * (np.arange(_LAUNCH_STEPS) + 0.5) / _LAUNCH_STEPS
        speed = wheel * ratio
        surplus = surplus_power(
            force * wheel, speed=speed, load=self.load, slope=slope, head_wind=wind, speed_ratio=ratio
        )
        if np.any(surplus <= 0.0):
            raise NotSolved(self.course.name, status="no start", advice="Raise the maximal force: it moves too little.")
        inertia = self.load.mass + self.load.rotating_mass
        times = inertia * speed * ratio * (after - before) / _LAUNCH_STEPS / surplus
        return float(np.sum(times * wheel)), float(np.sum(times)), after

    def _along(self, distance: Floats) -> tuple[Floats, Floats, Floats]:
        if self.course.profile is None:
            return np.zeros_like(distance), np.zeros_like(distance), np.ones_like(distance)
        return self.course.profile.at(distance)

    def points(self, length: float) -> Floats:
        """The mesh with its middles, (2 · intervals + 1,), m from the start line."""
        ridden = mesh(length - self.start_distance, intervals=self.intervals, start_speed=self.start_speed)
        return self.start_distance + with_middles(ridden)

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
        """Variables of a ride at constant power, (5 · intervals + 3,)."""
        points = self.points(length)
        pushed = 3.0 * self.load.maximal_power * (points - points[0]) / self.load.mass
        speed = np.minimum(self.steady_speed(points), np.cbrt(self.start_speed**3 + pushed))
        balance = np.linspace(1.0, 0.02, self.intervals + 1)
        return _packed(speed**2 / SQUARED_SPEED, balance, *self._powers(above=0.15, below=0.01))

    def arguments(self, prepared: Problem, length: float) -> dict[str, Floats]:
        """Parameters and bounds."""
        points = self.points(length)
        constants = np.array([getattr(self.load, field.name) for field in fields(Load)])
        along = self._along(points) if self.structure.varied else ()
        slowest, ends = SLOWEST**2 / SQUARED_SPEED, self.intervals + 1
        low_speed, high_speed = np.full(points.size, slowest), np.full(points.size, np.inf)
        low_speed[0] = high_speed[0] = (self.start_speed * self._along(points[:1])[2][0]) ** 2 / SQUARED_SPEED
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
        """The same above and below critical power at all ends; nobody who does not recover gains by less than critical power."""
        values = (above, below) if self.rider.recovery else (above,)
        return tuple(np.full(self.intervals + 1, value) for value in values)

    def plan(self, length: float, answer: _Answer) -> Plan:
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
            time=self.start_time + _cumulative(1.0 / speed, np.diff(points[0::2])),
            w_prime_balance=self.load.w_prime * with_middles(np.clip(balance, 0.0, 1.0)),
            sensitivities=self._sensitivities(answer, speed[-1]),
            iterations=answer.iterations,
        )

    def _sensitivities(self, answer: _Answer, end_speed: float) -> Mapping[str, float]:
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
