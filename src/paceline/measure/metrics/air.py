"""The air that the rider pushes through: how dense it is, how fast it comes and from where."""

from __future__ import annotations

import numpy as np

from paceline.domain.errors import TooFewSamples
from paceline.measure import air
from paceline.measure.catalogue import metric
from paceline.measure.quantities import Celsius, Degrees, Floats, Fractions, MetresPerSecond, Pascals, Scalar


@metric("kg/m³", low=0.6, high=1.6, nan=True, personal=False)
def air_density(temperature: Celsius, pressure: Pascals, relative_humidity: Fractions) -> Floats:
    """How heavy the air is at each moment: the same rider goes faster in lighter air.

    Args:
        temperature: (sample,), °C; NaN where absent.
        pressure: (sample,), Pa, at the place itself; NaN where absent.
        relative_humidity: (sample,), fraction of one; NaN where absent.

    Returns:
        (sample,), kg/m³; NaN where any of the three is absent: nothing is assumed.

    Source:
        Dry air and vapour as ideal gases, Magnus formula with the constants of WMO-No. 8: see `measure/air.py`.

    >>> air_density(np.array([15.0, np.nan]), np.array([101_325.0, 1e5]), np.zeros(2)).round(4).tolist()
    [1.225, nan]
    """
    return _some(
        "air density", np.asarray(air.density(temperature, pressure=pressure, relative_humidity=relative_humidity))
    )


@metric("kg/m³", low=0.6, high=1.6, personal=False, headline=True)
def average_air_density(air_density: Floats) -> Scalar:
    """The mean density of the air over the effort: the number to state beside every drag area.

    Args:
        air_density: (sample,), kg/m³; NaN where absent, and left out.

    Returns:
        scalar, kg/m³.

    >>> round(average_air_density(np.array([1.2, np.nan, 1.22])), 6)
    1.21
    """
    return float(np.nanmean(air_density))


@metric("m/s", low=-60.0, high=60.0, nan=True)
def pitot_airspeed(dynamic_pressure: Pascals, air_density: Floats, pitot_factor: Scalar = 1.0) -> MetresPerSecond:
    """How fast the air comes at the rider, by the pitot tube: √(2 q / ρ), times the tube's calibration factor.

    Args:
        dynamic_pressure: (sample,), Pa; NaN where absent; below zero the air comes from behind.
        air_density: (sample,), kg/m³; NaN where absent.
        pitot_factor: scalar, v_true = factor · v_shown, as `pitot.calibration` estimates it; 1 where it isn't known.

    Returns:
        (sample,), m/s; NaN where an input is.

    Source:
        Bernoulli's equation; the sign is that of the pressure.

    >>> pitot_airspeed(np.array([150.0, np.nan]), np.array([1.15, 1.15])).round(5).tolist()
    [16.15146, nan]
    """
    shown = air.airspeed(dynamic_pressure, air_density=air_density)
    return _some("airspeed", np.asarray(shown * pitot_factor))


@metric("m/s", low=-40.0, high=40.0, nan=True, personal=False)
def pitot_head_wind(pitot_airspeed: MetresPerSecond, speed: MetresPerSecond) -> MetresPerSecond:
    """The wind against the rider: what the tube shows beyond the ground speed.

    Args:
        pitot_airspeed: (sample,), m/s; NaN where absent.
        speed: (sample,), m/s; NaN where absent.

    Returns:
        (sample,), m/s, negative from behind; NaN where an input is.

    >>> pitot_head_wind(np.array([12.0]), np.array([10.0])).tolist()
    [2.0]
    """
    return _some("head wind", pitot_airspeed - speed)


@metric("°", low=-180.0, high=180.0, nan=True, personal=False)
def wind_yaw(speed: MetresPerSecond, heading: Degrees, wind_speed: MetresPerSecond, wind_direction: Degrees) -> Degrees:
    """The angle at which the air meets the bike, from a wind over the ground.

    Args:
        speed: (sample,), m/s; NaN where absent.
        heading: (sample,), °, clockwise from north; NaN where absent.
        wind_speed: (sample,), m/s, at the height of the rider: a weather mast is higher and shows more.
        wind_direction: (sample,), °, where the wind comes from.

    Returns:
        (sample,), °, positive from the right; NaN where an input is, and where the bike stands in calm air.

    Source:
        β = atan2(v_cross, v_bike + v_head).

    >>> wind_yaw(np.array([5.0]), np.array([0.0]), np.array([5.0]), np.array([90.0])).round(6).tolist()
    [45.0]
    """
    head = air.head_wind(wind_speed, wind_direction=wind_direction, heading=heading)
    cross = air.cross_wind(wind_speed, wind_direction=wind_direction, heading=heading)
    angle = air.yaw(speed, head_wind=head, cross_wind=cross)
    return _some("yaw", np.where((speed == 0.0) & (wind_speed == 0.0), np.nan, angle))


def _some(name: str, values: Floats) -> Floats:
    """The series itself, if it says anything at all."""
    if not np.any(np.isfinite(values)):
        raise TooFewSamples(name, need=1, got=0)
    return values
