"""The tables: samples, efforts, metrics, labels and predictions of every session, and any earlier state of them."""

from __future__ import annotations

from paceline.keep.lake.lake import Lake, Placed
from paceline.keep.lake.tables import TABLES, Table, samples_table, table

__all__ = ["TABLES", "Lake", "Placed", "Table", "samples_table", "table"]
