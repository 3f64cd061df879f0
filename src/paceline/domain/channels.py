"""The channel catalogue: every quantity a device can record, with its unit, plausible range and meaning.

SI inside, except heart rate and cadence (1/min), temperature (°C) and geographic angles (°). Proportions are fractions
of one. This catalogue and `units` are the only places that know another unit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from paceline.domain.errors import UnknownName


@dataclass(frozen=True, slots=True)
class Channel:
    """One measured quantity.

    Attributes:
        name: its one name everywhere: tables, metrics, settings and exports.
        unit: the unit of every stored value.
        low: below this a reading is flagged as out of range; it is kept all the same.
        high: above this likewise.
        meaning: what it says about the athlete, the bike or the air.
    """

    name: str
    unit: str
    low: float
    high: float
    meaning: str


DIRECTIONS = frozenset({
    "heading", "wind_direction", "left_power_phase_start", "left_power_phase_end", "right_power_phase_start",
    "right_power_phase_end",
})  # fmt: skip
"""Angles that go round: between 359° and 1° lies 0°, and their mean is never 180°."""

_ROWS = (
    ("power", "W", 0.0, 3000.0, "Mechanical power at the pedals, crank or hub."),
    ("heart_rate", "1/min", 20.0, 250.0, "Heart beats in a minute."),
    ("cadence", "1/min", 0.0, 300.0, "Crank revolutions, or steps of one foot, in a minute."),
    ("speed", "m/s", 0.0, 45.0, "Speed over the ground, as the device reports it."),
    ("wheel_speed", "m/s", 0.0, 45.0, "Speed from wheel revolutions."),
    ("distance", "m", 0.0, 2_000_000.0, "Distance since the recording began."),
    ("altitude", "m", -500.0, 9000.0, "Height above sea level."),
    ("latitude", "°", -90.0, 90.0, "Geographic latitude, WGS 84."),
    ("longitude", "°", -180.0, 180.0, "Geographic longitude, WGS 84."),
    ("gps_accuracy", "m", 0.0, 1000.0, "Horizontal accuracy that the receiver claims."),
    ("heading", "°", -360.0, 360.0, "Direction of travel, clockwise from north."),
    ("slope", "1", -0.6, 0.6, "Rise over distance travelled, as the device reports it."),
    ("vertical_speed", "m/s", -30.0, 30.0, "Rate of climb."),
    ("temperature", "°C", -40.0, 60.0, "Air temperature at the device."),
    ("core_temperature", "°C", 30.0, 43.0, "Core body temperature."),
    ("skin_temperature", "°C", 10.0, 45.0, "Skin temperature."),
    ("pressure", "Pa", 30_000.0, 110_000.0, "Barometric pressure at the device."),
    ("sea_level_pressure", "Pa", 85_000.0, 110_000.0, "Pressure reduced to sea level, as weather services give it."),
    ("relative_humidity", "1", 0.0, 1.0, "Water vapour as a fraction of saturation."),
    ("dew_point", "°C", -60.0, 40.0, "Temperature to which the air must cool for its vapour to condense."),
    ("dynamic_pressure", "Pa", -500.0, 2000.0, "Pitot pressure: stagnation less static."),
    ("airspeed", "m/s", 0.0, 60.0, "Speed against the air."),
    ("head_wind", "m/s", -40.0, 40.0, "Wind against the direction of travel; negative from behind."),
    ("yaw", "°", -90.0, 90.0, "Angle of the air against the direction of travel."),
    ("air_density", "kg/m³", 0.6, 1.6, "Density of the air."),
    ("wind_speed", "m/s", 0.0, 60.0, "Wind over the ground."),
    ("wind_direction", "°", 0.0, 360.0, "Where the wind comes from, clockwise from north."),
    ("torque", "N·m", -50.0, 400.0, "Crank or hub torque, as the device reports it."),
    ("left_balance", "1", 0.0, 1.0, "Share of the power that comes from the left leg."),
    ("left_torque_effectiveness", "1", 0.0, 1.0, "Left leg: net positive torque over all positive torque."),
    ("right_torque_effectiveness", "1", 0.0, 1.0, "Right leg: net positive torque over all positive torque."),
    ("left_pedal_smoothness", "1", 0.0, 1.0, "Left leg: mean power over maximal power of a revolution."),
    ("right_pedal_smoothness", "1", 0.0, 1.0, "Right leg: mean power over maximal power of a revolution."),
    ("left_platform_offset", "m", -0.1, 0.1, "Left pedal: where on the platform the force acts."),
    ("right_platform_offset", "m", -0.1, 0.1, "Right pedal: where on the platform the force acts."),
    ("left_power_phase_start", "°", 0.0, 360.0, "Left leg: crank angle at which power begins."),
    ("left_power_phase_end", "°", 0.0, 360.0, "Left leg: crank angle at which power ends."),
    ("right_power_phase_start", "°", 0.0, 360.0, "Right leg: crank angle at which power begins."),
    ("right_power_phase_end", "°", 0.0, 360.0, "Right leg: crank angle at which power ends."),
    ("accumulated_power", "W", 0.0, 1e12, "Running sum of the power readings, as some meters send it."),
    ("resistance", "1", 0.0, 1.0, "Brake setting of a trainer, of its full range."),
    ("target_power", "W", 0.0, 3000.0, "Power that the workout asked for."),
    ("front_gear", "1", 0.0, 70.0, "Teeth of the chainring in use."),
    ("rear_gear", "1", 0.0, 70.0, "Teeth of the sprocket in use."),
    ("muscle_oxygen", "1", 0.0, 1.0, "Oxygenated share of the haemoglobin in the muscle."),
    ("total_haemoglobin", "kg/m³", 0.0, 400.0, "Haemoglobin concentration in the muscle."),
    ("respiration_rate", "1/min", 0.0, 100.0, "Breaths in a minute."),
    ("oxygen_uptake", "L/min", 0.0, 10.0, "Volume of oxygen taken up in a minute."),
    ("carbon_dioxide_output", "L/min", 0.0, 12.0, "Volume of carbon dioxide given off in a minute."),
    ("ventilation", "L/min", 0.0, 300.0, "Volume of air breathed in a minute."),
    ("rr_interval", "s", 0.2, 3.0, "Time from the beat before to this one."),
    ("steps", "1", 0.0, 1e6, "Steps or strides since the recording began."),
    ("energy", "J", 0.0, 1e9, "Energy since the recording began, as the device estimates it."),
    ("vertical_oscillation", "m", 0.0, 0.5, "Running: rise and fall of the trunk with each step."),
    ("stance_time", "s", 0.0, 2.0, "Running: time the foot is on the ground."),
    ("stance_time_share", "1", 0.0, 1.0, "Running: share of the stride that the foot is on the ground."),
    ("step_length", "m", 0.0, 4.0, "Running: length of a step."),
    ("vertical_ratio", "1", 0.0, 1.0, "Running: vertical oscillation over step length."),
    ("wheel_revolutions", "1", 0.0, 1e10, "Turns of the wheel, counted on over every roll-over."),
    ("wheel_event_time", "s", 0.0, 1e9, "When the last whole turn of the wheel ended, on the sensor's own clock."),
    ("crank_revolutions", "1", 0.0, 1e10, "Turns of the crank, counted on over every roll-over."),
    ("crank_event_time", "s", 0.0, 1e9, "When the last whole turn of the crank ended, on the sensor's own clock."),
    ("accumulated_torque", "N·m", 0.0, 1e10, "Running sum of torque, one value a turn, as some meters send it."),
    ("loop", "1", 0.0, 99.0, "Number of the timing loop that a transponder passed; 0 is a marker."),
    ("track_position", "m", 0.0, 1000.0, "Place on the lap: distance along the black line from the finish line."),
    ("loop_position", "m", 0.0, 1000.0, "Place on the lap by timing loops, and by the wheel between them."),
    ("loop_position_error", "m", 0.0, 1000.0, "Standard error of the place by loops and wheel."),
    ("video_position", "m", 0.0, 1000.0, "Place of the hips on the lap by calibrated cameras."),
    ("video_position_error", "m", 0.0, 1000.0, "Standard error of the place by video."),
    ("track_position_error", "m", 0.0, 1000.0, "Standard error of the place on the lap."),
    ("lean", "°", -90.0, 90.0, "Roll of the bike or of the device."),
    ("torso_angle", "°", -90.0, 90.0, "Line from hip to shoulder above the horizontal: 0 is a flat back."),
    ("head_angle", "°", -90.0, 90.0, "Line from shoulder to ear above the horizontal."),
    ("hip_angle", "°", 0.0, 180.0, "At the hip, between torso and thigh."),
    ("knee_angle", "°", 0.0, 180.0, "At the knee, between thigh and shank: 180 is a straight leg."),
    ("elbow_angle", "°", 0.0, 180.0, "At the elbow, between upper arm and forearm: 180 is a straight arm."),
    ("shoulder_angle", "°", 0.0, 180.0, "At the shoulder, between torso and upper arm."),
    ("frontal_area", "m²", 0.0, 3.0, "Width times height of the rider's joints from the front: a stand-in."),
    ("acceleration_x", "m/s²", -400.0, 400.0, "Acceleration along the device's x axis."),
    ("acceleration_y", "m/s²", -400.0, 400.0, "Acceleration along the device's y axis."),
    ("acceleration_z", "m/s²", -400.0, 400.0, "Acceleration along the device's z axis."),
    ("rotation_x", "rad/s", -80.0, 80.0, "Rate of turning about the device's x axis."),
    ("rotation_y", "rad/s", -80.0, 80.0, "Rate of turning about the device's y axis."),
    ("rotation_z", "rad/s", -80.0, 80.0, "Rate of turning about the device's z axis."),
    ("strain", "1", -1.0, 1.0, "How far a gauge in the clothing is stretched, as a fraction of its length."),
)

CHANNELS: Mapping[str, Channel] = MappingProxyType({row[0]: Channel(*row) for row in _ROWS})


def channel(name: str) -> Channel:
    """The catalogue's entry for a name.

    Raises:
        UnknownName: the catalogue has no such channel; the message names close ones.

    >>> channel("power").unit
    'W'
    """
    try:
        return CHANNELS[name]
    except KeyError:
        raise UnknownName("channel", name, known=CHANNELS) from None
