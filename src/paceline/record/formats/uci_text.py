"""The text of a UCI race analysis: whose each table is, and what each timing line says.

Official results have had one layout since 2009, whatever program takes the text out of their PDF: a heading in two
languages, then for every start a line for each rider or team and a table for each, in the same order. How names, column
names and tables alternate differs from event to event, so only two things are relied on: a table begins where the
distance falls back, and the n-th table of a start belongs to its n-th name. A start place that nobody took has a table
without a cell. Where that does not add up, nobody is named as the owner, and a problem says so.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from paceline.record.formats.readings import Findings

LONGEST = 400
"""Characters of a line; what is longer is no line of such a page."""


@dataclass(frozen=True, slots=True)
class Entrant:
    """A line that names a rider or a team: which of the two is for the discipline to say."""

    name: str = field(repr=False)
    code: str | None = None
    number: int | None = None
    heat: str | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table, None where a cell is empty; times in ms."""

    distance: int
    time: int | None = None
    place: int | None = None
    lap: int | None = None
    status: str | None = None
    line: int = 0

    @property
    def empty(self) -> bool:
        """Whether nothing stands behind the distance."""
        return all(cell is None for cell in (self.time, self.place, self.lap, self.status))


@dataclass(frozen=True, slots=True)
class Table:
    """The filled rows of one rider or team; the owner is None where it can't be told."""

    entrant: Entrant | None
    rows: tuple[Row, ...] = ()


_DASHES = str.maketrans(dict.fromkeys("\u00ad\u2010\u2011\u2012\u2013\u2014\u2212", "-"))

_COLUMNS = re.compile(r"\bDistance\b.*\bTime\b.*")
_ROW = re.compile(r"(\d{2,5}) ?m\b(.*)")
_TIME = re.compile(r"(?:(\d{1,2}):)?(\d{1,2})\.(\d{1,3})")
_PLACE = re.compile(r"=?(\d{1,3})[.=]?")
_STATUS = re.compile(r"[A-Z]{2,4}")
_NUMBERED = re.compile(r"No\.? ?(\d+) - (.+?)(?: ?\(([A-Z0-9]{2,4})\))?")
_LISTED = re.compile(r"(\d+) (.+) - ([A-Z]{3})")
_CODED = re.compile(r"([A-Z]{3}) - (.+)")
_HEAT = re.compile(r"heat \d+|gold|silver|bronze", re.IGNORECASE)
_PAGE_END = re.compile(r"page \d+ ?/ ?\d+", re.IGNORECASE)


def plain(line: str) -> str:
    """A line with every dash as "-" and every run of blanks as one, in composed Unicode.

    >>> plain("No 6 \\u00ad  Canada\\u00a0 (CAN)")
    'No 6 - Canada (CAN)'
    """
    return " ".join(unicodedata.normalize("NFC", line[:LONGEST]).translate(_DASHES).split())


def tables(lines: Iterable[str], findings: Findings) -> Iterator[Table]:
    """Every name with its table and every filled table without a name, in the order of the text.

    >>> found = Findings()
    >>> [table] = tables(["Heat 1", "AUS - Australia", "250m  18.781  1  18.781"], found)
    >>> table.entrant.code, table.rows[0].time, table.rows[0].place, found.problems()
    ('AUS', 18781, 1, ())
    """
    start, heat = _Start(), None
    for place, line in enumerate(lines, 1):
        text = _COLUMNS.sub("", plain(line)).rstrip()
        if match := _ROW.fullmatch(text):
            start.add(_row(int(match[1]), match[2].split(), place, findings))
        elif _PAGE_END.fullmatch(text):
            yield from start.owned(findings)
            start, heat = _Start(), None
        elif _HEAT.fullmatch(text):
            heat = text
        elif entrant := _entrant(text):
            if start.tables:
                yield from start.owned(findings)
                start = _Start()
            start.entrants.append(replace(entrant, heat=heat))
    yield from start.owned(findings)


@dataclass(slots=True)
class _Start:
    """The names and the tables of those who are on the page together."""

    entrants: list[Entrant] = field(default_factory=list)
    tables: list[list[Row]] = field(default_factory=list)

    def add(self, row: Row) -> None:
        """One row; the next table begins where the distance falls back."""
        if not self.tables or row.distance <= self.tables[-1][-1].distance:
            self.tables.append([])
        self.tables[-1].append(row)

    def owned(self, findings: Findings) -> Iterator[Table]:
        """Each name with its rows. A table that is left over may only be one that nobody filled."""
        filled = [tuple(row for row in table if not row.empty) for table in self.tables]
        if len(filled) != len(self.entrants):
            ridden = [rows for rows in filled if rows]
            filled = ridden if len(ridden) == len(self.entrants) else filled
        if len(filled) == len(self.entrants):
            yield from map(Table, self.entrants, filled)
        elif any(filled):
            line = next(rows[0].line for rows in filled if rows)
            findings.add("owner", "Names and tables do not pair up: these times are nobody's.", line=line)
            yield from (Table(None, rows) for rows in filled if rows)
            yield from (Table(entrant) for entrant in self.entrants)
        else:
            yield from (Table(entrant) for entrant in self.entrants)


def _entrant(text: str) -> Entrant | None:
    if match := _NUMBERED.fullmatch(text):
        return Entrant(match[2], match[3], int(match[1]))
    if match := _LISTED.fullmatch(text):
        return Entrant(match[2], match[3], int(match[1]))
    if match := _CODED.fullmatch(text):
        return Entrant(match[2], match[1])
    return None


def _row(distance: int, cells: list[str], line: int, findings: Findings) -> Row:
    """The cells by their shape; the time stands first, the lap time behind it, or behind the place or status."""
    row = Row(distance, line=line)
    for cell in cells:
        if match := _TIME.fullmatch(cell):
            value = (int(match[1] or 0) * 60 + int(match[2])) * 1000 + int(match[3].ljust(3, "0"))
            first = row.empty
            row = replace(row, time=value) if first else replace(row, lap=value)
        elif match := _PLACE.fullmatch(cell):
            row = replace(row, place=int(match[1]))
        elif _STATUS.fullmatch(cell):
            row = replace(row, status=cell)
        else:
            findings.add("cell", "A cell that is no time, place or status is left out.", line=line)
    return row
