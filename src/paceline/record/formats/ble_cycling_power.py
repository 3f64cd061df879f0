"""A log of Bluetooth power notifications: each line a time and the bytes of one Cycling Power Measurement (0x2A63).

The time is ISO 8601, seconds or milliseconds since 1970, or seconds since the start; the bytes are hexadecimal, with or
without blanks, hyphens or 0x. The counters in a notification roll over: 16 bits of turns, of 1/1024 s and 1/2048 s, of
torque. They are counted on; how often an event time rolled over in a silence is told by the log's clock.

Source: the Bluetooth SIG's definition of the characteristic (GATT XML of 2014-07-02): flags and field order, little
endian; power sint16 W; balance uint8 of ½ %; torque uint16 of 1/32 N·m; wheel uint32 turns, uint16 of 1/2048 s; crank
uint16 turns and uint16 of 1/1024 s; then extremes, dead spots and energy.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from paceline.domain.channels import Channel
from paceline.domain.devices import Device
from paceline.domain.efforts import SECOND
from paceline.domain.errors import Damaged
from paceline.record.formats import Source
from paceline.record.formats.delimited import head_lines, lines_of
from paceline.record.formats.readings import Findings, Readings
from paceline.record.formats.timestamps import instant as moment
from paceline.record.formats.wall_clock import undated
from paceline.record.recordings import Problem, Recording
from paceline.record.streams import Floats, Nanoseconds, Stream

NAME = "Bluetooth power log"
MEANING = "Notifications of a Bluetooth power meter (Cycling Power Measurement, 0x2A63), logged with their times."

DESCRIBED = {
    "balance": Channel("balance", "1", 0.0, 1.0, "Share of the power of one leg; the meter does not say which."),
    "top_dead_spot": Channel("top_dead_spot", "°", 0.0, 360.0, "Crank angle where the torque is least, at the top."),
    "bottom_dead_spot": Channel("bottom_dead_spot", "°", 0.0, 360.0, "Crank angle of least torque, at the bottom."),
    "maximal_force": Channel("maximal_force", "N", -4e4, 4e4, "Largest force on the crank in the last turn."),
    "minimal_force": Channel("minimal_force", "N", -4e4, 4e4, "Smallest force on the crank in the last turn."),
    "maximal_torque": Channel("maximal_torque", "N·m", -2e3, 2e3, "Largest torque in the last turn."),
    "minimal_torque": Channel("minimal_torque", "N·m", -2e3, 2e3, "Smallest torque in the last turn."),
}

_LINE = re.compile(
    r"\s*(?P<time>\d{4}-\d\d-\d\d[T ][\d:.,]{5,20}(?:Z|[+-]\d\d:?\d\d)?|\d{1,19}(?:\.\d{1,9})?)[\s,;|]+"
    r"(?:(?:0x)?2a63[\s,;|:]+)?(?:0x)?(?P<hex>[0-9a-f]{2}(?:[\s:-]?(?:0x)?[0-9a-f]{2}){3,59})\s*",
    re.IGNORECASE | re.ASCII,
)
_FIELDS = (
    (0, "B", ("balance",), 1 / 200),
    (2, "H", ("accumulated_torque",), 1 / 32),
    (4, "IH", ("wheel_revolutions", "wheel_event_time"), 1.0),
    (5, "HH", ("crank_revolutions", "crank_event_time"), 1.0),
    (6, "hh", ("maximal_force", "minimal_force"), 1.0),
    (7, "hh", ("maximal_torque", "minimal_torque"), 1 / 32),
    (8, "3s", (), 1.0),
    (9, "H", ("top_dead_spot",), 1.0),
    (10, "H", ("bottom_dead_spot",), 1.0),
    (11, "H", ("energy",), 1000.0),
)
"""Flag → layout, channels and what a count is worth; counters that roll over are scaled when they are counted on."""

_LEFT, _OFFSET = 1 << 1, 1 << 12
_COUNTERS = {
    "accumulated_torque": (2048.0, 1.0),
    "wheel_revolutions": (2.0**32, 1.0),
    "crank_revolutions": (2.0**16, 1.0),
}
"""Channel → where it rolls over, in the unit it is held in, and what one is worth."""

_EVENTS = {"wheel_event_time": (2.0**16, 1 / 2048), "crank_event_time": (2.0**16, 1 / 1024)}
_LARGEST = 4_000_000_000


@dataclass(frozen=True, slots=True)
class Notification:
    """What one notification says; counters as they stand on the wire.

    Attributes:
        values: channel → value in its unit; event times and turns in counts.
        compensating: the meter is setting its zero: power and torque are no readings.
    """

    values: Mapping[str, float]
    compensating: bool


def notification(data: bytes) -> Notification | None:
    """The fields of one Cycling Power Measurement, or None where its length is not what its flags say.

    >>> notification(bytes.fromhex("2000 FA00 0A00 0004")).values      # 250 W, 10 turns, 1024/1024 s
    {'power': 250.0, 'crank_revolutions': 10.0, 'crank_event_time': 1024.0}
    """
    if len(data) < 4:
        return None
    flags, power = struct.unpack_from("<Hh", data)
    values, at = {"power": float(power)}, 4
    for bit, layout, names, factor in _FIELDS:
        if not flags >> bit & 1:
            continue
        size = struct.calcsize("<" + layout)
        if at + size > len(data):
            return None
        counts = struct.unpack_from("<" + layout, data, at)
        values |= {name: count * factor for name, count in zip(names, counts, strict=False)}
        at += size
    if at != len(data) or flags >> 13:
        return None
    if "balance" in values and flags & _LEFT:
        values["left_balance"] = values.pop("balance")
    return Notification(values, bool(flags & _OFFSET))


def sniff(head: bytes) -> bool:
    """Whether most of the first lines are a time and bytes whose length is exactly what their flags say."""
    lines = [line for line in head_lines(head)[:20] if line.strip() and not line.startswith("#")]
    sound = [_parsed(line) is not None for line in lines]
    return bool(lines) and sound[0] and sum(sound) > len(sound) / 2


def _parsed(line: str) -> tuple[str, Notification] | None:
    match = _LINE.fullmatch(line) if len(line) < 400 else None
    if match is None:
        return None
    found = notification(bytes.fromhex(re.sub(r"0x|[\s:-]", "", match["hex"], flags=re.IGNORECASE)))
    return None if found is None else (match["time"], found)


def decode(data: bytes, source: Source) -> tuple[tuple[Recording, ...], tuple[Problem, ...]]:
    """One recording with the stream "record": power, and turns and event times that only count up."""
    findings, readings = Findings(), Readings()
    dated, zone, lines = True, None, lines_of(data, findings)
    for index, line in enumerate(lines):
        if not line.strip() or line.startswith("#"):
            continue
        parsed = _parsed(line)
        time = None if parsed is None else _instant(parsed[0])
        if parsed is None or time is None:
            last = index == len(lines) - 1
            kind, what = ("truncated", "The last line is cut off") if last else ("notification", "A line is no reading")
            findings.add(kind, f"{what} and left out.", line=index + 1)
            continue
        dated, zone = dated and time[1], time[2]
        readings.add(time[0], _row(parsed[1], findings, line=index + 1))
    if not len(readings):
        raise Damaged(source.file, expected="a notification", found="none that can be read", offset=0)
    stream = counted_on(readings.stream("record", described=DESCRIBED))
    time_ = stream.time if dated else undated(stream.time, source.start, findings)
    stream = Stream("record", time_, stream.values, {}, stream.described)
    device = Device("power", product="Bluetooth power meter")
    return (Recording({"record": stream}, device, "cycling", dated=dated or source.start is not None,
                      utc_offset=zone or None),), findings.problems()  # fmt: skip


def _row(found: Notification, findings: Findings, *, line: int) -> dict[str, float]:
    if found.compensating:
        findings.add("zeroing", "The meter was setting its zero: power there is no reading.", line=line)
        return {name: value for name, value in found.values.items() if name not in ("power", "accumulated_torque")}
    return dict(found.values)


def _instant(text: str) -> tuple[int, bool, int | None] | None:
    """ns, whether it has a date, and the zone's offset in s."""
    if "-" in text:
        found = moment(text)
        return None if found is None else (found.time, True, found.zone)
    whole, _, decimals = text.partition(".")
    nanoseconds = int(decimals.ljust(9, "0")) if decimals else 0
    seconds = int(whole)
    if not decimals and seconds > _LARGEST:  # milliseconds since 1970
        seconds, nanoseconds = seconds // 1000, seconds % 1000 * 1_000_000
    if seconds > _LARGEST:
        return None
    return seconds * SECOND + nanoseconds, seconds > SECOND // 2, None


