"""Where on the track the rider was: how far along the black line, and how well that is known.

The place comes from the best source that there is, and the result names it: timing loops with the wheel between them,
else video from calibrated cameras. By video it is the place of the hips, by loops that of the transponder.
"""

from __future__ import annotations

import numpy as np

from paceline.measure.catalogue import metric
from paceline.measure.quantities import Metres, Scalar
from paceline.measure.readings import measured


@metric("m", low=0.0, label="Distance along the black line")
def distance_along_track(track_position: Metres, lap_length: Scalar) -> Scalar:
    """How far the rider went along the black line, whatever line was ridden above it.

    Args:
        track_position: (sample,), m from the finish line; NaN where the place is not known. From one sample to the next
            the short way round counts; a hole adds nothing.
        lap_length: scalar, m.

    Returns:
        scalar, m.

    Raises:
        TooFewSamples: the place is nowhere known.

    >>> distance_along_track(np.array([235.0, 248.0, 11.0, np.nan, 40.0, 53.0]), 250.0)     # 13 + 13, a hole, 13
    39.0
    """
    measured(track_position, "distance_along_track")
    steps = np.diff(track_position)
    return float(max(np.nansum(steps - lap_length * np.round(steps / lap_length)), 0.0))


@metric("m", low=0.0, label="Place's standard error")
def place_error(track_position_error: Metres) -> Scalar:
    """How far off the rider's place on the track is, typically.

    Args:
        track_position_error: (sample,), m, one standard error each; NaN where the place is not known.

    Returns:
        scalar, m: the root of the mean square. What calibration, survey and clocks are off by is not in it.

    Raises:
        TooFewSamples: the place is nowhere known.

    >>> place_error(np.array([0.03, np.nan, 0.04])).__round__(6)     # √((9 + 16)/2) cm
    0.035355
    """
    return float(np.sqrt(np.mean(measured(track_position_error, "place_error") ** 2)))
