"""Delimited text: the rows and columns that many devices export, each in a dialect of its own.

What all dialects share is done here once: encoding, delimiter, quotes, decimal commas, rows that are too short or too
long, cells that are no numbers. A cell that says nothing ("", "--", "NaN", …) is NaN without a word; a cell that says
something else than a number is NaN and a `Problem` with its line.
"""

from __future__ import annotations

import codecs
import csv
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from paceline.domain import units
from paceline.domain.channels import CHANNELS
from paceline.domain.efforts import Effort
from paceline.domain.errors import Damaged
from paceline.record.formats.readings import Findings
from paceline.record.streams import Floats, Nanoseconds

COLUMNS = 1000
"""More columns than this is not a table of a device's channels."""
ROW = 65_536
"""Characters of one row; the longest seen in a real file is 2,200."""

LINES = 4_000_000
CELLS = 20_000_000
"""What one text file may hold, and one table of it; a day at 20 samples a second and 11 channels. A row counts as eight
cells at least: it takes memory of its own."""

LARGEST = 1e15
"""No device counts further; a number beyond it is damage."""

_NOTHING = frozenset(("", "-", "--", "nan", "na", "n/a", "null", "none"))


@dataclass(frozen=True, eq=False)
class Table:
    """Rows and columns of text.

    Attributes:
        names: (column,), as the header writes them, without quotes and blanks around them.
        rows: (row,), each of as many cells as there are names.
        lines: (row,), the line of the file on which each row stands, from 1.
        comma: whether a comma is the decimal sign.
    """

    names: tuple[str, ...]
    rows: Sequence[Sequence[str]]
    lines: Sequence[int]
    comma: bool = False

    def __len__(self) -> int:
        """How many rows there are."""
        return len(self.rows)

    def cells(self, column: int) -> list[str]:
        """One column's cells, without blanks around them."""
        return [row[column].strip() for row in self.rows]

    def numbers(self, column: int, findings: Findings) -> Floats:
        """One column as numbers, (row,), NaN where there is none."""
        cells = self.cells(column)
        if self.comma:
            cells = [cell.replace(",", ".") for cell in cells]
        try:
            values = np.fromiter(map(float, cells), np.float64, len(cells))
        except ValueError:
            return self._checked(column, cells, findings)
        # float() also takes 1_000, infinity and the digits of every script, which no device means.
        together = "".join(cells)
        doubtful = not (np.abs(values) <= LARGEST).all() or "_" in together or not together.isascii()
        return self._checked(column, cells, findings) if doubtful else values

    def _checked(self, column: int, cells: Sequence[str], findings: Findings) -> Floats:
        values = np.empty(len(cells))
        for row, cell in enumerate(cells):
            values[row] = number(cell)
            if math.isnan(values[row]) and cell.casefold() not in _NOTHING:
                message = f"Not a number in the column {self.names[column]!r}: taken as missing."
                findings.add("number", message, line=self.lines[row])
        return values

    def kept(self, keep: Iterable[bool]) -> Table:
        """The table without some of its rows."""
        chosen = [row for row, wanted in enumerate(keep) if wanted]
        return Table(self.names, [self.rows[r] for r in chosen], [self.lines[r] for r in chosen], self.comma)


def number(cell: str) -> float:
    """A cell as a number; NaN where it is none.

    >>> number("12.5"), number("1_000"), number("inf")
    (12.5, nan, nan)
    """
    try:
        value = float(cell)
    except ValueError:
        return math.nan
    return value if abs(value) <= LARGEST and "_" not in cell and cell.isascii() else math.nan


def lines_of(data: bytes, findings: Findings) -> list[str]:
    """The lines of a text file without their ends, whichever ends and encoding it has.

    A byte order mark decides between UTF-8 and UTF-16; without one the text is UTF-8, and where it breaks the rules of
    UTF-8 it is read as Latin-1 and that is reported: only names and notes can suffer, numbers are the same. Of a file
    with more than `LINES` lines the first are kept, and that is reported as well.
    """
    text = _decoded(data, findings)
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n", LINES)
    if len(lines) > LINES:
        findings.add("too_much", f"There are more than {LINES:,} lines; what stood before is kept.", line=len(lines))
        lines.pop()
    return lines


