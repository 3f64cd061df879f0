"""The optimisation problem: built once for each structure, solved for any rider, air and course of that structure.

Direct collocation over distance, Hermite-Simpson in its separated form: in each interval the squared speed is a cubic
through its ends with the right slopes there, and the equation of motion holds at the middle too. The squared speed is
the state because, over distance, it changes as smoothly as kinetic energy does; speed itself does not at a standing
start. Its middles are variables of their own: a row more in each interval, but the second derivatives shrink to blocks
of one point, which makes a step of the solver a third cheaper. The balance needs no such middles: its rate depends on
it so weakly that the mean of the ends does.

Source: Kelly (2017), "An introduction to trajectory optimization", SIAM Review 59:849-904, section 4, for the method.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import cached_property, lru_cache, partial
from typing import Any

import numpy as np

from paceline.decide.pacing.courses import Floats
from paceline.decide.pacing.motion import Load, balance_rate, greatest_power, surplus_power
from paceline.domain.errors import ExtraMissing

SQUARED_SPEED = 100.0
"""m²/s² in one unit of the variable: with power over CP and balance over W′ all variables are about one."""

SLOWEST = 0.5
"""m/s, below which nobody stays on a bike, and the time over a distance has no bound."""


@dataclass(frozen=True, slots=True)
class Structure:
    """What decides the shape of the problem; everything else is a parameter.

    Attributes:
        intervals: how many the course is divided into.
        varied: whether slope, wind or bends change along the course.
        recovery: whether the balance comes back below critical power.
        forced: whether a largest force limits the power at low speed.
    """

    intervals: int
    varied: bool
    recovery: bool
    forced: bool


@dataclass(frozen=True, eq=False)
class Problem:
    """A problem ready to solve.

    Attributes:
        structure: its shape.
        cold: the solver for a start from a guess.
        lower_rows: (row,), lower bounds of the constraints.
        upper_rows: (row,), their upper bounds.
    """

    structure: Structure
    cold: Any
    lower_rows: Floats
    upper_rows: Floats
    _another: Callable[[], Any]

    @cached_property
    def warm(self) -> Any:
        """The solver for a start from the answer to a neighbouring problem, made when there is one."""
        return self._another()


def casadi() -> Any:
    """The library, imported when it is first needed.

    Raises:
        ExtraMissing: it is not installed.
    """
    try:
        import casadi as library
    except ModuleNotFoundError as error:
        raise ExtraMissing("Pacing", extra="pacing") from error
    return library


_IPOPT = {
    "print_level": 0,
    "sb": "yes",
    "tol": 1e-7,
    "max_iter": 400,
    "mumps_permuting_scaling": 0,  # the variables are scaled already: looking for a scaling costs a tenth of a solve
    "mumps_scaling": 0,
}

_WARM = {
    "warm_start_init_point": "yes",
    # Closer to the old answer than this, and a rider whose limits move a little is pressed against them for dozens of
    # iterations; further away, and the old answer is forgotten.
    "mu_init": 1e-4,
    "warm_start_bound_push": 1e-4,
    "warm_start_bound_frac": 1e-4,
    "warm_start_slack_bound_push": 1e-4,
    "warm_start_slack_bound_frac": 1e-4,
    "warm_start_mult_bound_push": 1e-4,
    "max_iter": 80,
}


@lru_cache(maxsize=16)
def problem(structure: Structure) -> Problem:
    """The problem of a structure: built when it is first asked for, then kept.

    Raises:
        ExtraMissing: CasADi is not installed.
    """
    library = casadi()
    written, derivatives = _written(library, structure)
    options = {"print_time": False, "show_eval_warnings": False, **derivatives}
    solver = partial(library.nlpsol, "pacing", "ipopt", written)
    cold, warm = ({**options, "ipopt": {**_IPOPT, **more}} for more in ({}, _WARM))
    equal, limits = 3 * structure.intervals, (structure.intervals + 1) * (2 if structure.forced else 1)
    lower = np.concatenate([np.zeros(equal), np.full(limits, -np.inf)])
    return Problem(structure, solver(cold), lower, np.zeros(equal + limits), partial(solver, warm))


@dataclass(frozen=True, eq=False, slots=True)
class _Points:
    """The variables at all points, (2 · intervals + 1,) each; `ends` of these are those between intervals.

    Power is two variables, what it is above and what it is below critical power, so that the corner between spending
    and recovering needs no rounding: to be above and below at once would only waste balance, and no answer does it.
    """

    squared_speed: Any
    balance: Any
    above: Any
    below: Any


def _written(library: Any, structure: Structure) -> tuple[dict[str, Any], dict[str, Any]]:
    """Variables, parameters, time and constraints; and their derivatives."""
    parameters, load, step, along = _parameters(library, structure)
    variables, points = _variables(library, structure)
    gained, recovered, slowness = _rates(points, load=load, along=along)
    speed2, ends, slopes = points.squared_speed, points.squared_speed[0::2], gained[0::2]
    hermite = 0.5 * (ends[:-1] + ends[1:]) + step / 8.0 * (slopes[:-1] - slopes[1:])
    defects = [
        speed2[1::2] - hermite,
        _changes(ends) - _simpson(gained, step),
        _changes(points.balance[0::2]) - _simpson(recovered, step),
    ]
    in_order = library.vec(library.horzcat(*defects).T)
    rows = library.vertcat(in_order, *_limits(library, points, load=load, ratio=along[2] if structure.forced else None))
    written = {"x": variables, "p": parameters, "f": library.sum1(_simpson(slowness, step)), "g": rows}
    return written, _derivatives(library, written)


def _limits(library: Any, points: _Points, *, load: Load, ratio: Any | None) -> list[Any]:
    """What the rider is able to, at the ends of the intervals: each row at most 0; a ratio is given where force is limited."""
    above = points.above[0::2]
    greatest = greatest_power(points.balance[0::2] * load.w_prime, load=load)
    limits = [above - (greatest - load.critical_power) / load.critical_power]
    if ratio is not None:
        speed = library.sqrt(SQUARED_SPEED * points.squared_speed[0::2]) / _ends(ratio)
        limits.append(1.0 + above - load.maximal_force / load.critical_power * speed)
    return limits


def _ends(along: Any) -> Any:
    return along if isinstance(along, float) else along[0::2]


def _parameters(library: Any, structure: Structure) -> tuple[Any, Load, Any, tuple[Any, Any, Any]]:
    """The vector of parameters, and what it is made of: the load, the steps, and slope, wind and ratio at all points."""
    names = [field.name for field in fields(Load)]
    constants = library.SX.sym("load", len(names))
    step = library.SX.sym("step", structure.intervals)
    load = Load(**{name: constants[i] for i, name in enumerate(names)})
    if not structure.varied:
        return library.vertcat(constants, step), load, step, (0.0, 0.0, 1.0)
    points = 2 * structure.intervals + 1
    slope, wind, ratio = (library.SX.sym(name, points) for name in ("slope", "wind", "ratio"))
    return library.vertcat(constants, step, slope, wind, ratio), load, step, (slope, wind, ratio)


def _variables(library: Any, structure: Structure) -> tuple[Any, _Points]:
    """The vector of variables in the order of the course, as `packed` makes it; and the same at all points."""
    ends, count = structure.intervals + 1, 2 * structure.intervals + 1
    squared_speed = library.SX.sym("squared_speed", count)
    names = ("balance", "above", "below") if structure.recovery else ("balance", "above")
    others = [library.SX.sym(name, ends) for name in names]
    order = [squared_speed[0], *(each[0] for each in others)]
    for i in range(structure.intervals):
        order += [squared_speed[2 * i + 1], squared_speed[2 * i + 2], *(each[i + 1] for each in others)]
    straight = [_with_middles(library, each) for each in others]
    below = straight[2] if structure.recovery else 0.0
    return library.vertcat(*order), _Points(squared_speed, straight[0], straight[1], below)


def _with_middles(library: Any, ends: Any) -> Any:
    """At all points what is a straight line within each interval, so that its middles are no variables."""
    middles = 0.5 * (ends[:-1] + ends[1:])
    return library.vertcat(library.vec(library.horzcat(ends[:-1], middles).T), ends[-1])


def _rates(points: _Points, *, load: Load, along: tuple[Any, Any, Any]) -> tuple[Any, Any, Any]:
    """What squared speed, balance and time change by in a metre, at all points."""
    slope, wind, ratio = along
    speed = (SQUARED_SPEED * points.squared_speed) ** 0.5
    above, below = load.critical_power * points.above, load.critical_power * points.below
    power = load.critical_power + above - below
    surplus = surplus_power(power, speed=speed, load=load, slope=slope, head_wind=wind, speed_ratio=ratio)
    recovered = balance_rate(above, below, balance=load.w_prime * points.balance, load=load)
    slowness = ratio / speed
    gained = surplus * (2.0 / (load.mass + load.rotating_mass) / SQUARED_SPEED)
    return gained * slowness, recovered * slowness / load.w_prime, slowness


def _changes(ends: Any) -> Any:
    return ends[1:] - ends[:-1]


def _simpson(rate: Any, step: Any) -> Any:
    ends = rate[0::2]
    return step / 6.0 * (ends[:-1] + 4.0 * rate[1::2] + ends[1:])


def _derivatives(library: Any, written: dict[str, Any]) -> dict[str, Any]:
    """Gradient, Jacobian and Hessian as functions of their own, so that the two solvers share one set."""
    x, p, f, g = (written[name] for name in ("x", "p", "f", "g"))
    weight, multipliers = library.SX.sym("weight"), library.SX.sym("multipliers", g.numel())
    hessian, _ = library.hessian(weight * f + library.dot(multipliers, g), x)
    return {
        "grad_f": library.Function("gradient", [x, p], [f, library.gradient(f, x)]),
        "jac_g": library.Function("jacobian", [x, p], [g, library.jacobian(g, x)]),
        "hess_lag": library.Function("hessian", [x, p, weight, multipliers], [library.triu(hessian)]),
    }
