"""Data through the gate: types, ranges, missing values, duplicates, drift against the last version, leakage."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from paceline.ship.drift import category_stability, shift
from paceline.ship.gates import Candidate, Outcome

TYPES = {"number": pl.Float64, "integer": pl.Int64, "string": pl.String, "boolean": pl.Boolean, "date": pl.Date}
SHOWN = 5
"""Rows that are named of those that are wrong."""


def tables(candidate: Candidate) -> Iterator[Outcome]:
    """Every column that product.yaml speaks of, in the first table; whole rows twice; test rows among training rows."""
    rules = candidate.product.text.get("gates", {}).get("data", [])
    if not candidate.tables:
        yield Outcome("data", "absent", "The product names no data.")
        return
    if not rules:
        yield Outcome("data", "absent", "Nothing is asked of the data.", "Write what has to hold at gates.data.")
    try:
        table = _read(candidate.tables[0])
        before = _read(candidate.champion_tables[0]) if candidate.champion_tables else None
    except (pl.exceptions.PolarsError, OSError) as error:
        said = f"{candidate.tables[0].name} can't be read as a table: {type(error).__name__}."
        yield Outcome("data", "failed", said, "Give it a header, and as many fields in each row.")
        return
    yield _rows(table)
    if table.is_empty():
        return
    for rule in rules:
        yield _column(table, rule, before)
    yield from _leakage(candidate)


def _read(path: Path) -> pl.DataFrame:
    """A table as text: what each column has to be is for its rule to say."""
    if path.suffix == ".parquet":
        return pl.read_parquet(path)
    return pl.read_csv(path, infer_schema=False, truncate_ragged_lines=False)


def _rows(table: pl.DataFrame) -> Outcome:
    if table.is_empty():
        return Outcome("data", "failed", "The table holds no row.", "Look at where it was made.")
    twice = int(table.is_duplicated().sum())
    if twice:
        return Outcome("data", "failed", f"{twice} rows are there more than once.", "Take the copies out.")
    return Outcome("data", "passed", f"{len(table):,} rows, none twice.", figures={"rows": len(table)})


def _column(table: pl.DataFrame, rule: Mapping[str, Any], before: pl.DataFrame | None) -> Outcome:
    name = rule["column"]
    gate = f"data: {name}"
    if name not in table.columns:
        return Outcome(gate, "failed", "There is no such column.", f"There are: {', '.join(table.columns)}.")
    given = table[name]
    values = given.cast(TYPES[rule["type"]], strict=False) if "type" in rule else given
    for found in (
        _typed(gate, given, values, rule), _missing(gate, values, rule), _ranged(gate, values, rule),
        _unique(gate, values, rule), _moved(gate, values, rule, before),
    ):  # fmt: skip
        if found is not None:
            return found
    return Outcome(gate, "passed", "As asked.")


def _at(wrong: pl.Series) -> str:
    """Where rows are wrong, as lines of the file: a header comes first."""
    rows = wrong.arg_true()
    told = ", ".join(str(row + 2) for row in rows[:SHOWN])
    return f"line{'s' if len(rows) > 1 else ''} {told}{' …' if len(rows) > SHOWN else ''}"


def _typed(gate: str, given: pl.Series, values: pl.Series, rule: Mapping[str, Any]) -> Outcome | None:
    wrong = given.is_not_null() & values.is_null()
    if not wrong.any():
        return None
    said = f"{int(wrong.sum())} values are no {rule['type']}: {_at(wrong)}."
    return Outcome(gate, "failed", said, "Mend these rows at their source.")


def _missing(gate: str, values: pl.Series, rule: Mapping[str, Any]) -> Outcome | None:
    share = values.null_count() / len(values)
    if share <= rule.get("missing", 1.0):
        return None
    said = f"{share:.1%} is missing, at most {rule['missing']:.1%} may be: {_at(values.is_null())}."
    return Outcome(gate, "failed", said, "Bring the missing values, or allow for them in code and rule.")


def _ranged(gate: str, values: pl.Series, rule: Mapping[str, Any]) -> Outcome | None:
    if not ({"minimum", "maximum"} & set(rule)):
        return None
    numbers = values.cast(pl.Float64, strict=False)
    low, high = rule.get("minimum", -np.inf), rule.get("maximum", np.inf)
    wrong = ((numbers < low) | (numbers > high)).fill_null(value=False)
    if not wrong.any():
        return None
    said = f"{int(wrong.sum())} values lie outside {low:g} to {high:g}: {_at(wrong)}."
    return Outcome(gate, "failed", said, "Mend these rows, or the range if it was wrong.")


def _unique(gate: str, values: pl.Series, rule: Mapping[str, Any]) -> Outcome | None:
    twice = values.is_duplicated()
    if not rule.get("unique") or not twice.any():
        return None
    return Outcome(gate, "failed", f"Values are there more than once: {_at(twice)}.", "Each row needs its own.")


def _moved(gate: str, values: pl.Series, rule: Mapping[str, Any], before: pl.DataFrame | None) -> Outcome | None:
    if "drift" not in rule or before is None or rule["column"] not in before.columns:
        return None
    old = before[rule["column"]]
    if rule.get("type") in ("number", "integer"):
        sides = [side.cast(pl.Float64, strict=False).fill_null(float("nan")).to_numpy() for side in (old, values)]
        index = shift(*sides).stability
    else:
        index = category_stability(
            *(side.cast(pl.String).fill_null("").to_numpy().astype(str) for side in (old, values))
        )
    if index <= rule["drift"]:
        return None
    said = f"It has moved since the last version: stability index {index:.2f}, at most {rule['drift']:g} is allowed."
    advice = "If the change is real, say so by raising the limit in the same commit; else look at the source."
    return Outcome(gate, "failed", said, advice, figures={"stability": index})


def _leakage(candidate: Candidate) -> Iterator[Outcome]:
    """Rows that are trained on and tested on alike flatter every score."""
    roles = {
        pointer.role: path
        for pointer, path in zip(candidate.product.data, candidate.tables, strict=True)
        if pointer.role is not None
    }
    if {"train", "test"} - set(roles):
        return
    train, test = _read(roles["train"]), _read(roles["test"])
    shared = [name for name in train.columns if name in test.columns]
    both = test.select(shared).unique().join(train.select(shared).unique(), on=shared, how="semi", nulls_equal=True)
    if len(both):
        said = f"{len(both)} rows of the test table are in the training table."
        yield Outcome("data: leakage", "failed", said, "Split by whoever or whatever repeats, not by row.")
    else:
        yield Outcome("data: leakage", "passed", "No row of the test table is in the training table.")
