"""What the air is and how fast it comes: density, pressure aloft, airspeed and the angle at which it meets the bike.

Density, pressures and airspeed use nothing but the operators of their arguments: NumPy arrays, floats and CasADi
symbols go through alike. Yaw and the parts of the wind need NumPy's angles. Arrays of any shapes that broadcast; NaN
where an input is NaN.

The density is that of two ideal gases, dry air and water vapour, each at its own partial pressure. Vapour pressure is
the Magnus formula with the World Meteorological Organization's constants (WMO-No. 8, annex 4.B: 6.112 hPa, 17.62,
243.12 °C, over water), without the enhancement factor of moist air (0.4 %). The gas constant of dry air is that of the
standard atmosphere (ISO 2533: 287.05287 J/(kg·K)), so that standard air weighs 1.225 kg/m³. Other programs take 287.05
or 287.058, and other vapour formulas: their densities lie within 0.003 % of these. The real gas (CIPM-2007) is 0.04 %
denser: below what a barometer at 1 hPa can tell.
"""

from __future__ import annotations

import math
from typing import Any, TypeAlias

import numpy as np

from paceline.measure.resistance import GRAVITY

Operand: TypeAlias = Any
"""Whatever has the operators + − × ÷, power and `abs`: the type checker knows no name for "array or symbol"."""

ZERO_CELSIUS = 273.15
"""K."""
DRY_AIR = 287.05287
"""J/(kg·K), the gas constant of dry air in the standard atmosphere (ISO 2533)."""
WATER_VAPOUR = 461.5
"""J/(kg·K), the gas constant of water vapour."""
LAPSE = 0.0065
"""K/m, how the standard atmosphere cools with height."""
STANDARD_TEMPERATURE = 15.0
"""°C, of the standard atmosphere at sea level."""
STANDARD_PRESSURE = 101_325.0
"""Pa, of the standard atmosphere at sea level."""


def saturation_pressure(temperature: Operand) -> Operand:
    """Pressure of the vapour that air can hold at most; at the dew point it is the vapour pressure itself.

    Args:
        temperature: °C; the constants are for −45 to 60 °C over water.

    Returns:
        Pa.

    >>> saturation_pressure(0.0)
    611.2
    """
    return 611.2 * math.e ** (17.62 * temperature / (243.12 + temperature))


def relative_humidity(temperature: Operand, *, dew_point: Operand) -> Operand:
    """Vapour in the air as a fraction of what it could hold.

    Args:
        temperature: °C.
        dew_point: °C.

    Returns:
        a fraction of one; above it where the dew point lies above the temperature, which no air has.

    >>> relative_humidity(20.0, dew_point=20.0)
    1.0
    """
    return saturation_pressure(dew_point) / saturation_pressure(temperature)


def density(temperature: Operand, *, pressure: Operand, relative_humidity: Operand = 0.0) -> Operand:
    """How heavy the air is: drag is proportional to it.

    Args:
        temperature: °C.
        pressure: Pa, at the place itself, not reduced to sea level.
        relative_humidity: fraction of one.

    Returns:
        kg/m³.

    >>> round(density(15.0, pressure=101_325.0), 4)  # the standard atmosphere at sea level
    1.225
    >>> round(density(28.0, pressure=101_325.0, relative_humidity=0.5), 4)
    1.1639
    """
    vapour = relative_humidity * saturation_pressure(temperature)
    return ((pressure - vapour) / DRY_AIR + vapour / WATER_VAPOUR) / (temperature + ZERO_CELSIUS)


def standard_pressure(altitude: Operand, *, sea_level_pressure: Operand = STANDARD_PRESSURE) -> Operand:
    """Pressure at a height in the standard atmosphere (ISO 2533, below 11 km).

    With the pressure that an airfield gives for altimeters (QNH) it is the pressure at that airfield.

    Args:
        altitude: m.
        sea_level_pressure: Pa, reduced by the standard atmosphere.

    Returns:
        Pa.

    >>> round(standard_pressure(1000.0) / 100)
    899
    """
    cooling = 1.0 - LAPSE * altitude / (STANDARD_TEMPERATURE + ZERO_CELSIUS)
    return sea_level_pressure * cooling ** (GRAVITY / (DRY_AIR * LAPSE))


