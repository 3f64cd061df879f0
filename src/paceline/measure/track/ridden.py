"""Where the rider was at every instant: loops say it exactly now and then, the wheel says it in between.

Between two passings the wheel's distance is stretched so that both are met; the line that was really ridden, tyre and
circumference are all in that factor. Where the wheel was not measured throughout, nothing is said until the next pair.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from paceline.domain.efforts import SECOND, Effort
from paceline.domain.errors import TooFewSamples, UnknownName
from paceline.domain.tracks import Track
from paceline.measure.grids import NOT_USED, longest_hold
from paceline.measure.quantities import Floats, Metres
from paceline.measure.track.geometry import laps_of, sections
from paceline.record.streams import Nanoseconds, Stream

BRIDGED = 0.1
"""s between two readings of the wheel that a straight line may always cross: at 20 m/s it is off by a millimetre."""

_EVENTS = 10
"""Turns from which their times say how the sensor's clock relates to the log's."""


@dataclass(frozen=True, eq=False)
class Wheel:
    """What the wheel says: distance on its own clock.

    Attributes:
        time: (sample,), int64 ns UTC, rising.
        distance: (sample,), m since the first sample, by the circumference that was taken.
        whole: (sample,), whether the wheel was measured all the way from the sample before.
    """

    time: Nanoseconds
    distance: Metres
    whole: npt.NDArray[np.bool_]

    @cached_property
    def seconds(self) -> Floats:
        """Time since the first sample, (sample,), s."""
        return np.asarray((self.time - self.time[0]) / SECOND)

    def at(self, instants: Nanoseconds) -> Metres:
        """Distance at other instants, m; NaN outside, and within holes."""
        seconds = self.seconds
        asked = (instants - self.time[0]) / SECOND
        after = np.clip(np.searchsorted(seconds, asked), 1, seconds.size - 1)
        known = (asked >= 0.0) & (asked <= seconds[-1]) & self.whole[after]
        return np.where(known, np.interp(asked, seconds, self.distance), np.nan)

    def unbroken(self, start: int, stop: int) -> bool:
        """Whether the wheel was measured throughout an interval, int64 ns UTC."""
        first, last = np.searchsorted(self.time, [start, stop])
        return bool(start >= self.time[0] and stop <= self.time[-1] and self.whole[max(first, 1) : last + 1].all())


def wheel(stream: Stream, *, circumference: float | None = None) -> Wheel:
    """Distance from a hub's or speed sensor's stream.

    Args:
        stream: with `wheel_revolutions`, for which the circumference is needed, or `wheel_speed`, `speed`, `distance`,
            tried in this order. Revolutions are taken at the times at which they ended, by `wheel_event_time`, where
            the sensor says them; else at the stream's own.
        circumference: m.

    Raises:
        UnknownName: the stream has none of these channels.
        TooFewSamples: fewer than two readings.
    """
    name = next((n for n in _order(circumference) if n in stream.values), None)
    if name == "wheel_revolutions":
        stream = by_events(stream)
    if name is None:
        raise UnknownName("channel of the wheel", _order(circumference)[0], known=stream.values)
    flags = stream.flag(name) | stream.flags.get("time", np.zeros(len(stream), np.uint8))
    usable = (flags & NOT_USED) == 0
    time, values = stream.time[usable], stream.values[name][usable]
    if time.size < 2:
        raise TooFewSamples("the wheel's distance", need=2, got=int(time.size))
    elapsed = np.diff(time) / SECOND
    counted = name in ("wheel_revolutions", "distance")
    if counted:
        steps = np.diff(values) * (circumference if name == "wheel_revolutions" and circumference else 1.0)
    else:
        steps = (values[1:] + values[:-1]) / 2.0 * elapsed
    whole = (elapsed <= max(longest_hold(stream), BRIDGED)) & (steps >= 0.0)
    # A counter counts on while the logger is silent; a speed that was not read says nothing.
    distance = np.concatenate([[0.0], np.cumsum(np.where(whole | (counted & (steps >= 0.0)), steps, 0.0))])
    return Wheel(time, distance, np.append(True, whole))


def by_events(stream: Stream) -> Stream:
    """Turns at the times at which they ended, brought from the sensor's clock to the log's; else the stream itself.

    A notification comes after its turn ended and never before: the least delays show how the two clocks relate. One
    turn told several times is taken once.

    Args:
        stream: with `wheel_revolutions` and `wheel_event_time`, s, which formats count on over its roll-overs.
    """
    if not {"wheel_revolutions", "wheel_event_time"} <= stream.values.keys():
        return stream
    turns, ended = stream.values["wheel_revolutions"], stream.values["wheel_event_time"]
    flags = stream.flag("wheel_revolutions") | stream.flag("wheel_event_time")
    flags = flags | stream.flags.get("time", np.zeros(len(stream), np.uint8))
    known = ((flags & NOT_USED) == 0) & ~(np.isnan(turns) | np.isnan(ended))
    clock, turns, ended = stream.time[known], turns[known], ended[known]
    fresh = np.diff(ended, prepend=-np.inf) > 0.0
    clock, turns, ended = clock[fresh], turns[fresh], ended[fresh]
    if clock.size < _EVENTS:
        return stream
    delay = (clock - clock[0]) / SECOND - ended
    slope = float(np.polyfit(ended - ended.mean(), delay, 1)[0])
    least = float(np.quantile(delay - slope * ended, 0.05))
    time = clock[0] + np.round((ended + slope * ended + least) * SECOND).astype(np.int64)
    return Stream(stream.name, time, {"wheel_revolutions": turns})


def _order(circumference: float | None) -> tuple[str, ...]:
    others = ("wheel_speed", "speed", "distance")
    return ("wheel_revolutions", *others) if circumference else others


@dataclass(frozen=True, eq=False)
class Ridden:
    """Distance along the black line at every instant of a run.

    Attributes:
        time: (sample,), int64 ns UTC.
        distance: (sample,), m from the finish line of the lap in which the run began, so that its remainder by the lap
            is the position; NaN where it is not known.
        stretch: (interval,), black-line distance over wheel distance from each passing to the next; NaN where the wheel
            was not measured throughout.
        error: m, root mean square by which the wheel missed a passing when it had to do without it; NaN where no three
            passings follow each other.
    """

    time: Nanoseconds
    distance: Metres
    stretch: Floats
    error: float


def ridden(instants: Nanoseconds, *, passing_time: Nanoseconds, passing_distance: Metres, rolled: Wheel) -> Ridden:
    """The rider's place at any instants between the first passing and the last.

    Args:
        instants: (sample,), int64 ns UTC, rising.
        passing_time: (passing,), int64 ns UTC, rising.
        passing_distance: (passing,), m, rising: from the finish line of the lap in which the run began; NaN leaves a
            passing out.
        rolled: the wheel's distance, on the loops' clock.

    Raises:
        TooFewSamples: fewer than two passings.
    """
    known = ~np.isnan(passing_distance)
    passing_time, passing_distance = passing_time[known], passing_distance[known]
    if passing_time.size < 2:
        raise TooFewSamples("the distance ridden", need=2, got=int(passing_time.size))
    marks = rolled.at(passing_time)
    pairs = zip(passing_time[:-1].tolist(), passing_time[1:].tolist(), strict=True)
    sound = np.array([rolled.unbroken(start, stop) for start, stop in pairs])
    moved = np.diff(marks)
    sound &= ~np.isnan(moved) & (np.nan_to_num(moved) > 0.0)
    stretch = np.where(sound, np.diff(passing_distance) / np.where(sound, moved, 1.0), np.nan)
    after = np.clip(np.searchsorted(passing_time, instants, side="right"), 1, passing_time.size - 1)
    within = (instants >= passing_time[0]) & (instants <= passing_time[-1])
    place = passing_distance[after - 1] + (rolled.at(instants) - marks[after - 1]) * stretch[after - 1]
    error = _left_out(passing_distance, marks, sound)
    return Ridden(instants, np.where(within, place, np.nan), stretch, error)


def _left_out(distance: Metres, marks: Metres, sound: npt.NDArray[np.bool_]) -> float:
    """How far the wheel alone, between the passings on both sides, is off at each passing."""
    both = sound[:-1] & sound[1:]
    if not both.any():
        return float("nan")
    share = (marks[1:-1] - marks[:-2])[both] / (marks[2:] - marks[:-2])[both]
    off = distance[:-2][both] + share * (distance[2:] - distance[:-2])[both] - distance[1:-1][both]
    return float(np.sqrt(np.mean(off**2)))


def instants_at(places: Metres, found: Ridden) -> Nanoseconds:
    """When the rider was at each distance, (place,), int64 ns UTC, to the nanosecond.

    Args:
        places: (place,), m, all within what was ridden and known.
        found: where the rider was when.

    Raises:
        TooFewSamples: the distance is not known on both sides of a place.
    """
    rising = np.flatnonzero(~np.isnan(found.distance))
    distance = np.maximum.accumulate(found.distance[rising])
    after = np.searchsorted(distance, places)
    good = (after > 0) & (after < distance.size)
    after = np.clip(after, 1, max(distance.size - 1, 1))
    if distance.size < 2 or not (good & (np.diff(rising)[after - 1] == 1)).all():
        raise TooFewSamples("the time at a place", need=int(places.size), got=int(np.count_nonzero(good)))
    before = after - 1
    share = (places - distance[before]) / (distance[after] - distance[before])
    start, stop = found.time[rising[before]], found.time[rising[after]]
    return np.asarray(start + np.round(share * (stop - start)).astype(np.int64))


def by_wheel(places: Metres, found: Ridden) -> tuple[Nanoseconds, Floats]:
    """When the rider was at lines whose loops said nothing, as the wheel tells it, and how far off that may be.

    It never takes the place of a passing: laps keep their holes, and who wants the wheel's word asks for it here.

    Args:
        places: (line,), m, all within what was ridden and known.
        found: where the rider was when.

    Returns:
        (line,), int64 ns UTC; and (line,), s, one standard deviation: what the wheel misses passings by, over speed.

    Raises:
        TooFewSamples: the distance is not known on both sides of a line.
    """
    when = instants_at(places, found)
    around = np.stack([when - SECOND // 4, when + SECOND // 4])
    known = ~np.isnan(found.distance)
    zero = found.time[0]
    clock = (found.time[known] - zero) / SECOND
    before, after = np.interp((around - zero) / SECOND, clock, found.distance[known])
    return when, np.asarray(found.error / ((after - before) / 0.5))


def section_efforts(found: Ridden, track: Track) -> Iterator[Effort]:
    """The bends and straights of a run as efforts in continuous time: each that was ridden whole and known throughout.

    Args:
        found: where the rider was when.
        track: of which track.

    Yields:
        "bends 1-2 of lap 3", …, in the order of the lap's sections; laps count from the finish line, the first one that
        the run touches is 1.
    """
    for section in sections(track):
        for start, stop in laps_of(found.distance, section, track):
            try:
                begin, end = instants_at(np.array([start, stop]), found).tolist()
            except TooFewSamples:
                continue
            inside = (found.time > begin) & (found.time < end)
            if not np.isnan(found.distance[inside]).any():
                lap = int(np.floor(start / track.length)) + 1
                yield Effort(f"{section.name} of lap {lap}", begin, end, "detected", sport="cycling")
