"""Wattbike text: exports of Wattbike's PC programme, separated by tabs, names with their units in square brackets.

"Elapsed time total [s]" reads 00:01:00 for the first second: the three numbers are minutes, seconds and hundredths, as
the headers of other columns of the full export say ("[mm:ss:00]"), and as the distance between rows says: it grows by
velocity times one second. After 59:59:99 the clock starts again at zero; hours have no place in it. "--" is no reading.
The file has no date.
"""

from __future__ import annotations

import numpy as np

from paceline.domain.devices import Device
from paceline.domain.errors import Damaged
from paceline.record.formats import Source
from paceline.record.formats.delimited import columns, head_lines, lines_of, measured, number, table
from paceline.record.formats.readings import Findings
from paceline.record.formats.wall_clock import nanoseconds, undated, unwrapped, usable
from paceline.record.recordings import Problem, Recording
from paceline.record.streams import Stream

NAME = "Wattbike text"
MEANING = "Exports of Wattbike's programme for the PC, in short or with every column."

_CLOCK = "elapsed time total [s]"
_LAYOUT = {
    "cadence [1/min]": ("cadence", "1/min"),
    "velocity [km/h]": ("speed", "km/h"),
    "distance total [m]": ("distance", "m"),
    "heart rate [1/min]": ("heart_rate", "1/min"),
    "torque per revolution [nm]": ("torque", "N·m"),
    "power per revolution [w]": ("power", "W"),
    "left leg percent [%]": ("left_balance", "%"),
    "work total [kj]": ("energy", "kJ"),
}


def sniff(head: bytes) -> bool:
    """Whether the first line has the programme's own column names, between tabs."""
    names = {name.strip().casefold() for name in head_lines(head)[0].split("\t")}
    return {_CLOCK, "power per revolution [w]", "velocity [km/h]"} <= names


def decode(data: bytes, source: Source) -> tuple[tuple[Recording, ...], tuple[Problem, ...]]:
    """The one recording of the file; undated unless the source gives its start.

    Raises:
        Damaged: the header has lost its time column.
    """
    findings = Findings()
    rows = table(lines_of(data, findings), findings, file=source.file, header=0)
    names = [name.casefold() for name in rows.names]
    if _CLOCK not in names:
        raise Damaged(source.file, expected="a column of elapsed time", found="a broken header", offset=0)
    seconds = np.array([_seconds(cell) for cell in rows.cells(names.index(_CLOCK))], np.float64)
    keep = usable(seconds, rows.lines, findings)
    rows, seconds = rows.kept(keep), unwrapped(seconds[keep], 3600.0, findings)
    time = undated(nanoseconds(seconds), source.start, findings)
    values = measured(columns(rows, _LAYOUT, findings, known=(_CLOCK, "index", "elapsed time [s]")), findings)
    recording = Recording(
        {"record": Stream("record", time, values)},
        Device(maker="Wattbike", product="Wattbike"),
        dated=source.start is not None,
    )
    return (recording,), findings.problems()


def _seconds(text: str) -> float:
    """mm:ss:cc → seconds; NaN for anything else.

    >>> _seconds("01:40:50")
    100.5
    """
    parts = text.split(":")
    if len(parts) != 3 or not all(part.isascii() and part.isdigit() for part in parts):
        return np.nan
    return number(parts[0]) * 60 + number(parts[1]) + number(parts[2]) / 100
