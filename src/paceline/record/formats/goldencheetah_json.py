"""GoldenCheetah's own ride files: samples, intervals, tags and extra series (XDATA) as JSON.

Source: the grammar and the writer in GoldenCheetah's JsonRideFile.y, read for its facts. What they imply:

- A sample's time is STARTTIME, in UTC, plus its SECS. KM, KPH, NM, °C, % and mm are converted.
- HEADWIND is the speed of the air against the rider, as GoldenCheetah's power estimate uses it: it is our `airspeed`.
- TEMP and LRBALANCE are −255 where nothing was recorded, LRBALANCE also −100. The other series have no such mark:
  GoldenCheetah writes 0 for what it did not have, and 0 it stays.
- RCAD counts the steps of one foot: it is `cadence` in a ride without CAD.
- Intervals belong to the person who drew them or to the device; the file does not tell which. They are given as laps.
- REFERENCES and OVERRIDES are settings of the programme, not readings: they are not read. Nor is the athlete's name.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from paceline.domain.channels import CHANNELS, Channel
from paceline.domain.devices import Device, Event
from paceline.domain.efforts import Effort
from paceline.domain.errors import Damaged, TooLarge, UnknownName
from paceline.domain.units import convert, named
from paceline.record.formats import Source
from paceline.record.formats.loose_json import Value, members, text_of
from paceline.record.formats.readings import Findings, reason
from paceline.record.formats.sports import sport
from paceline.record.formats.timestamps import instant, nanoseconds
from paceline.record.recordings import Problem, Recording
from paceline.record.streams import Floats, Nanoseconds, Stream

NAME = "GoldenCheetah JSON"
MEANING = "A ride as GoldenCheetah keeps it, whatever it was imported from."

LIMIT = 64 * 1024 * 1024
"""Bytes. In memory a ride takes ten times its file; a whole day of 1 Hz data with every series is 30 MB."""

_SERIES = {
    "KM": ("distance", "km"),
    "WATTS": ("power", "W"),
    "NM": ("torque", "N·m"),
    "CAD": ("cadence", "1/min"),
    "KPH": ("speed", "km/h"),
    "HR": ("heart_rate", "1/min"),
    "ALT": ("altitude", "m"),
    "LAT": ("latitude", "°"),
    "LON": ("longitude", "°"),
    "HEADWIND": ("airspeed", "km/h"),
    "SLOPE": ("slope", "%"),
    "TEMP": ("temperature", "°C"),
    "LRBALANCE": ("left_balance", "%"),
    "LTE": ("left_torque_effectiveness", "%"),
    "RTE": ("right_torque_effectiveness", "%"),
    "LPS": ("left_pedal_smoothness", "%"),
    "RPS": ("right_pedal_smoothness", "%"),
    "LPCO": ("left_platform_offset", "mm"),
    "RPCO": ("right_platform_offset", "mm"),
    "LPPB": ("left_power_phase_start", "°"),
    "LPPE": ("left_power_phase_end", "°"),
    "RPPB": ("right_power_phase_start", "°"),
    "RPPE": ("right_power_phase_end", "°"),
    "LPPPB": ("left_peak_power_phase_start", "°"),
    "LPPPE": ("left_peak_power_phase_end", "°"),
    "RPPPB": ("right_peak_power_phase_start", "°"),
    "RPPPE": ("right_peak_power_phase_end", "°"),
    "SMO2": ("muscle_oxygen", "%"),
    "THB": ("total_haemoglobin", "g/dL"),
    "RVERT": ("vertical_oscillation", "cm"),
    "RCAD": ("cadence", "1/min"),
    "RCON": ("stance_time", "ms"),
    "TCORE": ("core_temperature", "°C"),
}
_ABSENT = {"TEMP": {-255.0}, "LRBALANCE": {-255.0, -100.0}}
_PEAK_PHASES = {
    f"{leg}_peak_power_phase_{end}": Channel(
        f"{leg}_peak_power_phase_{end}", "°", 0.0, 360.0, f"{leg.title()} leg: crank angle at the {end} of peak power."
    )
    for leg in ("left", "right")
    for end in ("start", "end")
}
_EXTRA = {
    "R-R": "rr_interval",
    "WINDSPEED": "wind_speed",
    "WINDHEADING": "wind_direction",
    "TEMPERATURE": "temperature",
    "HUMIDITY": "relative_humidity",
    "PRESSURE": "pressure",
    "SPEED": "speed",
    "POWER": "power",
    "CADENCE": "cadence",
    "HEARTRATE": "heart_rate",
}
"""Names of XDATA values that mean a channel of the catalogue, if their unit is one of that channel's."""
_SPELLINGS = {"msecs": "ms"}
_LONGEST_EXTRA = 32
"""Values of one XDATA series; GoldenCheetah itself keeps no more."""
_PRIVATE = {"Athlete", "Athlete Name"}


