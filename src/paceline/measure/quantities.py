"""What the metrics start from: measured quantities on a grid, and settings that held on the day.

The parameters of the nodes in `measure/metrics` are names of other nodes or of this list; nothing else is known to
them. For a quantity that is not there, `remedy` says what would bring it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from paceline.domain.channels import CHANNELS

Floats: TypeAlias = npt.NDArray[np.float64]
Watts: TypeAlias = Floats
Joules: TypeAlias = Floats
Seconds: TypeAlias = Floats
Metres: TypeAlias = Floats
MetresPerSecond: TypeAlias = Floats
PerMinute: TypeAlias = Floats
NewtonMetres: TypeAlias = Floats
Celsius: TypeAlias = Floats
Degrees: TypeAlias = Floats
Pascals: TypeAlias = Floats
Fractions: TypeAlias = Floats
Scalar: TypeAlias = float

Kind = Literal["grid", "stream", "passing", "clock", "setting", "track", "history"]


@dataclass(frozen=True, slots=True)
class Quantity:
    """Something a metric may start from.

    Attributes:
        name: the parameter's name in every node.
        unit: as in the channel catalogue.
        kind: "grid": (sample,) on the effort's grid, NaN where absent; "stream": (reading,) on its own clock;
            "passing": of a track's timing loops, (passing,), in time order; "clock": about the effort itself;
            "setting": from the settings file; "track": of the track and the plan; "history": from many sessions.
        meaning: what it is.
        remedy: what a person can do to have it.
        people_say: its name in a sentence, where that is not the name with blanks.
    """

    name: str
    unit: str
    kind: Kind
    meaning: str
    remedy: str
    people_say: str = ""


def _on_grid(name: str, remedy: str) -> Quantity:
    return Quantity(name, CHANNELS[name].unit, "grid", CHANNELS[name].meaning, remedy)


def _setting(name: str, unit: str, meaning: str) -> Quantity:
    return Quantity(name, unit, "setting", meaning, f"Put {name} in the settings file.")


_TIMING = "Add the passings of the track's loops."

_ALL = (
    _on_grid("power", "Ride with a power meter."),
    _on_grid("heart_rate", "Wear a heart-rate sensor."),
    _on_grid("cadence", "Fit a cadence sensor, or a power meter that sends cadence."),
    _on_grid("speed", "Fit a speed sensor, or record with GPS."),
    _on_grid("distance", "Fit a speed sensor, or record with GPS."),
    _on_grid("altitude", "Record with a barometer or GPS."),
    _on_grid("latitude", "Record with GPS."),
    _on_grid("longitude", "Record with GPS."),
    _on_grid("temperature", "Use a head unit that records temperature."),
    _on_grid("heading", "Use a device that writes its heading, beside its position."),
    _on_grid("pressure", "Record it at the place; one reduced to sea level does with altitude and temperature."),
    _on_grid("relative_humidity", "Add a weather file with humidity, or with dew point and temperature."),
    _on_grid("dynamic_pressure", "Fit a pitot tube."),
    _on_grid("wind_speed", "Add a weather file with wind."),
    _on_grid("wind_direction", "Add a weather file with wind."),
    _on_grid("torque", "Use a power meter, with cadence."),
    _on_grid("left_balance", "Use a power meter that tells left from right."),
    _on_grid("left_torque_effectiveness", "Use power pedals that report it."),
    _on_grid("right_torque_effectiveness", "Use power pedals that report it."),
    _on_grid("left_pedal_smoothness", "Use power pedals that report it."),
    _on_grid("right_pedal_smoothness", "Use power pedals that report it."),
    _on_grid("torso_angle", "Film the rider from the side, or from two sides."),
    _on_grid("head_angle", "Film the rider from the side, or from two sides."),
    _on_grid("hip_angle", "Film the rider from the side, or from two sides."),
    _on_grid("knee_angle", "Film the rider from the side, or from two sides."),
    _on_grid("elbow_angle", "Film the rider from the side, or from two sides."),
    _on_grid("shoulder_angle", "Film the rider from the side, or from two sides."),
    _on_grid("frontal_area", "Film the rider with two calibrated cameras or more."),
    _on_grid("track_position", "Add the passings of the track's loops with the wheel's log, or film it."),
    _on_grid("track_position_error", "Add the passings of the track's loops with the wheel's log, or film it."),
    Quantity("rr_interval", "s", "stream", "Beat-to-beat intervals, (beat,).", "Record beat-to-beat intervals (HRV)."),
    Quantity("lap_length", "m", "track", "Length of a lap along the black line.",
             "Name the track in the settings file.", "track"),
    Quantity("velodrome", "1", "track", "The track's shape: its straights, bends and banking.",
             "Name the track in the settings file.", "track"),
    Quantity("passing_time", "s", "passing", "When timing loops were passed, (passing,), since the effort's start.",
             _TIMING, "passings of timing loops"),
    Quantity("passing_position", "m", "passing", "Where those loops lie, (passing,), from the finish line.", _TIMING,
             "passings of timing loops"),
    Quantity("gate_release", "s", "passing", "When the start gate opened, a scalar, since the effort's start.",
             "Take the effort from the gate's release, in a log of passings that has it."),
    Quantity("interval", "s", "clock", "The step of the grid, a scalar.", ""),
    Quantity("elapsed_time", "s", "clock", "How long the effort lasts, pauses included; exact, not a count.", ""),
    _setting("mass", "kg", "The athlete's body mass."),
    _setting("bike_mass", "kg", "The bike's mass with everything on it."),
    _setting("threshold_power", "W", "Power the athlete can hold for about an hour (people say FTP)."),
    _setting("maximal_aerobic_power", "W", "Power at the athlete's highest oxygen uptake (people say MAP)."),
    _setting("critical_power", "W", "The asymptote of the athlete's power-duration curve."),
    _setting("w_prime", "J", "Work that the athlete can do above critical power."),
    _setting("resting_heart_rate", "1/min", "Heart rate at rest, on waking."),
    _setting("maximal_heart_rate", "1/min", "The highest heart rate the athlete reaches."),
    _setting("threshold_heart_rate", "1/min", "Heart rate at threshold power."),
    _setting("trimp_factor", "1", "Exponent of the training impulse (Banister): 1.92 for men, 1.67 for women."),
    _setting("power_zones", "1", "Upper bounds of the power zones, (bound,), as fractions of threshold power."),
    _setting("heart_rate_zones", "1", "Upper bounds of the heart-rate zones, (bound,), as fractions of threshold."),
    _setting("wheel_circumference", "m", "Distance that the bike rolls in a turn of the wheel."),
    _setting("crr", "1", "Coefficient of rolling resistance of the tyres on the surface ridden."),
    _setting("drive_efficiency", "1", "Share of the measured power that reaches the wheel; 1 for a hub power meter."),
    _setting("pitot_factor", "1", "By what to multiply the airspeed that the pitot tube shows."),
    _setting("crank_length", "m", "Centre of the bottom bracket to the pedal's axle."),
    _setting("chainrings", "1", "Teeth of each chainring, (ring,)."),
    _setting("sprockets", "1", "Teeth of each sprocket, (sprocket,)."),
    Quantity("schedule", "s", "track", "Time aimed at for each lap, (lap,).", "Give the schedule with the passings."),
    Quantity("daily_load", "1", "history", "Training load of each calendar day, (day,); 0 on a day without a session.",
             "Report several sessions at once."),
)  # fmt: skip

QUANTITIES: Mapping[str, Quantity] = MappingProxyType({q.name: q for q in _ALL})


def said(name: str) -> str:
    """A quantity's name in a sentence.

    >>> said("lap_length"), said("heart_rate")
    ('track', 'heart rate')
    """
    known = QUANTITIES.get(name)
    return known.people_say if known is not None and known.people_say else name.replace("_", " ")
