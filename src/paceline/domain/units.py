"""Units that devices and spreadsheets write, and how they become the catalogue's.

Inside Paceline every channel has one unit. A file may say km/h, feet or °F: this table is the only place that knows how
far those are from ours. A unit is a factor and an offset to its base unit: `base = value · factor + offset`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from paceline.domain.errors import UnknownName

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit, by its distance from a base unit.

    Attributes:
        name: as it is written, in the spelling the catalogue would use.
        base: the catalogue's unit of the same quantity.
        factor: base units in one of this unit.
        offset: this unit's zero, in base units.
    """

    name: str
    base: str
    factor: float = 1.0
    offset: float = 0.0


# Sources of the numbers: the international yard and pound (1959): inch 0.0254 m, pound 0.45359237 kg, with standard
# gravity 9.80665 m/s²; thermochemical calorie 4.184 J; conventional millimetre of mercury 133.322387415 Pa.
_ROWS = (
    ("W", "W", 1.0, 0.0, "watt watts"),
    ("kW", "W", 1000.0, 0.0, "kilowatt"),
    ("J", "J", 1.0, 0.0, "joule joules"),
    ("kJ", "J", 1000.0, 0.0, "kilojoule kilojoules"),
    ("kcal", "J", 4184.0, 0.0, ""),
    ("Wh", "J", 3600.0, 0.0, ""),
    ("kWh", "J", 3_600_000.0, 0.0, ""),
    ("1/min", "1/min", 1.0, 0.0, "rpm bpm spm brpm per_min 1/min. u/min"),
    ("1/s", "1/min", 60.0, 0.0, "hz"),
    ("m/s", "m/s", 1.0, 0.0, "mps m/sec"),
    ("km/h", "m/s", 1000 / 3600, 0.0, "kph kmh km/hr"),
    ("mi/h", "m/s", 1609.344 / 3600, 0.0, "mph mp/h miles/h"),
    ("kn", "m/s", 1852 / 3600, 0.0, "knot knots kt"),
    ("m/h", "m/s", 1 / 3600, 0.0, "m/hr"),
    ("m", "m", 1.0, 0.0, "meter meters metre metres"),
    ("km", "m", 1000.0, 0.0, "kilometer kilometers kilometre kilometres"),
    ("cm", "m", 0.01, 0.0, ""),
    ("mm", "m", 0.001, 0.0, ""),
    ("mi", "m", 1609.344, 0.0, "mile miles"),
    ("yd", "m", 0.9144, 0.0, "yard yards"),
    ("ft", "m", 0.3048, 0.0, "foot feet"),
    ("in", "m", 0.0254, 0.0, "inch inches"),
    ("m²", "m²", 1.0, 0.0, "m^2 m2 sqm"),
    ("s", "s", 1.0, 0.0, "sec secs second seconds"),
    ("ms", "s", 0.001, 0.0, "msec millisecond milliseconds"),
    ("µs", "s", 1e-6, 0.0, "us microseconds"),
    ("min", "s", 60.0, 0.0, "minute minutes"),
    ("h", "s", 3600.0, 0.0, "hr hour hours"),
    ("°", "°", 1.0, 0.0, "deg degree degrees"),
    ("rad", "°", 180 / np.pi, 0.0, "radian radians"),
    ("rad/s", "rad/s", 1.0, 0.0, "rad/sec"),
    ("°/s", "rad/s", np.pi / 180, 0.0, "deg/s deg/sec dps"),
    ("semicircle", "°", 180 / 2**31, 0.0, "semicircles"),
    ("1", "1", 1.0, 0.0, "fraction"),
    ("%", "1", 0.01, 0.0, "percent pct"),
    ("‰", "1", 0.001, 0.0, ""),
    ("°C", "°C", 1.0, 0.0, "c degc deg_c celsius ºc"),
    ("°F", "°C", 5 / 9, -160 / 9, "f degf deg_f fahrenheit ºf"),
    ("K", "°C", 1.0, -273.15, "kelvin"),
    ("Pa", "Pa", 1.0, 0.0, "pascal"),
    ("hPa", "Pa", 100.0, 0.0, "mbar millibar"),
    ("kPa", "Pa", 1000.0, 0.0, ""),
    ("bar", "Pa", 100_000.0, 0.0, ""),
    ("kg", "kg", 1.0, 0.0, "kilogram kilograms"),
    ("lb", "kg", 0.45359237, 0.0, "lbs pound pounds"),
    ("mmHg", "Pa", 133.322387415, 0.0, ""),
    ("inHg", "Pa", 25.4 * 133.322387415, 0.0, ""),
    ("psi", "Pa", 0.45359237 * 9.80665 / 0.0254**2, 0.0, ""),
    ("N·m", "N·m", 1.0, 0.0, "nm n-m n*m newton-meters"),
    ("lbf·ft", "N·m", 0.45359237 * 9.80665 * 0.3048, 0.0, "ft-lb ft-lbs lb-ft"),
    ("lbf·in", "N·m", 0.45359237 * 9.80665 * 0.0254, 0.0, "in-lb in-lbs lb-in"),
    ("kg/m³", "kg/m³", 1.0, 0.0, "kg/m^3 kg/m3 g/l"),
    ("g/dL", "kg/m³", 10.0, 0.0, ""),
    ("L/min", "L/min", 1.0, 0.0, ""),
    ("mL/min", "L/min", 0.001, 0.0, ""),
    ("m/s²", "m/s²", 1.0, 0.0, "m/s^2 m/s2"),
    ("g", "m/s²", 9.80665, 0.0, "gee"),
)

