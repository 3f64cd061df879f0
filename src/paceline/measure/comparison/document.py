"""A comparison as a JSON document: SI units, null where nothing was measured."""

from __future__ import annotations

from typing import Any

from paceline.measure.comparison.compared import Comparison
from paceline.measure.comparison.matrix import Row
from paceline.measure.comparison.tables import reasons
from paceline.measure.results import plain


def document(found: Comparison) -> dict[str, Any]:
    """Everything that the comparison holds.

    Returns:
        by, unit, edges, efforts (with times, time_lost_s, distance_gained_m and traces), metrics, missing, mismatches.
    """
    return {
        "by": found.by,
        "unit": found.unit,
        "edges": plain(found.edges),
        "efforts": [_effort(found, number) for number in range(len(found.compared))],
        "metrics": {row.metric.name: _row(row) for row in found.matrix.rows},
        "missing": reasons(found),
        "mismatches": [plain(mismatch) for mismatch in found.mismatches],
    }


def _effort(found: Comparison, number: int) -> dict[str, Any]:
    one = found.compared[number]
    return {
        "name": one.name,
        "files": [file.file for file in one.session.files],
        "effort": one.effort.name,
        "start_ns": one.effort.start,
        "stop_ns": one.effort.stop,
        "shift": one.shift,
        "times_s": plain(found.times(one.name)),
        "time_lost_s": plain(found.time_lost(one.name)),
        "distance_gained_m": plain(found.distance_gained(one.name)),
        "traces": {channel: plain(found.trace(one.name, channel)) for channel in found.channels},
    }


def _row(row: Row) -> dict[str, Any]:
    return {
        "unit": row.metric.unit,
        "values": [cell.value for cell in row.cells],
        "why": [cell.why for cell in row.cells],
        "problems": [list(cell.problems) for cell in row.cells],
        "mean": row.mean,
    }
