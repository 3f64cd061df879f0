"""From the messages of a FIT file to a recording.

What the protocol leaves open, this reader decides so:

- Each of several chained files is a recording of its own, unless it holds settings, a workout or the like alone.
- Times are the messages' own, with parts of a second where the file has them. A record without a time of its own has
  that of the message before it, and is flagged.
- Timestamps below 0x10000000 count seconds since power-up. Where all are such the recording is undated and its clock
  says how long the device had been on, unless the caller knows when it began.
- The records of a course are the stream "course": nobody rode them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from paceline.domain.channels import CHANNELS
from paceline.record.formats import fit_kernels as kernels
from paceline.record.formats.fit_beats import hr_stream, rr_stream
from paceline.record.formats.fit_channels import channels
from paceline.record.formats.fit_columns import Floats
from paceline.record.formats.fit_devices import events, recorder, sensors
from paceline.record.formats.fit_efforts import efforts, texts
from paceline.record.formats.fit_messages import SECOND, FitFile, Messages
from paceline.record.formats.fit_profile import EPOCH, RELATIVE, message_named
from paceline.record.recordings import Problem, Recording
from paceline.record.streams import Flag, Stream

COURSE = 6
QUARTER = 900
STANDARD_GRAVITY = 9.80665


@dataclass(frozen=True, slots=True)
class Clock:
    """How a file's times become ours.

    Attributes:
        shift: int64 ns to add to (FIT seconds + EPOCH) · 10⁹.
        dated: whether the result is a date.
    """

    shift: int
    dated: bool


class _Reader:
    """The messages of one file, each kind read once; collects what was wrong with them."""

    def __init__(self, file: FitFile) -> None:
        self.file = file
        self.problems = [*file.index.problems, *file.oddities()]
        self._known: dict[str, Messages] = {}

    def __call__(self, name: str) -> Messages:
        if name not in self._known:
            self._known[name], problems = self.file.read(message_named(name).number)
            self.problems += problems
        return self._known[name]


def recording(file: FitFile, *, start: int | None) -> tuple[Recording | None, tuple[Problem, ...]]:
    """What one FIT file holds, or None where it holds no activity; and what was wrong.

    Args:
        file: one of the chained ones.
        start: int64 ns UTC of the first record, where the caller knows what the file does not say.
    """
    read = _Reader(file)
    records, file_id = read("record"), read("file_id")
    clock = _clock(file, records, start, read.problems)
    streams, notes = _streams(read, records, clock, course=bool(np.any(file_id.column("type") == COURSE)))
    spans = {}
    for kind in ("lap", "session", "length"):
        spans[kind], problems = efforts(read(kind), origin=kind, shift=clock.shift)
        read.problems += problems
    happened = events(read("event"), clock.shift)
    if not (streams or happened or any(spans.values())):
        return None, tuple(read.problems)
    info = read("device_info")
    found = Recording(
        streams,
        recorder(file_id, info),
        _sport(read),
        spans["lap"],
        spans["session"],
        spans["length"],
        happened,
        sensors(info),
        clock.dated,
        _utc_offset(read("activity")),
        notes | _notes(read),
    )
    return found, tuple(read.problems)


def _clock(file: FitFile, records: Messages, start: int | None, problems: list[Problem]) -> Clock:
    index = file.index
    own = index.clocks != kernels.NO_CLOCK
    relative = own & (index.stamps < RELATIVE)
    dated = bool(np.any(own & ~relative))
    if dated:
        if relative.any():
            text = "A time counts from power-up instead of being a date; it is kept as it stands."
            problems.append(Problem("clock", text, int(index.where[np.argmax(relative)]), count=int(relative.sum())))
        return Clock(0, dated=True)
    if own.any() or len(records):
        problems.append(Problem("clock", "The file does not say when it was made: its times count from power-up."))
    if start is not None and len(records):
        return Clock(start - int(records.time[0]), dated=True)
    return Clock(-EPOCH * SECOND, dated=False)


def _streams(
    read: _Reader, records: Messages, clock: Clock, *, course: bool
) -> tuple[dict[str, Stream], dict[str, str]]:
    found: list[Stream | None] = []
    notes: dict[str, str] = {}
    if len(records):
        stream, notes = _record_stream(read, records, clock, name="course" if course else "record")
        found.append(stream)
    hrv, hr = read("hrv"), read("hr")
    if len(hrv):
        found.append(rr_stream(hrv, _after_first(hrv, read.file) + clock.shift))
    if len(hr):
        found.append(hr_stream(hr, hr.time + clock.shift))
        if found[-1] is None:
            text = "Heart rates of a strap's memory have no time, so they can't be part of a recording."
            read.problems.append(Problem("no_time", text, int(hr.offsets[0]), count=len(hr)))
    found += [_weather(read("weather_conditions"), clock), _barometer(read("barometer_data"), clock)]
    found.append(_accelerometer(read("accelerometer_data"), clock))
    return {stream.name: stream for stream in found if stream is not None}, notes


def _record_stream(read: _Reader, records: Messages, clock: Clock, *, name: str) -> tuple[Stream, dict[str, str]]:
    values, described, notes, problems = channels(records, read.file.developer_fields)
    read.problems += problems
    if name == "course":
        text = "This is a planned course, not an activity: it is kept as the stream 'course'."
        read.problems.append(Problem("course", text))
    flags = {}
    if not records.timed.all():
        text = "A record has no time of its own; it has that of the message before it."
        untimed = ~records.timed
        read.problems.append(
            Problem("no_time", text, int(records.offsets[np.argmax(untimed)]), count=int(untimed.sum()))
        )
        flags["time"] = (untimed * Flag.TIME).astype(np.uint8)
    return Stream(name, records.time + clock.shift, values, flags, described), notes


def _after_first(messages: Messages, file: FitFile) -> npt.NDArray[np.int64]:
    """The running time at each message; before the first timestamp of the file, that one."""
    timed = file.index.clocks != kernels.NO_CLOCK
    first = (int(file.index.stamps[np.argmax(timed)]) + EPOCH) * SECOND if timed.any() else EPOCH * SECOND
    return np.where(messages.time == EPOCH * SECOND, first, messages.time)


def _weather(weather: Messages, clock: Clock) -> Stream | None:
    """The weather as it was, without forecasts."""
    current = ~(weather.column("weather_report") > 0)
    factors = {"temperature": 1.0, "relative_humidity": 0.01, "wind_speed": 1.0, "wind_direction": 1.0}
    values = {name: weather.column(name)[current] * factor for name, factor in factors.items()}
    values = {name: column for name, column in values.items() if not np.isnan(column).all()}
    return Stream("weather", weather.time[current] + clock.shift, values) if values else None


def _barometer(messages: Messages, clock: Clock) -> Stream | None:
    return _burst("barometer", messages, {"pressure": messages.array("baro_pres")}, clock)


def _accelerometer(messages: Messages, clock: Clock) -> Stream | None:
    axes = {f"acceleration_{axis}": messages.array(f"calibrated_accel_{axis}") * STANDARD_GRAVITY for axis in "xyz"}
    return _burst("accelerometer", messages, axes, clock)


def _burst(name: str, messages: Messages, arrays: dict[str, Floats], clock: Clock) -> Stream | None:
    """Many samples in a message, each some milliseconds after the message's time."""
    offsets = messages.array("sample_time_offset")
    count = min([offsets.shape[1], *(array.shape[1] for array in arrays.values())])
    known = ~np.isnan(offsets[:, :count])
    if not known.any():
        return None
    when = messages.time[:, None] + np.rint(np.where(known, offsets[:, :count], 0.0) * 1e6).astype(np.int64)
    values = {channel: array[:, :count][known] for channel, array in arrays.items() if channel in CHANNELS}
    return Stream(name, when[known] + clock.shift, values)


def _sport(read: _Reader) -> str | None:
    """The one sport of the sessions; "multisport" where they differ; else what the `sport` message says."""
    for kind in ("session", "sport"):
        messages = read(kind)
        named = [sport for sport in texts(messages, "sport") if sport is not None] if len(messages) else []
        if named:
            return named[0] if len(set(named)) == 1 else "multisport"
    return None


def _utc_offset(activity: Messages) -> int | None:
    """Seconds, a whole quarter of an hour between -12 h and +14 h, or None."""
    away = activity.column("local_timestamp") - activity.column("timestamp")
    for seconds in away[np.isfinite(away)].tolist():
        quarters = round(seconds / QUARTER) * QUARTER
        if abs(seconds - quarters) <= 60 and -12 * 3600 <= quarters <= 14 * 3600:
            return int(quarters)
    return None


def _notes(read: _Reader) -> dict[str, str]:
    """Names that people gave: of the workout, the course, the sport profile."""
    sources = (("workout", "wkt_name"), ("course", "name"), ("sport", "name"))
    found = {kind: next(filter(None, read(kind).text(field)), None) for kind, field in sources}
    return {("sport_profile" if kind == "sport" else kind): text for kind, text in found.items() if text}
