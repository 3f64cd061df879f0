"""Passings of timing loops on a track, as velotrain publishes them, logged as JSON lines, CSV or raw timer lines.

A JSON line is a passing alone, with its MQTT topic before it (as `mosquitto_sub -v` prints it), or in an envelope
`{"topic": …, "payload": …}`; a replay is a list of passings. A CSV has the same names in its header. A timer line is
`INDEX;SOURCE;CHANNEL;REFID;TOD`, where SOURCE is C1 to C9 and TOD a time of day without a date.

One transponder is one recording: stream "passings" has its loop numbers at their own instants, in the order they were
published. What the system computed ("elap", "lap", "half", …) stands beside them as `published_…`, in s. "weather" has
what the hall's sensors said at the same instants. The release of a start gate is nobody's passing: the stream "gate" is
in each recording. Manual markers are events.

Source: README of github.com/ndf-zz/velotrain (topics, fields, timer line; 0.075 s of gate delay is already taken off).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from paceline.domain.channels import Channel
from paceline.domain.devices import Device, Event
from paceline.domain.efforts import SECOND
from paceline.record.formats import Source
from paceline.record.formats.delimited import head_lines, lines_of, number
from paceline.record.formats.passing_lines import PUBLISHED, TIMER, Line, csv_lines, json_line, timer_line
from paceline.record.formats.readings import Findings, Readings
from paceline.record.formats.wall_clock import date_time
from paceline.record.recordings import Problem, Recording
from paceline.record.streams import Stream

NAME = "Track passings"
MEANING = "Transponder passings of a track's timing loops, as velotrain publishes them, logged as JSON lines or CSV."

GATE, MARKER = "gate", "marker"

DESCRIBED = {
    "moto_gap": Channel("moto_gap", "s", 0.0, 60.0, "Time behind a motorbike, where one was near."),
    **{
        f"published_{name}": Channel(f"published_{name}", "s", 0.0, 1e6, f"What the timing system gave as {name!r}.")
        for name in PUBLISHED
    },
}
"""What the timing system computed itself; kept to be compared, never used."""

_DAY = 86_400 * SECOND
_TIME = re.compile(r"(?:(?:(\d{1,2}):)?(\d{1,2}):)?(\d{1,2})(?:[.,](\d{1,9}))?", re.ASCII)
_DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)", re.ASCII)
_ENVIRONMENT = (("temperature", 1.0), ("relative_humidity", 0.01), ("pressure", 100.0))
"""Channels of `env` in its order, and what a number there is in the catalogue's unit: °C, %RH, hPa."""


@dataclass(slots=True)
class _Log:
    """What has been read so far."""

    passings: dict[str, Readings] = field(default_factory=dict)
    weather: dict[str, Readings] = field(default_factory=dict)
    names: dict[int, str] = field(default_factory=dict)
    markers: list[Event] = field(default_factory=list)


def sniff(head: bytes) -> bool:
    """Whether the first line that says something is a passing, in one of the three shapes."""
    line = next((line.strip() for line in head_lines(head) if line.strip()), "")
    if "{" in line and re.search(r'refid\\?"', line) and re.search(r'mpid\\?"', line):
        return True
    names = {name.strip().strip('"').casefold() for name in re.split("[,;\t]", line)}
    return {"refid", "mpid", "time"} <= names or TIMER.fullmatch(line) is not None


def decode(data: bytes, source: Source) -> tuple[tuple[Recording, ...], tuple[Problem, ...]]:
    """One recording a transponder, in the order in which they first passed."""
    findings = Findings()
    lines, log = list(_lines(lines_of(data, findings), findings, source.file)), _Log()
    raw_too = any(line.topic != "rawpass" for line in lines)
    dated = any(line.date is not None for line in lines)
    for line in lines:
        if raw_too and line.topic == "rawpass":
            findings.add("raw", "Raw passings beside filtered ones are left out: they are the same passings.")
            continue
        time = instant(line)
        if time is None or (dated and line.date is None):
            findings.add("time", line=line.number)
            continue
        _take(line, time, log, findings)
    shift = _shift(log, source, findings, dated=dated)
    streams = {name: readings.stream("passings", start=shift, described=DESCRIBED)
               for name, readings in log.passings.items()}  # fmt: skip
    return tuple(_recordings(streams, log, shift, dated=dated or source.start is not None)), findings.problems()


