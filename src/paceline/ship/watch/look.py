"""One look at a product: every field, the predictions, the score and the canary, from what the lake has of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from paceline.ship.product import Product
from paceline.ship.watch.beside import unlike
from paceline.ship.watch.columns import RESPONSE, Column, column, value_at
from paceline.ship.watch.decay import Decay, decays, losses
from paceline.ship.watch.moved import LEAST, Moved, moved, stability
from paceline.ship.watch.rules import Field, Watch, watch_of

Floats = NDArray[np.float64]
Places = NDArray[np.int64]

ROWS = 50_000
"""Answers that are looked at; where there are more, every second, fourth, … of them."""

PIECES = 40
"""Points of a course over time."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One field: how far it has moved, when that was found and began, and its course.

    Attributes:
        moved: the figures.
        found: int64 ns UTC, when the detector's alarm was raised; None while there is none.
        since: int64 ns UTC, when the change began, as far as can be told.
        course: (int64 ns UTC, stability) of each piece of what was answered since.
    """

    moved: Moved
    found: int | None
    since: int | None
    course: tuple[tuple[int, float], ...]


@dataclass(frozen=True, slots=True)
class Scored:
    """The loss of a slice, and since when it is worse.

    Attributes:
        decay: the figures.
        since: int64 ns UTC; None while there is no alarm.
        course: (int64 ns UTC, mean loss) of each piece.
    """

    decay: Decay
    since: int | None
    course: tuple[tuple[int, float], ...]


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen of a product.

    Attributes:
        product: its name.
        release: the champion, which is looked at.
        canary: the release beside it, or empty.
        answers: how many of the champion's are kept; begun, ended: int64 ns UTC of the first and last, or None.
        fields: each field that is watched.
        scores: all labelled answers, then each slice; empty where nothing says how to score.
        unlike: fields in which the canary answers unlike the champion.
    """

    product: str
    release: str
    canary: str
    answers: int
    begun: int | None
    ended: int | None
    fields: tuple[Seen, ...]
    scores: tuple[Scored, ...]
    unlike: tuple[str, ...]


def look(
    product: Product, rows: pl.DataFrame, feedback: pl.DataFrame, *, release: str, canary: str = "", table: Path | None
) -> Look:
    """Everything there is to see of a product now.

    Args:
        product: the champion's, which says what is watched.
        rows: of the lake's predictions, this product's.
        feedback: of the lake's feedback, this product's.
        release: the champion; canary: the release beside it, or empty.
        table: what the champion was made of, or None.
    """
    watch = watch_of(product) or Watch(0.0, LEAST, (), 1e5, None, (), 0.0)
    ordered = rows.sort("t", "id")
    mine = ordered.filter(pl.col("release") == release)
    kept = mine.gather_every(_stride(mine.height))
    times, asked, said = _times(kept), _read(kept["request"]), _read(kept["response"])
    known = _table(table)
    fields = tuple(_seen(field, times, asked, said, known, watch) for field in watch.fields)
    return Look(
        product.name, release, canary, mine.height,
        None if not len(times) else int(mine["t"][0]), None if not len(times) else int(mine["t"][-1]),
        fields, _scores(watch, mine, feedback), _unlike(watch, ordered, release, canary),
    )  # fmt: skip


def _stride(count: int) -> int:
    """Every how many rows one is looked at: a power of two, so that a growing table seldom changes which."""
    return 1 if count <= ROWS else 2 ** int(np.ceil(np.log2(count / ROWS)))


def _times(rows: pl.DataFrame) -> list[int]:
    found: list[int] = rows["t"].to_list()
    return found


def _read(texts: pl.Series) -> list[Any]:
    return [json.loads(text) for text in texts]


def _table(path: Path | None) -> pl.DataFrame | None:
    """The training table as text; None where it is none that can be read: then the first answers are the reference."""
    if path is None or path.suffix not in (".csv", ".txt", ".parquet"):
        return None
    try:
        return pl.read_parquet(path) if path.suffix == ".parquet" else pl.read_csv(path, infer_schema=False)
    except (pl.exceptions.PolarsError, OSError):
        return None


