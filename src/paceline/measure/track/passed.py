"""Passings in order: how far around the track each was, which belong to one run, and which loops said nothing.

A passing that a loop missed is never made up: the distance goes on over it, because the loops around it say how far it
was, and the times that needed it are absent.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from paceline.measure.quantities import Metres, Seconds

PAUSE = 45.0
"""s without any passing that end a run: a finish line alone may miss a lap or two of a rider who goes on."""

FASTEST = 30.0
"""m/s; nobody rides from loop to loop faster, so that a passing which says so is a second reading of the same one."""

SAME_PLACE = 0.05
"""m; two distances closer than this are the same line."""


@dataclass(frozen=True, eq=False)
class Passed:
    """The passings of one transponder, in time order.

    Attributes:
        time: (passing,), s.
        distance: (passing,), m along the black line since the first of its run; NaN for a passing that was none: at a
            loop of unknown place, or a second reading of the same loop.
        run: (passing,), number of its run, from 0; runs are parted by pauses.
    """

    time: Seconds
    distance: Metres
    run: npt.NDArray[np.int64]

    def runs(self) -> Iterator[tuple[Seconds, Metres]]:
        """Time and distance of each run's passings, those without a distance left out."""
        known = ~np.isnan(self.distance)
        for number in np.unique(self.run[known]):
            own = known & (self.run == number)
            yield self.time[own], self.distance[own]


def passed(time: Seconds, position: Metres, lap_length: float) -> Passed:
    """Distances from places on the lap.

    From one passing to the next the rider went the least distance that leads there, plus as many whole laps as the
    median speed of all the steps says were ridden unseen.

    Args:
        time: (passing,), s, in any order.
        position: (passing,), m from the finish line; NaN where the loop's place is not known.
        lap_length: m.

    >>> passed(np.array([0.0, 8.0, 24.0]), np.array([0.0, 125.0, 125.0]), 250.0).distance.tolist()
    [0.0, 125.0, 375.0]
    """
    order = np.argsort(time, kind="stable")
    time, position = time[order], position[order]
    run = np.cumsum(np.diff(time, prepend=time[:1]) > PAUSE).astype(np.int64)
    distance = np.full(time.shape, np.nan)
    usual = _usual_speed(time, position, run, lap_length)
    last: int | None = None
    for this in np.flatnonzero(~np.isnan(position)):
        if last is None or run[this] != run[last]:
            distance[this] = 0.0
        else:
            elapsed = time[this] - time[last]
            step = _step(position[this] - position[last], lap_length)
            if step > FASTEST * elapsed:
                continue
            step += max(round((usual * elapsed - step) / lap_length), 0) * lap_length
            distance[this] = distance[last] + step
        last = int(this)
    return Passed(time, distance, run)


def _step(change: float, lap_length: float) -> float:
    step = float(change % lap_length)
    return lap_length if step < SAME_PLACE or lap_length - step < SAME_PLACE else step


def _usual_speed(time: Seconds, position: Metres, run: npt.NDArray[np.int64], lap_length: float) -> float:
    known = ~np.isnan(position)
    elapsed, within = np.diff(time[known]), np.diff(run[known]) == 0
    steps = np.array([_step(change, lap_length) for change in np.diff(position[known])])
    good = within & (elapsed > 0.0) & (steps <= FASTEST * elapsed)
    return float(np.median(steps[good] / elapsed[good])) if good.any() else 0.0


def line_times(found: Passed, every: float, *, start: float = 0.0) -> list[Seconds]:
    """When lines at equal distances were crossed, for each run, (line,), s; NaN where no loop saw it.

    Args:
        found: the passings.
        every: m from line to line.
        start: m from the run's first passing to the first line.

    >>> seen = passed(np.array([0.0, 8.0, 24.0]), np.array([0.0, 125.0, 125.0]), 250.0)
    >>> [times.tolist() for times in line_times(seen, 125.0)]
    [[0.0, 8.0, nan, 24.0]]
    """
    return [_at_lines(time, distance, every, start) for time, distance in found.runs()]


def _at_lines(time: Seconds, distance: Metres, every: float, start: float) -> Seconds:
    lines = np.arange(start, float(distance[-1]) + SAME_PLACE, every)
    return _times_at(lines, time, distance)


def _times_at(lines: Metres, time: Seconds, distance: Metres) -> Seconds:
    """The time of the passing at each distance, NaN where there is none."""
    if not lines.size:
        return np.empty(0)
    after = np.minimum(np.searchsorted(distance, lines - SAME_PLACE), distance.size - 1)
    return np.where(np.abs(distance[after] - lines) <= SAME_PLACE, time[after], np.nan)


def splits(found: Passed, length: float) -> tuple[Seconds, Seconds]:
    """Every stretch of a length that two passings bound: when it ended, and how long it took, (split,), s each.

    Args:
        found: the passings.
        length: m.
    """
    ends, taken = [], []
    for time, distance in found.runs():
        began = _times_at(distance - length, time, distance)
        there = ~np.isnan(began) & (distance - length >= -SAME_PLACE)
        ends.append(time[there])
        taken.append((time - began)[there])
    return np.concatenate([*ends, []]), np.concatenate([*taken, []])


@dataclass(frozen=True, slots=True)
class Missed:
    """A loop that should have seen the rider and did not.

    Attributes:
        position: of the loop on the lap, m.
        distance: of the run at which the rider was there, m.
        after: s, time of the passing before it.
        before: s, time of the passing after it.
    """

    position: float
    distance: float
    after: float
    before: float


def missed(time: Seconds, position: Metres, lap_length: float) -> tuple[Missed, ...]:
    """Every passing that is not there though the rider went on: of loops that did see them elsewhere.

    Args:
        time: (passing,), s.
        position: (passing,), m.
        lap_length: m.

    >>> missed(np.array([0.0, 8.0, 24.0, 32.0]), np.array([0.0, 125.0, 125.0, 0.0]), 250.0)
    (Missed(position=0.0, distance=250.0, after=8.0, before=24.0),)
    """
    found = passed(time, position, lap_length)
    ordered = position[np.argsort(time, kind="stable")]
    loops = np.unique(ordered[~np.isnan(found.distance)])
    gaps = []
    for number in np.unique(found.run):
        own = np.flatnonzero((found.run == number) & ~np.isnan(found.distance))
        seen, when = found.distance[own], found.time[own]
        for loop in loops if own.size else ():
            first = float((loop - ordered[own[0]]) % lap_length)
            lines = np.arange(first, seen[-1], lap_length)
            for line in lines[np.isnan(_times_at(lines, when, seen))]:
                next_ = int(np.searchsorted(seen, line))
                gaps.append(Missed(float(loop), float(line), float(when[next_ - 1]), float(when[next_])))
    return tuple(sorted(gaps, key=lambda gap: (gap.after, gap.distance)))
