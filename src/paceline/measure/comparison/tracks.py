"""One effort on the axis that several are laid side by side on: when it was where, and what was measured on the way."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import numpy as np

from paceline.domain.efforts import SECOND, Effort
from paceline.domain.errors import NotIdentifiable
from paceline.measure.grids import PLACES
from paceline.measure.quantities import Floats, Metres, Scalar, Seconds
from paceline.measure.sessions import Session

Axis = Literal["distance", "time", "lap"]

UNITS: Mapping[Axis, str] = MappingProxyType({"distance": "m", "time": "s", "lap": "laps"})

SHORT, FINE = 900.0, 0.1
"""s: an effort shorter than this is looked at on a finer grid, since a tenth of a second matters there."""


@dataclass(frozen=True, eq=False, slots=True)
class Compared:
    """An effort that is to be compared.

    Attributes:
        session: the ride it is part of.
        effort: its interval, in continuous time.
        name: what the comparison calls it; each its own.
        shift: where on its own axis the common mark lies, in the axis' unit: of an effort whose lap button was pressed
            2 s early, 2 by time. The axis counts from there.
    """

    session: Session
    effort: Effort
    name: str
    shift: float = 0.0


@dataclass(frozen=True, eq=False)
class Track:
    """An effort as a line through time, place and what was measured.

    Attributes:
        duration: s, of the effort.
        seconds: (edge,), s since its start, equally spaced, a little beyond its end.
        place: (edge,), in the axis' unit, counted from its mark; never decreasing; NaN where it isn't known.
        distance: (edge,), m since its start; NaN where it isn't known.
        values: channel → (cell,) means from one edge to the next; NaN where nothing was measured.
        sources: channel → what served it, for people.
        late: s, from its start to the first instant whose place is known.
        backwards: whether the place once went back by more than it jitters: a counter that was reset.
    """

    duration: Scalar
    seconds: Seconds
    place: Floats
    distance: Metres
    values: Mapping[str, Floats]
    sources: Mapping[str, str]
    late: Scalar
    backwards: bool

    @property
    def span(self) -> tuple[float, float]:
        """The first and the last place that are known within the effort."""
        within = self.place[~np.isnan(self.place)]
        last = float(_line(self.seconds, self.place, np.array([self.duration]))[0])
        reached = self.place[(self.seconds <= self.duration) & ~np.isnan(self.place)]
        return float(within[0]), float(reached[-1]) if np.isnan(last) else last

    def reached(self, places: Floats) -> Seconds:
        """When it first was at each place, (place,), s since its start; NaN outside it and within holes.

        Args:
            places: (place,), in the axis' unit.
        """
        known = np.flatnonzero(~np.isnan(self.place))
        at, when = self.place[known], self.seconds[known]
        after = np.minimum(np.searchsorted(at, places, side="left"), known.size - 1)
        before = np.maximum(after - 1, 0)
        gap = np.maximum(at[after] - at[before], 1e-300)
        between = when[before] + (places - at[before]) / gap * (when[after] - when[before])
        exact = at[after] == places
        near = (known[after] - known[before] == 1) & (at[before] < places) & (places <= at[after])
        return np.where(exact, when[after], np.where(near, between, np.nan))

    def along(self, moments: Seconds) -> Metres:
        """The distance since its start at each moment, (moment,), m; NaN where it isn't known."""
        return _line(self.seconds, self.distance, moments)

    def means(self, channel: str, moments: Seconds) -> Floats:
        """The mean of a channel from each moment to the next, (moment − 1,); NaN where less than half was measured."""
        values = self.values.get(channel)
        if values is None:
            return np.full(max(moments.size - 1, 0), np.nan)
        step = np.diff(self.seconds)
        measured = ~np.isnan(values)
        covered = np.concatenate([[0.0], np.cumsum(step * measured)])
        total = np.concatenate([[0.0], np.cumsum(step * np.where(measured, values, 0.0))])
        known = np.diff(np.interp(moments, self.seconds, covered, left=np.nan, right=np.nan))
        sums = np.diff(np.interp(moments, self.seconds, total, left=np.nan, right=np.nan))
        enough = known >= 0.5 * np.diff(moments) - 1e-9
        return np.where(enough & (known > 0.0), sums / np.where(known > 0.0, known, 1.0), np.nan)


