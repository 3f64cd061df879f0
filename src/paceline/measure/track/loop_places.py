"""The place on the lap by timing loops, and by the wheel between them: the best that there is."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from paceline.domain.errors import TooFewSamples, UnknownName
from paceline.domain.tracks import Track
from paceline.measure.track.loop_clock import run_passings
from paceline.measure.track.ridden import Wheel, ridden, wheel
from paceline.record.recordings import Recording
from paceline.record.streams import Stream


def loop_place(
    streams: Iterable[Stream], timing: Recording, track: Track, *, wheel_circumference: float | None
) -> Stream | None:
    """Where the transponder was on the lap, at every reading of the wheel.

    Args:
        streams: of the bike's devices, on the loops' clock, best first; the first with a wheel is taken.
        timing: one transponder's recording, placed on the track.
        track: where.
        wheel_circumference: m, or None; between two passings the wheel is stretched to both anyway.

    Returns:
        The stream "place" with "loop_position" and "loop_position_error", m: what the wheel misses passings by, of each
        run; a run too short to tell that has no place. None where no wheel was measured between passings.
    """
    for stream in streams:
        try:
            rolled = wheel(stream, circumference=wheel_circumference)
        except (UnknownName, TooFewSamples):
            continue
        return _along(rolled, timing, track)
    return None


def _along(rolled: Wheel, timing: Recording, track: Track) -> Stream | None:
    position, error = np.full(rolled.time.shape, np.nan), np.full(rolled.time.shape, np.nan)
    for time, distance in run_passings(timing, track):
        inside = (rolled.time >= time[0]) & (rolled.time <= time[-1])
        try:
            found = ridden(rolled.time[inside], passing_time=time, passing_distance=distance, rolled=rolled)
        except TooFewSamples:
            continue
        known = ~np.isnan(found.distance) & ~np.isnan(found.error)
        position[inside] = np.where(known, np.mod(found.distance, track.length), np.nan)
        error[inside] = np.where(known, found.error, np.nan)
    if np.isnan(position).all():
        return None
    return Stream("place", rolled.time, {"loop_position": position, "loop_position_error": error})