def sniff(head: bytes) -> bool:
    """Whether the first name in it is RIDE, with or without braces around it."""
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip().removeprefix(b"{").lstrip()
    after = start.removeprefix(b'"RIDE"').lstrip()
    return len(after) < len(start) and after.startswith(b":")


def decode(data: bytes, source: Source) -> tuple[tuple[Recording, ...], tuple[Problem, ...]]:
    """The rides in the file, nearly always one.

    Raises:
        Damaged: nothing stands before the damage.
        TooLarge: it has more than `LIMIT` bytes.
    """
    if len(data) > LIMIT:
        raise TooLarge(source.file, expected=f"at most {LIMIT:,} bytes of JSON", found=f"{len(data):,}")
    findings = Findings()
    found, damage = members(text_of(data, findings), findings)
    rides = [value for name, value in found if name == "RIDE" and isinstance(value, dict)]
    recordings = tuple(_recording(ride, source, findings) for ride in rides)
    kept = tuple(recording for recording in recordings if recording.streams or recording.laps)
    if damage and not kept:
        raise Damaged(source.file, expected="a ride", found=reason(damage), offset=damage.offset)
    if not kept:
        findings.add("empty")
    return kept, (*findings.problems(), *([damage] if damage else []))


def _recording(ride: Mapping[str, Value], source: Source, findings: Findings) -> Recording:
    moment = instant(_text(ride.get("STARTTIME")))
    start = moment.time if moment else source.start
    if start is None:
        findings.add("undated")
    elif moment and moment.zone is None:
        findings.add("zone")
    tags = {key: text for key, value in _mapping(ride.get("TAGS")).items() if (text := _text(value))}
    return Recording(
        {stream.name: stream for stream in _streams(ride, start or 0, findings)},
        device=Device(product=_text(ride.get("DEVICETYPE")) or None),
        sport=sport(tags.get("Sport", "")),
        laps=tuple(_intervals(ride, start or 0, findings)),
        events=tuple(_calibrations(ride, start or 0)),
        dated=start is not None,
        notes={key: text for key, text in tags.items() if key not in _PRIVATE},
    )


def _streams(ride: Mapping[str, Value], start: int, findings: Findings) -> Iterable[Stream]:
    samples = _objects(ride.get("SAMPLES"))
    if samples:
        yield _samples(samples, start, findings)
    for series in _objects(ride.get("XDATA")):
        stream = _extra(series, start, findings)
        if stream is not None:
            yield stream


def _samples(samples: Sequence[Mapping[str, Value]], start: int, findings: Findings) -> Stream:
    time, samples = _clock(samples, start, findings)
    present = {key for sample in samples for key in sample}
    if unknown := sorted(present - set(_SERIES) - {"SECS"}):
        names = ", ".join(name[:20] for name in unknown[:5])
        findings.add("channel", f"Series that GoldenCheetah's grammar does not have are left out: {names}.")
    values = {}
    for key, (channel, unit) in _SERIES.items():
        if key in present and channel not in values:
            column = _numbers((sample.get(key) for sample in samples), findings)
            column[np.isin(column, list(_ABSENT.get(key, ())))] = np.nan
            values[channel] = convert(column, unit=unit, to=(_PEAK_PHASES.get(channel) or CHANNELS[channel]).unit)
    return Stream("record", time, values, {}, {name: _PEAK_PHASES[name] for name in values if name in _PEAK_PHASES})


