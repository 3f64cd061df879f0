"""Team pursuit: who rode where in the line, when they changed, and what the wake saved, from everyone's passings.

At every timing line the riders pass one after the other: that is the order there. Between two lines each rider keeps
the place that they had at the first, because no loop sees where between them a change took place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from paceline.domain.errors import TooFewSamples
from paceline.measure.quantities import Floats, Metres, Seconds
from paceline.measure.track.passed import SAME_PLACE, Passed

POWER_IN_WAKE = (1.0, 0.71, 0.65, 0.65)
"""Share of the leader's power that each place of a line of four takes at the same speed: Broker, Kyle and Burke (1999),
Racing cyclist power requirements in the 4000-m individual and team pursuits, Medicine and Science in Sports and
Exercise 31:1677-1685, as quoted at alexl.wordpress.com/2009/06/26: about the same in third and fourth place."""

LONGEST_GAP = 1.0
"""s behind the rider ahead beyond which somebody has lost the line: 15 m at race speed."""


@dataclass(frozen=True, slots=True)
class Change:
    """A rider went from the front to the back, or a place opened.

    Attributes:
        distance: m since the start, of the first line at which the new order was seen.
        time: s, when its leader passed that line.
        before: who led until then.
        after: who leads from then on.
    """

    distance: float
    time: float
    before: str
    after: str


@dataclass(frozen=True, eq=False)
class TeamPursuit:
    """Order and gaps at each line, and what follows from them.

    Attributes:
        riders: as they were named, in the order given.
        distance: (line,), m since the start.
        time: (line, rider), s; NaN where the loop missed that rider.
        place: (line, rider), 1 for the leader; NaN at a line where the loop missed anybody: nobody's place is sure.
        gap: (line, rider), s behind the rider one place ahead; NaN for the leader and where a place is not known.
        changes: changes of the lead, in order.
        in_place: (rider, place), s that each rider spent in each place.
        unknown: (rider,), s in which the rider's place is not known.
        factor: (rider,), mean share of the leader's power over the time in known places; NaN where there is none.
        dropped: (line, rider), whether the rider was more than a second behind the one ahead.
    """

    riders: tuple[str, ...]
    distance: Metres
    time: Floats
    place: Floats
    gap: Floats
    changes: tuple[Change, ...]
    in_place: Floats
    unknown: Seconds
    factor: Floats
    dropped: npt.NDArray[np.bool_]


def team_pursuit(
    passings: Mapping[str, Passed], *, start: float, shares: Sequence[float] = POWER_IN_WAKE
) -> TeamPursuit:
    """The line of a team at every loop.

    Args:
        passings: rider → their passings on one clock, all with distances from the same line; each rider's first run.
        start: s, when the team started.
        shares: of the leader's power, for each place; the last one holds for all places behind it.

    Raises:
        TooFewSamples: fewer than two riders, or no line that all of them passed.

    >>> from paceline.measure.track.passed import passed
    >>> lead = passed(np.array([0.0, 8.0, 16.0]), np.array([0.0, 125.0, 0.0]), 250.0)
    >>> second = passed(np.array([0.2, 8.3, 15.8]), np.array([0.0, 125.0, 0.0]), 250.0)
    >>> found = team_pursuit({"a": lead, "b": second}, start=0.0)
    >>> found.place.tolist(), [(c.distance, c.before, c.after) for c in found.changes]
    ([[1.0, 2.0], [1.0, 2.0], [2.0, 1.0]], [(250.0, 'a', 'b')])
    """
    riders = tuple(passings)
    runs = [next(passings[rider].runs(), (np.empty(0), np.empty(0))) for rider in riders]
    distance = _lines([line for _, line in runs])
    if len(riders) < 2 or not distance.size:
        raise TooFewSamples("a team's order", need=2, got=len(riders) if distance.size else 0)
    time = np.stack([_at(distance, *run) for run in runs], axis=1)
    if not (~np.isnan(time)).all(axis=1).any():
        raise TooFewSamples("a team's order", need=1, got=0)
    place, gap = _order(time)
    spent, unknown = _spent(time, place, start)
    known = spent.sum(axis=1)
    weights = np.array([shares[min(p, len(shares) - 1)] for p in range(len(riders))])
    factor = np.where(known > 0.0, spent @ weights / np.where(known > 0.0, known, 1.0), np.nan)
    dropped = np.nan_to_num(gap) > LONGEST_GAP
    return TeamPursuit(
        riders, distance, time, place, gap, _changes(riders, distance, time, place), spent, unknown, factor, dropped
    )


def _lines(distances: Sequence[Metres]) -> Metres:
    """Every line that any rider was seen at, once."""
    every = np.sort(np.concatenate([*distances, []]))
    return every[np.diff(every, prepend=-np.inf) > SAME_PLACE]


def _at(lines: Metres, time: Seconds, distance: Metres) -> Seconds:
    if not distance.size:
        return np.full(lines.shape, np.nan)
    nearest = np.abs(distance[:, None] - lines[None, :]).argmin(axis=0)
    return np.where(np.abs(distance[nearest] - lines) <= SAME_PLACE, time[nearest], np.nan)


def _order(time: Floats) -> tuple[Floats, Floats]:
    """Place and gap at each line. Where a rider is missing nobody's place is known: the missing one could be anywhere.

    A rider who has left the team for good (swung off in the last laps) is not missing: the places are of those who are
    seen again.
    """
    place, gap = np.full(time.shape, np.nan), np.full(time.shape, np.nan)
    rows = np.arange(time.shape[0])[:, None]
    last = np.where(np.isnan(time), -1, rows).max(axis=0)
    for line, times in enumerate(time):
        riding = np.flatnonzero(last >= line)
        if np.isnan(times[riding]).any():
            continue
        order = riding[np.argsort(times[riding], kind="stable")]
        place[line, order] = np.arange(1.0, order.size + 1.0)
        gap[line, order[1:]] = np.diff(times[order])
    return place, gap


def _spent(time: Floats, place: Floats, start: float) -> tuple[Floats, Seconds]:
    """s in each place, (rider, place), and with none known, (rider,): from each line that saw a rider to the next.

    From the start to the first line the first line's order counts.
    """
    riders = time.shape[1]
    spent, unknown = np.zeros((riders, riders)), np.zeros(riders)
    for rider in range(riders):
        seen = np.flatnonzero(~np.isnan(time[:, rider]))
        if not seen.size:
            continue
        stretches = [(start, time[seen[0], rider], place[seen[0], rider])]
        stretches += [(time[a, rider], time[b, rider], place[a, rider]) for a, b in pairwise(seen)]
        for begin, end, held in stretches:
            if np.isnan(held):
                unknown[rider] += end - begin
            else:
                spent[rider, int(held) - 1] += end - begin
    return spent, unknown


def _changes(riders: Sequence[str], distance: Metres, time: Floats, place: Floats) -> tuple[Change, ...]:
    found: list[Change] = []
    leader: int | None = None
    for line in np.flatnonzero((place == 1.0).any(axis=1)):
        first = int(np.flatnonzero(place[line] == 1.0)[0])
        if leader is not None and first != leader:
            found.append(Change(float(distance[line]), float(time[line, first]), riders[leader], riders[first]))
        leader = first
    return tuple(found)
