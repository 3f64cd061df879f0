"""A session as rows of the lake: its samples, its efforts, and every metric with what it rests on or why it is missing.

The whole ride has a row for each metric of the catalogue. An effort within it has those of a report's first page: of
the 250 lengths in a swimmer's hour nobody asks for all the rest, and who does can have it measured at once.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl

from paceline.domain.efforts import Effort
from paceline.keep.lake import Placed, samples_table
from paceline.keep.lake.rows import FLAGS
from paceline.keep.lake.tables import PARTITIONS, TABLES
from paceline.keep.store import UNDATED
from paceline.measure.catalogue import catalogue, entry
from paceline.measure.flow_version import flow_version
from paceline.measure.results import Result, Results, plain
from paceline.measure.sessions import Session
from paceline.measure.sources import Source
from paceline.record.recordings import Recording
from paceline.record.streams import Flag, Stream

LONGEST = 200
"""Elements of an array that is kept with its metric; a longer one follows from the samples, and is computed anew."""

Frames = dict[str, pl.DataFrame]


def month_of(start: int | None) -> str:
    """The month in whose folder a session's rows lie.

    >>> month_of(1_714_809_600_000_000_000), month_of(None)
    ('2024-05', 'undated')
    """
    if start is None:
        return UNDATED
    try:
        return f"{datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=start // 10**9):%Y-%m}"
    except OverflowError:
        return UNDATED


def session_rows(session: Session, *, placed: Placed, recordings: Iterable[str], settings: str) -> Frames:
    """Every row of a session, table by table.

    Args:
        session: as `measure` made it.
        placed: where its rows go.
        recordings: the ids of the recordings it was made of.
        settings: the mark of the settings it was measured with.
    """
    frames = _samples(session)
    efforts = (session.whole, *session.efforts, *session.detected)
    frames["efforts"] = _efforts(efforts, recordings=",".join(sorted(recordings)), settings=settings)
    frames["metrics"] = metric_rows(session, efforts)
    return {name: whose(frame, placed) for name, frame in frames.items()}


def unmeasured(reason: str, *, placed: Placed, recordings: Iterable[str]) -> Frames:
    """The one row of a session that could not be measured: that it was tried with these recordings, and why not."""
    row = {
        "number": 0,
        "effort": "whole ride",
        "origin": "unmeasured",
        "summary": _json({"reason": reason}),
        "recordings": ",".join(sorted(recordings)),
        "flow_version": flow_version(),
    }
    return {"efforts": whose(pl.DataFrame([row], schema=_own("efforts"), orient="row"), placed)}


def metric_rows(session: Session, efforts: Sequence[Effort], *, only: Sequence[str] | None = None) -> pl.DataFrame:
    """The metrics of efforts, the first of which is the whole session.

    Args:
        session: whose.
        efforts: which; the number of a row is the effort's place among them.
        only: these metrics alone.
    """
    headline = [name for name, metric in catalogue().items() if metric.headline]
    rows: list[dict[str, Any]] = []
    for number, effort in enumerate(efforts):
        asked = only if number == 0 else [n for n in headline if only is None or n in only]
        if asked is None or asked:
            rows += _metrics(session.metrics(effort, only=asked), number)
    return pl.DataFrame(rows, schema=_own("metrics"), orient="row")


def whose(frame: pl.DataFrame, placed: Placed) -> pl.DataFrame:
    """The rows with whose they are."""
    named = {"subject": placed.subject, "month": placed.month, "session": placed.session}
    return frame.with_columns(**{column: pl.lit(value) for column, value in named.items()})


def _samples(session: Session) -> Frames:
    found: dict[str, list[pl.DataFrame]] = {}
    for recording, (sha256, part) in zip(session.recordings, parts(session), strict=True):
        for stream in recording.streams.values():
            base = {"recording": pl.lit(sha256), "part": pl.lit(part, pl.Int32), "stream": pl.lit(stream.name)}
            found.setdefault(samples_table(stream.name), []).append(_stream(stream).with_columns(**base))
            if (more := _described(stream)) is not None:
                found.setdefault("samples_described", []).append(more.with_columns(**base))
    return {name: pl.concat(frames, how="diagonal") for name, frames in found.items()}


def parts(session: Session) -> list[tuple[str, int]]:
    """Of each of a session's recordings its file's hash and its place in that file.

    A session's recordings are copies of what the files held, with flags and on one clock, passings cut to the ride; a
    copy is known by the device it shares with its original, and by its length where several do.
    """
    known = [(r, (file.sha256, n)) for file in session.files for n, r in enumerate(file.recordings)]
    found: list[tuple[str, int]] = []
    for recording in session.recordings:
        alike = [i for i, (original, _) in enumerate(known) if original.device is recording.device]
        place = next((i for i in alike if _lengths(known[i][0]) == _lengths(recording)), alike[0] if alike else None)
        found.append(known.pop(place)[1] if place is not None else ("", len(found)))
    return found


def _lengths(recording: Recording) -> dict[str, int]:
    return {name: len(stream) for name, stream in recording.streams.items()}


def _stream(stream: Stream) -> pl.DataFrame:
    """One row a sample: readings of the catalogue's channels, absent ones null, and flags where there are any."""
    columns: dict[str, pl.Series] = {
        "sample": pl.Series(np.arange(len(stream), dtype=np.int64)),
        "t": pl.Series(np.asarray(stream.time)),
    }
    for name, values in stream.values.items():
        if name not in stream.described:
            columns[name] = pl.Series(np.asarray(values), nan_to_null=True)
    for name, flags in stream.flags.items():
        doubts = np.asarray(flags, np.int16) & ~np.int16(Flag.MISSING)  # a reading that is missing is null
        if name not in stream.described and doubts.any():
            columns[f"{name}{FLAGS}"] = pl.Series(doubts)
    return pl.DataFrame(columns)


