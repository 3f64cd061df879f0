"""What it costs to ride: the power that air, tyres, bearings, hills and inertia take, and what the pedals must give.

Every function here uses nothing but the operators of its arguments: NumPy arrays, floats and CasADi symbols go through
alike, so that metrics, simulator and optimiser share one physics. None branches on a value. Arrays of any shapes that
broadcast; NaN where an input is NaN.

Source: Martin, Milliken, Cobb, McFadden and Coggan (1998), "Validation of a mathematical model for road cycling power",
Journal of Applied Biomechanics 14:276-291. Air density and gravity are the rider's own: give what holds on the day.
"""

from __future__ import annotations

from typing import Any, TypeAlias

Operand: TypeAlias = Any
"""Whatever has the operators + − × ÷, power and `abs`: the type checker knows no name for "array or symbol"."""

GRAVITY = 9.80665
"""m/s², standard gravity. Martin and others round it to 9.81."""

WHEEL_DRAG_AREA = 0.0044
"""m², F_w: what turning the spokes of two wheels through the air adds to the drag area."""

CHAIN_EFFICIENCY = 0.976
"""Share of the power at the pedals that a clean chain brings to the wheel."""


def aerodynamic_power(
    speed: Operand,
    *,
    air_speed: Operand,
    cda: Operand,
    air_density: Operand,
    wheel_drag_area: Operand = WHEEL_DRAG_AREA,
) -> Operand:
    """Power that the air takes: ½ ρ (CdA + F_w) v_a² v; the air gives it where the wind overtakes the rider.

    Args:
        speed: over the ground, m/s.
        air_speed: against the air along the direction of travel, m/s: speed plus head wind; negative from behind.
        cda: drag area, m².
        air_density: kg/m³.
        wheel_drag_area: m².

    Returns:
        W.

    >>> round(aerodynamic_power(10.0, air_speed=10.0, cda=0.3, air_density=1.2, wheel_drag_area=0), 6)  # ½·1.2·0.3·10³
    180.0
    """
    return 0.5 * air_density * (cda + wheel_drag_area) * air_speed * abs(air_speed) * speed


def rolling_power(
    speed: Operand, *, mass: Operand, crr: Operand, slope: Operand = 0.0, gravity: Operand = GRAVITY
) -> Operand:
    """Power that the tyres take: Crr m g cos(arctan slope) v.

    Args:
        speed: m/s.
        mass: rider, bike and all they carry, kg.
        crr: coefficient of rolling resistance.
        slope: rise over horizontal distance.
        gravity: m/s².

    Returns:
        W.

    >>> round(rolling_power(10.0, mass=80.0, crr=0.005, gravity=10.0), 6)  # 0.005·80·10·10
    40.0
    """
    return speed * crr * mass * gravity * (1.0 + slope * slope) ** -0.5


def bearing_power(speed: Operand) -> Operand:
    """Power that the wheel bearings take: v (91 + 8.7 v) 10⁻³.

    Args:
        speed: m/s.

    Returns:
        W.

    >>> round(bearing_power(10.0), 6)  # 10·(91+87)/1000
    1.78
    """
    return speed * (91.0 + 8.7 * speed) * 1e-3


def climbing_power(speed: Operand, *, mass: Operand, slope: Operand, gravity: Operand = GRAVITY) -> Operand:
    """Power that the hill takes, negative downhill: m g sin(arctan slope) v.

    Args:
        speed: along the road, m/s.
        mass: kg.
        slope: rise over horizontal distance.
        gravity: m/s².

    Returns:
        W.

    >>> round(climbing_power(5.0, mass=80.0, slope=0.75, gravity=10.0), 6)  # sin(arctan ¾) = 0.6: 80·10·0.6·5
    2400.0
    """
    return speed * mass * gravity * slope * (1.0 + slope * slope) ** -0.5


def kinetic_power(
    speed_before: Operand, speed_after: Operand, *, duration: Operand, mass: Operand, rotating_mass: Operand = 0.0
) -> Operand:
    """Power that goes into speed, negative where it comes back: ½ (m + I/r²) Δ(v²) / Δt.

    Args:
        speed_before: m/s at the beginning.
        speed_after: m/s at the end.
        duration: s between the two.
        mass: kg.
        rotating_mass: I/r² of both wheels, kg: moment of inertia over the wheel's radius squared.

    Returns:
        W, the mean over the interval.

    >>> kinetic_power(8.0, 10.0, duration=4.0, mass=80.0)  # ½·80·(100-64)/4
    360.0
    """
    return 0.5 * (mass + rotating_mass) * (speed_after * speed_after - speed_before * speed_before) / duration


def pedal_power(wheel_power: Operand, *, efficiency: Operand = CHAIN_EFFICIENCY) -> Operand:
    """What the rider must give for a power at the wheel.

    Below zero it says how much brakes and air must take away, not what a rider does: a chain does not push back.

    Args:
        wheel_power: the sum of what the terms above take, W.
        efficiency: share of the power at the pedals that reaches the wheel.

    Returns:
        W.

    >>> round(pedal_power(195.2), 6)  # 195.2 / 0.976
    200.0
    """
    return wheel_power / efficiency


def steady_power(
    speed: Operand,
    *,
    air_speed: Operand,
    cda: Operand,
    crr: Operand,
    mass: Operand,
    air_density: Operand,
    slope: Operand = 0.0,
    gravity: Operand = GRAVITY,
) -> Operand:
    """Power at the wheel that holds a speed: air, tyres, bearings and hill together.

    Args:
        speed: m/s.
        air_speed: speed plus head wind, m/s.
        cda: drag area, m².
        crr: coefficient of rolling resistance.
        mass: kg.
        air_density: kg/m³.
        slope: rise over horizontal distance.
        gravity: m/s².

    Returns:
        W at the wheel; `pedal_power` says what the rider gives for it.

    >>> still = steady_power(10.0, air_speed=0.0, cda=0.3, crr=0.005, mass=80.0, air_density=1.2, gravity=10.0)
    >>> round(still, 6)  # rolling 40 + bearings 1.78
    41.78
    """
    return (
        aerodynamic_power(speed, air_speed=air_speed, cda=cda, air_density=air_density)
        + rolling_power(speed, mass=mass, crr=crr, slope=slope, gravity=gravity)
        + bearing_power(speed)
        + climbing_power(speed, mass=mass, slope=slope, gravity=gravity)
    )