def counted_on(stream: Stream) -> Stream:
    """The same readings with every counter going on where it rolled over; absent readings stay absent."""
    values = dict(stream.values)
    for name, (period, worth) in _COUNTERS.items():
        if name in values:
            values[name] = _on(values[name], period) * worth
    for name, (period, worth) in _EVENTS.items():
        if name in values:
            values[name] = _events(values[name], stream.time, period, worth)
    return Stream(stream.name, stream.time, values, stream.flags, stream.described)


def _on(counts: Floats, period: float) -> Floats:
    result, known = counts.copy(), np.flatnonzero(~np.isnan(counts))
    if known.size:
        steps = np.mod(np.diff(counts[known]), period)
        # A counter that steps back a little is a packet out of order, not a whole period of turns.
        steps = np.where(steps > period / 2, steps - period, steps)
        result[known] = counts[known][0] + np.concatenate([[0.0], np.cumsum(steps)])
    return result


def _events(counts: Floats, time: Nanoseconds, period: float, worth: float) -> Floats:
    """Event times in s: whole periods that passed unseen are those that bring the sensor nearest to the log's clock."""
    result, known = counts.copy(), np.flatnonzero(~np.isnan(counts))
    if not known.size:
        return result
    steps = np.mod(np.diff(counts[known]), period)
    elapsed = np.diff(time[known]) / SECOND / worth
    moved = steps > 0
    # Since a standing wheel repeats its last event, the time since that event counts, not the time since the last line.
    since = elapsed + _standing(elapsed, moved)
    rolls = np.where(moved, np.maximum(np.rint((since - steps) / period), 0.0), 0.0)
    result[known] = (counts[known][0] + np.concatenate([[0.0], np.cumsum(steps + rolls * period)])) * worth
    return result


def _standing(elapsed: Floats, moved: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> Floats:
    """For each step, the time before it in which no new event came."""
    total = np.concatenate([[0.0], np.cumsum(elapsed)])[:-1]
    last = np.maximum.accumulate(np.where(np.concatenate([[True], moved[:-1]]), total, -np.inf))
    return np.asarray(total - last)
