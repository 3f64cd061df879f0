"""PeriPedal CSV: a trainer session with muscle oxygen, from the PeriPedal programme.

A row a second: day and month without a year ("03-dec", under the heading mm-dd), the time since the start, muscle
oxygen live and averaged (%), total haemoglobin (g/dL), target power, heart rate, speed (km/h), power and cadence. The
date can't be used without its year, so that the recording is undated. Where the live reading is zero throughout, the
averaged one is the reading. Units from GoldenCheetah's reader (CsvRideFile.cpp).
"""

from __future__ import annotations

import numpy as np

from paceline.domain.devices import Device
from paceline.domain.errors import Damaged
from paceline.record.formats import Source
from paceline.record.formats.delimited import Table, columns, head_lines, lines_of, measured, table
from paceline.record.formats.readings import Findings
from paceline.record.formats.wall_clock import clock_seconds, nanoseconds, undated, unwrapped, usable
from paceline.record.recordings import Problem, Recording
from paceline.record.streams import Floats, Stream

NAME = "PeriPedal CSV"
MEANING = "Trainer sessions with muscle oxygen, exported by PeriPedal."

_HEAD = "mm-dd,hh:mm:ss,SmO2 Live,SmO2 Averaged,THb,"
_LAYOUT = {
    "thb": ("total_haemoglobin", "g/dL"),
    "target power": ("target_power", "W"),
    "heart rate": ("heart_rate", "bpm"),
    "speed": ("speed", "km/h"),
    "power": ("power", "W"),
    "cadence": ("cadence", "rpm"),
}
_OXYGEN = ("smo2 live", "smo2 averaged")
_DAY = 86_400.0


def sniff(head: bytes) -> bool:
    """Whether the first line is the programme's header."""
    return head_lines(head)[0].startswith(_HEAD)


def decode(data: bytes, source: Source) -> tuple[tuple[Recording, ...], tuple[Problem, ...]]:
    """The one recording of the file; undated unless the source gives its start.

    Raises:
        Damaged: the header is not the one the file was recognised by.
    """
    findings = Findings()
    rows = table(lines_of(data, findings), findings, file=source.file, header=0)
    if len(rows.names) < 5:
        raise Damaged(source.file, expected=_HEAD, found="a shorter header", offset=0)
    seconds = np.array([clock_seconds(cell) for cell in rows.cells(1)], np.float64)
    keep = usable(seconds, rows.lines, findings)
    rows, seconds = rows.kept(keep), unwrapped(seconds[keep], _DAY, findings)
    findings.add("year", "The dates lack their year and are not used.")
    time = undated(nanoseconds(seconds), source.start, findings)
    values = columns(rows, _LAYOUT, findings, known=("mm-dd", "hh:mm:ss", *_OXYGEN)) | _oxygen(rows, findings)
    recording = Recording(
        {"record": Stream("record", time, measured(values, findings))},
        Device(product="PeriPedal"),
        dated=source.start is not None,
    )
    return (recording,), findings.problems()


def _oxygen(rows: Table, findings: Findings) -> dict[str, Floats]:
    live, averaged = rows.numbers(2, findings), rows.numbers(3, findings)
    if not np.nan_to_num(live).any():
        findings.add("averaged", "There is no live muscle oxygen: the averaged one is read.")
        live = averaged
    return {"muscle_oxygen": live / 100}