def track(compared: Compared, *, by: Axis, channels: Collection[str]) -> Track:
    """An effort on an axis.

    Args:
        compared: the effort.
        by: "distance": since its start; "time": since its start; "lap": laps ridden, and of the lap the share that is
            ridden, by distance where there is any, else by time.
        channels: quantities of the catalogue that are wanted besides.

    Raises:
        NotIdentifiable: it has no distance, or no laps, to be laid on the axis by.
    """
    effort = compared.effort
    step = FINE if effort.duration < SHORT else 1.0
    beyond = Effort(effort.name, effort.start, effort.stop + round(2 * step * SECOND), effort.origin)
    served = compared.session.served(beyond, step=step)
    series = {name: np.asarray(served.values[name]) for name in (*channels, "distance") if name in served.values}
    size = int(beyond.duration / step + 0.5)
    seconds: Floats = np.arange(size, dtype=np.float64) * step
    distance = _from_start(series.get("distance", np.full(size, np.nan)))
    place = _laps(compared, seconds, distance) if by == "lap" else distance if by == "distance" else seconds
    at = place - compared.shift
    if np.all(np.isnan(at)):
        advice = "Compare by time, or record with a speed sensor or GPS."
        raise NotIdentifiable(f"the place of {compared.name!r}", why="it has no distance", advice=advice)
    rising = np.fmax.accumulate(at)
    cells = {name: values[:-1] for name, values in series.items() if name not in PLACES}
    cells |= {name: (values[:-1] + values[1:]) / 2.0 for name, values in series.items() if name in PLACES}
    for array in (seconds, distance, *cells.values()):
        array.setflags(write=False)
    jitter = 1.0 if by == "distance" else 0.01
    return Track(
        duration=effort.duration,
        seconds=seconds,
        place=np.where(np.isnan(at), np.nan, rising),
        distance=distance,
        values={name: cells[name] for name in channels if name in cells},
        sources={name: served.sources[name].name for name in channels if name in cells},
        late=float(seconds[int(np.argmin(np.isnan(at)))]),
        backwards=bool(np.any(rising - at > jitter)),
    )


def _from_start(distance: Metres) -> Metres:
    known = np.flatnonzero(~np.isnan(distance))
    return distance - distance[known[0]] if known.size else distance


def _laps(compared: Compared, seconds: Seconds, distance: Metres) -> Floats:
    """Laps ridden at each edge: the lap button's instants are whole numbers, and not rounded to the grid."""
    effort = compared.effort
    laps = [
        lap
        for lap in compared.session.efforts
        if lap.origin == "lap" and lap.start >= effort.start and lap.stop <= effort.stop
    ]
    if not laps:
        advice = "Compare by distance or by time."
        raise NotIdentifiable(f"the laps of {compared.name!r}", why="no lap lies within the effort", advice=advice)
    lines = np.array([(instant - effort.start) / SECOND for instant in (*(lap.start for lap in laps), laps[-1].stop)])
    numbers = np.arange(lines.size, dtype=np.float64)
    at_lines = _line(seconds, distance, lines)
    if np.isnan(at_lines[-1]) and (known := np.flatnonzero(~np.isnan(distance))).size:
        at_lines[-1] = distance[known[-1]]  # a recording ends a moment before its last lap does
    if np.all(np.diff(at_lines) > 0.0):
        return np.asarray(np.interp(distance, at_lines, numbers, left=np.nan, right=np.nan))
    return np.asarray(np.interp(seconds, lines, numbers, left=np.nan, right=np.nan))


def _line(x: Floats, y: Floats, at: Floats) -> Floats:
    """Straight lines between neighbouring edges, NaN where one of the two is."""
    if x.size < 2:
        return np.full(at.shape, np.nan)
    left = np.clip(np.searchsorted(x, at, side="right") - 1, 0, x.size - 2)
    share = (at - x[left]) / (x[left + 1] - x[left])
    inside = (at >= x[0]) & (at <= x[-1])
    found = np.where(share == 0.0, y[left], y[left] + share * (y[left + 1] - y[left]))
    return np.where(inside, np.where(share == 1.0, y[left + 1], found), np.nan)
