"""iBike CSV: exports of Velocomp's iBike, which works power out from the forces against the rider.

Line 1 "iBike,version,english|metric"; line 2 the local date and time; line 3 empty or free; line 4 the setup, whose
fifth number is the seconds between rows; line 5 the columns with their units in brackets; then the rows. A `Timestamp`
column, in UTC, is filled in only where the ride was merged with a GPS track.

"Wind Speed" is what the device's Pitot tube feels, speed against the air, and is read as `airspeed`. Where a direct
force meter was there too ("DFPM Power"), it is `power`, and the iBike's own estimate stands beside it. A `Lap Marker`
above zero begins a lap. Source: GoldenCheetah's reader (CsvRideFile.cpp), and the header itself.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from paceline.domain.channels import Channel
from paceline.domain.devices import Device
from paceline.domain.efforts import Effort
from paceline.domain.errors import Damaged
from paceline.record.formats import Source
from paceline.record.formats.delimited import Table, columns, head_lines, lines_of, measured, number, table
from paceline.record.formats.readings import Findings
from paceline.record.formats.timestamps import instant
from paceline.record.formats.wall_clock import date_time, evenly, undated, zoned
from paceline.record.recordings import Problem, Recording
from paceline.record.streams import Floats, Nanoseconds, Stream

NAME = "iBike CSV"
MEANING = "Exports of Velocomp's iBike power meters."

ESTIMATE = Channel("ibike_power", "W", -3000.0, 3000.0, "Power that the iBike works out from the opposing forces.")
_FIRST = re.compile(r"iBike,\d{1,3},(english|metric)\s*", re.IGNORECASE | re.ASCII)
_LAYOUT = {
    "speed (mph)": ("speed", "mi/h"),
    "speed (km/h)": ("speed", "km/h"),
    "wind speed (mph)": ("airspeed", "mi/h"),
    "wind speed (km/h)": ("airspeed", "km/h"),
    "power (w)": ("power", "W"),
    "distance (miles)": ("distance", "mi"),
    "distance (km)": ("distance", "km"),
    "cadence (rpm)": ("cadence", "rpm"),
    "heartrate (bpm)": ("heart_rate", "bpm"),
    "elevation (feet)": ("altitude", "ft"),
    "elevation (meters)": ("altitude", "m"),
    "elevation (m)": ("altitude", "m"),
    "hill slope (%)": ("slope", "%"),
    "temperature (degf)": ("temperature", "°F"),
    "temperature (degc)": ("temperature", "°C"),
    "latitude": ("latitude", "°"),
    "longitude": ("longitude", "°"),
}
_KNOWN = ("dfpm power", "lap marker", "timestamp", "annotation", "internal")
_SETUP, _HEADER = 3, 4


def sniff(head: bytes) -> bool:
    """Whether the first line names the device, a version and the units."""
    return _FIRST.fullmatch(head_lines(head)[0]) is not None


def decode(data: bytes, source: Source) -> tuple[tuple[Recording, ...], tuple[Problem, ...]]:
    """The one recording of the file.

    Raises:
        Damaged: the file ends before its columns, or does not say how far its rows are apart.
    """
    findings = Findings()
    lines = lines_of(data, findings)
    if len(lines) <= _HEADER:
        raise Damaged(source.file, expected="five lines of header", found=f"{len(lines)}", offset=len(data))
    rows = table(lines, findings, file=source.file, header=_HEADER)
    began = _began(lines[1])
    rows, time, offset, dated = _clock(rows, lines[_SETUP].split(","), began, source, findings)
    values, described = _channels(rows, findings)
    recording = Recording(
        {"record": Stream("record", time, values, described=described)},
        Device(maker="Velocomp", product="iBike", software=lines[0].split(",")[1]),
        laps=_laps(rows, time, findings),
        dated=dated,
        utc_offset=offset,
        notes=_notes(lines[_SETUP].split(",")),
    )
    return (recording,), findings.problems()


def _began(line: str) -> int | None:
    """The wall clock of the second line: six whole numbers from year to second."""
    parts = [number(part) for part in line.split(",")]
    if len(parts) != 6 or not all(0 <= part < 10_000 and part == int(part) for part in parts):
        return None
    return date_time(*(int(part) for part in parts))


def _clock(
    rows: Table, setup: Sequence[str], began: int | None, source: Source, findings: Findings
) -> tuple[Table, Nanoseconds, int | None, bool]:
    """Rows, their times, the zone's offset and whether the clock is dated: the rows' own times where all have one."""
    names = [name.casefold() for name in rows.names]
    stamps = [instant(cell) for cell in rows.cells(names.index("timestamp"))] if "timestamp" in names else []
    if stamps and all(stamps):
        return rows, np.array([stamp.time for stamp in stamps if stamp], np.int64), None, True
    if any(stamps):
        findings.add("clock", "Only some rows have a timestamp: the recording interval gives the times of all.")
    interval = number(setup[4]) if len(setup) > 4 else np.nan
    if not 0.01 <= interval <= 3600:
        place = "a recording interval in the setup line"
        raise Damaged(source.file, expected=place, found="none between 0.01 s and an hour", offset=None)
    elapsed = evenly(len(rows), interval, file=source.file)
    if began is None:
        return rows, undated(elapsed, source.start, findings), None, source.start is not None
    start, offset = zoned(began, source.start, findings)
    return rows, elapsed + start, offset, True


def _channels(rows: Table, findings: Findings) -> tuple[dict[str, Floats], dict[str, Channel]]:
    values = measured(columns(rows, _LAYOUT, findings, known=_KNOWN), findings)
    names = [name.casefold() for name in rows.names]
    direct = rows.numbers(names.index("dfpm power"), findings) if "dfpm power" in names else np.zeros(0)
    if not np.nan_to_num(direct).any():
        return values, {}
    estimate = {ESTIMATE.name: values["power"]} if "power" in values else {}
    return values | estimate | {"power": direct}, dict.fromkeys(estimate, ESTIMATE)


def _laps(rows: Table, time: Nanoseconds, findings: Findings) -> tuple[Effort, ...]:
    """A lap from the start to the first marker, and from each marker to the next; none without a marker."""
    names = [name.casefold() for name in rows.names]
    if "lap marker" not in names or len(rows) < 2:
        return ()
    marked = np.flatnonzero(np.nan_to_num(rows.numbers(names.index("lap marker"), findings)) > 0)
    if not marked.size:
        return ()
    end = int(time[-1]) + max(int(np.median(np.diff(time))), 0)
    bounds = sorted({int(time[0]), *time[marked].tolist(), end})
    pairs = pairwise(bounds)
    return tuple(Effort(f"lap {n}", a, b, "lap") for n, (a, b) in enumerate(pairs, 1))


def _notes(setup: Sequence[str]) -> dict[str, str]:
    """What the device took for the bike and the rider: the 17th and 18th number of the setup line."""
    return {
        name: setup[place] for name, place in (("cda", 16), ("crr", 17)) if len(setup) > place and number(setup[place])
    }
