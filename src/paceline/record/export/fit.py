"""A recording as a FIT activity, the format that every head unit, watch and training portal reads.

What this writer decides:

- Samples are `record` messages and beat-to-beat intervals `hrv` messages: `fit_record` says which channel goes where.
- Laps, sport sessions and pool lengths last what they lasted to a millisecond; the developer field "name" has their
  names.
- An activity needs a session, a lap and a timer that starts and stops. Where the recording has none, one session and
  one lap that span it all are written, and the timer starts and stops at its ends.
- A beat has no time of its own in FIT: it has the second in which its message stands, and its interval.
- A recording that does not know when it was made gets times that count from its start, as the protocol has it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

import numpy as np

from paceline.domain.devices import Event
from paceline.domain.efforts import Effort
from paceline.domain.errors import WriteError
from paceline.record.export.fit_devices import device_messages, identity
from paceline.record.export.fit_efforts import STOP, effort_messages
from paceline.record.export.fit_layout import NAME, Messages, column, file_bytes, value_numbers
from paceline.record.export.fit_record import Clock, DeveloperFields, hrv_messages, record_messages
from paceline.record.export.pauses import pauses, timer_time
from paceline.record.recordings import Recording


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
    return file_bytes((*head, device_messages(recording, start, clock=clock, left_out=left_out)), body), tuple(
        dict.fromkeys(left_out)
    )


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
    columns = [column("file_id", "type", [4]), *identity("file_id", [recording.device], left_out=[])]
    if recording.dated:
        columns.append(column("file_id", "time_created", clock.seconds(moment)))
    return Messages("file_id", tuple(columns), moment)


def _event_messages(events: Sequence[Event], *, clock: Clock, span: tuple[int, int], left_out: list[str]) -> Messages:
    kinds = value_numbers("event", ["timer", *(event.kind for event in events)])
    actions = value_numbers("event_type", ["start", "stop_all", *(event.action for event in events)])
    left_out += [
        f"events {e.kind} {e.action}".rstrip() for e in events if e.kind not in kinds or e.action not in actions
    ]
    kept = [event for event in events if event.kind in kinds and event.action in actions]
    if not any(event.kind == "timer" for event in kept):
        kept = [Event(span[0], "timer", "start"), *kept, Event(span[1], "timer", "stop_all")]
    kept.sort(key=lambda event: event.time)
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