def _decoded(data: bytes, findings: Findings) -> str:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        try:
            return data.decode("utf-16")
        except UnicodeDecodeError as error:
            findings.add("encoding", "Not valid UTF-16: broken characters are replaced.", offset=error.start)
            return data.decode("utf-16", errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        findings.add("encoding", "Not valid UTF-8: read as Latin-1.", offset=error.start)
        return data.removeprefix(codecs.BOM_UTF8).decode("latin-1")


def head_lines(head: bytes) -> list[str]:
    """The lines of a head, for sniffing: the last one may be cut off and is left out unless it is the only one.

    >>> head_lines(b"a,b" + bytes((13, 10)) + b"1,2" + bytes((10,)) + b"3")
    ['a,b', '1,2']
    """
    even = head[: len(head) // 2 * 2] if head[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else head
    lines = lines_of(even, Findings())
    return lines[:-1] if len(lines) > 1 else lines


def split(line: str, delimiter: str) -> list[str]:
    """The cells of one line; quotes hold within a line only, so a lost quote can't swallow the rest of a file.

    >>> split('1,"Weight, kg",3', ",")
    ['1', 'Weight, kg', '3']
    """
    if '"' not in line:
        return line.split(delimiter)
    try:
        return next(csv.reader([line], delimiter=delimiter))
    except (csv.Error, StopIteration):
        return line.split(delimiter)


def delimiter_of(line: str) -> str:
    """The delimiter that makes the most cells of a header; a comma where none does.

    >>> delimiter_of("time;power, at the hub;cadence")
    ';'
    """
    return max((",", ";", "\t"), key=line.count)


def table(lines: Sequence[str], findings: Findings, *, file: str, header: int, first: int | None = None) -> Table:
    """The table under a header.

    Args:
        lines: the whole file.
        findings: takes what is wrong with its rows.
        file: its name, for errors.
        header: index of the line that names the columns.
        first: index of the first line of data; the line after the header where it is not given.

    Raises:
        Damaged: the header has more columns or characters than any device's table.
    """
    delimiter = delimiter_of(lines[header])
    names = tuple(name.strip() for name in split(lines[header][:ROW], delimiter))
    if len(names) > COLUMNS or len(lines[header]) > ROW:
        raise Damaged(file, expected=f"at most {COLUMNS:,} columns", found="a longer header", offset=None)
    rows: list[list[str]] = []
    places: list[int] = []
    room = CELLS // max(len(names), 8)
    for index in range(header + 1 if first is None else first, len(lines)):
        if not (line := lines[index]) or line.isspace():
            continue
        if len(rows) >= room:
            findings.add("too_much", f"There are more than {room:,} rows; what stood before is kept.", line=index + 1)
            break
        cells = split(line, delimiter) if len(line) <= ROW else []
        if len(cells) != len(names):
            if _cut_off(cells, names, lines, index):
                findings.add("truncated", "The last row is cut off and left out.", line=index + 1)
                break
            cells = _squared(cells, len(names), findings, line=index + 1)
        rows.append(cells)
        places.append(index + 1)
    return Table(names, rows, places, comma=delimiter != ",")


def _cut_off(cells: Sequence[str], names: Sequence[str], lines: Sequence[str], index: int) -> bool:
    """A short last line without an end: its last cell may lack digits, so none of it can be trusted."""
    return index == len(lines) - 1 and 0 < len(cells) < len(names)


def _squared(cells: list[str], width: int, findings: Findings, *, line: int) -> list[str]:
    if len(cells) < width:
        findings.add("ragged", "A row with too few cells: those it lacks are missing.", line=line)
    elif any(cell.strip() for cell in cells[width:]):
        findings.add("ragged", "A row with too many cells: those without a column are left out.", line=line)
    return cells[:width] + [""] * (width - len(cells))


def columns(
    source: Table, layout: Mapping[str, tuple[str, str]], findings: Findings, *, known: Iterable[str] = ()
) -> dict[str, Floats]:
    """The channels of a table.

    Args:
        source: the table.
        layout: column name, in lower case → channel and unit. The first column of a channel wins.
        findings: takes the names of the columns that nothing is read from.
        known: columns, in lower case, that were read in another way or that hold nothing to read.

    Returns:
        channel → (row,), in the catalogue's unit, NaN where there is no reading.
    """
    values: dict[str, Floats] = {}
    unread = []
    passed = {"", *known}
    for index, name in enumerate(source.names):
        entry = layout.get(name.casefold())
        if entry is not None and entry[0] not in values:
            numbers = source.numbers(index, findings)
            values[entry[0]] = units.convert(numbers, unit=entry[1], to=CHANNELS[entry[0]].unit)
        elif name.casefold() not in passed:
            unread.append(name[:40])
    if unread:
        findings.add("column", f"Columns without a channel, left out: {', '.join(unread[:50])}.")
    return values


def measured(values: Mapping[str, Floats], findings: Findings) -> dict[str, Floats]:
    """The channels that a device really measured, for formats that write a column whether its sensor is there or not.

    The one rule: a column that is zero in every row is taken as not measured. It is left out, and that is reported; a
    column without any reading is left out as well.

    >>> found = Findings()
    >>> list(measured({"power": np.array([0.0, 200.0]), "speed": np.array([0.0, 0.0])}, found))
    ['power']
    >>> print(found.problems()[0])
    speed is zero throughout: taken as not measured.
    """
    kept = {}
    for name, column in values.items():
        if not len(column) or np.nan_to_num(column).any():
            kept[name] = column
        elif not np.isnan(column).all():
            findings.add("not_measured", f"{name} is zero throughout: taken as not measured.")
    return kept


def interval_laps(time: Nanoseconds, numbers: Floats, *, skip: float | None = None) -> tuple[Effort, ...]:
    """Laps from a column that numbers the interval of every row.

    Args:
        time: (row,), ns.
        numbers: (row,), the interval's number; a row without one belongs to the interval before it.
        skip: the number that stands for "in no interval".

    Returns:
        A lap a run of equal numbers; each ends where the next row begins, the last one a typical row after its last
        row. None where the number never changes: that says nothing about laps.
    """
    order = numbers.copy()
    for row in np.flatnonzero(np.isnan(order)):
        order[row] = order[row - 1] if row else 0.0
    starts = np.flatnonzero(np.diff(order, prepend=np.nan) != 0)
    if len(starts) < 2:
        return ()
    step = max(int(np.median(np.diff(time))), 0)
    ends = [*time[starts[1:]].tolist(), int(time[-1]) + step]
    laps = zip(order[starts].tolist(), time[starts].tolist(), ends, strict=True)
    return tuple(Effort(f"lap {n:g}", a, max(a, b), "lap") for n, a, b in laps if n != skip)
