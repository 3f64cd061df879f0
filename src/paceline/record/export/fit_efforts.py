"""Laps, sport sessions and pool lengths as FIT messages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from types import MappingProxyType

import numpy as np

from paceline.domain.efforts import SECOND, Effort
from paceline.domain.errors import UnknownName
from paceline.domain.units import Unit, named
from paceline.record.export.fit_layout import Column, Messages, column, text_bits, value_numbers
from paceline.record.export.fit_record import Clock, DeveloperFields, note_coarser
from paceline.record.export.pauses import pauses, timer_time
from paceline.record.formats.fit_profile import FieldProfile, message_named
from paceline.record.recordings import Recording
from paceline.record.streams import Floats

STOP = 1
"""The event type of a message that ends what it speaks of."""

_EVENTS = {"lap": 9, "session": 8, "length": 28}

_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "distance": "total_distance",
        "energy": "total_calories",
        "work": "total_work",
        "ascent": "total_ascent",
        "descent": "total_descent",
        "weighted_power": "normalized_power",
    }
)
_WORDS = (("average_", "avg_"), ("maximum_", "max_"), ("minimum_", "min_"))
"""What the device wrote about an effort → what the profile calls it; the inverse of what the reader does."""

_WRITTEN = frozenset({"timer_time", "elapsed_time", "num_laps"})
"""What every message says anyway."""


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
        *clock.columns(message, stops),
        column(message, "start_time", clock.seconds(starts)),
        column(message, "total_elapsed_time", (stops - starts) / SECOND),
        column(message, "message_index", np.arange(len(efforts))),
        column(message, "event", np.full(len(efforts), _EVENTS[message])),
        column(message, "event_type", np.full(len(efforts), STOP)),
    ]


def _summaries(message: str, efforts: Sequence[Effort], left_out: list[str]) -> list[Column]:
    """What the device wrote about its laps; what the message has no field for, or only a coarser one, is named."""
    columns: list[Column] = []
    names = dict.fromkeys(chain.from_iterable(effort.summary for effort in efforts))
    for name in [name for name in names if name not in _WRITTEN]:
        values = np.array([effort.summary.get(name, np.nan) for effort in efforts])
        field, parent = _fields(message, name)
        if name == "left_balance":
            columns.append(column(message, "left_right_balance", np.rint((1.0 - values) * 10_000.0) + 0x8000))
        elif field is not None:
            columns += _summary(message, field, values, what=f"{message} {name}", left_out=left_out)
        elif parent is None or parent not in names:
            left_out.append(f"{message} {name}")
    return columns


def _summary(message: str, field: FieldProfile, values: Floats, *, what: str, left_out: list[str]) -> list[Column]:
    unit = _unit(field)
    with np.errstate(over="ignore"):  # what is too large for its field is refused below, infinite or not
        theirs = (values - unit.offset) / unit.factor
    part = field.name.replace("_cadence", "_fractional_cadence")
    if (
        part != field.name
        and np.any(theirs % 1 > 0)
        and any(f.name == part for f in message_named(message).fields.values())
    ):
        turns = np.rint(theirs * 128) / 128
        return [column(message, field.name, np.floor(turns), what=what), column(message, part, turns % 1, what=what)]
    made = column(message, field.name, theirs, what=what)
    note_coarser(theirs * field.scale, left_out, what, size=unit.factor / field.scale, unit=unit.base)
    return [made]


def _fields(message: str, name: str) -> tuple[FieldProfile | None, str | None]:
    """The field of a summary's name, the enhanced one first, or the name of the one that it is another word for.

    The reader gives a field that has two names, the strokes and the strides of `total_cycles`, under both.
    """
    fields = {field.name: field for field in message_named(message).fields.values() if not field.type}
    theirs = _NAMES.get(name, name)
    for ours, word in _WORDS:
        if name.startswith(ours):
            theirs = word + name.removeprefix(ours)
    own = fields.get(f"enhanced_{theirs}", fields.get(theirs))
    owner = next((f.name for f in fields.values() if any(s.name == theirs for s in f.subfields)), "")
    for ours, word in _WORDS:
        if owner.startswith(word):
            owner = ours + owner.removeprefix(word)
    return own, owner or None


def _unit(field: FieldProfile) -> Unit:
    try:
        return named(field.unit)
    except UnknownName:
        return Unit(field.unit, field.unit)


def _sports(message: str, efforts: Sequence[Effort], left_out: list[str]) -> Column:
    numbers = value_numbers("sport", [effort.sport or "" for effort in efforts])
    left_out += [f"sport {e.sport}" for e in efforts if e.sport is not None and e.sport not in numbers]
    return column(message, "sport", [numbers.get(effort.sport or "", np.nan) for effort in efforts])


def _lap_ranges(sessions: Sequence[Effort], laps: Sequence[Effort]) -> list[Column]:
    """Which laps belong to a session: those that begin in it, and with the first session those before it."""
    starts = np.array([session.start for session in sessions])
    owner = np.maximum(np.searchsorted(starts, [lap.start for lap in laps], side="right") - 1, 0)
    counts = np.bincount(owner, minlength=len(sessions))
    firsts = np.cumsum(counts) - counts
    return [column("session", "first_lap_index", firsts), column("session", "num_laps", counts)]
