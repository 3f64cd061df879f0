"""The names by which jobs knew where work is done; they are in `executor` and `process_executor` now."""

from __future__ import annotations

from paceline.jobs.executor import Here, ordered
from paceline.jobs.process_executor import pool

__all__ = ["Here", "ordered", "pool"]