def _described(stream: Stream) -> pl.DataFrame | None:
    """One row a reading of channels that the catalogue does not have."""
    frames = []
    for name, channel in stream.described.items():
        if name in stream.values:
            values = {"t": np.asarray(stream.time), "value": np.asarray(stream.values[name])}
            flags = np.asarray(stream.flag(name), np.int16)
            frame = pl.DataFrame({"sample": np.arange(len(stream), dtype=np.int64), **values, "flags": flags})
            named = frame.with_columns(pl.col("value").fill_nan(None), channel=pl.lit(name), unit=pl.lit(channel.unit))
            frames.append(named.drop_nulls("value"))
    return pl.concat(frames) if frames else None


def _efforts(efforts: Sequence[Effort], *, recordings: str, settings: str) -> pl.DataFrame:
    rows = [
        {
            "number": number,
            "effort": effort.name,
            "origin": effort.origin,
            "start": effort.start,
            "stop": effort.stop,
            "sport": effort.sport,
            "summary": _json(plain(effort.summary)) if effort.summary else None,
            "recordings": recordings if number == 0 else None,
            "settings": settings if number == 0 else None,
            "flow_version": flow_version(),
        }
        for number, effort in enumerate(efforts)
    ]
    return pl.DataFrame(rows, schema=_own("efforts"), orient="row")


def _own(table: str) -> dict[str, pl.DataType]:
    """A table's columns but those that say whose a row is."""
    return {name: kind for name, kind in TABLES[table].columns.items() if name not in {*PARTITIONS, "session"}}


def _metrics(results: Results, number: int) -> list[dict[str, Any]]:
    base = {"start": results.effort.start, "number": number, "effort": results.effort.name}
    said = _said(results)
    found = [
        {
            **base,
            "metric": name,
            **_value(result),
            "unit": result.metric.unit,
            "sources": said[result.sources],
            "used": result.readings,
            "settings": _json([setting.name for setting in result.settings]) if result.settings else None,
            "problems": _json(result.problems) if result.problems else None,
            "flow_version": flow_version(name),
        }
        for name, result in results.items()
    ]
    missing = [
        {
            **base,
            "metric": name,
            "unit": entry(name).unit,
            "reason": reason.why,
            "flow_version": flow_version(name),
        }
        for name, reason in results.missing.items()
    ]
    return [*found, *missing]


def _said(results: Results) -> dict[tuple[Source, ...], str]:
    """The sources of metrics as JSON: most metrics of an effort rest on the same few."""
    return {sources: _json([_source(s) for s in sources]) for sources in {r.sources for r in results.values()}}


def _source(source: Source) -> dict[str, str | int]:
    """As `plain` has it, which would look for the names of its parts each time."""
    return {"quantity": source.quantity, "name": source.name, "readings": source.readings, "unused": source.unused}


def _value(result: Result) -> dict[str, Any]:
    """A single number as a value; anything else as JSON, unless it is a series that the samples hold already."""
    value = result.value
    if isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool):
        number = float(value)
        return {"value": number if np.isfinite(number) else None}
    if isinstance(value, np.ndarray) and value.size > LONGEST:
        return {}
    return {"detail": _json(plain(value))}


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