def _extra(series: Mapping[str, Value], start: int, findings: Findings) -> Stream | None:
    """One XDATA series as a stream of its own; what is no channel of the catalogue is described by its own words."""
    time, samples = _clock(_objects(series.get("SAMPLES")), start, findings)
    names = [_text(name) for name in _several(series, "VALUE")][:_LONGEST_EXTRA]
    units = [_text(unit) for unit in _several(series, "UNIT")] + [""] * len(names)
    if not samples or not names:
        return None
    title = _text(series.get("NAME")).lower() or "extra"
    values, described = {}, {}
    for place, (name, unit) in enumerate(zip(names, units, strict=False)):
        column = _numbers((_at(_several(sample, "VALUE"), place) for sample in samples), findings)
        channel = _EXTRA.get(name.upper())
        converted = _converted(column, channel, unit)
        if channel is None or converted is None or channel in values:
            channel, converted = f"{title}.{name}".lower(), column
            meaning = f"{name}, as the series {title} of the file names it."
            described[channel] = Channel(channel, unit, -math.inf, math.inf, meaning)
        values[channel] = converted
    if any(_number(sample.get("KM")) for sample in samples):
        values.setdefault("distance", convert(_numbers((s.get("KM") for s in samples), findings), unit="km", to="m"))
    return Stream("xdata." + title if title == "record" else title, time, values, {}, described)


def _converted(column: Floats, channel: str | None, unit: str) -> Floats | None:
    if channel is None:
        return None
    try:
        ours = CHANNELS[channel].unit
        return convert(column, unit=named(_SPELLINGS.get(unit.lower(), unit), of=ours).name, to=ours)
    except UnknownName:
        return None


def _clock(
    samples: Sequence[Mapping[str, Value]], start: int, findings: Findings
) -> tuple[Nanoseconds, list[Mapping[str, Value]]]:
    """The times of the samples that have one, and those samples."""
    times, kept = [], []
    for sample in samples:
        seconds = _number(sample.get("SECS"))
        elapsed = None if seconds is None else nanoseconds(seconds)
        if elapsed is None:
            findings.add("no_time")
        else:
            times.append(start + elapsed)
            kept.append(sample)
    return np.array(times, np.int64), kept


def _intervals(ride: Mapping[str, Value], start: int, findings: Findings) -> list[Effort]:
    laps = []
    for count, interval in enumerate(_objects(ride.get("INTERVALS")), start=1):
        ends = [_number(interval.get(key)) for key in ("START", "STOP")]
        begun, ended = (None if end is None else nanoseconds(end) for end in ends)
        if begun is None or ended is None or ended < begun:
            findings.add("lap")
        else:
            laps.append(Effort(_text(interval.get("NAME")) or f"lap {count}", start + begun, start + ended, "lap"))
    return sorted(laps, key=lambda lap: lap.start)


def _calibrations(ride: Mapping[str, Value], start: int) -> Iterable[Event]:
    for calibration in _objects(ride.get("CALIBRATIONS")):
        seconds = _number(calibration.get("START"))
        elapsed = None if seconds is None else nanoseconds(seconds)
        if elapsed is not None:
            name, value = _text(calibration.get("NAME")), _number(calibration.get("VALUE"))
            yield Event(start + elapsed, "calibration", name, value)


def _numbers(values: Iterable[Value], findings: Findings) -> Floats:
    """A column; what is no number is NaN, and a reading that is something else altogether is reported."""
    column = []
    for value in values:
        if value.__class__ is float:
            column.append(value)
        else:
            if value is not None:
                findings.add("number")
            column.append(math.nan)
    readings = np.array(column, np.float64)
    if np.isinf(readings).any():
        findings.add("number")
        readings[np.isinf(readings)] = np.nan
    return readings


def _number(value: Value) -> float | None:
    return value if isinstance(value, float) and math.isfinite(value) else None


def _text(value: Value) -> str:
    """GoldenCheetah ends every string with a blank, so that none looks like a word of its grammar."""
    return value.strip().encode("utf-8", "replace").decode() if isinstance(value, str) else ""


def _mapping(value: Value) -> Mapping[str, Value]:
    return value if isinstance(value, dict) else {}


def _objects(value: Value) -> list[Mapping[str, Value]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _several(owner: Mapping[str, Value], name: str) -> list[Value]:
    """What stands in the singular where there is one, in the plural where there are more."""
    values = owner.get(name + "S", owner.get(name))
    return values if isinstance(values, list) else [values]


def _at(values: Sequence[Value], place: int) -> Value:
    return values[place] if place < len(values) else None
