"""Where on the track the rider was, by video: one more source of position, with its error.

The middle of the hips is put on the map and on the nearest place of the black line. It is the hips' position: the
transponder on the fork passes a loop before the hips do, by what `ahead` says.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from paceline.domain.errors import TooFewSamples
from paceline.domain.tracks import Track
from paceline.measure.quantities import Floats, Metres
from paceline.measure.track.geometry import curvature, plan
from paceline.measure.video.motion import Motion
from paceline.record.streams import Nanoseconds

ORDER = ("loops and wheel", "video", "GPS")
"""Sources of the position on the track, best first: a loop's place is surveyed and its passing timed to a millisecond,
a joint is found to a hand's width at most, and a receiver under a roof to several metres."""

_STEP = 0.25
"""m between the places of the line that are looked at first; the nearest one is then made exact."""

_TURNS = 4
_REACH = 0.01


@dataclass(frozen=True, eq=False)
class Placed:
    """A rider along the black line.

    Attributes:
        source: what it rests on, one of `ORDER`.
        time: (instant,), int64 ns UTC.
        distance: (instant,), m along the line from the finish line, on over the laps; NaN where it is not known.
        error: (instant,), m, standard error of the distance; of the keypoints' noise alone.
        outward: (instant,), m outside of the line on the map, negative to the infield: a rider who leans in a bend has
            the hips further in than the wheels.
        height: (instant,), m above the line.
        heading: (instant, 3), the direction of the line there, of unit length.
    """

    source: str
    time: Nanoseconds
    distance: Metres
    error: Metres
    outward: Metres
    height: Metres
    heading: Floats


def placed(found: Motion, track: Track, *, ahead: float = 0.0) -> Placed:
    """Where the hips were along the black line at each instant.

    Args:
        found: joints in the frame of this track.
        track: which.
        ahead: m that what shall be compared (the fork's transponder) lies before the hips.

    Raises:
        UnknownName: there are no hips among the joints.
        TooFewSamples: the hips are nowhere known.
    """
    (left, left_error), (right, right_error) = found.joint("left_hip"), found.joint("right_hip")
    middle, covariance = (left + right) / 2, (left_error + right_error) / 4
    known = ~np.isnan(middle).any(axis=1)
    if not known.any():
        raise TooFewSamples("the position from video", need=1, got=0)
    position, outward, along = on_line(middle[:, :2], track)
    bend = 1.0 + curvature(position, track) * outward
    spread = np.einsum("ti,tij,tj->t", along, covariance[:, :2, :2], along)
    error = np.sqrt(spread) / np.where(bend > 0.0, bend, np.nan)
    distance = position + ahead
    distance[known] = _over_laps(distance[known], track.length)
    heading = np.concatenate([along, np.zeros((len(along), 1))], axis=1)
    return Placed("video", found.time, distance, error, outward, middle[:, 2], heading)


def on_line(points: Metres, track: Track) -> tuple[Metres, Metres, Floats]:
    """The nearest places of the black line.

    Args:
        points: (point, 2), m on the map; NaN where unknown.
        track: which.

    Returns:
        Position along the line, (point,), m; how far outside of it, (point,), m; and the direction of riding there,
        (point, 2).

    >>> from paceline.domain.tracks import Track
    >>> made = Track("made", 250.0, 40.0, 25.0, 13.0, 43.0, 7.0)
    >>> place, outside, _ = on_line(np.array([[3.0, -1.5]]), made)     # 3 m after the middle of the home straight
    >>> (place - made.home).round(6).tolist(), outside.round(6).tolist()
    ([3.0], [1.5])
    """
    around = np.arange(0.0, track.length, _STEP)
    line = np.stack(plan(around, track), axis=1)
    known = ~np.isnan(points).any(axis=1)
    nearest = [int(np.argmin(np.sum((line - point) ** 2, axis=1))) for point in points[known]]
    position = np.full(len(points), np.nan)
    position[known] = around[nearest] if nearest else 0.0
    for _ in range(_TURNS):
        here, along = _direction(position, track)
        apart = points - here
        inward = -along[:, 1] * apart[:, 0] + along[:, 0] * apart[:, 1]
        bend = np.maximum(1.0 - curvature(position, track) * inward, 0.1)
        position = position + np.sum(apart * along, axis=1) / bend
    here, along = _direction(position, track)
    apart = points - here
    outward = along[:, 1] * apart[:, 0] - along[:, 0] * apart[:, 1]
    return np.mod(position, track.length), outward, along


def first_known(sources: Sequence[Placed]) -> Placed:
    """One position from several sources: at each instant that of the best source that knows it.

    Args:
        sources: at the same instants and counting laps from the same one; the order of `ORDER` decides.

    Returns:
        The same with "source" naming all that were used.

    Raises:
        ValueError: the instants differ, or a source is not in `ORDER`.
    """
    ranked = sorted(sources, key=lambda one: ORDER.index(one.source))
    best = ranked[0]
    for other in ranked[1:]:
        if not np.array_equal(best.time, other.time):
            raise ValueError("Positions are joined at the same instants. Ask each source for the same ones.")
        gap = np.isnan(best.distance) & ~np.isnan(other.distance)
        if gap.any():
            columns = {name: np.where(gap, getattr(other, name), getattr(best, name))
                       for name in ("distance", "error", "outward", "height")}  # fmt: skip
            heading = np.where(gap[:, None], other.heading, best.heading)
            best = Placed(f"{best.source}, {other.source}", best.time, heading=heading, **columns)
    return best


def _direction(position: Metres, track: Track) -> tuple[Metres, Floats]:
    here = np.stack(plan(position, track), axis=1)
    ahead, behind = (np.stack(plan(position + by, track), axis=1) for by in (_REACH, -_REACH))
    along = ahead - behind
    return here, along / np.linalg.norm(along, axis=1)[:, None]


def _over_laps(position: Metres, lap: float) -> Metres:
    """Positions without the jump at the finish line: no step is longer than half a lap."""
    turns = np.cumsum(np.concatenate([[0.0], np.round(np.diff(position) / lap)]))
    return np.asarray(position - turns * lap)
