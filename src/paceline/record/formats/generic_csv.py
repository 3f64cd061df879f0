"""CSV of no known dialect: with a column map, or with a header that leaves no doubt.

A column map says which of the file's columns is which channel, and in which unit where it is not the catalogue's:

    {"Zeit": "time", "Leistung": "power", "Tempo": "speed [km/h]"}

Without a map a file is read where its first line is a header with a time column and names that mean one channel in one
unit: the names that Paceline itself exports (`power_w`, `speed_m_per_s`), the catalogue's channels with
a unit in brackets ("Speed (km/h)"), and a few plain names that only ever have one unit ("watts", "kph"). Nothing else
is guessed: the error names the columns that are there.

Time is seconds since the start, another unit where the map or the header says so ("time [ms]"), seconds or milliseconds
since 1970 ("time [epoch s]", to the microsecond, "time [epoch ms]"), h:mm:ss since the start, or a date and time in
ISO 8601.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from paceline.domain import units
from paceline.domain.channels import CHANNELS, channel
from paceline.domain.efforts import SECOND
from paceline.domain.errors import Damaged, SettingsError, UnknownFormat, UnknownName
from paceline.record.formats import Source, vocabulary
from paceline.record.formats.delimited import Table, delimiter_of, head_lines, lines_of, number, split, table
from paceline.record.formats.readings import Findings
from paceline.record.formats.timestamps import Instant, instant
from paceline.record.formats.vocabulary import EXPORTED, bracketed
from paceline.record.formats.wall_clock import clock_seconds, nanoseconds, undated, usable
from paceline.record.recordings import Problem, Recording
from paceline.record.streams import Floats, Nanoseconds, Stream

NAME = "CSV"
MEANING = "Delimited text with a column map, or with names and units that leave no doubt."

PREAMBLE = 60
"""Lines above a header that are looked through for the columns of a map."""
_EPOCHS = {"epoch s": 1, "epoch ms": 1000}
_LAST = 4e9
"""Seconds since 1970: the year 2096. A clock beyond it is damage."""


class _Clock(NamedTuple):
    """The rows that have a time, that time, the zone's offset, and whether the file has a date."""

    rows: Table
    time: Nanoseconds
    zone: int | None
    dated: bool


def sniff(head: bytes) -> bool:
    """Whether it is text in which a row of numbers follows a row of as many names; `decode` sees what they mean."""
    if b"\0" in head and head[:2] not in (b"\xff\xfe", b"\xfe\xff"):
        return False
    lines = [line for line in head_lines(head)[:PREAMBLE] if line.strip()]
    return any(_heads(above, below) for above, below in pairwise(lines))


def _heads(above: str, below: str) -> bool:
    delimiter = delimiter_of(above)
    names, cells = split(above, delimiter), split(below, delimiter)
    if not 2 <= len(names) == len(cells) or any(not np.isnan(number(name)) for name in names):
        return False
    return any(not np.isnan(number(cell.replace(",", ".") if delimiter != "," else cell)) for cell in cells)


def decode(data: bytes, source: Source) -> tuple[tuple[Recording, ...], tuple[Problem, ...]]:
    """The one recording of the file.

    Raises:
        UnknownFormat: there is no column map, and the header does not say what its columns are.
        Damaged: there are rows, and not one of them has a readable time.
        UnknownName: the map names a column, a channel or a unit that does not exist.
        SettingsError: the map names no time column, or one channel twice, or holds something other than names.
    """
    findings = Findings()
    _check_map(source)
    lines = lines_of(data, findings)
    header = _header_with(lines, source) if source.columns else 0
    rows = table(lines, findings, file=source.file, header=header)
    meaning = _mapped(rows.names, source) if source.columns else _understood(rows.names, source, findings)
    count = len(rows.rows)
    rows, time, zone, dated = _clock(rows, meaning, source, findings)
    if count and not time.size:
        advice = "Name another column as time, or its unit: docs/how-to/read-any-csv.md."
        raise Damaged(source.file, expected="rows with a readable time", found=f"none in {count:,} rows", advice=advice)
    values = {
        name: units.convert(rows.numbers(index, findings), unit=unit, to=CHANNELS[name].unit)
        for index, (name, unit) in meaning.items()
        if name != "time"
    }
    recording = Recording({"record": Stream("record", time, values)}, dated=dated, utc_offset=zone)
    return (recording,), findings.problems()


def _check_map(source: Source) -> None:
    pairs: list[tuple[object, object]] = list(source.columns.items())  # what a notebook hands over has no types
    for theirs, ours in pairs:
        if not isinstance(theirs, str) or not isinstance(ours, str):
            found = f"{type(theirs).__name__}: {type(ours).__name__}"
            place, expected = "the column map", "a column's name for a channel's"
            raise SettingsError(source.file, place=place, expected=expected, found=found)


