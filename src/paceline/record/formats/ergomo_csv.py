"""Ergomo CSV: exports of the ergomo power-measuring bottom bracket by ErgoRacer.

Two header lines: names, in the language of the programme, and units, which are the same in all: L_SEC (time), KM or
MILES, WATT, RPM, KM/H or MPH, BPM, METER or FEET, °C or °F, NUM (interval), SEC (pause). The unit tells the column.
The cells are separated by commas, or by semicolons with decimal commas. There is no date.

The clock counts recorded seconds and never jumps; a pause stands in the row after which it was made, and moves all
rows behind it. Interval 0 is the time between intervals. Source: GoldenCheetah's reader (CsvRideFile.cpp).
"""

from __future__ import annotations

import re

import numpy as np

from paceline.domain.devices import Device
from paceline.record.formats import Source
from paceline.record.formats.delimited import (
    Table,
    columns,
    delimiter_of,
    head_lines,
    interval_laps,
    lines_of,
    measured,
    split,
    table,
)
from paceline.record.formats.readings import Findings
from paceline.record.formats.wall_clock import nanoseconds, undated, usable
from paceline.record.recordings import Problem, Recording
from paceline.record.streams import Floats, Stream

NAME = "Ergomo CSV"
MEANING = "Exports of the ergomo power meter by ErgoRacer, in any language."

_LAYOUT = {
    "km": ("distance", "km"),
    "miles": ("distance", "mi"),
    "watt": ("power", "W"),
    "rpm": ("cadence", "rpm"),
    "km/h": ("speed", "km/h"),
    "mph": ("speed", "mi/h"),
    "bpm": ("heart_rate", "bpm"),
    "meter": ("altitude", "m"),
    "feet": ("altitude", "ft"),
    "c": ("temperature", "°C"),
    "f": ("temperature", "°F"),
}


def sniff(head: bytes) -> bool:
    """Whether the second line holds the programme's units."""
    lines = head_lines(head)
    return len(lines) > 1 and _units(lines[1])[:1] == ["l_sec"] and {"watt", "num", "sec"} <= set(_units(lines[1]))


def _units(line: str) -> list[str]:
    """The units of the second header line; of a degree sign in whichever encoding only the letter counts."""
    return [re.sub(r"^\W*.?([cf])$", r"\1", cell.strip().casefold()) for cell in split(line, delimiter_of(line))]


def decode(data: bytes, source: Source) -> tuple[tuple[Recording, ...], tuple[Problem, ...]]:
    """The one recording of the file; undated unless the source gives its start."""
    findings = Findings()
    lines = lines_of(data, findings)
    rows = table(lines, findings, file=source.file, header=1)
    rows = Table(tuple(_units(lines[1])), rows.rows, rows.lines, rows.comma)
    seconds = _clock(rows, findings)
    keep = usable(seconds, rows.lines, findings)
    if not all(keep):
        rows, seconds = rows.kept(keep), seconds[keep]
    time = undated(nanoseconds(seconds), source.start, findings)
    values = measured(columns(rows, _LAYOUT, findings, known=("l_sec", "num", "sec")), findings)
    recording = Recording(
        {"record": Stream("record", time, values)},
        Device(product="ergomo"),
        laps=interval_laps(time, rows.numbers(rows.names.index("num"), findings), skip=0.0),
        dated=source.start is not None,
    )
    return (recording,), findings.problems()


def _clock(rows: Table, findings: Findings) -> Floats:
    """Seconds since the start with the pauses in them, (row,)."""
    recorded = rows.numbers(0, findings)
    pauses = np.nan_to_num(rows.numbers(rows.names.index("sec"), findings))
    return recorded + np.cumsum(pauses) - pauses
