"""PowerTap CSV: what Saris' Link and PowerAgent, and many programmes after them, export from a power-measuring hub.

One header, then a row a reading: minutes since the start, torque, speed, power, distance, cadence, heart rate, interval
number, sometimes altitude; in km or in miles. The file has no date. A power of -1 is how the computer writes that it
heard nothing. Source of the layout: the header itself, and GoldenCheetah's reader (CsvRideFile.cpp) for -1 and for ID.

The minutes are often rounded to 0.001 (0.06 s). The computers record every 1.26 s or multiples of it, or in whole
seconds: where every row lies within the rounding of multiples of such an interval, these multiples are its times, and
that is reported; in all other cases the minutes stand as they were written.
"""

from __future__ import annotations

import numpy as np

from paceline.domain.devices import Device
from paceline.domain.efforts import SECOND, Effort
from paceline.record.formats import Source
from paceline.record.formats.delimited import (
    Table,
    columns,
    head_lines,
    interval_laps,
    lines_of,
    measured,
    table,
)
from paceline.record.formats.readings import Findings
from paceline.record.formats.wall_clock import nanoseconds, undated, usable
from paceline.record.recordings import Problem, Recording
from paceline.record.streams import Floats, Nanoseconds, Stream

NAME = "PowerTap CSV"
MEANING = "Exports of PowerTap hubs, by Saris' own programmes and by others in their layout."

LAYOUT = {
    "torq (n-m)": ("torque", "N·m"),
    "torq (in-lbs)": ("torque", "lbf·in"),
    "km/h": ("speed", "km/h"),
    "mph": ("speed", "mi/h"),
    "mi/h": ("speed", "mi/h"),
    "watts": ("power", "W"),
    "km": ("distance", "km"),
    "miles": ("distance", "mi"),
    "mi": ("distance", "mi"),
    "cadence": ("cadence", "rpm"),
    "hrate": ("heart_rate", "bpm"),
    "altitude (m)": ("altitude", "m"),
    "altitude (ft)": ("altitude", "ft"),
}
_INTERVALS = (1.26, 1.0)
_COARSE = 0.001
"""Seconds of rounding below which times are taken as they are written."""


def sniff(head: bytes) -> bool:
    """Whether the first line is the computer's header, in whichever spacing and units."""
    return is_header(head_lines(head)[0])


def is_header(line: str) -> bool:
    """Whether a line names the columns of a PowerTap table.

    >>> is_header(" Minutes, Torq (N-m),  Mi/h, Watts,      Mi, Cadence, Hrate,  ID")
    True
    """
    names = [name.strip().casefold() for name in line.split(",")[:8]]
    return names[:1] + names[3:4] + names[5:] == ["minutes", "watts", "cadence", "hrate", "id"]


def decode(data: bytes, source: Source) -> tuple[tuple[Recording, ...], tuple[Problem, ...]]:
    """The one recording of the file; undated unless the source gives its start."""
    findings = Findings()
    rows = table(lines_of(data, findings), findings, file=source.file, header=0)
    rows, elapsed = minutes(rows, findings)
    time = undated(elapsed, source.start, findings)
    values = channels(rows, LAYOUT, findings)
    recording = Recording(
        {"record": Stream("record", time, values)},
        Device(maker="Saris", product="PowerTap"),
        laps=laps(rows, time, findings),
        dated=source.start is not None,
    )
    return (recording,), findings.problems()


def minutes(rows: Table, findings: Findings) -> tuple[Table, Nanoseconds]:
    """The rows that have a time, and that time since the start, (row,), ns."""
    seconds = rows.numbers(0, findings) * 60
    keep = usable(seconds, rows.lines, findings)
    if not all(keep):
        rows, seconds = rows.kept(keep), seconds[keep]
    decimals = max((len(cell.partition(".")[2]) for cell in rows.cells(0)), default=0)
    return rows, _on_grid(seconds, 0.5 * 60 * 10.0**-decimals, findings)


def _on_grid(seconds: Floats, rounding: float, findings: Findings) -> Nanoseconds:
    """Times as multiples of a recording interval, where all of them can be; else as they are."""
    if rounding < _COARSE or len(seconds) < 10:
        return nanoseconds(seconds)
    typical = float(np.median(np.diff(seconds)))
    for unit in _INTERVALS:
        interval = max(round(typical / unit), 1) * unit
        steps = np.rint(seconds / interval)
        off = np.abs(steps * interval - seconds).max()
        if interval > 4 * rounding and off <= rounding * 1.001:
            if off > 1e-6:
                message = (
                    f"Minutes are rounded to {rounding / 30:g}: taken as multiples of {interval:g} s, which all fit."
                )
                findings.add("rounded_clock", message)
            return steps.astype(np.int64) * round(interval * SECOND)
    findings.add("rounded_clock", f"Minutes are rounded: each time may be off by {rounding:g} s.")
    return nanoseconds(seconds)


def channels(rows: Table, layout: dict[str, tuple[str, str]], findings: Findings) -> dict[str, Floats]:
    """The channels of a PowerTap or Joule table; a power of -1 is no reading."""
    values = columns(rows, layout, findings, known=("minutes", "id"))
    if "power" in values:
        values["power"] = np.where(values["power"] == -1, np.nan, values["power"])
    return measured(values, findings)


def laps(rows: Table, time: Nanoseconds, findings: Findings) -> tuple[Effort, ...]:
    """Laps from the ID column, the number of the interval."""
    names = [name.casefold() for name in rows.names]
    return interval_laps(time, rows.numbers(names.index("id"), findings)) if "id" in names else ()
