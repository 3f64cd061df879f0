"""On simulated truth, does each part of a decision do what it says?

Budget: every part's own. The parts are the modules `benchmarks/decisions_*.py`; each has a docstring that begins with
its question, and `score()`, which returns `met` (its budget), `ours`, `theirs`, `peer`, `unit` and `ratio` (above 1:
ours is better), and what else it found. A new part joins by being there. The headline is the part least ahead.

    python -m benchmarks decisions
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

from benchmarks.timing import emit

PARTS = sorted(path.stem for path in Path(__file__).parent.glob("decisions_*.py"))


def main() -> None:
    """Every part, and the one least ahead of its peer as the headline."""
    rows: list[dict[str, Any]] = [
        {"part": name.removeprefix("decisions_"), **import_module(f"benchmarks.{name}").score()} for name in PARTS
    ]
    worst = min(rows, key=lambda row: float(row["ratio"]))
    emit({"id": "decisions_v1", **{key: worst[key] for key in ("ours", "theirs", "peer", "unit", "ratio", "part")},
          "all_met": all(row["met"] for row in rows), "rows": rows})  # fmt: skip


if __name__ == "__main__":
    main()
