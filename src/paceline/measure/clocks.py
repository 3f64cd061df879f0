"""By how much a device's clock is off: told by events that it shares with a clock that is trusted.

Where a wheel passes loops, the distance it rolled has to fit the distance between them: its clock's offset and drift,
and the wheel's true circumference, follow by robust regression. Where two devices measured the same quantity, one curve
is slid over the other. Each fit says how sure it is and what was left over; nothing is moved until `reclocked` is asked
to, and that keeps a record of what it did.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from paceline.domain.efforts import Effort
from paceline.domain.errors import TooFewSamples
from paceline.measure.clock_fits import ClockFit, Curve, Readings, fitted, settled, slid
from paceline.measure.clock_wander import wandered
from paceline.measure.estimates import Estimate
from paceline.measure.quantities import Floats, Metres
from paceline.measure.robust_regression import robust_regression
from paceline.measure.track.ridden import Wheel
from paceline.record.recordings import Recording
from paceline.record.streams import Nanoseconds, Stream

LINE_ERROR = 0.01
"""m, one standard deviation, by which the mean line of a run of minutes lies off the black one, unless said otherwise.
Riders who sway by 3 cm and forget it in 20 s keep it as well over a pursuit; whoever rides up the track does not."""

SEARCHED = 60.0
"""s, how far a clock may be off before the loops can't tell by themselves; `by_correlation` has no such limit."""


@dataclass(frozen=True, slots=True)
class Reclocking:
    """What was done to a recording's clock.

    Attributes:
        offset: s that were added at `reference`.
        drift: s that were added for each second since then.
        reference: int64 ns on the clock as recorded.
        standard_error: of the offset, s.
        method: for people.
        streams: names of the streams that were moved.
    """

    offset: float
    drift: float
    reference: int
    standard_error: float
    method: str
    streams: tuple[str, ...]


def against_loops(
    rolled: Wheel,
    *,
    passing_time: Nanoseconds,
    passing_distance: Metres,
    lap_length: float | None = None,
    drift: bool = True,
) -> ClockFit:
    """The wheel's clock against the loops'.

    A steady speed can't tell a late clock from a longer way: use a run with a standing start or a sprint. The fit knows
    that the line wanders and, with the lap's length, that a loop may lie off its place.

    The offset is that of the readings: a device that shows, once a second, the mean of the second before shows it half
    a second late, and the offset takes that off as well. It brings readings where they belong; of the clock itself it
    tells that much less.

    Args:
        rolled: distance on the device's clock.
        passing_time: (passing,), int64 ns on the loops' clock, rising.
        passing_distance: (passing,), m of black line, rising; NaN leaves a passing out.
        lap_length: m, by which loops are told apart; without it their places are taken to be exact.
        drift: whether a drift is looked for too, which takes a run of minutes. Where it is not, what a quartz clock may
            drift is in the offset's error.

    Returns:
        The fit; its `scale` is black-line distance over wheel distance for the line that was ridden, its residuals are
        m.

    Raises:
        TooFewSamples: fewer passings within the wheel's time than there are parameters.
        NotIdentifiable: the speed hardly changed, so that the offset is not known to a second.
    """
    known = ~np.isnan(passing_distance)
    time, distance = passing_time[known], passing_distance[known]
    curve, method = Curve(rolled.time, rolled.at, 0.25), "wheel distance against timing loops"
    start = settled(curve, time, distance, drift=False, searched=SEARCHED, method=method)
    return wandered(curve, start, time, distance, lap_length=lap_length, drift=drift, method=method)


def by_correlation(trusted: Stream, other: Stream, channel: str, *, drift: bool = False) -> ClockFit:
    """Another device's clock against a trusted one, by a quantity that both measured.

    Args:
        trusted: stream on the trusted clock.
        other: stream on the clock in question, ordered in time.
        channel: that both have.
        drift: whether a drift is looked for too.

    Returns:
        The fit; its `scale` is the trusted device's reading for one unit of the other's, its residuals are in the
        channel's unit.

    Raises:
        TooFewSamples: hardly any reading in common.
        NotIdentifiable: the quantity hardly changes.
    """
    ours, theirs = (Readings.of(stream, channel) for stream in (trusted, other))
    coarse = slid(ours, theirs)
    curve = Curve(theirs.time, theirs.at, max(theirs.step, ours.step))
    return fitted(
        curve, ours.time, ours.values, drift=drift, searched=2 * max(ours.step, theirs.step), around=coarse,
        method=f"correlation of {channel}",
    )  # fmt: skip


