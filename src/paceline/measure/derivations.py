"""Quantities that were not recorded, from ones that were: each names how, and none fills a hole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from paceline.measure import air
from paceline.measure.quantities import (
    Celsius,
    Degrees,
    Floats,
    Fractions,
    Metres,
    MetresPerSecond,
    NewtonMetres,
    Pascals,
    PerMinute,
    Seconds,
    Watts,
)

EARTH = 6_371_008.8
"""m, mean radius of the WGS 84 ellipsoid: (2a + b) / 3."""


@dataclass(frozen=True, slots=True)
class Derivation:
    """A way to have a quantity from other channels.

    Attributes:
        needs: the channels, in the order of the function's arguments; the constants and the grid's step in s come last.
        how: for people.
        function: arrays on the grid → array on the grid, NaN where an input is NaN.
        constants: settings that it needs, each one number.
    """

    needs: tuple[str, ...]
    how: str
    function: Callable[..., Floats]
    constants: tuple[str, ...] = ()


def _speed(distance: Metres, step: float) -> MetresPerSecond:
    """Change of distance over the cell; a distance that goes down is a reset of the counter, and says nothing."""
    if distance.size < 2:
        return np.full(distance.shape, np.nan)
    change = np.append(np.diff(distance), np.nan) / step
    return np.where(change >= 0.0, change, np.nan)


def _distance(speed: MetresPerSecond, step: float) -> Metres:
    """Distance at each cell's start. A hole adds nothing: the result is the distance that was measured."""
    covered = np.nan_to_num(speed, nan=0.0) * step
    travelled = np.concatenate([[0.0], np.cumsum(covered)[:-1]])
    return np.where(np.isnan(speed), np.nan, travelled)


def _rate(turns: Floats, step: float) -> Floats:
    """Turns in a second; a counter that goes down says nothing."""
    change = np.diff(turns, append=np.nan) / step
    return np.where(change >= 0.0, change, np.nan)


def _rate_by_events(turns: Floats, ended: Seconds) -> Floats:
    """Turns in a second over the time that those turns took by the sensor's own clock.

    At 1 Hz a counter of whole turns is off by up to a turn each second; the times at which the turns ended take that
    away. Where no turn ended within the cell the wheel stood, or turned less than once.
    """
    change, taken = np.diff(turns, append=np.nan), np.diff(ended, append=np.nan)
    turned = (change > 0.0) & (taken > 0.0)
    rate = np.where(turned, change / np.where(turned, taken, 1.0), np.nan)
    return np.where((change == 0.0) & (taken == 0.0), 0.0, rate)


def _wheel_speed(turns: Floats, circumference: float, step: float) -> MetresPerSecond:
    return _rate(turns, step) * circumference


def _wheel_speed_by_events(turns: Floats, ended: Seconds, circumference: float, step: float) -> MetresPerSecond:  # noqa: ARG001
    return _rate_by_events(turns, ended) * circumference


def _rolled(turns: Floats, circumference: float, step: float) -> Metres:  # noqa: ARG001
    """Distance since the first reading; a hole in the readings is none in the counter."""
    known = ~np.isnan(turns)
    return (turns - turns[known][0]) * circumference if known.any() else np.full(turns.shape, np.nan)


def _steps_on_lap(position: Metres, lap: float) -> Metres:
    """Way from each cell to the next the short way round, NaN at the last: nobody rides half a lap in a cell."""
    steps = np.diff(position, append=np.nan)
    return np.asarray(steps - lap * np.round(steps / lap))


def _speed_on_lap(position: Metres, lap: float, step: float) -> MetresPerSecond:
    """A place that goes back is an error of it: who stands does not ride backwards."""
    return np.maximum(_steps_on_lap(position, lap), 0.0) / step


def _distance_on_lap(position: Metres, lap: float, step: float) -> Metres:
    return _distance(_steps_on_lap(position, lap) / step, step)


def _cadence(turns: Floats, step: float) -> PerMinute:
    return _rate(turns, step) * 60.0


def _cadence_by_events(turns: Floats, ended: Seconds, step: float) -> PerMinute:  # noqa: ARG001
    return _rate_by_events(turns, ended) * 60.0


def _along(latitude: Degrees, longitude: Degrees) -> Metres:
    """Great-circle distance from each cell to the next by the haversine formula, NaN at the last."""
    lat, lon = np.radians(latitude), np.radians(longitude)
    half = np.sin(np.diff(lat) / 2) ** 2 + np.cos(lat[:-1]) * np.cos(lat[1:]) * np.sin(np.diff(lon) / 2) ** 2
    legs: Metres = 2 * EARTH * np.arcsin(np.sqrt(np.minimum(half, 1.0)))
    return np.append(legs, np.nan)


def _speed_from_positions(latitude: Degrees, longitude: Degrees, step: float) -> MetresPerSecond:
    return _along(latitude, longitude) / step


def _distance_from_positions(latitude: Degrees, longitude: Degrees, step: float) -> Metres:
    return _distance(_along(latitude, longitude) / step, step)


def _torque(power: Watts, cadence: PerMinute, step: float) -> NewtonMetres:  # noqa: ARG001  # every derivation gets it
    """Power over angular velocity; without turning cranks there is none to speak of."""
    turning = cadence > 0.0
    with np.errstate(over="ignore"):  # a cadence can be absurdly small
        torque = power / np.where(turning, cadence * (2 * np.pi / 60), 1.0)
    return np.where(turning & np.isfinite(torque), torque, np.nan)


def _station_pressure(sea_level: Pascals, altitude: Metres, temperature: Celsius, step: float) -> Pascals:  # noqa: ARG001
    return np.asarray(air.station_pressure(sea_level, altitude=altitude, temperature=temperature))


def _humidity(dew_point: Celsius, temperature: Celsius, step: float) -> Fractions:  # noqa: ARG001
    return np.asarray(air.relative_humidity(temperature, dew_point=dew_point))


speed_from_distance = Derivation(("distance",), "change of distance over time", _speed)
speed_from_positions = Derivation(("latitude", "longitude"), "great-circle distance over time", _speed_from_positions)
distance_from_speed = Derivation(("speed",), "sum of speed over time", _distance)
distance_from_wheel_speed = Derivation(("wheel_speed",), "sum of speed over time", _distance)
speed_from_turns = Derivation(
    ("wheel_revolutions",), "turns in the time of the step", _wheel_speed, ("wheel_circumference",)
)
speed_from_timed_turns = Derivation(
    ("wheel_revolutions", "wheel_event_time"), "turns in the time they took", _wheel_speed_by_events,
    ("wheel_circumference",),
)  # fmt: skip
distance_from_turns = Derivation(("wheel_revolutions",), "sum of the turns", _rolled, ("wheel_circumference",))
cadence_from_turns = Derivation(("crank_revolutions",), "turns in the time of the step", _cadence)
cadence_from_timed_turns = Derivation(
    ("crank_revolutions", "crank_event_time"), "turns in the time they took", _cadence_by_events
)
distance_from_positions = Derivation(("latitude", "longitude"), "great-circle distance", _distance_from_positions)
speed_from_video = Derivation(("video_position",), "way along the black line over time", _speed_on_lap, ("lap_length",))
distance_from_video = Derivation(("video_position",), "way along the black line", _distance_on_lap, ("lap_length",))
torque_from_power = Derivation(("power", "cadence"), "power over angular velocity", _torque)
pressure_from_sea_level = Derivation(
    ("sea_level_pressure", "altitude", "temperature"), "brought up from sea level", _station_pressure
)
humidity_from_dew_point = Derivation(("dew_point", "temperature"), "saturation at the dew point", _humidity)
