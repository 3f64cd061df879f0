"""The comparison itself: efforts on one axis, the differences between them, and their metrics."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from paceline.domain.errors import NotIdentifiable, NotPlausible, UnknownName
from paceline.measure.comparison.matrix import Matrix, matrix
from paceline.measure.comparison.mismatches import Mismatch, mismatches, outside
from paceline.measure.comparison.tracks import UNITS, Axis, Compared, Track, track
from paceline.measure.quantities import Floats, Metres, Scalar, Seconds

TRACES = ("speed", "power", "heart_rate", "cadence", "altitude")
"""The channels compared unless others are asked for."""

_POSITIONS = ("latitude", "longitude", "altitude")
CELLS = 400
"""About as many as a chart can show."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """One effort between two places of the axis.

    Attributes:
        name: of the effort.
        seconds: how long it took, to the continuous time at which it was at either end; NaN where that isn't known.
        lost: how much longer than the first effort, s.
        distance: ridden, m; NaN where it isn't known.
        means: channel → mean over the readings; NaN where less than half was measured.
    """

    name: str
    seconds: Scalar
    lost: Scalar
    distance: Scalar
    means: Mapping[str, float]


@dataclass(frozen=True, eq=False)
class Comparison:
    """Efforts side by side; differences are against the first, unless said.

    Attributes:
        by: the axis.
        unit: of the axis.
        edges: (edge,), of the part of the axis that all efforts share.
        compared: the efforts.
        tracks: each effort's line.
        matrix: metrics of the whole of each effort.
        mismatches: what makes the comparison doubtful.
        channels: those that at least one effort has.
    """

    by: Axis
    unit: str
    edges: Floats
    compared: tuple[Compared, ...]
    tracks: tuple[Track, ...]
    matrix: Matrix
    mismatches: tuple[Mismatch, ...]
    channels: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The efforts' names."""
        return tuple(one.name for one in self.compared)

    def times(self, name: str) -> Seconds:
        """When an effort was at each edge, (edge,), s since it was at the first; NaN in holes."""
        times = self._track(name).reached(self.edges)
        return np.asarray(times - times[0])

    def time_lost(self, name: str, *, against: str | None = None) -> Seconds:
        """How much later than the other it is at each edge, (edge,), s; negative where it is ahead."""
        return self.times(name) - self.times(against or self.names[0])

    def distance_gained(self, name: str, *, against: str | None = None) -> Metres:
        """How much further than the other it is at each edge, (edge,), m; what one sees by time."""
        gained = [self._ridden(one) for one in (name, against or self.names[0])]
        return gained[0] - gained[1]

    def trace(self, name: str, channel: str) -> Floats:
        """The mean of a channel from each edge to the next, (cell,); NaN where less than half was measured."""
        if channel not in self.channels:
            raise UnknownName("channel of this comparison", channel, known=self.channels)
        found = self._track(name)
        return found.means(channel, found.reached(self.edges))

    def difference(self, name: str, channel: str, *, against: str | None = None) -> Floats:
        """By how much a channel is higher than in the other effort, (cell,)."""
        return self.trace(name, channel) - self.trace(against or self.names[0], channel)

    def mean_trace(self, channel: str) -> Floats:
        """The mean of a channel over the efforts, (cell,); NaN where one of them has none, so that it never jumps."""
        return np.asarray(np.mean([self.trace(name, channel) for name in self.names], axis=0))

    def between(self, low: float, high: float) -> tuple[Stretch, ...]:
        """Every effort between two places of the axis, wherever those lie.

        Raises:
            NotIdentifiable: the places are in the wrong order.
        """
        if not low < high:
            raise NotIdentifiable(
                "a stretch", why="it ends where it starts or before", advice="Give the earlier first."
            )
        ends = np.array([low, high])
        rows: list[Stretch] = []
        for name, found in zip(self.names, self.tracks, strict=True):
            moments = found.reached(ends)
            seconds = float(moments[1] - moments[0])
            distance = float(np.diff(found.along(moments))[0])
            means = {channel: float(found.means(channel, moments)[0]) for channel in self.channels}
            rows.append(Stretch(name, seconds, seconds - (rows[0].seconds if rows else seconds), distance, means))
        return tuple(rows)

    def _ridden(self, name: str) -> Metres:
        found = self._track(name)
        along = found.along(found.reached(self.edges))
        return np.asarray(along - along[0])

    def _track(self, name: str) -> Track:
        if name not in self.names:
            raise UnknownName("effort of this comparison", name, known=self.names)
        return self.tracks[self.names.index(name)]


def compare(
    compared: Sequence[Compared],
    *,
    by: Axis = "distance",
    channels: Sequence[str] = TRACES,
    metrics: Sequence[str] | None = None,
    cell: float | None = None,
) -> Comparison:
    """Lay efforts side by side.

    Args:
        compared: two or more, of any rides; the first is the one that the others are held against.
        by: "distance", "time" or "lap".
        channels: quantities to compare along the way.
        metrics: names for the matrix; see `matrix`.
        cell: how long a cell of the axis is, in its unit; about 400 cells of a round length if left out.

    Returns:
        Over the part of the axis that all efforts share. Efforts lie in continuous time: neither their ends nor their
        laps are rounded to samples.

    Raises:
        NotIdentifiable: there is only one effort, one can't be laid on the axis, they share no part of it, or two have
            one name.
        NotPlausible: a shift that is no number.
        UnknownName: there is no such metric.
    """
    if not all(math.isfinite(one.shift) for one in compared):
        raise NotPlausible("A shift", expected="a number of metres or seconds, not nan or inf")
    if len(compared) < 2:
        raise NotIdentifiable("comparison", why="there is nothing to compare with", advice="Name two efforts or more.")
    if len({one.name for one in compared}) < len(compared):
        raise NotIdentifiable("comparison", why="two efforts have the same name", advice="Give each its own.")
    wanted = tuple(dict.fromkeys([*channels, *_POSITIONS]))
    tracks = tuple(track(one, by=by, channels=wanted) for one in compared)
    low, high = max(found.span[0] for found in tracks), min(found.span[1] for found in tracks)
    if not high > low:
        raise NotIdentifiable("comparison", why=outside(tracks, by), advice="Look at the shifts, or compare by time.")
    length = cell if cell is not None else _round((high - low) / CELLS)
    edges = np.append(np.arange(low, high - 1e-9 * (high - low), length), high)
    edges.setflags(write=False)
    there = tuple(name for name in channels if any(name in found.values for found in tracks))
    doubts = mismatches(compared, tracks, by=by, edges=edges)
    return Comparison(by, UNITS[by], edges, tuple(compared), tracks, matrix(compared, metrics), doubts, there)


def _round(width: float) -> float:
    """The next round number.

    >>> _round(7.3), _round(0.011), _round(20.0)
    (10.0, 0.02, 20.0)
    """
    power = 10.0 ** math.floor(math.log10(width))
    return next(round(f * power, 12) for f in (1.0, 2.0, 5.0, 10.0) if f * power >= width * (1.0 - 1e-9))
