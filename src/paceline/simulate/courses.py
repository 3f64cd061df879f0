"""A made-up closed road: hills that are smooth in distance, and a loop on the map where there is no land.

The loop lies around latitude 0°, longitude −30°, in the middle of the Atlantic: nobody can take it for a real ride.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from paceline.record.streams import Floats

METRES_PER_DEGREE = 111_320.0
"""Along the equator, where the loop lies, a degree of latitude and one of longitude differ by less than 1 %."""

_HILLS = ((1, 42.0), (3, 17.0), (7, 5.0))
"""(waves in a lap, amplitude in m): slopes of up to 5 % when all of them meet."""

_BENDS = ((2, 0.24), (3, 0.11))
"""(lobes, share of the radius): how the loop differs from a circle."""


@dataclass(frozen=True, slots=True, eq=False)
class Course:
    """A closed road; every function takes the distance ridden, (sample,), m, over as many laps as were ridden.

    Attributes:
        length: of one lap, m.
        hill_phases: one angle a wave of the hills, rad.
        bend_phases: one angle a lobe of the loop, rad.
    """

    length: float
    hill_phases: tuple[float, ...]
    bend_phases: tuple[float, ...]

    def altitude(self, distance: Floats) -> Floats:
        """Height above sea level, (sample,), m."""
        angle = 2.0 * np.pi * distance / self.length
        waves = zip(_HILLS, self.hill_phases, strict=True)
        return np.asarray(120.0 + sum(a * np.sin(k * angle + phase) for (k, a), phase in waves))

    def slope(self, distance: Floats) -> Floats:
        """Rise over distance, (sample,): the derivative of the altitude."""
        angle = 2.0 * np.pi * distance / self.length
        waves = zip(_HILLS, self.hill_phases, strict=True)
        rises = sum(a * k * np.cos(k * angle + phase) for (k, a), phase in waves)
        return np.asarray(2.0 * np.pi / self.length * rises)

    def position(self, distance: Floats) -> tuple[Floats, Floats]:
        """Latitude and longitude, (sample,) each, °."""
        along, east, north = self._loop()
        within = np.mod(distance, self.length)
        latitude = np.interp(within, along, north) / METRES_PER_DEGREE
        return latitude, -30.0 + np.interp(within, along, east) / METRES_PER_DEGREE

    def heading(self, distance: Floats) -> Floats:
        """Direction of travel, clockwise from north, (sample,), ° from 0 to 360."""
        along, east, north = self._loop()
        piece = np.searchsorted(along, np.mod(distance, self.length), side="right") - 1
        piece = np.clip(piece, 0, len(along) - 2)
        return np.asarray(np.mod(np.degrees(np.arctan2(np.diff(east)[piece], np.diff(north)[piece])), 360.0))

    def _loop(self) -> tuple[Floats, Floats, Floats]:
        """Distance along one lap, metres east and metres north, (point,) each; the last point is the first."""
        angle = np.linspace(0.0, 2.0 * np.pi, 2001)
        lobes = zip(_BENDS, self.bend_phases, strict=True)
        radius = 1.0 + sum(share * np.cos(k * angle + phase) for (k, share), phase in lobes)
        east, north = radius * np.sin(angle), radius * np.cos(angle)
        along = np.concatenate([[0.0], np.cumsum(np.hypot(np.diff(east), np.diff(north)))])
        scale = self.length / along[-1]
        return along * scale, east * scale, north * scale


def made_up_course(generator: np.random.Generator, *, length: float = 18_000.0) -> Course:
    """A course drawn at random; the same generator state gives the same course."""
    angles = generator.uniform(0.0, 2.0 * np.pi, len(_HILLS) + len(_BENDS)).tolist()
    return Course(length, tuple(angles[: len(_HILLS)]), tuple(angles[len(_HILLS) :]))
