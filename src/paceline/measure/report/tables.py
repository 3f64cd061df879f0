"""The tables of a report, each a title, columns and rows of text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType

import numpy as np

from paceline.domain.efforts import Effort
from paceline.measure.metrics.zones import HEART_RATE_ZONES, POWER_ZONES
from paceline.measure.report.figures import Figure, clock, figure, number, span
from paceline.measure.report.sports import told
from paceline.measure.results import Results
from paceline.measure.sessions import Session
from paceline.measure.settings import Setting

LAP_METRICS: Mapping[str, str] = MappingProxyType({
    "duration": "Duration",
    "distance_covered": "Distance",
    "average_power": "Power",
    "weighted_power": "Weighted",
    "maximal_power": "Peak power",
    "average_heart_rate": "Heart rate",
    "highest_heart_rate": "Peak heart rate",
    "average_cadence": "Cadence",
    "average_moving_speed": "Speed",
    "elevation_gain": "Gain",
    "work": "Work",
})  # fmt: skip
"""What a table of efforts shows, in this order and under these words; a column that no effort has is left out."""

MOST_ROWS = 200
"""A pool session has hundreds of lengths: the table names how many more there are."""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of text under columns."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Zone:
    """A zone, its bounds, and the time in it as text and as a share of all zones."""

    name: str
    bounds: str
    time: str
    share: float


@dataclass(frozen=True, slots=True)
class ZoneTable:
    """Time in the zones of one quantity."""

    title: str
    zones: tuple[Zone, ...]


def efforts_table(title: str, note: str, session: Session, efforts: Sequence[Effort], *, imperial: bool) -> Table:
    """The main metrics of each effort, a row each, in time order."""
    shown = efforts[:MOST_ROWS]
    cells: list[dict[str, Figure]] = []
    for effort in shown:
        results = session.metrics(effort, only=list(LAP_METRICS))
        by = told(session, effort)
        found = (figure(result, imperial=imperial, by=by) for result in results.values())
        cells.append({f.name: f for f in found if f is not None})
    names = [name for name in LAP_METRICS if any(name in row for row in cells)]
    columns = ["Name", "Start", *(_heading(name, [row[name] for row in cells if name in row]) for name in names)]
    rows = [
        (
            e.name,
            clock((e.start - session.whole.start) / 1e9, decimals=False),
            *(_cell(row, n, alone=not _unit([r[n] for r in cells if n in r])) for n in names),
        )
        for e, row in zip(shown, cells, strict=True)
    ]
    if len(efforts) > MOST_ROWS:
        note = f"{note} {len(efforts) - MOST_ROWS:,} more are not shown."
    return Table(title, tuple(columns), tuple(rows), note)


def _unit(column: Sequence[Figure]) -> str:
    """The unit that a column's figures share, or "" where sports differ and each figure has its own."""
    units = {found.unit for found in column if found.unit}
    return units.pop() if len(units) == 1 and column[0].name != "duration" else ""


def _heading(name: str, column: Sequence[Figure]) -> str:
    unit, paced = _unit(column), all("pace" in found.label for found in column)
    word = "Pace" if paced and name == "average_moving_speed" else LAP_METRICS[name]
    return f"{word}, {unit}" if unit else word


def _cell(row: Mapping[str, Figure], name: str, *, alone: bool) -> str:
    if name not in row:
        return "–"
    return row[name].shown if alone else row[name].text


def profile_table(results: Results) -> Table:
    """The best efforts: duration, power, power for each kilogram where body mass is known, and when."""
    if (found := results.found.get("best_efforts")) is None:
        return Table("Best efforts", (), ())
    mass = next((s.value for r in results.values() for s in r.settings if s.name == "mass"), None)
    best = found.value
    columns = ("Duration", "Power, W", *(("Power, W/kg",) if mass else ()), "From")
    rows = [
        (
            span(duration),
            ("≥ " if measured < 1.0 else "") + number(power, whole=True),
            *((number(power / mass),) if isinstance(mass, int | float) else ()),
            clock(start, decimals=False),
        )
        for duration, power, start, measured in zip(best.durations, best.power, best.starts, best.measured, strict=True)
    ]
    note = (
        "≥ holds a pause or missing readings, which add no work: at least so much." if best.measured.min() < 1 else ""
    )
    return Table("Best efforts", columns, tuple(rows), note)


def zone_tables(results: Results, settings: Mapping[str, Setting]) -> tuple[ZoneTable, ...]:
    """Time in zones, with the bounds in the unit that is ridden by."""
    kinds = (
        ("power_zone_time", "threshold_power", "power_zones", POWER_ZONES, "W", "Power zones"),
        (
            "heart_rate_zone_time",
            "threshold_heart_rate",
            "heart_rate_zones",
            HEART_RATE_ZONES,
            "bpm",
            "Heart-rate zones",
        ),
    )
    tables = []
    for metric, threshold, bounds, usual, unit, title in kinds:
        if metric in results.found:
            at = float(settings[threshold].value)  # type: ignore[arg-type]  # a threshold is one number
            fractions = settings[bounds].value if bounds in settings else usual
            limits = [at * fraction for fraction in fractions if np.isfinite(fraction)]  # type: ignore[union-attr]
            tables.append(ZoneTable(title, _zones(results[metric].value, limits, unit)))
    return tuple(tables)


def _zones(seconds: np.ndarray, limits: Sequence[float], unit: str) -> tuple[Zone, ...]:
    texts = [number(limit, whole=True) for limit in limits]
    bounds = [f"to {texts[0]}", *(f"{a}–{b}" for a, b in pairwise(texts)), f"over {texts[-1]}"]
    total = max(float(np.sum(seconds)), 1e-9)
    return tuple(
        Zone(
            f"Zone {i + 1}",
            f"{bounds[min(i, len(bounds) - 1)]} {unit}",
            clock(float(t), decimals=False),
            float(t) / total,
        )
        for i, t in enumerate(seconds)
    )
