"""A recording as a FIT activity, the format that every head unit, watch and training portal reads.

What this writer decides:

- Samples are `record` messages and beat-to-beat intervals `hrv` messages: `fit_record` says which channel goes where.
- Laps, sport sessions and pool lengths keep their ends to a millisecond, and their names in the developer field "name".
- An activity needs a session, a lap and a timer that starts and stops. Where the recording has none, one session and
  one lap that span it all are written, and the timer starts and stops at its ends.
- A recording that does not know when it was made gets times that count from its start, as the protocol has it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

import numpy as np

from paceline.domain.devices import Device, Event
from paceline.domain.efforts import Effort
from paceline.domain.errors import WriteError
from paceline.record.export.fit_efforts import STOP, effort_messages
from paceline.record.export.fit_layout import NAME, Column, Messages, column, file_bytes, text_column
from paceline.record.export.fit_record import Clock, DeveloperFields, hrv_messages, record_messages
from paceline.record.export.pauses import pauses, timer_time
from paceline.record.formats.fit_profile import value_names
from paceline.record.recordings import Recording

_DEVELOPMENT = 255
"""The manufacturer's number for what no manufacturer made."""

_SENSORS = {"power": 11, "heart_rate": 120, "speed_cadence": 121, "cadence": 122, "speed": 123, "muscle_oxygen": 31}
"""Role of a device → its ANT+ device type."""


def encode(recording: Recording) -> tuple[bytes, tuple[str, ...]]:
    """The bytes of a FIT activity file, and what it has no place for.

    Raises:
        WriteError: the recording is empty, or a reading or time does not fit its field.
    """
    start, stop = _span(recording)
    developer = DeveloperFields()
    clock = Clock(dated=recording.dated, developer=developer)
    left_out = list(_without_place(recording))
    body = [_event_messages(recording.events, clock=clock, span=(start, stop), left_out=left_out)]
    if samples := recording.streams.get("record"):
        body.append(record_messages(samples, clock=clock, developer=developer, left_out=left_out))
    if (beats := recording.streams.get("rr")) and "rr_interval" in beats.values:
        body.append(hrv_messages(beats))
    body += effort_messages(recording, (start, stop), clock=clock, developer=developer, left_out=left_out)
    body.append(_activity(recording, (start, stop), clock))
    head = (_file_id(recording, start, clock), *developer.messages())
    return file_bytes((*head, _devices(recording, start, clock, left_out)), body), tuple(dict.fromkeys(left_out))


def _without_place(recording: Recording) -> Iterator[str]:
    yield from (f"stream {name}" for name in recording.streams if name not in {"record", "rr"})
    if beats := recording.streams.get("rr"):
        yield from (f"{name} of stream rr" for name in beats.values if name != "rr_interval")
    if any(bits.any() for stream in recording.streams.values() for bits in stream.flags.values()):
        yield "flags"
    if recording.notes:
        yield "notes"


def _span(recording: Recording) -> tuple[int, int]:
    efforts = (*recording.sessions, *recording.laps, *recording.lengths)
    moments = [event.time for event in recording.events]
    moments += chain.from_iterable((effort.start, effort.stop) for effort in efforts)
    moments += chain.from_iterable((int(s.time.min()), int(s.time.max())) for s in recording.streams.values() if len(s))
    if not moments:
        raise WriteError(NAME, reason="the recording is empty: it has no sample, lap, session or event")
    return min(moments), max(moments)


def _file_id(recording: Recording, start: int, clock: Clock) -> Messages:
    moment = np.array([start])
    columns = [column("file_id", "type", [4]), *_identity("file_id", [recording.device], [])]
    if recording.dated:
        columns.append(column("file_id", "time_created", clock.seconds(moment)))
    return Messages("file_id", tuple(columns), moment)