UNITS: Mapping[str, Unit] = MappingProxyType({row[0]: Unit(*row[:4]) for row in _ROWS})

_SPELLINGS = {name.casefold(): name for name, *_ in _ROWS} | {
    spelling: name for name, *_, spellings in _ROWS for spelling in spellings.split()
}

# How a unit stands at the end of a column's name where only letters, digits and _ may: `power_w`, `speed_m_per_s`.
_SUFFIXES = {"1": "", "°": "deg", "°C": "deg_c", "N·m": "n_m", "kg/m³": "kg_per_m3", "m/s²": "m_per_s2", "m²": "m2"}


def named(name: str, *, of: str | None = None) -> Unit:
    """The unit of a name or of one of its spellings, whatever the case.

    Args:
        name: "km/h", "kph", "KPH", …
        of: the catalogue's unit of the quantity, where it is known: only units of that quantity are accepted.

    Raises:
        UnknownName: there is no such unit, or it measures something else; the message names those that fit.

    >>> named("MPH").factor, named("Nm", of="N·m").name
    (0.44704, 'N·m')
    """
    plain = " ".join(name.split())
    found = UNITS.get(plain) or UNITS.get(_SPELLINGS.get(plain.casefold(), ""))
    if found is None or (of is not None and found.base != of):
        fitting = [known for known, entry in UNITS.items() if of is None or entry.base == of]
        raise UnknownName("unit" if of is None else f"unit for {of}", name, known=fitting)
    return found


def convert(values: Floats, *, unit: str, to: str) -> Floats:
    """The same readings in another unit of the same quantity.

    Args:
        values: any shape, in `unit`; NaN stays NaN.
        unit: theirs; any spelling of the table.
        to: ours, or any other unit of the same quantity.

    Raises:
        UnknownName: a unit does not exist, or the two measure different things.

    >>> convert(np.array([36.0, np.nan]), unit="km/h", to="m/s").tolist()
    [10.0, nan]
    >>> convert(np.array([212.0]), unit="°F", to="°C").round(6).tolist()   # (212 − 32) · 5/9
    [100.0]
    """
    target = named(to)
    given = named(unit, of=target.base)
    if given == target:
        return values
    with np.errstate(over="ignore"):  # damaged files hold numbers of any size; an infinite one is out of any range
        base = values * given.factor + given.offset
        return (base - target.offset) / target.factor


def quantity(text: str, *, of: str) -> float:
    """A number with its unit, as people write it beside a table, in the catalogue's unit.

    Args:
        text: "188.5 lbs", "58.5 °F"; a number alone is in the unit asked for.
        of: the catalogue's unit of the quantity.

    Raises:
        UnknownName: no such unit, or one of another quantity.
        ValueError: it does not begin with a number.

    >>> round(quantity("188.5 lbs", of="kg"), 4), quantity("0.0035", of="1")
    (85.5022, 0.0035)
    """
    number, _, unit = text.strip().partition(" ")
    return float(convert(np.array([float(number)]), unit=unit or of, to=of)[0])


def suffix(name: str) -> str:
    """How a unit of the catalogue ends the name of a column that leaves Python; "" for a fraction of one.

    >>> suffix("m/s"), suffix("1/min"), suffix("W")
    ('m_per_s', 'per_min', 'w')
    """
    plain = _SUFFIXES.get(name, name).replace("1/", "per_").replace("/", "_per_")
    return plain.casefold()
