"""Whether efforts can be compared at all: what differs besides the riding."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from paceline.measure.comparison.tracks import UNITS, Axis, Compared, Track
from paceline.measure.quantities import Floats, Metres

LENGTHS = 0.01
"""Share by which lengths of the same course differ between devices and lines."""

APART = 50.0
"""m between two efforts at the same distance: receivers err by less, other roads lie further away."""

PROFILE = 0.5
"""Share of the climb by which two altitude profiles of one course may lie apart, barometers being what they are."""

LATE = 1.0
"""s without a distance at the start, which shift all that follows."""

_RADIUS = 6_371_008.8


@dataclass(frozen=True, slots=True)
class Mismatch:
    """Something that makes a comparison doubtful.

    Attributes:
        kind: "sport", "length", "course", "profile", "laps", "source", "distance" or "unknown course".
        efforts: the names of the two.
        message: a sentence for people.
    """

    kind: str
    efforts: tuple[str, str]
    message: str


def mismatches(
    compared: Sequence[Compared], tracks: Sequence[Track], *, by: Axis, edges: Floats
) -> tuple[Mismatch, ...]:
    """What differs between the first effort and each of the others.

    Args:
        compared: the efforts.
        tracks: of each.
        by: the axis.
        edges: (edge,), of the part of the axis that they share.
    """
    found = [
        Mismatch("distance", (one.name, one.name), f"{one.name}: the distance jumps back, a counter that was reset.")
        for one, track in zip(compared, tracks, strict=True)
        if track.backwards
    ]
    found += [
        Mismatch("distance", (one.name, one.name), f"{one.name}: {track.late:.1f} s pass before its distance is known.")
        for one, track in zip(compared, tracks, strict=True)
        if by != "time" and track.late > LATE
    ]
    for one, other in zip(compared[1:], tracks[1:], strict=True):
        names = (compared[0].name, one.name)
        said = [
            *_sports(compared[0], one),
            *_lengths(tracks[0], other, by),
            *_courses(tracks[0], other, by, edges),
            *_sources(tracks[0], other),
        ]
        found += [Mismatch(kind, names, f"{names[1]} and {names[0]}: {text}") for kind, text in said]
    return tuple(found)


def _sports(first: Compared, other: Compared) -> list[tuple[str, str]]:
    sports = [one.effort.sport or one.session.whole.sport for one in (first, other)]
    if None in sports or sports[0] == sports[1]:
        return []
    return [("sport", f"different sports, {sports[1]} and {sports[0]}.")]


def _lengths(first: Track, other: Track, by: Axis) -> list[tuple[str, str]]:
    lengths = [track.span[1] - track.span[0] for track in (first, other)]
    if by == "lap" and abs(lengths[0] - lengths[1]) >= 0.5:
        return [("laps", f"{lengths[1]:.0f} laps and {lengths[0]:.0f}; compared as far as both go.")]
    if by != "distance" or abs(lengths[0] - lengths[1]) <= LENGTHS * max(*lengths, 1e-9):
        return []
    return [("length", f"different lengths, {lengths[1]:,.0f} m and {lengths[0]:,.0f} m; compared as far as both go.")]


def _courses(first: Track, other: Track, by: Axis, edges: Floats) -> list[tuple[str, str]]:
    """Where two efforts are at the same place of the axis; by time there is no such thing."""
    if by == "time":
        return []
    moments = [track.reached(edges) for track in (first, other)]
    apart = _apart(*((track.means("latitude", at), track.means("longitude", at))
                     for track, at in zip((first, other), moments, strict=True)))  # fmt: skip
    if apart is not None:
        text = f"different courses: half of the way they are {apart:,.0f} m apart or more."
        return [("course", text)] if apart > APART else []
    heights = [track.means("altitude", at) for track, at in zip((first, other), moments, strict=True)]
    both = ~np.isnan(heights[0]) & ~np.isnan(heights[1])
    if np.count_nonzero(both) < 10:
        return [("unknown course", "nothing says whether the course was the same: no positions or altitude of both.")]
    one, two = (height[both] - height[both].mean() for height in heights)
    climb = max(float(np.ptp(one)), float(np.ptp(two)))
    off = float(np.sqrt(np.mean((one - two) ** 2)))
    if climb > 20.0 and off > PROFILE * climb / 2.0:
        return [("profile", f"different courses: their altitudes differ by {off:.0f} m over a climb of {climb:.0f} m.")]
    return []


def _apart(first: tuple[Floats, Floats], other: tuple[Floats, Floats]) -> float | None:
    """Median distance between the two at the same place of the axis, m; None where positions are missing."""
    (lat, lon), (lat2, lon2) = ((np.radians(a), np.radians(b)) for a, b in (first, other))
    half = np.sin((lat2 - lat) / 2) ** 2 + np.cos(lat) * np.cos(lat2) * np.sin((lon2 - lon) / 2) ** 2
    legs: Metres = 2 * _RADIUS * np.arcsin(np.sqrt(np.minimum(half, 1.0)))
    known = legs[~np.isnan(legs)]
    return float(np.median(known)) if known.size >= 10 else None


def _sources(first: Track, other: Track) -> list[tuple[str, str]]:
    """The same quantity from unlike devices: a speed from a hub and one from a receiver are not the same speed."""
    said = []
    for channel in sorted(set(first.sources) & set(other.sources)):
        one, two = (track.sources[channel].partition(" (recording")[0] for track in (first, other))
        if one != two:
            said.append(("source", f"{channel.replace('_', ' ')} from unlike sources, {two} and {one}."))
    return said


def outside(tracks: Sequence[Track], by: Axis) -> str:
    """Why efforts share no part of the axis."""
    spans = "; ".join(f"{low:,.0f} to {high:,.0f}" for low, high in (track.span for track in tracks))
    return f"the efforts share no part of the axis ({spans} {UNITS[by]})"