def _column_of(table: pl.DataFrame, name: str) -> Column:
    """A column of a table; of numbers where every value is one."""
    text = table[name].cast(pl.String).head(ROWS)
    numbers = text.cast(pl.Float64, strict=False)
    return column((numbers if numbers.null_count() == text.null_count() else text).to_list())


def _seen(
    field: Field, times: list[int], asked: list[Any], said: list[Any], table: pl.DataFrame | None, watch: Watch
) -> Seen:
    documents, path = (said, field.name.removeprefix(RESPONSE)) if field.predicted else (asked, field.name)
    values = column([value_at(document, path) for document in documents])
    if table is not None and table.height >= LEAST and field.column in table.columns:
        reference, after, begin = _column_of(table, field.column), values, 0
    else:
        begin = min(watch.window, len(values) // 2)
        reference, after = values.part(slice(0, begin)), values.part(slice(begin, None))
    found = moved(field.name, reference, after, window=watch.window, every=watch.every)
    course = tuple(
        (times[begin + places[0]], stability(reference, after.part(slice(places[0], places[-1] + 1))))
        for places in _pieces(len(after))
        if len(reference) >= LEAST
    )
    alarm = found.alarm
    if alarm is None:
        return Seen(found, None, None, course)
    last = len(times) - 1
    return Seen(found, times[min(begin + alarm.at, last)], times[min(begin + alarm.since, last)], course)


def _pieces(count: int) -> list[Places]:
    """Rows in up to so many pieces, none smaller than what something can be said of."""
    pieces = min(PIECES, count // LEAST)
    return np.array_split(np.arange(count), pieces) if pieces else []


def _scores(watch: Watch, mine: pl.DataFrame, feedback: pl.DataFrame) -> tuple[Scored, ...]:
    """Labels meet their answers by number and pseudonym; of several for one answer the last counts."""
    if watch.labels is None:
        return ()
    labels = watch.labels
    last = feedback.sort("t").unique(["id", "subject"], keep="last", maintain_order=True)
    cases = last.select("id", "subject", "label", learnt="t").join(mine, on=["id", "subject"], how="inner")
    cases = cases.sort("learnt").head(ROWS)
    found = losses(labels, _read(cases["response"]), _read(cases["label"]))
    sound = np.isfinite(found)
    times = cases["learnt"].to_numpy()[sound]
    asked = [one for one, good in zip(_read(cases["request"]), sound, strict=True) if good]
    told = decays(labels, asked, found[sound], window=watch.window, every=watch.every)
    return tuple(_scored(one, asked, found[sound], times, labels.slice) for one in told)


def _scored(decay: Decay, asked: Sequence[Any], found: Floats, times: Places, slice_field: str) -> Scored:
    whole = not decay.slice
    those = np.array([whole or str(value_at(one, slice_field)) == decay.slice for one in asked], bool)
    mine, when = found[those], times[those]
    course = tuple((int(when[places[0]]), float(mine[places].mean())) for places in _pieces(len(mine)))
    since = None if decay.alarm is None else int(when[min(decay.before + decay.alarm.since, len(when) - 1)])
    return Scored(decay, since, course)


def _unlike(watch: Watch, ordered: pl.DataFrame, release: str, canary: str) -> tuple[str, ...]:
    """Fields of the response in which the canary differs, from its first answer on."""
    there = ordered.filter(pl.col("release") == canary)
    if not canary or not there.height:
        return ()
    both = ordered.filter(pl.col("release").is_in([release, canary]) & (pl.col("t") >= there["t"][0]))
    both, said = both.tail(ROWS), _read(both.tail(ROWS)["response"])
    of_canary = (both["release"] == canary).to_list()
    names = [field.name for field in watch.fields if field.predicted]
    columns = {name: column([value_at(one, name.removeprefix(RESPONSE)) for one in said]) for name in names}
    return tuple(name for name, values in columns.items() if unlike(values, of_canary))
