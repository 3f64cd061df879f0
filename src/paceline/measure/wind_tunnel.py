"""Drag area from a wind tunnel or a simulation: a table by position, yaw and speed, read between its rows.

The table is CSV with the columns `position` (optional), `yaw` in degrees, `speed` (optional; "speed [km/h]" names
another unit), `cda` in m² and `standard_error` in m² (also `uncertainty`). For each position every yaw must be there at
every speed. Where all yaw angles are on one side, the bike is taken to be symmetric.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from paceline.domain import units
from paceline.domain.errors import Damaged, NotIdentifiable, PacelineError, TooFewSamples, UnknownName
from paceline.measure.estimates import Estimate
from paceline.measure.quantities import Floats
from paceline.record.formats.delimited import Table, lines_of, table
from paceline.record.formats.readings import Findings
from paceline.record.formats.vocabulary import bracketed
from paceline.record.streams import Stream

_ERRORS = ("standard_error", "uncertainty", "se")
_BATCHES = 10


class OutsideTable(PacelineError, ValueError):
    """A drag area was asked for where nobody measured one."""

    def __init__(self, quantity: str, *, low: float, high: float, unit: str) -> None:
        self.quantity, self.low, self.high = quantity, low, high
        advice = "Measure there, or ask for extrapolation."
        super().__init__(f"The table holds {quantity} from {low:g} to {high:g} {unit}. {advice}")


@dataclass(frozen=True, eq=False, slots=True)
class Grid:
    """One position's measurements.

    Attributes:
        yaw: (yaw,), °, rising.
        speed: (speed,), m/s, rising; a single NaN where the table has no speeds.
        cda: (yaw, speed), m².
        standard_error: (yaw, speed), m²; 0 where the table has none.
    """

    yaw: Floats
    speed: Floats
    cda: Floats
    standard_error: Floats


@dataclass(frozen=True, eq=False, slots=True)
class AeroModel:
    """Drag area by position, yaw and speed.

    Attributes:
        positions: name → measurements; "" where the table names none.
    """

    positions: Mapping[str, Grid]

    def cda(self, *, yaw: float, speed: float | None = None, position: str = "", extrapolate: bool = False) -> Estimate:
        """The drag area between the measurements around, linear in yaw and in speed.

        The errors of the measurements are taken as independent: between two rows the error is smaller than at either.
        An offset of the whole tunnel is in none of them.

        Args:
            yaw: °.
            speed: m/s; needed where the table has several.
            position: as the table names it.
            extrapolate: whether the line may be drawn beyond the outermost measurements; its error then grows.

        Returns:
            m²; `used` counts the measurements that went into it.

        Raises:
            UnknownName: there is no such position.
            OutsideTable: yaw or speed lies beyond the table, and `extrapolate` is not set.
            NotIdentifiable: the table has several speeds, and none was given.

        >>> grid = Grid(np.array([0.0, 10.0]), np.array([np.nan]), np.array([[0.20], [0.22]]), np.full((2, 1), 0.002))
        >>> found = AeroModel({"": grid}).cda(yaw=-5.0)
        >>> round(found.value, 4), round(found.standard_error, 6)   # the mean of two: 0.002/√2
        (0.21, 0.001414)
        """
        grid = self.positions.get(position)
        if grid is None:
            raise UnknownName("position", position, known=self.positions)
        if speed is None and grid.speed.size > 1:
            raise NotIdentifiable("the drag area", why="the table has several speeds", advice="Give one.")
        angle = abs(yaw) if grid.yaw[0] >= 0.0 else yaw
        across = _weights(grid.yaw, angle, "yaw", "°", extrapolate=extrapolate)
        along = _weights(grid.speed, grid.speed[0] if speed is None else speed, "speed", "m/s", extrapolate=extrapolate)
        weights = across[:, None] * along[None, :]
        error = math.sqrt(float(np.sum((weights * grid.standard_error) ** 2)))
        return Estimate(float(np.sum(weights * grid.cda)), error, int(np.count_nonzero(weights)))


def _weights(points: Floats, at: float, quantity: str, unit: str, *, extrapolate: bool) -> Floats:
    """(point,): the share of each in the straight line at a place; they sum to 1."""
    weights = np.zeros(points.size)
    if np.isnan(points[0]) or (points.size == 1 and (extrapolate or at == points[0])):
        weights[0] = 1.0
        return weights
    if not extrapolate and not points[0] <= at <= points[-1]:
        raise OutsideTable(quantity, low=float(points[0]), high=float(points[-1]), unit=unit)
    right = min(max(int(np.searchsorted(points, at)), 1), points.size - 1)
    share = (at - points[right - 1]) / (points[right] - points[right - 1])
    weights[right - 1], weights[right] = 1.0 - share, share
    return weights


def read_table(path: str | Path) -> AeroModel:
    """The model of a CSV table.

    Raises:
        Damaged: a column is missing, a cell is no number, or a position lacks a yaw at some speed.
    """
    file, findings = str(path), Findings()
    rows = table(lines_of(Path(path).read_bytes(), findings), findings, file=file, header=0)
    at, speed_unit = _columns(rows, file)
    numbers = {name: rows.numbers(column, findings) for name, column in at.items() if name != "position"}
    if any(problem.kind != "encoding" for problem in findings.problems()) or any(
        np.isnan(numbers[name]).any() for name in numbers
    ):
        raise Damaged(file, expected="a number in every cell", found="; ".join(map(str, findings.problems())) or "none")
    names = rows.cells(at["position"]) if "position" in at else [""] * len(rows)
    if not names:
        raise Damaged(file, expected="rows of measurements", found="none")
    speed = (
        units.convert(numbers["speed"], unit=speed_unit, to="m/s") if "speed" in numbers else np.full(len(rows), np.nan)
    )
    error = numbers.get("standard_error", np.zeros(len(rows)))
    measured = np.stack([numbers["yaw"], speed, numbers["cda"], error], axis=1)
    where = np.array(names)
    return AeroModel({name: _grid(measured[where == name], file, name) for name in dict.fromkeys(names)})


def _columns(rows: Table, file: str) -> tuple[dict[str, int], str]:
    at: dict[str, int] = {}
    speed_unit = "m/s"
    for column, header in enumerate(rows.names):
        name, unit = bracketed(header.casefold())
        name = "standard_error" if name in _ERRORS else name
        if name in ("position", "yaw", "speed", "cda", "standard_error"):
            at.setdefault(name, column)
        if name == "speed" and unit:
            speed_unit = units.named(unit, of="m/s").name
    lacking = [name for name in ("yaw", "cda") if name not in at]
    if lacking:
        raise Damaged(file, expected=f"a column {' and '.join(lacking)}", found=", ".join(rows.names)[:200])
    return at, speed_unit


def _grid(measured: Floats, file: str, position: str) -> Grid:
    yaw, row = np.unique(measured[:, 0], return_inverse=True)
    speed, column = np.unique(measured[:, 1], return_inverse=True)
    count = np.zeros((yaw.size, speed.size), np.intp)
    np.add.at(count, (row, column), 1)
    if np.any(count != 1):
        found = f"{np.count_nonzero(count == 0)} missing and {np.count_nonzero(count > 1)} repeated"
        where = f" in position {position!r}" if position else ""
        raise Damaged(file, expected=f"one drag area for every yaw and speed{where}", found=found)
    cda, error = np.empty(count.shape), np.empty(count.shape)
    cda[row, column], error[row, column] = measured[:, 2], measured[:, 3]
    return Grid(yaw, speed, cda, error)


def simulated_cda(coefficients: Stream, *, reference_area: float, settled: float = 0.5) -> Estimate:
    """The drag area of a simulation: its drag coefficient's mean once it has settled, times the reference area.

    Args:
        coefficients: the stream "force_coefficients" of an OpenFOAM recording.
        reference_area: m², `Aref` in its notes.
        settled: share of the samples at the end that is used.

    Returns:
        m²; the error is that of the mean over time, by ten batches. It says nothing of mesh or turbulence model.

    Raises:
        TooFewSamples: fewer than two samples a batch.
    """
    drag = coefficients.values["drag_coefficient"]
    late = drag[int(drag.size * (1.0 - settled)) :]
    kept = late[~np.isnan(late)]
    if kept.size < 2 * _BATCHES:
        raise TooFewSamples("the mean drag coefficient", need=2 * _BATCHES, got=kept.size)
    batches = np.array([part.mean() for part in np.array_split(kept, _BATCHES)])
    error = float(np.std(batches, ddof=1)) / math.sqrt(_BATCHES)
    area = float(np.mean(kept)) * reference_area
    return Estimate(area, error * reference_area, kept.size, drag.size - kept.size, _BATCHES - 1)
