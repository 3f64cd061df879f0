"""Where on the course the rider is: turns found from the speed, and the places between them in parts of a lap."""

from __future__ import annotations

import itertools

import numpy as np
import numpy.typing as npt

from paceline.measure.quantities import Floats, Metres, MetresPerSecond

Indices = npt.NDArray[np.intp]


def turns(speed: MetresPerSecond, distance: Metres, *, apart: float, slower: float) -> Indices:
    """The turns of an out-and-back course: where the speed is lowest, each far from the next.

    Args:
        speed: (sample,), m/s; NaN where absent.
        distance: (sample,), m, as far as it was measured: it stands still over a hole.
        apart: m; of two slow places nearer than this the slower one is the turn.
        slower: m/s; no faster place is a turn.

    Returns:
        (turn,), samples in order of time.

    >>> turns(np.array([9.0, 2.0, 9.0, 9.0, 2.5, 9.0]), np.arange(6) * 100.0, apart=250.0, slower=4.0).tolist()
    [1, 4]
    """
    slow = np.flatnonzero(speed < slower)
    chosen: list[int] = []
    for sample in slow[np.argsort(speed[slow], kind="stable")].tolist():
        if all(abs(distance[sample] - distance[other]) >= apart for other in chosen):
            chosen.append(sample)
    return np.array(sorted(chosen), np.intp)


def places_passed(marks: Floats | Indices, distance: Metres, *, marks_in_lap: int, places: int) -> Floats:
    """When each place of the lap was passed, in samples and parts of a sample.

    Between two marks a place is at the same share of the distance every time: what a wheel slips and a line wanders is
    spread over the leg.

    Args:
        marks: (mark,), samples, and parts, at which the rider was at a known place: lap button, turn, line.
        distance: (sample,), m, at the end of each step; non-decreasing.
        marks_in_lap: how many marks make a lap: 2 for out and back, 1 for a line.
        places: per lap, a multiple of `marks_in_lap`.

    Returns:
        (passing,), in order of time; the first and every `places`-th after it are the same place.

    >>> places_passed(np.array([0, 2, 4]), np.array([0.0, 10.0, 20.0, 30.0, 40.0]), marks_in_lap=2, places=4).tolist()
    [0.0, 1.0, 2.0, 3.0, 4.0]
    """
    samples = np.arange(distance.size, dtype=np.float64)
    at_marks = np.interp(marks, samples, distance)
    legs = places // marks_in_lap
    shares = np.arange(legs) / legs
    along = [start + shares * (stop - start) for start, stop in itertools.pairwise(at_marks.tolist())]
    on = np.diff(distance, prepend=-np.inf) > 0.0  # where the bike stands, a distance belongs to its first sample
    passed: Floats = np.interp(np.concatenate([*along, at_marks[-1:]]), distance[on], samples[on])
    return passed
