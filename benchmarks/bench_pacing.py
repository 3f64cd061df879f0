"""How long does the plan of a 4 km pursuit take, when rider or air have changed a little?

Budget: at most 65 ms for a solve of 200 intervals, the time recorded for a distance-domain problem written for the
purpose; 20 ms is the aim. 24 riders and airs of a fixed seed: drag area, critical power, mass and air density each
within a tenth of the first. Ours is `PacingSolver.plan`, from arguments to plan. The peer writes the same problem anew
for each with CasADi's Opti, in the straightforward way: same intervals, same method (Hermite-Simpson over distance),
same solver with its own settings. Each time is asserted to be that of a cold solve within 0.001 s, and within 0.01 s of
the peer's. The headline is the median; the slowest and the first, which builds the problem, are rows of their own.

    python -m benchmarks pacing
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import casadi
import numpy as np

from benchmarks.timing import emit
from paceline.decide.pacing import Air, PacingSolver, Rider, individual_pursuit, plan
from paceline.decide.pacing.problem import problem
from paceline.measure import resistance

INTERVALS = 200
COURSE = individual_pursuit(4000.0)
RIDER = Rider(
    mass=84.0, cda=0.2, critical_power=430.0, w_prime=22_000.0, maximal_power=1200.0, efficiency=0.98, recovery=False
)
AIR = Air(1.15)


def main() -> None:
    """Time every change, ours and the peer's, and print the medians."""
    problem.cache_clear()
    solver = PacingSolver(intervals=INTERVALS)
    first, _ = clocked(lambda: solver.plan(COURSE, RIDER, AIR))
    solver.plan(COURSE, replace(RIDER, cda=0.201), AIR)  # the second solve builds the warm solver
    opti(RIDER, AIR)
    ours, theirs = [], []
    for rider, air in changes(24):
        mine, found = clocked(lambda r=rider, a=air: solver.plan(COURSE, r, a))
        other, reached = clocked(lambda r=rider, a=air: opti(r, a))
        assert abs(found.finish_time - plan(COURSE, rider, air, intervals=INTERVALS).finish_time) < 1e-3
        assert abs(found.finish_time - reached) < 1e-2, (found.finish_time, reached)
        ours.append(mine)
        theirs.append(other)
    rows = [
        row("median", statistics.median(ours), statistics.median(theirs)),
        row("slowest", max(ours), max(theirs)),
        row("first, building the problem", first, statistics.median(theirs)),
    ]
    emit({"id": "pacing_v1", "ours": rows[0]["ours"], "theirs": rows[0]["theirs"], "peer": "casadi Opti, built anew",
          "unit": "ms", "ratio": rows[0]["ratio"], "rows": rows})  # fmt: skip


def row(name: str, ours: float, theirs: float) -> dict[str, Any]:
    """Seconds of both as milliseconds."""
    return {"what": name, "ours": round(ours * 1e3, 1), "theirs": round(theirs * 1e3, 1),
            "ratio": round(theirs / ours, 2)}  # fmt: skip


def clocked(work: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds, and what came of it."""
    begin = time.perf_counter()
    found = work()
    return time.perf_counter() - begin, found


def changes(count: int) -> list[tuple[Rider, Air]]:
    """Riders and airs of a fixed seed."""
    random, found = np.random.default_rng(20), []
    for _ in range(count):
        cda, power, mass, density = random.uniform(0.9, 1.1, 4)
        rider = replace(RIDER, cda=RIDER.cda * cda, critical_power=430.0 * power, mass=RIDER.mass * mass)
        found.append((rider, Air(AIR.density * density)))
    return found


def opti(rider: Rider, air: Air) -> float:
    """The peer: one rider's problem as one would write it down, finish time in s."""
    model = casadi.Opti()
    count = INTERVALS
    distance = 4000.0 * np.linspace(0.0, 1.0, count + 1) ** 2
    step = casadi.DM(np.diff(distance))
    squared, left, power = (model.variable(count + 1) for _ in range(3))

    def rates(squared_speed: Any, watts: Any) -> tuple[Any, Any, Any]:
        speed = casadi.sqrt(squared_speed)
        taken = resistance.steady_power(
            speed, air_speed=speed, cda=rider.cda, crr=rider.crr, mass=rider.mass, air_density=air.density
        )
        gained = 2.0 * (rider.efficiency * watts - taken) / (rider.mass + rider.rotating_mass) / speed
        return gained, (rider.critical_power - watts) / rider.w_prime / speed, 1.0 / speed

    first, last = slice(0, count), slice(1, count + 1)
    before, after = rates(squared[first], power[first]), rates(squared[last], power[last])
    middle = rates(
        (squared[first] + squared[last]) / 2 + step / 8 * (before[0] - after[0]), (power[first] + power[last]) / 2
    )
    change = [step / 6 * (a + 4 * m + b) for a, m, b in zip(before, middle, after, strict=True)]
    model.minimize(casadi.sum1(change[2]))
    model.subject_to(squared[last] == squared[first] + change[0])
    model.subject_to(left[last] == left[first] + change[1])
    model.subject_to([squared[0] == COURSE.start_speed**2, left[0] == 1.0, squared >= 0.25, left >= 0.0])
    model.subject_to(
        model.bounded(0.0, power, rider.critical_power + (rider.maximal_power - rider.critical_power) * left)
    )
    model.set_initial(squared, np.minimum(15.0, np.sqrt(1.0 + 2.0 * distance)) ** 2)
    model.set_initial(left, np.linspace(1.0, 0.02, count + 1))
    model.set_initial(power, 1.1 * rider.critical_power)
    model.solver("ipopt", {"print_time": False}, {"print_level": 0, "sb": "yes"})
    return float(model.solve().value(model.f))


if __name__ == "__main__":
    main()
