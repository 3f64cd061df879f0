"""motoACTV CSV: what Motorola's sports watch exports, every cell in quotes, a row about every second.

`timestamp_epoch` is in ms since 1970 UTC; distances are in m, speeds in m/s, torques in N·m, and `CALORIEBURN` counts
kcal. Every column is always there, so that a zero may mean "no sensor": what is zero throughout is not measured. Units
are those of GoldenCheetah's reader (CsvRideFile.cpp); that wheel torque is in N·m follows from power = torque · speed /
radius, which gives a road wheel's 0.31 to 0.33 m.
"""

from __future__ import annotations

import numpy as np

from paceline.domain.devices import Device
from paceline.domain.errors import Damaged
from paceline.record.formats import Source
from paceline.record.formats.delimited import (
    Table,
    columns,
    head_lines,
    lines_of,
    measured,
    number,
    split,
    table,
)
from paceline.record.formats.readings import Findings
from paceline.record.recordings import Problem, Recording
from paceline.record.streams import Floats, Nanoseconds, Stream

NAME = "motoACTV CSV"
MEANING = "Exports of Motorola's motoACTV sports watch."

_LAYOUT = {
    "distance": ("distance", "m"),
    "heartrate": ("heart_rate", "bpm"),
    "speed": ("speed", "m/s"),
    "latitude": ("latitude", "°"),
    "longitude": ("longitude", "°"),
    "temperature": ("temperature", "°C"),
    "instant_torque_crank": ("torque", "N·m"),
    "elevation": ("altitude", "m"),
    "power": ("power", "W"),
    "cadence": ("cadence", "rpm"),
    "heading": ("heading", "°"),
    "strides": ("steps", "1"),
    "calorieburn": ("energy", "kcal"),
}
_KNOWN = ("activity_id", "timestamp_epoch", "wheel_torque")
_LAST = 4_000_000_000_000
"""ms: the year 2096. A clock beyond it is damage."""


def sniff(head: bytes) -> bool:
    """Whether the header has the watch's own column names."""
    names = {name.strip() for name in split(head_lines(head)[0], ",")}
    return {"activity_id", "timestamp_epoch", "CALORIEBURN"} <= names


def decode(data: bytes, source: Source) -> tuple[tuple[Recording, ...], tuple[Problem, ...]]:
    """The one recording of the file.

    Raises:
        Damaged: the header is cut off before its time column.
    """
    findings = Findings()
    rows = table(lines_of(data, findings), findings, file=source.file, header=0)
    if "timestamp_epoch" not in rows.names:
        raise Damaged(source.file, expected="a column timestamp_epoch", found="a broken header", offset=0)
    rows, time = _clock(rows, findings)
    values = _with_torque(columns(rows, _LAYOUT, findings, known=_KNOWN), rows, findings)
    recording = Recording(
        {"record": Stream("record", time, measured(values, findings))},
        Device(maker="Motorola", product="motoACTV"),
    )
    return (recording,), findings.problems()


def _clock(rows: Table, findings: Findings) -> tuple[Table, Nanoseconds]:
    """The rows with a readable time, and that time: whole milliseconds, so nothing is rounded."""
    stamps = [number(cell) for cell in rows.cells(rows.names.index("timestamp_epoch"))]
    keep = [0 <= stamp < _LAST for stamp in stamps]
    for wanted, line in zip(keep, rows.lines, strict=True):
        if not wanted:
            findings.add("clock", "A row without a readable time is left out.", line=line)
    kept = np.array([stamp for stamp, wanted in zip(stamps, keep, strict=True) if wanted], np.float64)
    return rows.kept(keep), kept.astype(np.int64) * 1_000_000


def _with_torque(values: dict[str, Floats], rows: Table, findings: Findings) -> dict[str, Floats]:
    """Torque at the wheel where none was measured at the crank: a watch hears one power meter, not two."""
    if "wheel_torque" not in rows.names or np.nan_to_num(values.get("torque", np.zeros(1))).any():
        return values
    return values | {"torque": rows.numbers(rows.names.index("wheel_torque"), findings)}