def _header_with(lines: Sequence[str], source: Source) -> int:
    """The first line that has every column of the map."""
    seen: tuple[str, ...] = ()
    for index, line in enumerate(lines[:PREAMBLE]):
        names = tuple(name.strip() for name in split(line, delimiter_of(line)))
        if set(source.columns) <= set(names):
            return index
        # The line that has the most of them is the header that was meant.
        seen = max(seen, names, key=lambda found: (len(set(source.columns) & set(found)), len(found)))
    raise UnknownName("column", next(name for name in source.columns if name not in seen), known=seen)


def _mapped(names: Sequence[str], source: Source) -> dict[int, tuple[str, str]]:
    """Column → channel and unit, by the map."""
    meaning: dict[int, tuple[str, str]] = {}
    place = "the column map"
    for theirs, ours in source.columns.items():
        name, unit = bracketed(ours)
        if name != "time":
            unit = units.named(unit or channel(name).unit, of=channel(name).unit).name
        elif unit and unit not in _EPOCHS:
            unit = units.named(unit, of="s").name
        if name in (known for known, _ in meaning.values()):
            raise SettingsError(source.file, place=place, expected="one column a channel", found=f"{name} twice")
        meaning[names.index(theirs)] = (name, unit)
    if "time" not in (name for name, _ in meaning.values()):
        found = f"none; the columns are {_listed(names)}"
        raise SettingsError(source.file, place=place, expected='a column that is "time"', found=found)
    return meaning


def _understood(names: Sequence[str], source: Source, findings: Findings) -> dict[int, tuple[str, str]]:
    """Column → channel and unit, by names that leave no doubt."""
    ours = any(name.casefold() in EXPORTED for name in names)
    meaning: dict[int, tuple[str, str]] = {}
    unread = []
    for index, name in enumerate(names):
        entry = vocabulary.meaning(name, ours=ours)
        if entry is not None and entry[0] not in (known for known, _ in meaning.values()):
            meaning[index] = entry
        elif name and (entry is None or entry[0] != "time"):
            unread.append(name)
    if len(meaning) < 2 or "time" not in (name for name, _ in meaning.values()):
        expected, found = "a time column and channels with their units", f"the columns {_listed(names)}"
        advice = "Give a column map: see docs/how-to/read-any-csv.md."
        raise UnknownFormat(source.file, expected=expected, found=found, offset=0, advice=advice)
    if unread:
        findings.add("column", f"Columns that may mean several things or no channel, left out: {_listed(unread)}.")
    return meaning


def _listed(names: Sequence[str]) -> str:
    return ", ".join(name[:40] for name in names[:50])


def _clock(rows: Table, meaning: Mapping[int, tuple[str, str]], source: Source, findings: Findings) -> _Clock:
    column, unit = next((index, unit) for index, (name, unit) in meaning.items() if name == "time")
    cells = rows.cells(column)
    if any("-" in cell[1:5] for cell in cells[:10]) and any(moments := [instant(cell) for cell in cells]):
        return _dated(rows, moments, findings)
    if any(":" in cell for cell in cells[:10]):
        seconds = np.array([clock_seconds(cell) for cell in cells], np.float64)
    elif unit in _EPOCHS:
        return _since_1970(rows, rows.numbers(column, findings), _EPOCHS[unit], findings)
    else:
        seconds = units.convert(rows.numbers(column, findings), unit=unit or "s", to="s")
    keep = usable(seconds, rows.lines, findings)
    time = undated(nanoseconds(seconds[keep]), source.start, findings)
    return _Clock(rows.kept(keep), time, None, source.start is not None)


def _dated(rows: Table, moments: Sequence[Instant | None], findings: Findings) -> _Clock:
    """Dates with times; "Z" says when it was, not what the clock on the wall said."""
    keep = np.array([moment is not None for moment in moments])
    _report_unread(rows, keep, findings)
    known = [moment for moment in moments if moment is not None]
    if any(moment.zone is None for moment in known):
        findings.add("zone")
    zones = {moment.zone for moment in known}
    time = np.array([moment.time for moment in known], np.int64)
    return _Clock(rows.kept(keep.tolist()), time, (zones.pop() or None) if len(zones) == 1 else None, True)


def _since_1970(rows: Table, numbers: Floats, part: int, findings: Findings) -> _Clock:
    """Times in parts of a second since 1970; a double holds a date in seconds to the microsecond and no further."""
    keep = np.isfinite(numbers) & (np.abs(np.nan_to_num(numbers)) < _LAST * part)
    _report_unread(rows, keep, findings)
    whole = np.floor(numbers[keep])
    microseconds = np.rint((numbers[keep] - whole) * (1_000_000 // part)).astype(np.int64)
    time = whole.astype(np.int64) * (SECOND // part) + microseconds * 1000
    return _Clock(rows.kept(keep.tolist()), time, None, True)


def _report_unread(rows: Table, keep: np.ndarray[tuple[int, ...], np.dtype[np.bool_]], findings: Findings) -> None:
    for row in np.flatnonzero(~keep):
        findings.add("clock", "A row without a readable time is left out.", line=rows.lines[int(row)])
