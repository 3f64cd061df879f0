"""Spreadsheets, .xlsx and old .xls: a table under a row of known names, and the facts that stand beside it.

The names are those of `vocabulary`: a time column and channels with their units ("Minutes", "Km/h", "Torq (N-m)"). The
table ends at the first column without a name; columns behind it are somebody's calculations and stay where they are.
A label with a value in the cell to its right, outside the table, is a fact of the recording: "Total weight (lbs)"
beside 188.5 becomes `notes["Total weight"] = "188.5 lbs"`. Nothing is computed from facts here: `units.quantity` reads
them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple

import numpy as np

from paceline.domain import units
from paceline.domain.channels import CHANNELS
from paceline.domain.efforts import SECOND
from paceline.domain.errors import UnknownFormat
from paceline.record.formats import Source, vocabulary
from paceline.record.formats.delimited import number
from paceline.record.formats.readings import Findings
from paceline.record.formats.wall_clock import FAR, nanoseconds, undated, usable
from paceline.record.formats.workbook import OLE, Cell, sheets
from paceline.record.recordings import Problem, Recording
from paceline.record.streams import Floats, Nanoseconds, Stream

NAME = "Spreadsheet"
MEANING = "Sheets of .xlsx and old .xls files with a row of known column names; what stands beside the table is kept."

HEADERS = 60
"""Rows that are looked through for the names."""
FACTS = 200
"""Facts of one sheet; what lies beyond is another table."""

Rows = Sequence[Sequence[Cell]]


class _Head(NamedTuple):
    """Where the table stands: the row of its names, its columns, and column → channel and unit."""

    row: int
    columns: range
    meanings: Mapping[int, tuple[str, str]]


def sniff(head: bytes) -> bool:
    """Whether it is a workbook of either kind; `decode` sees whether there is a table in it."""
    return head.startswith(OLE) or (
        head.startswith(b"PK\x03\x04") and (b"[Content_Types].xml" in head or b"xl/" in head)
    )


def decode(data: bytes, source: Source) -> tuple[tuple[Recording, ...], tuple[Problem, ...]]:
    """A recording for each sheet that has a table.

    Raises:
        UnknownFormat: no sheet has a row of known names.
        Damaged, TooLarge: see `workbook.sheets`.
    """
    findings = Findings()
    recordings = []
    names = []
    for name, rows in sheets(data, source.file):
        names.append(name)
        if (head := _head(rows)) is not None:
            recordings.append(_recording(name, rows, head, source, findings))
    if not recordings:
        expected = "a sheet with a time column and channels with their units"
        raise UnknownFormat(source.file, expected=expected, found=f"the sheets {', '.join(names)[:200]}", offset=0)
    return tuple(recordings), findings.problems()


def _head(rows: Rows) -> _Head | None:
    for row, cells in enumerate(rows[:HEADERS]):
        ours = any(isinstance(cell, str) and cell.casefold() in vocabulary.EXPORTED for cell in cells)
        for columns in _runs(cells):
            meanings: dict[int, tuple[str, str]] = {}
            for column in columns:
                found = vocabulary.meaning(str(cells[column]).strip(), ours=ours)
                if found is not None and found[0] not in (known for known, _ in meanings.values()):
                    meanings[column] = found
            if len(meanings) >= 2 and "time" in (known for known, _ in meanings.values()):
                return _Head(row, columns, meanings)
    return None


def _runs(cells: Sequence[Cell]) -> Iterable[range]:
    """Neighbouring cells that hold text."""
    start = None
    for column, cell in enumerate([*cells, ""]):
        text = isinstance(cell, str) and bool(cell.strip())
        if text and start is None:
            start = column
        elif not text and start is not None:
            yield range(start, column)
            start = None


def _recording(name: str, rows: Rows, head: _Head, source: Source, findings: Findings) -> Recording:
    table = [(row, cells) for row, cells in enumerate(rows) if row > head.row and _filled(cells, head.columns)]
    lines = [row + 1 for row, _ in table]
    column, unit = next((column, unit) for column, (known, unit) in head.meanings.items() if known == "time")
    time, keep, dated = _clock([cells[column] for _, cells in table], unit, lines, source, findings)
    values: dict[str, Floats] = {}
    for place, (channel, theirs) in head.meanings.items():
        if channel != "time":
            numbers = _numbers([cells[place] for _, cells in table], lines, findings)[keep]
            values[channel] = units.convert(numbers, unit=theirs, to=CHANNELS[channel].unit)
    unread = [str(rows[head.row][c])[:40] for c in head.columns if c not in head.meanings]
    if unread:
        findings.add("column", f"Columns without a channel, left out: {', '.join(unread[:50])}.")
    notes = {"sheet": name.strip()[:200], **_facts(rows, head)}
    return Recording({"record": Stream("record", time, values)}, dated=dated, notes=notes)


def _filled(cells: Sequence[Cell], columns: range) -> bool:
    return any(cells[column] != "" for column in columns)


def _clock(
    cells: Sequence[Cell], unit: str, lines: Sequence[int], source: Source, findings: Findings
) -> tuple[Nanoseconds, list[bool], bool]:
    """Times, which rows have one, and whether they are dates."""
    if any(isinstance(cell, datetime) for cell in cells[:10]):
        moments = [_moment(cell) for cell in cells]
        keep = [abs(moment) < FAR for moment in moments]
        if not all(keep):
            findings.add("clock", "A row without a readable time is left out.", line=lines[keep.index(False)])
        findings.add("zone")
        return np.array([m for m, wanted in zip(moments, keep, strict=True) if wanted], np.int64), keep, True
    seconds = units.convert(_numbers(cells, lines, findings), unit=unit or "s", to="s")
    keep = usable(seconds, lines, findings)
    return undated(nanoseconds(seconds[keep]), source.start, findings), keep, source.start is not None


def _moment(cell: Cell) -> int:
    """ns as if in UTC; `FAR` for what is no date with a time."""
    if not isinstance(cell, datetime):
        return FAR
    since = cell.replace(tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * SECOND + since.microseconds * 1000


def _numbers(cells: Sequence[Cell], lines: Sequence[int], findings: Findings) -> Floats:
    values = np.array([_number(cell) for cell in cells], np.float64)
    for row in np.flatnonzero(np.isnan(values)).tolist():
        if cells[row] not in ("", "-", "--"):
            findings.add("number", line=lines[row])
    return values


def _number(cell: Cell) -> float:
    """A cell as a number, seconds where it is a length of time; NaN where it is neither."""
    if isinstance(cell, bool | datetime | date):
        return math.nan
    if isinstance(cell, timedelta):
        return cell.total_seconds()
    if isinstance(cell, time):
        return cell.hour * 3600.0 + cell.minute * 60.0 + cell.second + cell.microsecond * 1e-6
    return number(cell.strip() if isinstance(cell, str) else str(cell))


def _facts(rows: Rows, head: _Head) -> dict[str, str]:
    """Label → value and unit, from what stands above the table and before it."""
    facts: dict[str, str] = {}
    for row, cells in enumerate(rows):
        width = len(cells) if row < head.row else head.columns.start
        for column in range(width - 1):
            label, value = cells[column], cells[column + 1]
            if not isinstance(label, str) or not label.strip() or value == "":
                continue
            word, unit = vocabulary.bracketed(label)
            if len(facts) < FACTS and word and word[:200] not in facts:
                facts[word[:200]] = f"{_text(value)} {unit}".strip()[:200]
    return facts


def _text(cell: Cell) -> str:
    if isinstance(cell, float | int) and not isinstance(cell, bool):
        return f"{cell:.12g}"
    return cell.isoformat() if isinstance(cell, datetime | date | time) else str(cell).strip()
