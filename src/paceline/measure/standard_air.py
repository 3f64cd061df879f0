"""Efforts on different days made comparable: what power or speed would have been in standard air.

Only the air is changed. The rider's own power falls with altitude, since there is less oxygen: that is not undone here.
What is not known exactly (drag area, density, mass, rolling resistance) is carried through to the result by the delta
method: the result's variance is the sum of each variance times the square of the result's slope in that quantity.
The inputs are taken as independent.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np

from paceline.domain.errors import TooFewSamples
from paceline.measure.estimates import Estimate
from paceline.measure.quantities import MetresPerSecond, Watts
from paceline.measure.resistance import (
    CHAIN_EFFICIENCY,
    aerodynamic_power,
    pedal_power,
    steady_power,
)
from paceline.measure.steady_speed import steady_speed

STANDARD_DENSITY = 1.225
"""kg/m³: dry air at 15 °C and 101,325 Pa (ISO 2533)."""

Known = Estimate | float
"""A number with its error, or one that is taken as exact."""


def power_in_standard_air(
    power: Watts,
    speed: MetresPerSecond,
    *,
    cda: Known,
    air_density: Known,
    air_speed: MetresPerSecond | None = None,
    efficiency: float = CHAIN_EFFICIENCY,
    standard: float = STANDARD_DENSITY,
) -> Estimate:
    """The mean power that the same ride, second by second at the same speed, would have cost in standard air.

    Args:
        power: (sample,), W; samples without power or speed are left out and counted.
        speed: (sample,), m/s.
        cda: drag area, m², as estimated with `air_density`; without the wheels' `WHEEL_DRAG_AREA`.
        air_density: of the day, kg/m³.
        air_speed: (sample,), m/s; the speed where left out.
        efficiency: share of the power at the pedals that reaches the wheel.
        standard: kg/m³, the air to compare in.

    Returns:
        W. Its error is what the drag area and the density bring, not the power meter's own.

    Raises:
        TooFewSamples: no sample has both.

    >>> ride = np.array([300.0]), np.array([10.0])
    >>> found = power_in_standard_air(*ride, cda=0.2956, air_density=1.125, efficiency=1.0)
    >>> round(found.value, 6)   # 300 + ½·(1.225 − 1.125)·(0.2956 + 0.0044)·10³
    315.0
    """
    against = speed if air_speed is None else air_speed
    both = np.isfinite(power) & np.isfinite(speed) & np.isfinite(against)
    count = int(np.count_nonzero(both))
    if count == 0:
        raise TooFewSamples("power in standard air", need=1, got=0)
    rode = float(np.mean(power[both]))

    def in_standard(values: Mapping[str, float]) -> float:
        lacking = standard - values["air_density"]
        wheel = aerodynamic_power(speed[both], air_speed=against[both], cda=values["cda"], air_density=lacking)
        return rode + float(np.mean(pedal_power(wheel, efficiency=efficiency)))

    known = {"cda": cda, "air_density": air_density}
    return carried(in_standard, known, used=count, discarded=int(power.size) - count)


def speed_in_standard_air(
    speed: float,
    *,
    cda: Known,
    crr: Known,
    mass: Known,
    air_density: Known,
    slope: float = 0.0,
    standard: float = STANDARD_DENSITY,
) -> Estimate:
    """The speed that the same power would have held in standard air, without wind.

    Args:
        speed: m/s, held in the air of the day.
        cda: drag area, m².
        crr: coefficient of rolling resistance.
        mass: kg, with bike and all.
        air_density: of the day, kg/m³.
        slope: rise over horizontal distance.
        standard: kg/m³, the air to compare in.

    Returns:
        m/s.

    >>> found = speed_in_standard_air(12.0, cda=0.25, crr=0.004, mass=80.0, air_density=1.225)
    >>> round(found.value, 9), found.standard_error
    (12.0, 0.0)
    """

    def in_standard(values: Mapping[str, float]) -> float:
        then = steady_power(speed, air_speed=speed, slope=slope, **values)
        return steady_speed(float(then), efficiency=1.0, slope=slope, **{**values, "air_density": standard})

    return carried(in_standard, {"cda": cda, "crr": crr, "mass": mass, "air_density": air_density}, used=1)


def carried(
    function: Callable[[Mapping[str, float]], float], known: Mapping[str, Known], *, used: int, discarded: int = 0
) -> Estimate:
    """A function of uncertain numbers, with the error that they bring to it: the delta method.

    Args:
        function: name → value in, the result out; smooth over the inputs' errors.
        known: name → number, with its error or exact; independent of each other.
        used: passed on to the result.
        discarded: likewise.

    >>> product = carried(lambda of: of["a"] * of["b"], {"a": Estimate(3.0, 0.1, used=1), "b": 2.0}, used=1)
    >>> product.value, round(product.standard_error, 9)   # 3·2; 0.1·2
    (6.0, 0.2)
    """
    values = {name: one.value if isinstance(one, Estimate) else float(one) for name, one in known.items()}
    errors = {name: one for name, one in known.items() if isinstance(one, Estimate) and one.standard_error > 0.0}
    variance = 0.0
    for name, one in errors.items():
        step = one.standard_error
        up, down = function({**values, name: one.value + step}), function({**values, name: one.value - step})
        variance += ((up - down) / 2.0) ** 2
    freedom = min((one.freedom for one in errors.values()), default=Estimate(0.0, 0.0, 0).freedom)
    return Estimate(function(values), math.sqrt(variance), used, discarded, freedom)
