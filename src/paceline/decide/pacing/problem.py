"""The optimisation problem: built once for each structure, solved for any rider, air and course of that structure.

Direct collocation over distance, Hermite-Simpson in its separated form: in each interval the squared speed is a cubic
through its ends with the right slopes there, and the equation of motion holds at the middle too. The squared speed is
the state because, over distance, it changes as smoothly as kinetic energy does; speed itself does not at a standing
start. Its middles are variables of their own: a row more in each interval, but the second derivatives shrink to blocks
of one point, which makes a step of the solver a fifth cheaper. The balance needs no such middles: its rate depends on
it so weakly that the mean of the ends does.

Source: Kelly (2017), "An introduction to trajectory optimization", SIAM Review 59:849-904,
doi 10.1137/16M1062569, for the method.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from paceline.decide.pacing.courses import Floats
from paceline.decide.pacing.motion import Load, balance_rate, greatest_power, surplus_power
from paceline.domain.errors import ExtraMissing

SQUARED_SPEED = 100.0
"""m²/s² in one unit of the variable: with power over CP and balance over W′ all variables are about one."""


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
    "tol": 1e-6,  # a hundredth of a millisecond at the finish
    "max_iter": 400,
    "min_refinement_steps": 0,  # variables and rows are about one already: the first step is good enough
    "mumps_permuting_scaling": 0,  # and looking for a better scaling costs a tenth of a solve
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
    written = _written(library, structure)
    options = {"print_time": False, "show_eval_warnings": False}
    cold = library.nlpsol("cold", "ipopt", written, {**options, "ipopt": _IPOPT})

    def another() -> Any:
        shared = {"grad_f": "nlp_grad_f", "jac_g": "nlp_jac_g", "hess_lag": "nlp_hess_l"}
        derivatives = {option: cold.get_function(name) for option, name in shared.items()}
        return library.nlpsol("warm", "ipopt", written, {**options, **derivatives, "ipopt": {**_IPOPT, **_WARM}})

    equal, limits = 3 * structure.intervals, (structure.intervals + 1) * (2 if structure.forced else 1)
    lower = np.concatenate([np.zeros(equal), np.full(limits, -np.inf)])
    return Problem(structure, cold, lower, np.zeros(equal + limits), another)


@dataclass(frozen=True, eq=False, slots=True)
class _Points:
    """Variables and course at one kind of point: all ends of intervals, (intervals + 1,), or middles, (intervals,).

    Power is two variables, what it is above and what it is below critical power, so that the corner between spending
    and recovering needs no rounding: to be above and below at once would only waste balance, and no answer does it.
    """

    squared_speed: Any
    balance: Any
    above: Any
    below: Any
    slope: Any
    head_wind: Any
    speed_ratio: Any


def _written(library: Any, structure: Structure) -> dict[str, Any]:
    """Variables, parameters, time and constraints, each as a few operations on whole vectors.

    Written number by number the same problem takes ten times as long to build, and twice as long to evaluate.
    """
    parameters, load, step, along = _parameters(library, structure)
    variables, ends, middles = _variables(library, structure, along)
    at_ends, at_middles = (_rates(points, load=load) for points in (ends, middles))
    gained, recovered, time = (
        step / 6.0 * (rate[:-1] + 4.0 * middle + rate[1:]) for rate, middle in zip(at_ends, at_middles, strict=True)
    )
    slopes = at_ends[0]
    hermite = _means(ends.squared_speed) + step / 8.0 * (slopes[:-1] - slopes[1:])
    defects = [
        middles.squared_speed - hermite,
        _changes(ends.squared_speed) - gained,
        _changes(ends.balance) - recovered,
    ]
    in_order = library.vec(library.horzcat(*defects).T)
    rows = library.vertcat(in_order, *_limits(ends, load=load, forced=structure.forced))
    return {"x": variables, "p": parameters, "f": library.sum1(time), "g": rows}


def _limits(ends: _Points, *, load: Load, forced: bool) -> list[Any]:
    """What the rider is able to, at the ends: rows of at most 0."""
    greatest = greatest_power(ends.balance * load.w_prime, load=load)
    limits = [ends.above - (greatest - load.critical_power) / load.critical_power]
    if forced:
        wheel = (SQUARED_SPEED * ends.squared_speed) ** 0.5 / ends.speed_ratio
        limits.append(1.0 + ends.above - load.maximal_force / load.critical_power * wheel)
    return limits


def _parameters(library: Any, structure: Structure) -> tuple[Any, Load, Any, tuple[Any, Any, Any]]:
    """The vector of parameters; and its parts: the load, the steps, and slope, wind and ratio at all points."""
    names = [field.name for field in fields(Load)]
    points = 2 * structure.intervals + 1 if structure.varied else 0
    parameters = library.MX.sym("parameters", len(names) + structure.intervals + 3 * points)
    sizes = [1] * len(names) + [structure.intervals] + [points] * 3
    parts = library.vertsplit(parameters, np.cumsum([0, *sizes]).tolist())
    load = Load(**dict(zip(names, parts, strict=False)))
    slope, wind, ratio = parts[-3:] if structure.varied else (0.0, 0.0, 1.0)
    return parameters, load, parts[len(names)], (slope, wind, ratio)


def _variables(library: Any, structure: Structure, along: tuple[Any, Any, Any]) -> tuple[Any, _Points, _Points]:
    """The vector of variables in the order of the course, as `tasks` packs it; and the points made of it."""
    others = 3 if structure.recovery else 2
    width = 2 + others
    variables = library.MX.sym("variables", 1 + others + width * structure.intervals)
    first, rest = variables[: 1 + others], variables[1 + others :]
    rows = library.reshape(rest, width, structure.intervals).T
    ends = [library.vertcat(first[i], rows[:, 1 + i]) for i in range(1 + others)]
    middles = [rows[:, 0], *(_means(each) for each in ends[1:])]
    if not structure.recovery:
        ends, middles = [*ends, 0.0], [*middles, 0.0]
    course_ends, course_middles = zip(*map(_halves, along), strict=True)
    return variables, _Points(*ends, *course_ends), _Points(*middles, *course_middles)


def _halves(along: Any) -> tuple[Any, Any]:
    """What holds at the ends and at the middles, of what holds at all points or everywhere."""
    return (along, along) if isinstance(along, float) else (along[0::2], along[1::2])


def _rates(points: _Points, *, load: Load) -> tuple[Any, Any, Any]:
    """What squared speed, balance and time change by in a metre."""
    speed = (SQUARED_SPEED * points.squared_speed) ** 0.5
    above, below = load.critical_power * points.above, load.critical_power * points.below
    surplus = surplus_power(
        load.critical_power + above - below,
        speed=speed,
        load=load,
        slope=points.slope,
        head_wind=points.head_wind,
        speed_ratio=points.speed_ratio,
    )
    recovered = balance_rate(above, below, balance=load.w_prime * points.balance, load=load)
    slowness = points.speed_ratio / speed
    gained = surplus * (2.0 / (load.mass + load.rotating_mass) / SQUARED_SPEED)
    return gained * slowness, recovered * slowness / load.w_prime, slowness


def _changes(ends: Any) -> Any:
    return ends[1:] - ends[:-1]


def _means(ends: Any) -> Any:
    return 0.5 * (ends[:-1] + ends[1:])
