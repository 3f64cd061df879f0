"""Laps, sport sessions and pool lengths as FIT messages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from types import MappingProxyType

import numpy as np

from paceline.domain.efforts import SECOND, Effort
from paceline.record.export.fit_layout import Column, Messages, column, text_bits
from paceline.record.export.fit_record import Clock, DeveloperFields
from paceline.record.export.pauses import pauses, timer_time
from paceline.record.formats.fit_profile import message_named, value_names
from paceline.record.recordings import Recording

STOP = 1
"""The event type of a message that ends what it speaks of."""

_EVENTS = {"lap": 9, "session": 8, "length": 28}

_SUMMARY: Mapping[str, tuple[str, float]] = MappingProxyType(
    {
        "distance": ("total_distance", 1.0),
        "energy": ("total_calories", 1 / 4184.0),
        "ascent": ("total_ascent", 1.0),
        "descent": ("total_descent", 1.0),
        "weighted_power": ("normalized_power", 1.0),
    }
    | {
        f"{word}_{name}": (f"{enhanced}{short}_{name}", 1.0)
        for word, short in (("average", "avg"), ("maximum", "max"), ("minimum", "min"))
        for enhanced, names in (("", "heart_rate cadence power temperature"), ("enhanced_", "speed altitude"))
        for name in names.split()
    }
)
"""What the device wrote about an effort → field, and how many of its units are in one of ours."""


def effort_messages(
    recording: Recording,
    span: tuple[int, int],
    *,
    clock: Clock,
    developer: DeveloperFields,
    left_out: list[str],
) -> list[Messages]:
    """The messages of each kind; one session and one lap over all of `span` where the recording has none."""
    sport = recording.sport
    sessions = recording.sessions or (Effort(sport or "session", *span, "session", sport=sport),)
    laps = recording.laps or (Effort("lap 1", *span, "lap", sport=sport),)
    still = pauses(recording.events)
    found = []
    for message, efforts in (("length", recording.lengths), ("lap", laps), ("session", sessions)):
        if not efforts:
            continue
        columns = _times(message, efforts, clock) + _summaries(message, efforts, left_out)
        columns.append(column(message, "total_timer_time", [timer_time(effort, still) for effort in efforts]))
        if message != "length":
            columns.append(_sports(message, efforts, left_out))
        number = developer.number("name", unit="", base="string")
        names = text_bits([effort.name for effort in efforts], what=f"{message} names")
        columns.append(Column(number, "string", names, developer=True))
        if message == "session":
            columns += _lap_ranges(sessions, laps)
        # Sessions stand behind all else that they sum up, also behind what ends at the same instant.
        stops = np.array([effort.stop for effort in efforts], np.int64)
        found.append(Messages(message, tuple(columns), stops if message != "session" else np.full(len(stops), span[1])))
    return found


def _times(message: str, efforts: Sequence[Effort], clock: Clock) -> list[Column]:
    starts = np.array([effort.start for effort in efforts], np.int64)
    stops = np.array([effort.stop for effort in efforts], np.int64)
    return [
        column(message, "timestamp", clock.seconds(stops)),
        column(message, "start_time", clock.seconds(starts)),
        *clock.offset(starts),
        column(message, "total_elapsed_time", (stops - starts) / SECOND),
        column(message, "message_index", np.arange(len(efforts))),
        column(message, "event", np.full(len(efforts), _EVENTS[message])),
        column(message, "event_type", np.full(len(efforts), STOP)),
    ]


def _summaries(message: str, efforts: Sequence[Effort], left_out: list[str]) -> list[Column]:
    """What the device wrote about its laps; what the message has no field for is named."""
    fields = {field.name for field in message_named(message).fields.values()}
    columns = []
    for name in dict.fromkeys(chain.from_iterable(effort.summary for effort in efforts)):
        field, factor = _SUMMARY.get(name, ("", 1.0))
        if field in fields:
            values = [effort.summary.get(name, np.nan) * factor for effort in efforts]
            columns.append(column(message, field, values, what=f"{message} {name}"))
        elif name != "timer_time":
            left_out.append(f"{message} {name}")
    return columns


def _sports(message: str, efforts: Sequence[Effort], left_out: list[str]) -> Column:
    numbers = {name: number for number, name in value_names("sport").items()}
    left_out += [f"sport {e.sport}" for e in efforts if e.sport is not None and e.sport not in numbers]
    return column(message, "sport", [numbers.get(effort.sport or "", np.nan) for effort in efforts])


def _lap_ranges(sessions: Sequence[Effort], laps: Sequence[Effort]) -> list[Column]:
    """Which laps belong to a session: those that begin in it, and with the first session those before it."""
    starts = np.array([session.start for session in sessions])
    owner = np.maximum(np.searchsorted(starts, [lap.start for lap in laps], side="right") - 1, 0)
    counts = np.bincount(owner, minlength=len(sessions))
    firsts = np.cumsum(counts) - counts
    return [column("session", "first_lap_index", firsts), column("session", "num_laps", counts)]
