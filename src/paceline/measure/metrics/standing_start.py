"""The standing start, from the release of the gate to the end of the first lap."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from paceline.domain.errors import TooFewSamples
from paceline.measure.catalogue import metric
from paceline.measure.quantities import Metres, MetresPerSecond, Scalar, Seconds
from paceline.measure.track.passed import line_times, passed


@dataclass(frozen=True, slots=True, eq=False)
class StandingStart:
    """The first lap in quarters.

    Attributes:
        elapsed: (4,), s since the gate at a quarter, half and three quarters of a lap and at the lap; NaN where no loop
            said so.
        phases: (4,), s that each quarter took; NaN where an end of it is not known.
        speeds: (4,), m/s, mean of each quarter, likewise.
    """

    elapsed: Seconds
    phases: Seconds
    speeds: MetresPerSecond


@metric("s", headline=True, label="Standing start")
def standing_start(
    passing_time: Seconds, passing_position: Metres, lap_length: Scalar, gate_release: Scalar
) -> StandingStart:
    """How the bike was brought up to speed: the time at each quarter of the first lap since the gate let go.

    Args:
        passing_time: (passing,), s, in time order, the gate's release the first of them.
        passing_position: (passing,), m from the finish line.
        lap_length: scalar, m.
        gate_release: scalar, s.

    Returns:
        Times and mean speeds of the quarters. The delay between the gate and its transponder is the timing system's to
        take off (velotrain takes off 0.075 s).

    Raises:
        TooFewSamples: no loop at a quarter of the first lap saw the rider.

    >>> start = standing_start(np.array([0.0, 12.5, 20.0]), np.array([237.5, 112.5, 237.5]), 250.0, 0.0)
    >>> start.elapsed.tolist()
    [nan, 12.5, nan, 20.0]
    """
    after = passing_time >= gate_release
    lines = line_times(passed(passing_time[after], passing_position[after], lap_length), lap_length / 4)
    first = lines[0][:5] - gate_release if lines else np.empty(0)
    times = np.full(5, np.nan)
    times[: first.size] = first
    if np.isnan(times[1:]).all():
        raise TooFewSamples("standing_start", need=2, got=int(np.count_nonzero(after)))
    phases = np.diff(times)
    return StandingStart(times[1:], phases, lap_length / 4 / phases)
