"""Efforts and metrics: what each effort has, in which unit, and why a cell is empty."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from paceline.measure import flow
from paceline.measure.catalogue import Metric, catalogue, entry
from paceline.measure.comparison.tracks import Compared
from paceline.measure.quantities import QUANTITIES
from paceline.measure.report.tables import LAP_METRICS


@dataclass(frozen=True, slots=True)
class Cell:
    """One metric of one effort.

    Attributes:
        value: in the metric's unit, or None.
        why: the reason where there is no value, else "".
        problems: what the output check found.
    """

    value: float | None
    why: str = ""
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """One metric of every effort, in their order."""

    metric: Metric
    cells: tuple[Cell, ...]

    @property
    def mean(self) -> float | None:
        """Over the efforts that have a value; None where none has."""
        known = [cell.value for cell in self.cells if cell.value is not None]
        return float(np.mean(known)) if known else None

    @property
    def counted(self) -> int:
        """How many efforts have a value."""
        return sum(cell.value is not None for cell in self.cells)


@dataclass(frozen=True, slots=True)
class Matrix:
    """Metrics by efforts.

    Attributes:
        efforts: their names, in the order of each row's cells.
        rows: a metric each.
    """

    efforts: tuple[str, ...]
    rows: tuple[Row, ...]

    def row(self, name: str) -> Row:
        """One metric.

        Raises:
            KeyError: it was not asked for.
        """
        return next(row for row in self.rows if row.metric.name == name)


def matrix(compared: Sequence[Compared], metrics: Sequence[str] | None = None) -> Matrix:
    """The metrics of each effort that are single numbers.

    Args:
        compared: the efforts.
        metrics: their names; if left out, those that a table of laps shows and those of a report's first page, as far
            as any of the efforts has them.

    Raises:
        UnknownName: there is no such metric.
    """
    names = [entry(name).name for name in (usual() if metrics is None else metrics)]
    found = [one.session.metrics(one.effort, only=names) for one in compared]
    rows = []
    for name in names:
        cells = []
        for results in found:
            if name in results.missing:
                cells.append(Cell(None, results.missing[name].why))
                continue
            value, problems = results[name].value, results[name].problems
            single = isinstance(value, int | float) and np.isfinite(value)
            cells.append(Cell(float(value), "", problems) if single else Cell(None, "It is no single number."))
        if metrics is not None or any(cell.value is not None for cell in cells):
            rows.append(Row(entry(name), tuple(cells)))
    return Matrix(tuple(one.name for one in compared), tuple(rows))


def usual() -> tuple[str, ...]:
    """The metrics compared unless others are asked for; those over many days say nothing of an effort."""
    headline = [name for name, metric in catalogue().items() if metric.headline and not _over_days(name)]
    return tuple(dict.fromkeys([*LAP_METRICS, *headline]))


def _over_days(name: str) -> bool:
    return any(QUANTITIES[leaf].kind == "history" for leaf in flow.leaves(name) if leaf in QUANTITIES)
