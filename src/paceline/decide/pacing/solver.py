"""Solving: the fastest plan for a course, a rider and the air, and the same again for the next rider in no time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from paceline.decide.pacing.courses import Course
from paceline.decide.pacing.plans import Plan
from paceline.decide.pacing.problem import Structure, problem
from paceline.decide.pacing.riders import Air, Rider
from paceline.decide.pacing.tasks import Answer, Task
from paceline.domain.errors import NotPlausible, NotSolved

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
        self._answers: dict[Structure, Answer] = {}

    def plan(self, course: Course, rider: Rider, air: Air) -> Plan:
        """As the function `plan`, which see."""
        task = Task(course, rider, air, self.intervals)
        if course.length is not None:
            return task.plan(course.length, self._solved(task, course.length))
        return self._as_far_as_possible(task)

    def _as_far_as_possible(self, task: Task) -> Plan:
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

    def _solved(self, task: Task, length: float) -> Answer:
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


def _run(solver: Any, arguments: Mapping[str, Any]) -> tuple[Answer | None, str]:
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
    return Answer(x, bounds, rows, parameters, int(state["iter_count"])), status
