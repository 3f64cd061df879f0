"""What a ride looked like over time: the traces of the strip chart, with laps, and what is doubtful shaded."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from paceline.domain.efforts import SECOND
from paceline.measure.quantities import Floats
from paceline.measure.report.figures import shown_in, to_shown
from paceline.measure.report.sports import TURNS, Telling, pace, pace_ticks, told
from paceline.measure.results import Results
from paceline.measure.sessions import Session
from paceline.record.streams import Flag, Nanoseconds

SMOOTHED = 30.0
"""s, of the moving mean of power."""

_DOUBT = Flag.SPIKE | Flag.FLAT | Flag.OUT_OF_RANGE | Flag.DROPOUT

_KINDS = (
    ("power", f"Power, {SMOOTHED:.0f} s mean", "W"),
    ("heart_rate", "Heart rate", "bpm"),
    ("cadence", "Cadence", "rpm"),
    ("speed", "Speed", "m/s"),
    ("altitude", "Altitude", "m"),
)
"""Quantity, title and unit; speed is drawn only where there is no power."""


@dataclass(frozen=True, slots=True)
class Span:
    """A part of the time axis, in s from its beginning, with a word for it."""

    start: float
    stop: float
    name: str


@dataclass(frozen=True, eq=False)
class Trace:
    """One quantity over time.

    Attributes:
        name: the quantity.
        title: for people.
        unit: as shown.
        values: (sample,), as shown, NaN where absent.
        doubts: where readings are flagged.
        ticks: places on its axis and what stands there; round numbers where there are none.
    """

    name: str
    title: str
    unit: str
    values: Floats
    doubts: tuple[Span, ...]
    ticks: tuple[tuple[float, str], ...] = ()


@dataclass(frozen=True, eq=False)
class Strip:
    """Traces on one time axis.

    Attributes:
        duration: s.
        interval: s between values.
        traces: from top to bottom.
        above: what `laps` are: "laps" of the device or, without any, "efforts" found in the power.
        laps: where they lie.
        holes: pauses and gaps of the recording.
    """

    duration: float
    interval: float
    traces: tuple[Trace, ...]
    above: str
    laps: tuple[Span, ...]
    holes: tuple[Span, ...]


def strip(session: Session, results: Results, *, imperial: bool = False) -> Strip:
    """The traces of an effort of a ride; W′ balance among them where it is known."""
    effort = results.effort
    interval = max(1.0, round(effort.duration / 20_000.0))
    served = session.served(effort, step=interval).values
    by = told(session, effort)
    traces = []
    for name, title, unit in _KINDS:
        if name in served and not (name == "speed" and "power" in served):
            values = np.asarray(served[name], dtype=np.float64)
            if name == "power":
                values = smoothed(values, width=max(round(SMOOTHED / interval), 1))
            trace = Trace(name, title, unit, values, _doubts(session, results, name))
            traces.append(_drawn(trace, by, imperial=imperial))
    if "w_prime_balance" in results.found:
        balance = np.asarray(results["w_prime_balance"].value)[:: int(interval)]
        traces.insert(1, Trace("w_prime_balance", "W′ balance", "kJ", to_shown(balance, "J"), ()))
    laps = [e for e in session.efforts if e.origin == "lap"]
    drawn = laps if len(laps) > 1 else session.detected
    begin, end = effort.start, effort.stop
    inside = [e for e in drawn if e.stop > begin and e.start < end]
    spans = tuple(Span(_at(e.start, begin), _at(min(e.stop, end), begin), e.name) for e in inside)
    holes = tuple(
        Span(_at(f.start, begin), _at(min(f.stop, end), begin), f.kind)
        for f in session.findings
        if f.kind in {"gap", "pause"} and f.stream == "record" and f.stop > begin and f.start < end
    )
    above = "laps" if drawn is laps else "efforts found in the power"
    return Strip(effort.duration, interval, tuple(traces), above, spans, holes)


def _drawn(trace: Trace, by: Telling, *, imperial: bool) -> Trace:
    """A trace in the unit that the reader sees; the axis of a pace is one of speed, with paces written at it."""
    if trace.name == "speed" and by.pace:
        fastest = float(np.nanmax(trace.values, initial=0.0))
        _, unit = pace(fastest, by.pace, imperial=imperial)
        return replace(trace, title="Pace", unit=unit, ticks=tuple(pace_ticks(fastest, by.pace, imperial=imperial)))
    if trace.name == "cadence" and by.cadence in TURNS:
        return replace(trace, unit=by.cadence, values=trace.values * by.turns)
    unit = shown_in(trace.unit, imperial=imperial)
    return replace(trace, unit=unit, values=to_shown(trace.values, trace.unit, imperial=imperial))


def smoothed(values: Floats, *, width: int) -> Floats:
    """The mean of the readings in a window around each sample; NaN where less than half of it was measured.

    >>> smoothed(np.array([0.0, 3.0, 6.0, np.nan, np.nan, np.nan]), width=3).tolist()
    [1.5, 3.0, 4.5, nan, nan, nan]
    """
    known = ~np.isnan(values)
    sums = np.concatenate([[0.0], np.cumsum(np.where(known, values, 0.0))])
    counts = np.concatenate([[0], np.cumsum(known)])
    at = np.arange(values.size)
    low, high = np.maximum(at - width // 2, 0), np.minimum(at + (width + 1) // 2, values.size)
    found = counts[high] - counts[low]
    means = (sums[high] - sums[low]) / np.maximum(found, 1)
    return np.where(2 * found >= high - low, means, np.nan)


def _at(instant: int, begin: int) -> float:
    return max(instant - begin, 0) / SECOND


def _doubts(session: Session, results: Results, channel: str) -> tuple[Span, ...]:
    """Where the channel's readings are flagged, in any recording that has it; neighbours within a few steps are one."""
    begin, end = results.effort.start, results.effort.stop
    found: list[Span] = []
    for recording in session.recordings:
        for stream in recording.streams.values():
            if channel in stream.values:
                inside = (stream.time >= begin) & (stream.time < end)
                flagged = inside & ((stream.flag(channel) & _DOUBT) > 0)
                found += _spans(stream.time[flagged], begin)
    return tuple(found)


def _spans(times: Nanoseconds, begin: int) -> list[Span]:
    if times.size == 0:
        return []
    seconds = np.sort((times - begin) / SECOND)
    breaks = np.flatnonzero(np.diff(seconds) > 5.0) + 1
    return [Span(float(part[0]), float(part[-1]) + 1.0, "doubted") for part in np.split(seconds, breaks)]
