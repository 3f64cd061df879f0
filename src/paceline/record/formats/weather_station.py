"""Tables of weather stations: temperature, pressure, humidity and wind, a row a moment, for one station or several.

Weather services name columns freely, so that they are known by words and by the unit that stands in brackets behind
them. Each station becomes a recording with the stream "weather", its name under `notes["station"]`; give one
recording to a session for the air of that place. Rows in which nothing known was measured are no samples.

- A pressure whose column does not say that it is the station's own (QFE) is taken as reduced to sea level, as services
  publish it, and that is reported: it then serves only where the altitude is known.
- A station does not move. A column "altitude" is its height only where every row says the same; in weather tables the
  word stands for the cloud base as well.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from paceline.domain import units
from paceline.domain.channels import CHANNELS
from paceline.domain.errors import UnknownFormat, UnknownName
from paceline.record.formats import Source
from paceline.record.formats.delimited import Table, delimiter_of, head_lines, lines_of, split, table
from paceline.record.formats.readings import Findings
from paceline.record.formats.timestamps import Instant, instant
from paceline.record.formats.vocabulary import bracketed
from paceline.record.recordings import Problem, Recording
from paceline.record.streams import Floats, Stream

NAME = "Weather station"
MEANING = (
    "Tables of temperature, pressure, humidity and wind, as weather services give them for one or several stations."
)

PREAMBLE = 20
"""Lines above the header that are looked through."""
FEWEST = 3
"""Weather columns that make a table one of weather."""
UNREDUCED = "A pressure that doesn't say where: taken as reduced to sea level, of use only with an altitude."
MOVES = "The column 'altitude' is not one height for the station: left out."

_WORDS: Mapping[str, str] = {
    "temperature": "temperature",
    "air temperature": "temperature",
    "humidity": "relative_humidity",
    "relative humidity": "relative_humidity",
    "relative air humidity": "relative_humidity",
    "dew point": "dew_point",
    "dewpoint": "dew_point",
    "dew point temperature": "dew_point",
    "wind direction": "wind_direction",
    "wind speed": "wind_speed",
    "pressure": "sea_level_pressure",
    "air pressure": "sea_level_pressure",
    "qff": "sea_level_pressure",
    "qnh": "sea_level_pressure",
    "sea level pressure": "sea_level_pressure",
    "pressure at sea level": "sea_level_pressure",
    "pressure reduced to sea level": "sea_level_pressure",
    "mean sea level pressure": "sea_level_pressure",
    "qfe": "pressure",
    "station pressure": "pressure",
    "pressure at station level": "pressure",
    "altitude": "altitude",
    "elevation": "altitude",
    "station elevation": "altitude",
}
"""The words before the unit, in lower case → channel."""
_UNITS: Mapping[str, str] = {
    "degrees celsius": "°C",
    "degree celsius": "°C",
    "degrees fahrenheit": "°F",
    "degree fahrenheit": "°F",
}
"""Spellings of units with blanks; the others are those of `domain/units`."""
_STATION = frozenset(("station", "abbr", "abbreviation", "station name", "station id", "site"))
_TIME = frozenset(("time", "date", "date/time", "datetime", "date time", "timestamp", "valid"))
_DOUBTFUL = frozenset(("pressure", "air pressure"))
_DIGITS = re.compile(r"(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)?", re.ASCII)


class _Layout(NamedTuple):
    """Column of the time, of the station, and column → channel and unit."""

    time: int
    station: int | None
    channels: Mapping[int, tuple[str, str]]
    doubtful: bool
    unread: Sequence[str]


def sniff(head: bytes) -> bool:
    """Whether one of the first lines names a time and at least three quantities of the weather."""
    if b"\0" in head and head[:2] not in (b"\xff\xfe", b"\xfe\xff"):
        return False
    return _header(head_lines(head)) is not None


def decode(data: bytes, source: Source) -> tuple[tuple[Recording, ...], tuple[Problem, ...]]:
    """A recording for each station, in the order in which the file names them.

    Raises:
        UnknownFormat: no line names the columns of a weather table.
    """
    findings = Findings()
    lines = lines_of(data, findings)
    header = _header(lines)
    if header is None:
        raise UnknownFormat(source.file, expected="a header of weather columns", found="none", offset=0)
    rows = table(lines, findings, file=source.file, header=header)
    layout = _layout(rows.names)
    if layout.doubtful:
        findings.add("pressure", UNREDUCED, line=header + 1)
    if layout.unread:
        findings.add("column", f"Columns without a channel, left out: {', '.join(n[:40] for n in layout.unread[:50])}.")
    values = {
        name: units.convert(rows.numbers(index, findings), unit=unit, to=CHANNELS[name].unit)
        for index, (name, unit) in layout.channels.items()
    }
    moments = _moments(rows, layout.time, findings)
    return _stations(rows, layout, values, moments, findings), findings.problems()


def _header(lines: Sequence[str]) -> int | None:
    for index, line in enumerate(lines[:PREAMBLE]):
        names = [name.strip() for name in split(line, delimiter_of(line))]
        layout = _layout(names)
        if layout.time >= 0 and sum(name != "altitude" for name, _ in layout.channels.values()) >= FEWEST:
            return index
    return None


def _layout(names: Sequence[str]) -> _Layout:
    plain = [name.casefold() for name in names]
    time = next((index for index, name in enumerate(plain) if bracketed(name)[0] in _TIME), -1)
    station = next((index for index, name in enumerate(plain) if name in _STATION), None)
    channels: dict[int, tuple[str, str]] = {}
    doubtful, unread = False, []
    for index, name in enumerate(plain):
        found = _meaning(name)
        if found is not None and found[0] not in (known for known, _ in channels.values()):
            channels[index] = found
            doubtful |= bracketed(name)[0] in _DOUBTFUL
        elif name and index not in (time, station):
            unread.append(names[index])
    return _Layout(time, station, channels, doubtful, unread)


def _meaning(plain: str) -> tuple[str, str] | None:
    word, unit = bracketed(plain)
    name = _WORDS.get(" ".join(word.replace("_", " ").split()))
    if name is None or not unit:
        return None
    try:
        return name, units.named(_UNITS.get(unit, unit), of=CHANNELS[name].unit).name
    except UnknownName:
        return None


def _moments(rows: Table, column: int, findings: Findings) -> list[Instant | None]:
    moments = [_moment(cell) for cell in rows.cells(column)]
    for line, moment in zip(rows.lines, moments, strict=True):
        if moment is None:
            findings.add("clock", "A row without a readable time is left out.", line=line)
    if any(moment is not None and moment.zone is None for moment in moments):
        findings.add("zone")
    return moments


def _moment(text: str) -> Instant | None:
    """ISO 8601, or its digits alone as far as the minute or the second.

    >>> _moment("197001010001").time
    60000000000
    """
    digits = _DIGITS.fullmatch(text)
    if digits is None:
        return instant(text)
    year, month, day, hour, minute, second = digits.groups(default="00")
    return instant(f"{year}-{month}-{day} {hour}:{minute}:{second}")


def _stations(
    rows: Table,
    layout: _Layout,
    values: Mapping[str, Floats],
    moments: Sequence[Instant | None],
    findings: Findings,
) -> tuple[Recording, ...]:
    names = rows.cells(layout.station) if layout.station is not None else [""] * len(rows)
    measured = np.zeros(len(rows), bool)
    for name, column in values.items():
        measured |= ~np.isnan(column) & (name != "altitude")
    places: dict[str, list[int]] = {}
    for row, moment in enumerate(moments):
        if measured[row] and moment is not None:
            places.setdefault(names[row], []).append(row)
    recordings = []
    for station, chosen in places.items():
        time = np.array([moment.time for row in chosen if (moment := moments[row]) is not None], np.int64)
        columns = _channels({name: column[chosen] for name, column in values.items()}, findings)
        notes = {"station": station[:200]} if station else {}
        recordings.append(Recording({"weather": Stream("weather", time, columns)}, notes=notes))
    return tuple(recordings)


def _channels(values: Mapping[str, Floats], findings: Findings) -> dict[str, Floats]:
    """The station's columns that say anything; an altitude only where it is one height throughout."""
    kept = {name: column for name, column in values.items() if not np.isnan(column).all()}
    height = kept.get("altitude")
    if height is not None and not math.isclose(float(height.min()), float(height.max())):  # NaN is close to nothing
        findings.add("altitude", MOVES)
        del kept["altitude"]
    elif height is None and "altitude" in values:
        findings.add("altitude", MOVES)
    return kept
