"""Polar HRM: exports of Polar's programmes for its older heart rate monitors and bike computers.

Sections in square brackets. [Params] says what was recorded: date and local start, the seconds between rows, and SMode,
a digit a channel: speed, cadence, altitude, power, left/right balance, pedalling index, (heart rate only or not), units
(0 km, 1 miles), air pressure. [HRData] has a row a sample: heart rate, then the channels in this order: 0.1 km/h or
mph, 1/min, m or ft, W, and balance with index in one number (index · 256 + left share in %). Interval 238 means a beat
a row, its RR interval in ms; 204 means lap times only. [IntTimes] has a lap time, counted from the start, on the first
of its 3 (before version 1.06) or 5 lines. Source: the description "Polar HRM2 file format" (1.4) as quoted in
MyTourbook's Polar_HRM_DataReader.java and GoldenCheetah's PolarRideFile.cpp.

The first row stands at the start: files hold one row more than whole intervals fit into their Length. Versions before
1.06 write "Mode" instead of SMode, for which no source was found: of theirs only the heart rate is read, and that is
reported.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from paceline.domain import units
from paceline.domain.channels import Channel
from paceline.domain.devices import Device
from paceline.domain.efforts import SECOND, Effort
from paceline.domain.errors import Damaged
from paceline.record.formats import Source
from paceline.record.formats.delimited import Table, head_lines, lines_of, measured, number
from paceline.record.formats.readings import Findings
from paceline.record.formats.wall_clock import clock_seconds, date_time, evenly, undated, zoned
from paceline.record.recordings import Problem, Recording
from paceline.record.streams import Floats, Stream

NAME = "Polar HRM"
MEANING = "Exports of Polar's programmes for the heart rate monitors and bike computers of its S, CS and RS series."

INDEX = Channel(
    "pedalling_index", "1", 0.0, 1.0, "How evenly power is made over a revolution, as Polar's sensor reports it."
)
_RR, _LAPS_ONLY = 238, 204
_MONITORS = {
    1: "Sport Tester / Vantage XL", 2: "Vantage NV", 3: "Accurex Plus", 4: "XTrainer Plus", 6: "S520", 7: "Coach",
    8: "S210", 9: "S410", 10: "S510", 11: "S610", 12: "S710", 13: "S810", 15: "E600", 20: "AXN500", 21: "AXN700",
    22: "S625X / S725X", 23: "S725", 33: "CS400", 34: "CS600X", 35: "CS600", 36: "RS400", 37: "RS800", 38: "RS800X",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Sections:
    """The file's sections: their lines, and the line of the file on which each section's first line stands."""

    lines: Mapping[str, Sequence[str]]
    places: Mapping[str, int]

    def of(self, name: str) -> Sequence[str]:
        """The lines of one section that are not empty; none where the file lacks it."""
        return [line for line in self.lines.get(name, ()) if line.strip()]


def sniff(head: bytes) -> bool:
    """Whether the first section is [Params] and has a version."""
    lines = [line.strip() for line in head_lines(head) if line.strip()]
    return lines[:1] == ["[Params]"] and any(line.startswith("Version=") for line in lines)


def decode(data: bytes, source: Source) -> tuple[tuple[Recording, ...], tuple[Problem, ...]]:
    """The one recording of the file: the stream "record", or "rr" where beats were recorded.

    Raises:
        Damaged: the file does not say how far its rows are apart.
    """
    findings = Findings()
    sections = _sections(lines_of(data, findings))
    params = dict(line.strip().split("=", 1) for line in sections.of("[Params]") if "=" in line)
    interval = number(params.get("Interval", ""))
    if not 0 < interval <= 3600:
        raise Damaged(source.file, expected="Interval= in [Params]", found="none", offset=None)
    start, offset, dated = _start(params, source, findings)
    rows = _rows(sections, findings)
    streams = _streams(rows, params, interval, findings, file=source.file)
    recording = Recording(
        {name: Stream(name, s.time + start, s.values, described=s.described) for name, s in streams.items()},
        _device(params),
        laps=_laps(sections, start, findings),
        dated=dated,
        utc_offset=offset,
        notes={"note": note} if (note := "\n".join(sections.of("[Note]")).strip()) else {},
    )
    return (recording,), findings.problems()


def _sections(lines: Sequence[str]) -> _Sections:
    found: dict[str, list[str]] = {}
    places: dict[str, int] = {}
    name = ""
    for place, line in enumerate(lines, 1):
        if line.startswith("["):
            name = line.strip()
            places.setdefault(name, place + 1)
        else:
            found.setdefault(name, []).append(line)
    return _Sections(found, places)


def _start(params: Mapping[str, str], source: Source, findings: Findings) -> tuple[int, int | None, bool]:
    """The recording's first instant, ns UTC, the zone's offset, and whether a date is known."""
    day, seconds = params.get("Date", "").strip(), clock_seconds(params.get("StartTime", ""))
    local = None
    if len(day) == 8 and day.isascii() and day.isdigit() and 0 <= seconds < 86_400:
        local = date_time(int(day[:4]), int(day[4:6]), int(day[6:]), 0, 0, 0)
    if local is None:
        return int(undated(np.zeros(1, np.int64), source.start, findings)[0]), None, source.start is not None
    return *zoned(local + round(seconds * 10) * (SECOND // 10), source.start, findings), True


def _rows(sections: _Sections, findings: Findings) -> Table:
    """[HRData] as a table as wide as its widest row."""
    name = "[HRData]"
    if name not in sections.places:
        findings.add("truncated", "The file has no [HRData].")
    first = sections.places.get(name, 1)
    numbered = [(first + n, line.split()) for n, line in enumerate(sections.lines.get(name, ())) if line.strip()]
    width = max((len(cells) for _, cells in numbered[:100]), default=1)
    for place, cells in numbered:
        if len(cells) != width:
            findings.add("ragged", "A row has more or fewer numbers than the others.", line=place)
    rows = [cells[:width] + [""] * (width - len(cells)) for _, cells in numbered]
    return Table(tuple(f"[HRData] {n + 1}" for n in range(width)), rows, [place for place, _ in numbered])


def _streams(
    rows: Table, params: Mapping[str, str], interval: float, findings: Findings, *, file: str
) -> dict[str, Stream]:
    """The streams on a clock that starts at zero."""
    if interval == _LAPS_ONLY:
        if len(rows):
            findings.add("no_clock", "Only lap times were recorded: the rows of [HRData] have no times.")
        return {}
    if interval == _RR:
        return {"rr": _beats(rows, params, findings)} if len(rows) else {}
    values = measured(_channels(rows, params, findings), findings)
    described = {INDEX.name: INDEX} if INDEX.name in values else {}
    time = evenly(len(rows), interval, file=file)
    return {"record": Stream("record", time, values, described=described)}


def _beats(rows: Table, params: Mapping[str, str], findings: Findings) -> Stream:
    """Beat after beat: each stands at the end of its interval; the first follows the start delay, in ms."""
    milliseconds = rows.numbers(0, findings)
    if np.isnan(milliseconds).any():
        findings.add("clock", "Times after an unreadable interval lack it.")
    delay = number(params.get("StartDelay", "0"))
    whole = np.rint(np.nan_to_num(milliseconds).clip(0, 1e5)).astype(np.int64)
    ends = np.cumsum(whole) + round(delay if 0 <= delay < 1e9 else 0.0)
    return Stream("rr", ends * (SECOND // 1000), {"rr_interval": milliseconds / 1000})


def _channels(rows: Table, params: Mapping[str, str], findings: Findings) -> dict[str, Floats]:
    smode = [digit == "1" for digit in params.get("SMode", "").strip().ljust(9, "0")]
    miles = smode[7]
    layout = [
        ("heart_rate", "1/min", 1.0, True),
        ("speed", "mi/h" if miles else "km/h", 0.1, smode[0]),
        ("cadence", "1/min", 1.0, smode[1]),
        ("altitude", "ft" if miles else "m", 1.0, smode[2]),
        ("power", "W", 1.0, smode[3]),
        ("balance", "1", 1.0, smode[4] or smode[5]),
    ]
    present = [entry for entry in layout if entry[3]]
    if "SMode" not in params and len(rows.names) > 1:
        findings.add("smode", "The file does not say what its columns are: only the heart rate is read.")
    elif len(present) != len(rows.names):
        findings.add("columns", "[HRData] has more or fewer columns than SMode says: what both know is read.")
    values: dict[str, Floats] = {}
    for column, (name, unit, factor, _) in enumerate(present[: len(rows.names)]):
        numbers = rows.numbers(column, findings) * factor
        if name == "balance":
            values |= _balance(numbers, left=smode[4], index=smode[5])
        else:
            values[name] = units.convert(
                numbers, unit=unit, to={"mi/h": "m/s", "km/h": "m/s", "ft": "m"}.get(unit, unit)
            )
    return values


def _balance(packed: Floats, *, left: bool, index: bool) -> dict[str, Floats]:
    """Left share and pedalling index from the number that holds both, each in percent."""
    values = {}
    if left:
        values["left_balance"] = np.mod(packed, 256) / 100
    if index:
        values[INDEX.name] = np.floor_divide(packed, 256) / 100
    return values


def _laps(sections: _Sections, start: int, findings: Findings) -> tuple[Effort, ...]:
    """Laps between the lap times; what comes after the last of them belongs to none."""
    notes = dict(line.strip().split("\t", 1) for line in sections.of("[IntNotes]") if "\t" in line.strip())
    laps: list[Effort] = []
    begin = start
    for line in sections.of("[IntTimes]"):
        cells = line.split()
        if ":" not in cells[0]:
            continue
        seconds = clock_seconds(cells[0])
        end = start + round(seconds * 10) * (SECOND // 10) if 0 <= seconds < 1e7 else begin - 1
        if end < begin:
            findings.add("lap")
            continue
        name = notes.get(str(len(laps) + 1), "").strip() or f"lap {len(laps) + 1}"
        laps.append(Effort(name, begin, end, "lap", _summary(cells)))
        begin = end
    return tuple(laps)


def _summary(cells: Sequence[str]) -> dict[str, float]:
    """What the monitor wrote about the heart in the lap: after the time, rate at its end, lowest, mean and highest."""
    named = zip(
        ("minimum_heart_rate", "average_heart_rate", "maximum_heart_rate"), map(number, cells[2:5]), strict=False
    )
    return {name: value for name, value in named if value > 0}


def _device(params: Mapping[str, str]) -> Device:
    monitor = params.get("Monitor", "").strip()
    known = {str(number): name for number, name in _MONITORS.items()}
    product = known.get(monitor, f"monitor {monitor[:20]}") if monitor else None
    return Device(maker="Polar", product=product)
