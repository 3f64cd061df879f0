"""Which settings there are, and which values make sense; a value outside is a slip of the pen, and refused."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from paceline.measure.settings_file import Place

Value: TypeAlias = float | tuple[float, ...]

Shape = Literal["number", "bounds", "teeth"]


@dataclass(frozen=True, slots=True)
class Allowed:
    """Which values a setting may have.

    Attributes:
        low: the smallest number.
        high: the largest.
        unit: of the number, for the message.
        shape: one number; rising upper bounds of zones, of which the last may be .inf; or the teeth of each gear.
    """

    low: float
    high: float
    unit: str
    shape: Shape = "number"


ATHLETE: Mapping[str, Allowed] = MappingProxyType(
    {
        "mass": Allowed(20.0, 250.0, "kg"),
        "threshold_power": Allowed(20.0, 700.0, "W"),
        "maximal_aerobic_power": Allowed(20.0, 1000.0, "W"),
        "critical_power": Allowed(20.0, 700.0, "W"),
        "w_prime": Allowed(500.0, 100_000.0, "J"),
        "resting_heart_rate": Allowed(20.0, 120.0, "1/min"),
        "maximal_heart_rate": Allowed(80.0, 250.0, "1/min"),
        "threshold_heart_rate": Allowed(60.0, 240.0, "1/min"),
        "trimp_factor": Allowed(0.5, 4.0, "1"),
        "power_zones": Allowed(0.01, 20.0, "of threshold power", "bounds"),
        "heart_rate_zones": Allowed(0.01, 3.0, "of threshold heart rate", "bounds"),
    }
)

BIKE: Mapping[str, Allowed] = MappingProxyType(
    {
        "bike_mass": Allowed(2.0, 80.0, "kg"),
        "wheel_circumference": Allowed(0.5, 3.0, "m"),
        "crr": Allowed(0.0005, 0.05, "1"),
        "drive_efficiency": Allowed(0.8, 1.0, "1"),
        "pitot_factor": Allowed(0.3, 3.0, "1"),
        "crank_length": Allowed(0.1, 0.25, "m"),
        "chainrings": Allowed(8, 80, "teeth", "teeth"),
        "sprockets": Allowed(8, 80, "teeth", "teeth"),
    }
)


def checked(place: Place, name: str) -> Value:
    """The value at a place, if the setting may have it.

    Args:
        place: where it stands.
        name: the setting it is for.

    Raises:
        SettingsError: of another type, out of range, or bounds that don't rise.
    """
    allowed = ATHLETE.get(name) or BIKE[name]
    if allowed.shape == "number":
        return _number(place, allowed)
    if not isinstance(place.content, list) or not place.content:
        raise place.error("a list of numbers")
    last = len(place.content) - 1
    numbers = tuple(
        _number(element, allowed, endless=allowed.shape == "bounds" and index == last)
        for index, element in enumerate(place.elements())
    )
    if allowed.shape == "bounds" and any(b <= a for a, b in pairwise(numbers)):
        raise place.error("numbers that rise", "some that don't")
    if allowed.shape == "teeth" and any(number != int(number) for number in numbers):
        raise place.error("whole numbers of teeth", "a fraction")
    return numbers


def _number(place: Place, allowed: Allowed, *, endless: bool = False) -> float:
    content = place.content
    if isinstance(content, bool) or not isinstance(content, int | float):
        raise place.error("a number")
    if endless and content == math.inf:
        return math.inf
    if not allowed.low <= content <= allowed.high:
        raise place.error(f"{allowed.low:g} to {allowed.high:g} {allowed.unit}", "a number outside that")
    return float(content)
