"""How the numbers of a sport are told: a runner thinks in pace and steps, a cyclist in speed and turns of the crank."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from paceline.domain.efforts import Effort
from paceline.measure.catalogue import Metric
from paceline.measure.session import Session

STEPPED = 130.0
"""1/min; a mean cadence above it is of both legs already: nobody takes 260 steps a minute for long."""

_MOVING = frozenset({"distance", "sprint"})
"""Groups whose speeds are the athlete's own; the wind's stay speeds."""

_ON_FOOT: Mapping[str, str] = MappingProxyType({
    "power": "Wear a foot pod or a watch that reports power.",
    "cadence": "Wear a watch or a foot pod that reports cadence.",
    "speed": "Record with GPS, or wear a foot pod.",
    "distance": "Record with GPS, or wear a foot pod.",
})  # fmt: skip
_ON_WATER: Mapping[str, str] = MappingProxyType({
    "power": "Use a device that measures power in this sport.",
    "cadence": "Use a device that counts strokes.",
    "speed": "Use a device that measures distance in this sport.",
    "distance": "Use a device that measures distance in this sport.",
})  # fmt: skip

BIKE = frozenset({
    "torque", "left_balance", "left_torque_effectiveness", "right_torque_effectiveness", "left_pedal_smoothness",
    "right_pedal_smoothness", "dynamic_pressure", "torso_angle", "head_angle", "hip_angle", "knee_angle", "elbow_angle",
    "shoulder_angle", "frontal_area", "lap_length", "passing_time", "passing_position", "gate_release", "bike_mass",
    "wheel_circumference", "crr", "drive_efficiency", "pitot_factor", "crank_length", "chainrings", "sprockets",
    "schedule", "velodrome", "track_position", "track_position_error",
})  # fmt: skip
"""Quantities of a bike or a track; nobody misses them elsewhere."""


@dataclass(frozen=True, slots=True)
class Telling:
    """How one sport is told.

    Attributes:
        pace: "min/km", "min/100 m" or "min/500 m"; "" where speed is told.
        cadence: what a turn is called.
        turns: by how much recorded cadence is multiplied: devices count the turns of one leg, runners their steps.
        remedies: what a person can do to have a quantity, where that is not what a cyclist would do.
        bike: whether it has a bike, and so whatever is of a bike.
    """

    pace: str = ""
    cadence: str = "rpm"
    turns: float = 1.0
    remedies: Mapping[str, str] = field(default_factory=dict)
    bike: bool = True

    def unit(self, metric: Metric, usual: str) -> str:
        """The unit that a metric's number is thought in, where that is not the usual one."""
        if metric.unit == "m/s" and metric.group in _MOVING:
            return self.pace or usual
        return self.cadence if metric.unit == "1/min" and metric.group == "cadence" else usual

    def label(self, metric: Metric) -> str:
        """What the reader calls the metric.

        >>> from paceline.measure.catalogue import entry
        >>> telling("running").label(entry("maximal_speed"))
        'Fastest pace'
        """
        if not (self.pace and metric.unit == "m/s" and metric.group in _MOVING):
            return metric.label
        return metric.label.replace("Maximal speed", "Fastest pace").replace("speed", "pace")


TURNS = frozenset({"steps/min", "strokes/min"})
CYCLING = Telling()
_FOOT = Telling("min/km", "steps/min", 2.0, _ON_FOOT, bike=False)
_SWIM = Telling("min/100 m", "strokes/min", 1.0, _ON_WATER, bike=False)
_ROW = Telling("min/500 m", "strokes/min", 1.0, _ON_WATER, bike=False)
_KNOWN = {"running": _FOOT, "walking": _FOOT, "hiking": _FOOT, "swimming": _SWIM, "rowing": _ROW}


def telling(sport: str | None) -> Telling:
    """How a sport is told, by the name that a device gave it; one that is not known is told as cycling is.

    >>> telling("trail running").pace, telling("open_water_swimming").pace, telling(None).pace
    ('min/km', 'min/100 m', '')
    """
    words = (sport or "").replace("_", " ").split()
    return next((_KNOWN[word] for word in words if word in _KNOWN), CYCLING)


def told(session: Session, effort: Effort) -> Telling:
    """How an effort of a session is told: as its own sport, else as the session's."""
    found = telling(effort.sport or session.whole.sport)
    if found.turns != 1.0:
        cadence = session.metrics(effort, only=["average_cadence"]).found.get("average_cadence")
        if cadence is not None and cadence.value > STEPPED:
            return Telling(found.pace, found.cadence, 1.0, found.remedies, found.bike)
    return found


PACES: Mapping[str, tuple[float, str, float]] = MappingProxyType({
    "min/km": (1000.0, "min/mi", 1609.344),
    "min/100 m": (100.0, "min/100 yd", 91.44),
    "min/500 m": (500.0, "min/500 m", 500.0),
})  # fmt: skip
"""Unit of a pace → m that it is over; the imperial unit, and m that that is over."""


def pace(speed: float, unit: str, *, imperial: bool = False) -> tuple[str, str]:
    """A speed as the pace and the unit that a reader sees; whoever stands has none.

    Args:
        speed: m/s.
        unit: one of `PACES`.
        imperial: by the mile.

    >>> pace(4.0, "min/km"), pace(4.0, "min/km", imperial=True), pace(0.0, "min/km")
    (('4:10', 'min/km'), ('6:42', 'min/mi'), ('–', 'min/km'))
    """
    metres, theirs, theirs_metres = PACES[unit]
    over, shown = (theirs_metres, theirs) if imperial else (metres, unit)
    return _minutes(over / speed) if speed > 0.0 else "–", shown


def _minutes(seconds: float) -> str:
    whole = round(seconds)
    return f"{whole // 60:,}:{whole % 60:02}"


def pace_ticks(fastest: float, unit: str, *, imperial: bool = False, most: int = 4) -> list[tuple[float, str]]:
    """Round paces for an axis of speed, from the fastest on: (m/s, text).

    >>> [(round(speed, 2), text) for speed, text in pace_ticks(5.0, "min/km")]
    [(4.17, '4:00'), (2.78, '6:00'), (2.08, '8:00'), (1.67, '10:00')]
    """
    metres, _, theirs = PACES[unit]
    over = theirs if imperial else metres
    first = over / max(fastest, 1e-6)
    step = next((s for s in (5, 10, 15, 30, 60, 120, 300, 600) if s * most >= 1.5 * first), 1800)
    seconds = [(math.ceil(first / step + 1e-9) + i) * step for i in range(most)]
    return [(over / s, _minutes(s)) for s in seconds]
