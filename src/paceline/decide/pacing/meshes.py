"""Where along the course the optimiser looks: close together while the bike gathers speed, even after that."""

from __future__ import annotations

import numpy as np

from paceline.decide.pacing.courses import Floats

_START_SHARE = 0.25
"""Share of the intervals that the start gets. Any share from 0.2 to 0.5 gives a 4 km pursuit to 0.001 s."""


def mesh(length: float, *, intervals: int, start_speed: float) -> Floats:
    """Distances that bound the intervals.

    At constant power from a slow start the cube of the speed grows with distance, so steps in proportion to the
    distance covered see equal changes of speed: they grow as a geometric series until they reach the even step.

    Args:
        length: m.
        intervals: how many.
        start_speed: m/s.

    Returns:
        (intervals + 1,), m, from 0 to `length`, rising.

    >>> mesh(1000.0, intervals=4, start_speed=20.0).round(1).tolist()  # a flying start: all but even
    [0.0, 238.1, 484.9, 739.2, 1000.0]
    """
    scale = 0.2 * start_speed**3
    even = length / (intervals * (1.0 - _START_SHARE))
    growth = np.log1p(length / scale) / (intervals * _START_SHARE)
    distance = np.concatenate([[0.0], np.geomspace(1e-6 * length, length, 2000)])
    count = distance / even + np.log1p(distance / scale) / growth
    found = np.interp(np.linspace(0.0, count[-1], intervals + 1), count, distance)
    found[-1] = length
    return np.asarray(found)


def with_middles(mesh: Floats) -> Floats:
    """The same mesh with the middle of each interval between its ends, (2 · intervals + 1,), m.

    >>> with_middles(np.array([0.0, 2.0, 6.0])).tolist()
    [0.0, 1.0, 2.0, 4.0, 6.0]
    """
    found = np.empty(2 * len(mesh) - 1)
    found[0::2] = mesh
    found[1::2] = 0.5 * (mesh[1:] + mesh[:-1])
    return found
