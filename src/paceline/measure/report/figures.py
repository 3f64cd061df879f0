"""How a number stands in a report: in the reader's unit, with three or four digits that mean something."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from paceline.domain.units import convert
from paceline.measure.catalogue import Metric
from paceline.measure.report.sports import CYCLING, PACES, TURNS, Telling, pace
from paceline.measure.results import Result

_WHOLE = frozenset({"W", "1/min", "bpm", "rpm", "ft"})
"""Units of which a part says nothing."""

_METRIC: Mapping[str, str] = MappingProxyType({"m/s": "km/h", "J": "kJ"})
_IMPERIAL: Mapping[str, str] = MappingProxyType(
    {"m/s": "mi/h", "J": "kJ", "m": "ft", "km": "mi", "°C": "°F", "N·m": "lbf·ft"}
)
POUND = 0.45359237
"""kg, the international pound of 1959."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of a report.

    Attributes:
        name: the metric.
        label: what the reader calls it.
        text: the number as it is shown.
        unit: what stands behind it, or "".
        group: the noun it belongs to.
        meaning: what it says, in a sentence.
        problems: what the output check found.
    """

    name: str
    label: str
    text: str
    unit: str
    group: str
    meaning: str
    problems: tuple[str, ...] = ()

    @property
    def shown(self) -> str:
        """Number and unit in one."""
        return f"{self.text} {self.unit}".strip()


def figure(result: Result, *, imperial: bool = False, by: Telling = CYCLING) -> Figure | None:
    """The figure of a metric's result, told as its sport tells it, or None where the value is no single number."""
    metric = result.metric
    if isinstance(result.value, bool) or not isinstance(result.value, int | float):
        return None
    text, unit = amount(float(result.value), by.unit(metric, shown_unit(metric)), imperial=imperial, turns=by.turns)
    return Figure(metric.name, by.label(metric), text, unit, metric.group, metric.summary, result.problems)


def shown_unit(metric: Metric) -> str:
    """The unit that a metric's number is thought in: beats and turns a minute, shares of a hundred, long distances."""
    if metric.unit == "1/min":
        return {"heart_rate": "bpm", "cadence": "rpm"}.get(metric.group, "1/min")
    if metric.unit == "1" and math.isfinite(metric.low) and 0.0 < metric.high <= 1.0:
        return "%"
    return "km" if metric.unit == "m" and metric.group == "distance" else metric.unit


def amount(value: float, unit: str, *, imperial: bool = False, turns: float = 1.0) -> tuple[str, str]:
    """A value in the catalogue's unit as the text and the unit that a reader sees.

    Args:
        value: in the catalogue's unit; metres for "km", a fraction for "%", m/s for a pace.
        unit: the catalogue's, or one of `shown_unit`, or one that a sport is told in.
        imperial: miles, feet, pounds and °F.
        turns: steps in one recorded turn.

    >>> amount(10.0, "m/s"), amount(10.0, "m/s", imperial=True)
    (('36.0', 'km/h'), ('22.4', 'mi/h'))
    >>> amount(3723.4, "s"), amount(0.5123, "%"), amount(0.0421, "s")
    (('1:02:03', ''), ('51.2', '%'), ('42.1', 'ms'))
    """
    if math.isnan(value):
        return "–", ""
    if unit in PACES:
        return pace(value, unit, imperial=imperial)
    if unit in TURNS:
        return number(value * turns, whole=True), unit
    if unit == "s":
        return (
            (number(value * 1000.0), "ms") if 0.0 < abs(value) < 1.0 else (clock(value), "" if value >= 59.95 else "s")
        )
    target = shown_in(unit, imperial=imperial)
    converted = float(to_shown(np.array([value]), unit, imperial=imperial)[0])
    whole = target in _WHOLE or (unit == "1" and value == round(value)) or (target == "m" and abs(converted) >= 1.0)
    return number(converted, whole=whole), {"1": "", "1/min": "/min", "lbf·ft": "lb·ft"}.get(target, target)