def station_pressure(sea_level_pressure: Operand, *, altitude: Operand, temperature: Operand) -> Operand:
    """Pressure at the place, from a pressure that weather services reduce to sea level with its temperature (QFF).

    The air column down to sea level is taken to be as warm as half way down at 6.5 K a kilometre; its vapour is left
    out, which costs less than 0.5 hPa below 1,000 m.

    Args:
        sea_level_pressure: Pa.
        altitude: m, of the place.
        temperature: °C, at the place.

    Returns:
        Pa.

    Source:
        The hypsometric equation.

    >>> round(station_pressure(101_325.0, altitude=0.0, temperature=15.0))
    101325
    """
    column = temperature + ZERO_CELSIUS + LAPSE * altitude / 2.0
    return sea_level_pressure * math.e ** (-GRAVITY * altitude / (DRY_AIR * column))


def isothermal_density(
    altitude: Operand, *, sea_level: Operand = 1.225, temperature: Operand = STANDARD_TEMPERATURE
) -> Operand:
    """Density aloft where nothing but the height is known, as several calculators take it: air of one temperature.

    It is 1 % too light at 1,000 m against the standard atmosphere. It is here to compare with them.

    Args:
        altitude: m.
        sea_level: kg/m³, at sea level.
        temperature: °C, throughout.

    Returns:
        kg/m³.

    >>> isothermal_density(0.0)
    1.225
    """
    return sea_level * math.e ** (-GRAVITY * altitude / (DRY_AIR * (temperature + ZERO_CELSIUS)))


def airspeed(dynamic_pressure: Operand, *, air_density: Operand) -> Operand:
    """Speed against the air that a pitot tube means: √(2 q / ρ), with the sign of q.

    Args:
        dynamic_pressure: Pa, stagnation less static; below zero where the air comes from behind or the zero drifts.
        air_density: kg/m³.

    Returns:
        m/s, uncalibrated: `pitot.calibration` says by what to multiply it.

    >>> round(float(airspeed(150.0, air_density=1.15)), 5)
    16.15146
    """
    squared = 2.0 * dynamic_pressure / air_density
    return squared * (abs(squared) + 1e-300) ** -0.5  # keeps the sign without a branch; nothing is lost but 0/0


def yaw(speed: Operand, *, head_wind: Operand, cross_wind: Operand) -> Operand:
    """Angle at which the air meets the bike: atan2(v_cross, v_bike + v_head).

    Args:
        speed: over the ground, m/s.
        head_wind: m/s against the direction of travel; negative from behind.
        cross_wind: m/s from the right; negative from the left.

    Returns:
        °, positive where the air comes from the right.

    >>> round(float(yaw(8.0, head_wind=2.0, cross_wind=10.0)), 6)
    45.0
    """
    return np.arctan2(cross_wind, speed + head_wind) * (180.0 / math.pi)


def head_wind(wind_speed: Operand, *, wind_direction: Operand, heading: Operand) -> Operand:
    """The part of the wind that blows against the rider.

    Args:
        wind_speed: m/s, at the height of the rider.
        wind_direction: °, where the wind comes from, clockwise from north.
        heading: °, direction of travel, clockwise from north.

    Returns:
        m/s, negative from behind.

    >>> round(float(head_wind(3.0, wind_direction=90.0, heading=90.0)), 6)
    3.0
    """
    return wind_speed * np.cos((wind_direction - heading) * (math.pi / 180.0))


def cross_wind(wind_speed: Operand, *, wind_direction: Operand, heading: Operand) -> Operand:
    """The part of the wind that blows across the rider's way; see `head_wind`.

    Returns:
        m/s, positive from the right.

    >>> round(float(cross_wind(3.0, wind_direction=90.0, heading=0.0)), 6)  # northward: an east wind is from the right
    3.0
    """
    return wind_speed * np.sin((wind_direction - heading) * (math.pi / 180.0))