def _devices(recording: Recording, start: int, clock: Clock, left_out: list[str]) -> Messages:
    devices = (recording.device, *recording.sensors)
    moments = np.full(len(devices), start)
    types = [_SENSORS.get(device.role, np.nan) for device in devices]
    left_out += [f"role of device {d.role}" for d in recording.sensors if d.role not in _SENSORS]
    versions = [_number(device.software) for device in devices]
    left_out += [f"software of {d.role}" for d, v in zip(devices, versions, strict=True) if d.software and np.isnan(v)]
    volts = [np.nan if device.battery is None else device.battery for device in devices]
    columns = (
        column("device_info", "timestamp", clock.seconds(moments)),
        column("device_info", "device_index", np.arange(len(devices))),
        column("device_info", "device_type", types),
        column("device_info", "software_version", versions),
        column("device_info", "battery_voltage", volts),
        *_identity("device_info", devices, left_out),
    )
    return Messages("device_info", columns, moments)


def _identity(message: str, devices: Sequence[Device], left_out: list[str]) -> list[Column]:
    """Maker, product and serial number: as numbers where they are some, the product's name as text."""
    makers = {name: number for number, name in value_names("manufacturer").items()}
    known = [makers.get((device.maker or "").lower(), _DEVELOPMENT) for device in devices]
    left_out += [f"maker of {d.role}" for d, n in zip(devices, known, strict=True) if d.maker and n == _DEVELOPMENT]
    serials = [_whole(device.serial, 2**32 - 1) for device in devices]
    left_out += [f"serial of {d.role}" for d, n in zip(devices, serials, strict=True) if d.serial and np.isnan(n)]
    numbers = [_whole(device.product, 2**16 - 2) for device in devices]
    names = [device.product or "" if np.isnan(n) else "" for device, n in zip(devices, numbers, strict=True)]
    columns = [
        column(message, "manufacturer", known),
        column(message, "serial_number", serials),
        column(message, "product", numbers),
    ]
    return [*columns, text_column(message, "product_name", names)] if any(names) else columns


def _whole(text: str | None, most: int) -> float:
    plain = text is not None and text.isascii() and text.isdigit() and 0 < int(text) <= most
    return float(text) if text is not None and plain else np.nan


def _number(text: str | None) -> float:
    """A version like "4.10" as the hundredths that the protocol keeps; anything else is none."""
    whole, _, part = (text or "").partition(".")
    plain = (whole + part).isascii() and whole.isdigit() and (part.isdigit() or not part) and len(part) <= 2
    return float(f"{whole}.{part or 0}") if plain and len(whole) <= 3 else np.nan


def _event_messages(events: Sequence[Event], *, clock: Clock, span: tuple[int, int], left_out: list[str]) -> Messages:
    kinds = {name: number for number, name in value_names("event").items()}
    actions = {name: number for number, name in value_names("event_type").items()}
    left_out += [
        f"events {e.kind} {e.action}".rstrip() for e in events if e.kind not in kinds or e.action not in actions
    ]
    if not any(event.kind == "timer" for event in events):
        events = (Event(span[0], "timer", "start"), *events, Event(span[1], "timer", "stop_all"))
    kept = sorted((e for e in events if e.kind in kinds and e.action in actions), key=lambda event: event.time)
    moments = np.array([event.time for event in kept], np.int64)
    columns = (
        *clock.columns("event", moments),
        column("event", "event", [kinds[event.kind] for event in kept]),
        column("event", "event_type", [actions[event.action] for event in kept]),
        column("event", "data", [np.nan if event.data is None else event.data for event in kept]),
    )
    return Messages("event", columns, moments)


def _activity(recording: Recording, span: tuple[int, int], clock: Clock) -> Messages:
    moment = np.array([span[1]])
    whole = recording.sessions or (Effort("", *span),)
    still = pauses(recording.events)
    columns = [
        column("activity", "timestamp", clock.seconds(moment)),
        column("activity", "total_timer_time", [sum(timer_time(session, still) for session in whole)]),
        column("activity", "num_sessions", [len(whole)]),
        column("activity", "type", [1 if len(whole) > 1 else 0]),
        column("activity", "event", [26]),
        column("activity", "event_type", [STOP]),
    ]
    if recording.utc_offset is not None and recording.dated:
        local = clock.seconds(moment) + recording.utc_offset
        columns.append(column("activity", "local_timestamp", local))
    return Messages("activity", tuple(columns), moment)
