"""How power becomes speed and what it costs the rider: the equations that plan and forward simulation share.

Like `measure.resistance`, on which they rest: plain operators only, so floats, NumPy arrays and CasADi symbols give the
same numbers.
"""

from __future__ import annotations

from dataclasses import dataclass

from paceline.decide.pacing.courses import Course
from paceline.decide.pacing.riders import Air, Rider
from paceline.measure import resistance
from paceline.measure.resistance import Operand

SLOWEST = 0.5
"""m/s, below which nobody stays on a bike, and the time over a distance has no bound."""

NO_LIMIT = 1e6
"""N, for a rider whose force nothing limits."""


@dataclass(frozen=True, slots=True)
class Load:
    """Every constant of the equations, in the order in which the solver takes them; numbers or symbols.

    Attributes:
        mass: kg.
        rotating_mass: kg.
        cda: m².
        crr: coefficient of rolling resistance.
        efficiency: share of the power that reaches the wheel.
        wheel_drag_area: m².
        bearings: times Martin's bearing loss.
        air_density: kg/m³.
        gravity: m/s².
        critical_power: W.
        w_prime: J.
        maximal_power: W.
        maximal_force: N at the tyre.
    """

    mass: Operand
    rotating_mass: Operand
    cda: Operand
    crr: Operand
    efficiency: Operand
    wheel_drag_area: Operand
    bearings: Operand
    air_density: Operand
    gravity: Operand
    critical_power: Operand
    w_prime: Operand
    maximal_power: Operand
    maximal_force: Operand


def load(course: Course, rider: Rider, air: Air) -> Load:
    """The constants of one rider in one air on one course."""
    return Load(
        mass=rider.mass,
        rotating_mass=rider.rotating_mass,
        cda=rider.cda,
        crr=rider.crr,
        efficiency=rider.efficiency,
        wheel_drag_area=rider.wheel_drag_area,
        bearings=rider.bearings,
        air_density=air.density,
        gravity=course.gravity,
        critical_power=rider.critical_power,
        w_prime=rider.w_prime,
        maximal_power=rider.maximal_power,
        maximal_force=NO_LIMIT if rider.maximal_force is None else rider.maximal_force,
    )


def surplus_power(
    power: Operand,
    *,
    speed: Operand,
    load: Load,
    slope: Operand = 0.0,
    head_wind: Operand = 0.0,
    speed_ratio: Operand = 1.0,
) -> Operand:
    """What is left of the rider's power, once air, tyres, bearings and hill are paid, to make the bike faster.

    Args:
        power: at the pedals, W.
        speed: of the centre of mass, m/s: the air and inertia feel it.
        load: the constants.
        slope: rise over horizontal distance.
        head_wind: m/s.
        speed_ratio: speed of the centre of mass over that of the wheels, which tyres, bearings and hill feel.

    Returns:
        W; negative while the bike slows down.
    """
    wheel = speed / speed_ratio
    taken = (
        resistance.aerodynamic_power(
            speed,
            air_speed=speed + head_wind,
            cda=load.cda,
            air_density=load.air_density,
            wheel_drag_area=load.wheel_drag_area,
        )
        + resistance.rolling_power(wheel, mass=load.mass, crr=load.crr, slope=slope, gravity=load.gravity)
        + load.bearings * resistance.bearing_power(wheel)
        + resistance.climbing_power(wheel, mass=load.mass, slope=slope, gravity=load.gravity)
    )
    return load.efficiency * power - taken


def balance_rate(above: Operand, below: Operand, *, balance: Operand, load: Load) -> Operand:
    """How fast the W′ balance changes: down by what is given above critical power, up by (CP − P) (W′ − W)/W′ below it.

    Args:
        above: power over critical power, W; 0 below it.
        below: what critical power is over the power, W; 0 above it, and always where nothing comes back.
        balance: what is left, J.
        load: the constants.

    Returns:
        W.

    Source:
        Froncioni and Clarke's differential form, Skiba et al. (2015), as in `measure.metrics.w_prime_balance`.
    """
    return below * (1.0 - balance / load.w_prime) - above


def greatest_power(balance: Operand, *, load: Load) -> Operand:
    """What the rider can give at most: from maximal power with the balance full to critical power with none, W."""
    return load.critical_power + (load.maximal_power - load.critical_power) * balance / load.w_prime
