"""What the track is like at each place: how it bends, how steep it lies, where it is on the map.

All functions take positions in m along the black line, of any shape; distances over several laps are taken as they are.

Source of the model: straights, transitions and arcs with curvature given along the line, Fitzgerald et al.'s
VelodromeModel (github.com/sjfitz/VelodromeModel); its example, a lap of 250 m with bends of 22 m and straights 46 m
apart, is what `half_width` is tested with. Banking follows half a wave between straight and bend.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from paceline.domain.tracks import Track
from paceline.measure.quantities import Degrees, Floats, Metres

_STEP = 0.05
"""m; the plan is summed up in steps of at most this, and is right to less than a millimetre."""


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the lap.

    Attributes:
        name: "home straight", "bends 1-2", "back straight" or "bends 3-4".
        start: position at which it begins, m.
        length: m; it may run over the finish line.
    """

    name: str
    start: float
    length: float


def sections(track: Track) -> tuple[Section, ...]:
    """The four parts of a lap, in riding order from the bends after the home straight; bends with their transitions.

    >>> for part in sections(Track("made", 250.0, 40.0, 23.0, 13.0, 43.0, 7.0)):
    ...     print(part.name, part.start, part.length)
    bends 1-2 7.5 85.0
    back straight 92.5 40.0
    bends 3-4 132.5 85.0
    home straight 217.5 40.0
    """
    bend, straight = track.length / 2 - track.straight, track.straight
    first = track.home + straight / 2
    lengths = (("bends 1-2", bend), ("back straight", straight), ("bends 3-4", bend), ("home straight", straight))
    starts = np.cumsum([0.0, *(length for _, length in lengths)])
    return tuple(
        Section(name, float((first + start) % track.length), length)
        for (name, length), start in zip(lengths, starts, strict=False)
    )


def curvature(position: Metres, track: Track) -> Floats:
    """How sharply the black line turns, 1/m: 0 on the straights, 1/radius on the arcs.

    Args:
        position: any shape, m; NaN stays NaN.
        track: which.

    >>> made = Track("made", 250.0, 40.0, 25.0, 13.0, 43.0, 7.0)
    >>> curvature(np.array([made.home, made.home + 62.5]), made).round(6).tolist()     # mid straight, mid bend
    [0.0, 0.04]
    """
    share = _share(_from_straight(position, track) - track.straight / 2, track)
    return np.asarray(share / track.radius)


def banking(position: Metres, track: Track) -> Degrees:
    """Angle of the surface against the horizontal, °.

    Args:
        position: any shape, m; NaN stays NaN.
        track: which.

    >>> made = Track("made", 250.0, 40.0, 25.0, 13.0, 43.0, 7.0)
    >>> banking(np.array([made.home, made.home + 62.5, made.home + 31.25]), made).round(6).tolist()
    [13.0, 43.0, 28.0]
    """
    quarter = np.pi * _from_straight(position, track) / (track.length / 4)
    share = 0.5 - 0.5 * np.cos(quarter)
    return np.asarray(track.banking_straight + (track.banking_bend - track.banking_straight) * share)


def plan(position: Metres, track: Track) -> tuple[Metres, Metres]:
    """The black line on the map: m along and across the home straight, its middle at 0, 0, the infield to the left.

    Args:
        position: any shape, m.
        track: which.
    """
    along, x, y = _outline(track)
    within = np.mod(np.asarray(position) - track.home, track.length)
    return np.interp(within, along, x), np.interp(within, along, y)


def half_width(track: Track) -> float:
    """Half the distance between the two straights, m."""
    _, _, y = _outline(track)
    return float(y.max()) / 2.0


def of_half_width(track: Track, half_width_: float) -> Track:
    """The same track with the straights as long as they must be to lie so far apart; the radius and length stay.

    Args:
        track: length, radius and shape of the transitions.
        half_width_: half the distance between the straights, m.

    Raises:
        ValueError: no straights do that.
    """
    turn = np.pi * track.radius
    low, high = max(track.length / 2 - 2 * turn, 0.0), track.length / 2 - turn
    at_low, at_high = (half_width(replace(track, straight=float(s))) for s in (low, high))
    if not at_high <= half_width_ <= at_low:
        raise ValueError(
            f"Straights of such a lap lie {2 * at_high:.2f} to {2 * at_low:.2f} m apart. Give half of that."
        )
    for _ in range(40):  # the width falls as the straights grow
        middle = (low + high) / 2
        wide = half_width(replace(track, straight=float(middle))) > half_width_
        low, high = (middle, high) if wide else (low, middle)
    return replace(track, straight=float((low + high) / 2))


def _from_straight(position: Metres, track: Track) -> Metres:
    """Distance to the nearest middle of a straight, m: the lap is the same four times over, mirrored."""
    half = track.length / 2
    along = np.mod(np.asarray(position) - track.home, half)
    return np.minimum(along, half - along)


def _share(into: Metres, track: Track) -> Floats:
    """Share of the full curvature, so many m behind the end of a straight."""
    if track.transition <= 0.0:
        return np.where(np.isnan(into), np.nan, (into > 0.0).astype(float))
    part = np.clip(into / track.transition, 0.0, 1.0)
    return part if track.transition_shape == "clothoid" else np.asarray(0.5 - 0.5 * np.cos(np.pi * part))


def _outline(track: Track) -> tuple[Metres, Metres, Metres]:
    """Distance from the middle of the home straight, and the map, (point,) each, once around."""
    count = int(np.ceil(track.length / _STEP))
    along = np.linspace(0.0, track.length, count + 1)
    step = track.length / count
    heading = _heading(along[:-1] + step / 2, track)
    x, y = (np.concatenate([[0.0], np.cumsum(f(heading))]) * step for f in (np.cos, np.sin))
    return along, x, y


def _heading(along: Metres, track: Track) -> Floats:
    """Direction of travel, rad, from the middle of the home straight on: the integral of the curvature, exactly."""
    half = track.length / 2
    within = np.mod(along, half)
    mirrored = within > half / 2
    into = np.maximum(np.where(mirrored, half - within, within) - track.straight / 2, 0.0)
    length = max(track.transition, 1e-12)
    part = np.minimum(into / length, 1.0)
    wave = np.sin(np.pi * part) / (2 * np.pi) if track.transition_shape == "sine" else 0.0
    average = part / 2 - wave if track.transition_shape == "sine" else part**2 / 2
    turned = (length * average + np.maximum(into - length, 0.0)) / track.radius
    return np.asarray(np.floor(along / half) * np.pi + np.where(mirrored, np.pi - turned, turned))


def laps_of(distance: Metres, section: Section, track: Track) -> Iterator[tuple[float, float]]:
    """Where a section begins and ends on a distance ridden, each time it was ridden whole, m.

    Args:
        distance: (sample,), m, never falling, 0 at the finish line (so that its remainder is the position).
        section: which.
        track: of which track.
    """
    known = distance[~np.isnan(distance)]
    if known.size == 0:
        return
    first, last = float(known.min()), float(known.max())
    lap = int(np.ceil((first - section.start) / track.length - 1e-12))
    while (start := section.start + lap * track.length) + section.length <= last:
        yield start, start + section.length
        lap += 1