def reclocked(recording: Recording, fit: ClockFit) -> tuple[Recording, Reclocking]:
    """The recording on the trusted clock, and the record of what was done; what was recorded stays as it was.

    Args:
        recording: all of whose streams share the clock that was fitted.
        fit: of that clock.
    """
    streams = {name: replace(s, time=fit.moved(s.time)) for name, s in recording.streams.items()}

    def at(instant: int) -> int:
        return int(fit.moved(np.array([instant]))[0])

    def all_at(efforts: tuple[Effort, ...]) -> tuple[Effort, ...]:
        return tuple(replace(effort, start=at(effort.start), stop=at(effort.stop)) for effort in efforts)

    moved = replace(
        recording,
        streams=streams,
        laps=all_at(recording.laps),
        sessions=all_at(recording.sessions),
        lengths=all_at(recording.lengths),
        events=tuple(replace(event, time=at(event.time)) for event in recording.events),
    )
    drift = 0.0 if fit.drift is None else fit.drift.value
    done = Reclocking(
        fit.offset.value, drift, fit.reference, fit.offset.standard_error, fit.method, tuple(streams)
    )  # fmt: skip
    return moved, done


def circumference(
    turned: Wheel,
    *,
    passing_time: Nanoseconds,
    passing_distance: Metres,
    lap_length: float,
    line_error: float = LINE_ERROR,
) -> Estimate:
    """The wheel's rolling circumference, m, from whole laps between passings of one loop.

    Whole laps, since a loop that lies a little off its place then does no harm, and one line, since laps that overlap
    are not independent. The line that was ridden is taken to be the black one on average: who rides above it makes the
    wheel look smaller, by 2 π m a lap for every metre. Fourteen laps can't show that, so it is declared. The first lap
    counts like the others.

    Args:
        turned: turns of the wheel as its distance (`wheel(stream, circumference=1.0)`), on the loops' clock.
        passing_time: (passing,), int64 ns UTC, rising.
        passing_distance: (passing,), m since the first, rising; NaN leaves a passing out.
        lap_length: m.
        line_error: m, one standard deviation, by which the mean line of the run may lie off the black one.

    Returns:
        The estimate with its standard error, in which the line's is; `.interval()` gives its confidence interval.

    Raises:
        TooFewSamples: fewer than three whole laps with the wheel measured throughout.
    """
    turns, metres = _laps(turned, passing_time, passing_distance, lap_length)
    if turns.size < 3:
        raise TooFewSamples("the wheel's circumference", need=3, got=int(turns.size))
    found = robust_regression(turns[:, None], metres, model="the wheel's circumference").estimate(0)
    return found.widened(by_line(found.value, line_error=line_error, lap_length=lap_length))


def by_line(circumference: float, *, line_error: float = LINE_ERROR, lap_length: float) -> float:
    """m by which a circumference is off where the line was off by `line_error`.

    >>> round(by_line(2.1, line_error=0.01, lap_length=250.0), 5)     # 2 π · 1 cm is 6 cm in 250 m
    0.00053
    """
    return 2.0 * math.pi * line_error / lap_length * circumference


def _laps(turned: Wheel, time: Nanoseconds, distance: Metres, lap_length: float) -> tuple[Floats, Metres]:
    """Turns and metres of each lap over the loop that has most of them."""
    place = np.round(np.mod(distance + 0.01, lap_length), 1)
    lines, counts = np.unique(place[~np.isnan(place)], return_counts=True)
    if not lines.size:
        return np.empty(0), np.empty(0)
    own = np.flatnonzero(place == lines[np.argmax(counts)])
    turns, metres = np.diff(turned.at(time[own])), np.diff(distance[own])
    sound = np.array(
        [turned.unbroken(int(a), int(b)) for a, b in zip(time[own][:-1], time[own][1:], strict=True)], bool
    )
    sound &= ~np.isnan(turns)
    return turns[sound], metres[sound]
