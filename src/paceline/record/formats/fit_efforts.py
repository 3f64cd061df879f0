"""Laps, sport sessions and pool lengths of a FIT file, with what the device wrote about them.

A summary keeps every plain number that has a name in the profile, in the catalogue's units. Names are those of the
profile in the words that all readers share: `avg_power` is `average_power`, `max_speed` `maximum_speed`,
`total_calories` `energy`, `normalized_power` `weighted_power`; an enhanced field goes by the plain name.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cache
from types import MappingProxyType

import numpy as np

from paceline.domain.efforts import SECOND, Effort, Origin
from paceline.domain.errors import UnknownName
from paceline.domain.units import named
from paceline.record.formats.fit_channels import RIGHT_100, SHARE_100, left_share
from paceline.record.formats.fit_columns import Floats
from paceline.record.formats.fit_messages import TIME_OFFSET, Messages
from paceline.record.formats.fit_profile import EPOCH, message, value_names
from paceline.record.recordings import Problem

_WORDS = (("avg_", "average_"), ("max_", "maximum_"), ("min_", "minimum_"))
_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "total_distance": "distance",
        "total_calories": "energy",
        "total_work": "work",
        "total_ascent": "ascent",
        "total_descent": "descent",
        "total_timer_time": "timer_time",
        "total_elapsed_time": "elapsed_time",
        "normalized_power": "weighted_power",
    }
)
_TYPED = frozenset({"date_time", "local_date_time", "left_right_balance_100"})
"""Types whose numbers are not names of things; of these only the balance is kept, as `left_balance`."""

_NOT_SUMMARIES = frozenset({"event_group", "event_id", "sport_index", "first_lap_index"})


def efforts(messages: Messages, *, origin: Origin, shift: int) -> tuple[tuple[Effort, ...], tuple[Problem, ...]]:
    """The laps, sessions or lengths, in the order of the file.

    One begins at its start time and lasts its elapsed time. Without an elapsed time it ends at its timestamp, without a
    start time it began that much earlier; so it did where the timestamp has parts of a second, which the start lacks.
    Its name is the developer field "name", which our own export writes; else, of several sessions in one file, its
    sport, with a number where the sport comes again; else its number.

    Args:
        messages: of one of these kinds.
        origin: which.
        shift: int64 ns to add to FIT's times.
    """
    starts, stops, backwards = _spans(messages, shift)
    columns = _summaries(messages)
    sports, named_so = texts(messages, "sport"), messages.text("developer.name")
    usual = _sports(sports) if origin == "session" and len(messages) > 1 else [""] * len(messages)
    found = []
    for row in range(len(messages)):
        name = named_so[row] or usual[row] or f"{origin} {row + 1}"
        summary = {key: float(column[row]) for key, column in columns.items() if not np.isnan(column[row])}
        found.append(Effort(name, int(starts[row]), int(stops[row]), origin, summary, sports[row]))
    if not backwards:
        return tuple(found), ()
    text = f"A {origin} ends before it starts; it is kept with no length."
    return tuple(found), (Problem("lap", text, int(messages.offsets[0]), count=backwards),)


def _sports(sports: Sequence[str | None]) -> list[str]:
    """The sports of a file, each name once: "swimming", "transition", "cycling", "transition 2"; "" for an unknown one.

    >>> _sports(["running", "transition", "running", None])
    ['running', 'transition', 'running 2', '']
    """
    before = [sports[:row].count(sport) for row, sport in enumerate(sports)]
    return [f"{s} {n + 1}" if s and n else s or "" for s, n in zip(sports, before, strict=True)]


def texts(messages: Messages, field: str) -> list[str | None]:
    """The names of a field's values, one or None for each message; a value without a name is its number."""
    known = [profile for profile in message(messages.number).fields.values() if profile.name == field]
    names = value_names(known[0].type) if known else {}
    return [names.get(int(v), str(int(v))) if math.isfinite(v) else None for v in messages.column(field).tolist()]


def _spans(messages: Messages, shift: int) -> tuple[list[int], list[int], int]:
    """Starts and stops, int64 ns, and how many would have ended before they started."""
    start, elapsed = messages.column("start_time"), messages.column("total_elapsed_time")
    end = messages.time + shift
    length = np.rint(np.nan_to_num(elapsed) * SECOND).astype(np.int64)
    whole = np.nan_to_num(start).astype(np.int64) * SECOND + EPOCH * SECOND + shift
    finer = ~np.isnan(messages.column(TIME_OFFSET)) & ~np.isnan(elapsed)
    begin = np.where(np.isnan(start) | finer, end - length, whole)
    stop = np.where(np.isnan(elapsed), end, begin + length)
    backwards = stop < begin
    return begin.tolist(), np.where(backwards, begin, stop).tolist(), int(backwards.sum())


def _summaries(messages: Messages) -> dict[str, Floats]:
    """Name → (row,), in the catalogue's units."""
    columns: dict[str, Floats] = {}
    units = _units(messages.number)
    for field, values in messages.numbers.items():
        if field not in units or values.ndim > 1 or field in _NOT_SUMMARIES:
            continue
        factor, offset = _to_catalogue(units[field])
        columns[_named(field)] = values * factor + offset
    for prefix in ("average_", "maximum_"):
        fraction = columns.pop(f"{prefix}fractional_cadence", None)
        if fraction is not None and f"{prefix}cadence" in columns:
            columns[f"{prefix}cadence"] = columns[f"{prefix}cadence"] + np.nan_to_num(fraction)
    if "left_right_balance" in messages.numbers:
        stored = messages.column("left_right_balance")
        columns["left_balance"] = left_share(stored, right=RIGHT_100, share=SHARE_100)
    return columns


@cache
def _units(number: int) -> Mapping[str, str]:
    """Field → unit, of the fields that are plain numbers; plain fields before the enhanced ones that replace them."""
    fields = [field for field in message(number).fields.values() if not field.type]
    fields += [
        subfield for field in message(number).fields.values() for subfield in field.subfields if not subfield.type
    ]
    return {field.name: field.unit for field in fields}


def _named(field: str) -> str:
    """A field's name in the words that all readers share."""
    name = field.removeprefix("enhanced_")
    for theirs, ours in _WORDS:
        if name.startswith(theirs):
            return ours + name.removeprefix(theirs)
    return _NAMES.get(name, name)


@cache
def _to_catalogue(unit: str) -> tuple[float, float]:
    """Factor and offset; a unit that the catalogue does not know is left as it is."""
    try:
        known = named(unit)
    except UnknownName:
        return 1.0, 0.0
    return known.factor, known.offset
