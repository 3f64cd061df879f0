"""Efforts side by side, from any rides: where time was won and lost, and every metric of each."""

from __future__ import annotations

from paceline.measure.comparison.compared import Comparison, Stretch, compare
from paceline.measure.comparison.matrix import Cell, Matrix, Row, matrix
from paceline.measure.comparison.mismatches import Mismatch
from paceline.measure.comparison.tracks import UNITS, Axis, Compared, Track, track

__all__ = [
    "UNITS",
    "Axis",
    "Cell",
    "Compared",
    "Comparison",
    "Matrix",
    "Mismatch",
    "Row",
    "Stretch",
    "Track",
    "compare",
    "matrix",
    "track",
]