def _lines(lines: Sequence[str], findings: Findings, file: str) -> Iterable[Line]:
    first = next((index for index, line in enumerate(lines) if line.strip()), 0)
    start = lines[first].strip() if lines else ""
    if "{" in start:
        for index, text in enumerate(lines):
            yield from json_line(text, index, findings, last=index == len(lines) - 1)
    elif TIMER.fullmatch(start):
        for index, text in enumerate(lines):
            yield from timer_line(text, index, findings, last=index == len(lines) - 1)
    else:
        yield from csv_lines(lines, first, findings, file=file)


def instant(line: Line) -> int | None:
    """The passing's time, ns as if in UTC, exact to the digit; of day where there is no date; None where none is said.

    >>> instant(Line(1, "passing", "1970-01-02", "00:00:01.25", 1, "a"))
    86401250000000
    """
    match = _TIME.fullmatch(line.time)
    if match is None:
        return None
    hours, minutes, seconds, decimals = match.groups()
    if int(hours or 0) > 24 or int(minutes or 0) > 59 or int(seconds) > 60:
        return None
    day = 0
    if line.date is not None:
        date = _DATE.fullmatch(line.date)
        midnight = date_time(int(date[1]), int(date[2]), int(date[3])) if date else None
        if midnight is None:
            return None
        day = midnight
    whole = (int(hours or 0) * 60 + int(minutes or 0)) * 60 + int(seconds)
    return day + whole * SECOND + int((decimals or "0").ljust(9, "0"))


def duration(text: str) -> float:
    """h:mm:ss.dc, m:ss.dc or s.dc → s; NaN where it is none.

    >>> duration("2:10.51")
    130.51
    """
    match = _TIME.fullmatch(text.strip())
    if match is None:
        return number(text)
    hours, minutes, seconds, decimals = match.groups()
    whole = (int(hours or 0) * 60 + int(minutes or 0)) * 60 + int(seconds)
    return (whole * SECOND + int((decimals or "0").ljust(9, "0"))) / SECOND


def _take(line: Line, time: int, log: _Log, findings: Findings) -> None:
    """One passing into the log; a time of day that falls back by hours has passed midnight."""
    if line.refid == MARKER:
        log.markers.append(Event(time, "marker", "marker"))
        return
    readings = log.passings.setdefault(line.refid, Readings())
    if line.date is None and len(readings) and time < readings.times[-1] - _DAY // 2:
        findings.add("clock_wrap", "The time of day starts again at midnight: a day is added.")
    if line.date is None and len(readings):
        time += (readings.times[-1] - time + _DAY // 2) // _DAY * _DAY
    row = {"loop": float(line.loop)}
    row |= {f"published_{name}": duration(text) for name, text in line.published.items() if name != "moto"}
    if "moto" in line.published:
        row["moto_gap"] = duration(line.published["moto"])
    readings.add(time, row)
    if line.text and line.loop:
        log.names.setdefault(line.loop, line.text)
    if known := {name: value * factor for (name, factor), value in zip(_ENVIRONMENT, line.environment, strict=False)}:
        log.weather.setdefault(line.refid, Readings()).add(time, known)


def _shift(log: _Log, source: Source, findings: Findings, *, dated: bool) -> int:
    """What is added to every time: nothing, or what brings the first passing to the instant that a person gave."""
    if dated:
        findings.add("zone")
        return 0
    if source.start is None:
        findings.add("undated", "Times of day without a date: the clock starts at 1970-01-01T00:00:00Z.")
        return 0
    return source.start - min((min(readings.times) for readings in log.passings.values()), default=source.start)


def _recordings(streams: Mapping[str, Stream], log: _Log, shift: int, *, dated: bool) -> Iterable[Recording]:
    gate = streams.get(GATE)
    markers = tuple(Event(event.time + shift, event.kind, event.action) for event in log.markers)
    names = {f"loop {loop}": text for loop, text in sorted(log.names.items())}
    for refid, stream in streams.items():
        if refid == GATE and len(streams) > 1:
            continue
        own = {"passings": stream} if refid != GATE else {}
        if gate is not None:
            own["gate"] = Stream("gate", gate.time, {"loop": gate.values["loop"]})
        if refid in log.weather:
            own["weather"] = log.weather[refid].stream("weather", start=shift)
        device = Device("timing", product="timing loops", serial=refid)
        # The transponder names a thing that one rider carries: it stands in the device alone, which reports leave out.
        yield Recording(own, device, sport="cycling", events=markers, dated=dated, notes=names)


def transponder(recording: Recording) -> str | None:
    """Which transponder a recording is of, or None where it is of something else."""
    return recording.device.serial if recording.device.role == "timing" else None
