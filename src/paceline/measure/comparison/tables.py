"""A comparison as tables of text, for the terminal and the page alike."""

from __future__ import annotations

import math

import numpy as np

from paceline.measure.comparison.compared import Comparison
from paceline.measure.comparison.matrix import Row
from paceline.measure.report.figures import amount, number, shown_unit, to_shown
from paceline.measure.report.tables import Table

STRETCHES = 8
"""Parts that the shared part of the axis is cut into, where no laps cut it."""


def matrix_table(found: Comparison) -> Table:
    """Metrics by efforts, with the mean of each metric where every effort has it."""
    rows = tuple(
        (row.metric.label, *(_shown(cell.value, row) for cell in row.cells), _shown(_mean(row), row))
        for row in found.matrix.rows
        if row.counted
    )
    note = "Of the whole of each effort. A dash: no value; why stands below."
    return Table("Metrics", ("Metric", *found.names, "Mean"), rows, note)


def stretch_table(found: Comparison) -> Table:
    """Each lap, or each of eight equal parts of the axis: time and time lost; by time, distance and distance gained."""
    low, high = float(found.edges[0]), float(found.edges[-1])
    laps = np.arange(math.ceil(low), math.floor(high) + 1.0) if found.by == "lap" else np.empty(0)
    ends = laps if laps.size > 1 else np.linspace(low, high, STRETCHES + 1)
    by_time = found.by == "time"
    unit, change = ("m", "gained, m") if by_time else ("s", "lost, s")
    columns = ["To", *(f"{name}, {unit}" for name in found.names), *(f"{name} {change}" for name in found.names[1:])]
    rows = []
    for begin, end in zip(ends[:-1].tolist(), ends[1:].tolist(), strict=True):
        parts = found.between(begin, end)
        took = [part.distance if by_time else part.seconds for part in parts]
        gaps = [_decimal(value - took[0], decimals=1 if by_time else 2) for value in took[1:]]
        rows.append((place(end, found), *(_decimal(value, decimals=1 if by_time else 2) for value in took), *gaps))
    note = f"Part by part; against {found.names[0]}, in that part alone."
    return Table("Where it was won and lost", tuple(columns), tuple(rows), note)


def reasons(found: Comparison) -> list[str]:
    """Why cells of the matrix are empty, each reason once with the metrics and efforts that it holds for."""
    why: dict[tuple[str, str], list[str]] = {}
    for row in found.matrix.rows:
        for name, cell in zip(found.names, row.cells, strict=True):
            if cell.value is None:
                why.setdefault((name, cell.why), []).append(row.metric.label)
    return [f"{name}, {', '.join(labels)}: {text}" for (name, text), labels in why.items()]


def place(at: float, found: Comparison) -> str:
    """A place of the axis for people.

    Distances to the metre, times to the second, laps by number.
    """
    if found.by == "time":
        return amount(at, "s")[0]
    return f"lap {at:g}" if found.by == "lap" else f"{at:,.0f} m"


def lost_line(found: Comparison) -> list[str]:
    """One sentence for each effort but the first: how far behind or ahead it is where the shared axis ends."""
    said = []
    for name in found.names[1:]:
        gap = float(found.distance_gained(name)[-1] if found.by == "time" else found.time_lost(name)[-1])
        if math.isnan(gap):
            said.append(f"{name}: how far it is from {found.names[0]} at the end isn't known.")
            continue
        behind = gap < 0.0 if found.by == "time" else gap > 0.0
        text = f"{number(abs(gap))} m" if found.by == "time" else f"{abs(gap):.2f} s"
        where = place(float(found.edges[-1]), found)
        said.append(f"{name}: {text} {'behind' if behind else 'ahead of'} {found.names[0]} after {where}.")
    return said


def _mean(row: Row) -> float | None:
    return row.mean if row.counted == len(row.cells) else None


def _shown(value: float | None, row: Row) -> str:
    return "–" if value is None else " ".join(amount(value, shown_unit(row.metric))).strip()


def _decimal(value: float, *, decimals: int) -> str:
    return "–" if math.isnan(value) else f"{value:,.{decimals}f}".replace("-", "−")


def drawn_unit(channel: str) -> str:
    """The catalogue's unit of a channel as charts name it."""
    return {"heart_rate": "bpm", "cadence": "rpm", "speed": "m/s", "power": "W", "altitude": "m"}.get(channel, "")


def drawn_values(values: np.ndarray, channel: str) -> np.ndarray:
    """Values as they are drawn: speed in km/h."""
    unit = drawn_unit(channel)
    return to_shown(values, unit) if unit else values
