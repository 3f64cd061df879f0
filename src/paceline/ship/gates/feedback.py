"""Labels that users sent, before anything is trained on them: too many, too sudden, from one hand, or all to one side.

Honest feedback can look like this too, when the world has changed. Then a person says so, by raising the limit in
product.yaml; nothing is trained on a flood that nobody looked at.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import polars as pl

from paceline.ship.gates import Candidate, Outcome

LIMITS: Mapping[str, float] = {"share": 0.2, "source": 0.5, "hourly": 0.2, "one_sided": 0.8}
"""What product.yaml changes at gates.feedback."""

FEW = 50
"""Labels below which nobody's share of them says anything."""

HOUR = 3_600_000_000_000
COLUMNS = ("t", "source", "label", "answer")


def feedback(candidate: Candidate) -> Iterator[Outcome]:
    """Each way in which feedback may poison a table; the table is the one with the role `feedback`."""
    roles = zip(candidate.product.data, candidate.tables, strict=True)
    table = next((path for pointer, path in roles if pointer.role == "feedback"), None)
    if table is None:
        yield Outcome("feedback", "absent", "Nothing is learnt from feedback.")
        return
    rows = _read(table)
    if rows is None:
        said = f"{table.name} is not a table with the columns {', '.join(COLUMNS)}."
        yield Outcome("feedback", "failed", said, "Let `paceline retrain` write it.")
        return
    limits = {**LIMITS, **candidate.product.text.get("gates", {}).get("feedback", {})}
    found = [*_many(candidate, table, rows, limits), *_sudden(rows, limits), *_one_sided(rows, limits)]
    yield from found
    if not found:
        said = f"{rows.height:,} labels, from {rows['source'].n_unique():,} sources."
        yield Outcome("feedback", "passed", said, figures={"labels": rows.height})


def _read(table: Path) -> pl.DataFrame | None:
    try:
        rows = pl.read_csv(table, infer_schema=False)
        return rows.with_columns(pl.col("t").cast(pl.Int64)) if set(COLUMNS) <= set(rows.columns) else None
    except (pl.exceptions.PolarsError, OSError):
        return None


def _stopped(said: str, advice: str, **figures: float) -> Outcome:
    whole = f"{advice} If it is right, raise the limit at gates.feedback in the same commit."
    return Outcome("feedback", "failed", said, whole, figures=figures)


def _many(candidate: Candidate, table: Path, rows: pl.DataFrame, limits: Mapping[str, float]) -> Iterator[Outcome]:
    """Against what it was made of, and from one source."""
    others = [path for path in candidate.tables if path != table]
    trained = _count(others[0]) if others else 0
    if trained and rows.height > limits["share"] * trained:
        said = (
            f"{rows.height:,} labels beside {trained:,} rows: at most {limits['share']:.0%} of these may be feedback."
        )
        yield _stopped(said, "Look at where so many come from.", share=rows.height / trained)
    if rows.height < FEW:
        return
    most = rows["source"].value_counts()["count"].max()
    share = (int(most) if isinstance(most, int) else 0) / rows.height
    if share > limits["source"]:
        said = f"{share:.0%} of the labels come from one source; at most {limits['source']:.0%} may."
        yield _stopped(said, "Ask whoever holds that token.", source=share)


def _count(table: Path) -> int:
    try:
        lazy = pl.scan_parquet(table) if table.suffix == ".parquet" else pl.scan_csv(table, infer_schema=False)
        return int(lazy.select(pl.len()).collect().item())
    except (pl.exceptions.PolarsError, OSError):
        return 0


def _sudden(rows: pl.DataFrame, limits: Mapping[str, float]) -> Iterator[Outcome]:
    """More in one hour, wherever that begins, than is allowed."""
    if rows.height < FEW:
        return
    times = rows["t"].sort()
    within = times.search_sorted(times + HOUR, side="left").cast(pl.Int64) - pl.Series(range(rows.height))
    busiest = within.max()
    share = (int(busiest) if isinstance(busiest, int) else 0) / rows.height
    if share > limits["hourly"]:
        said = f"{share:.0%} of the labels came within one hour; at most {limits['hourly']:.0%} may."
        yield _stopped(said, "Look at what sent them.", hourly=share)


def _one_sided(rows: pl.DataFrame, limits: Mapping[str, float]) -> Iterator[Outcome]:
    """Numbers that say "more" or "less" almost always; names that almost always say the same."""
    differ = rows.filter(pl.col("label") != pl.col("answer").fill_null(""))
    label, answer = (differ[name].cast(pl.Float64, strict=False) for name in ("label", "answer"))
    if label.null_count() or answer.null_count():
        counts = differ["label"].value_counts()["count"].to_list()
    else:
        counts = [int((label > answer).sum()), int((label < answer).sum())]
    if sum(counts) < FEW:
        return
    share = max(counts) / sum(counts)
    if share > limits["one_sided"]:
        said = f"{share:.0%} of the labels that differ from the answers point to one side; "
        yield _stopped(f"{said}at most {limits['one_sided']:.0%} may.", "See whether the world changed, or somebody "
                       "pushes.", one_sided=share)  # fmt: skip