def shown_in(unit: str, *, imperial: bool) -> str:
    """The unit in which values of a unit are shown."""
    if unit == "kg":
        return "lb" if imperial else "kg"
    return (_IMPERIAL if imperial else _METRIC).get(unit, unit)


def to_shown(values: np.ndarray, unit: str, *, imperial: bool = False) -> np.ndarray:
    """Values in the catalogue's unit as they are drawn; metres for "km", fractions for "%"."""
    if unit in {"bpm", "rpm", "1"}:
        return values
    if unit == "kg":
        return values / POUND if imperial else values
    base = {"%": "1", "km": "m"}.get(unit, unit)
    target = shown_in(unit, imperial=imperial)
    return values if target == base else convert(values, unit=base, to=target)


def number(value: float, *, whole: bool = False) -> str:
    """Three significant digits, all digits before the point, and a true minus.

    >>> [number(v) for v in (1234.5, 285.25, 25.44, 0.8512, -3.14159, 0.0)]
    ['1,234', '285', '25.4', '0.851', '−3.14', '0']
    """
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    if abs(value) < 1e-6:
        return "0"
    decimals = 0 if whole else min(max(0, 2 - math.floor(math.log10(abs(value)))), 6)
    text = f"{value:,.{decimals}f}".replace("-", "−")
    return "0" if whole and text == "−0" else text


def setting_text(value: float, unit: str, *, imperial: bool = False) -> str:
    """A setting as the person wrote it, not rounded.

    >>> setting_text(2.105, "m"), setting_text(19_500.0, "J"), setting_text(48.0, "1/min")
    ('2.105 m', '19.5 kJ', '48 /min')
    """
    imperial = imperial and unit != "m"  # a wheel and a crank are measured in millimetres everywhere
    target = shown_in(unit, imperial=imperial)
    converted = float(to_shown(np.array([value]), unit, imperial=imperial)[0])
    return f"{converted:,.5g} { {'1': '', '1/min': '/min'}.get(target, target) }".strip()


def with_error(value: float, error: float, unit: str) -> str:
    """An estimate and its standard error, both to the error's second digit.

    >>> with_error(222.94, 1.7361, "W"), with_error(19_512.0, 1234.0, "J")
    ('222.9 ± 1.7 W', '19.5 ± 1.2 kJ')
    """
    target = shown_in(unit, imperial=False)
    pair = to_shown(np.array([value, error]), unit)
    decimals = min(max(0, 1 - math.floor(math.log10(pair[1]))), 4) if pair[1] > 0.0 else 1
    return " ± ".join(f"{part:,.{decimals}f}".replace("-", "−") for part in pair.tolist()) + f" {target}"


def clock(seconds: float, *, decimals: bool | None = None) -> str:
    """A duration: hours, minutes and seconds, or seconds alone under a minute, with decimals only there.

    >>> clock(12.25), clock(75.0), clock(3723.4)
    ('12.2', '1:15', '1:02:03')
    """
    if seconds < 59.95 and decimals is not False:
        return f"{seconds:.1f}".removesuffix(".0")
    whole = round(seconds)
    hours, rest = divmod(whole, 3600)
    return f"{hours}:{rest // 60:02}:{rest % 60:02}" if hours else f"{rest // 60}:{rest % 60:02}"


def span(seconds: float) -> str:
    """A duration as people name one: 5 s, 20 min, 1 h.

    >>> span(5.0), span(90.0), span(1200.0), span(5400.0)
    ('5 s', '1:30 min', '20 min', '90 min')
    """
    if seconds < 60:
        return f"{clock(seconds)} s"
    if seconds % 60:
        return f"{clock(seconds)} min"
    if seconds >= 3600 and seconds % 3600 == 0:
        return f"{seconds / 3600:.0f} h"
    return f"{seconds / 60:.0f} min"
