"""A ride against its plan, lap by lap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from paceline.domain.errors import TooFewSamples
from paceline.measure.catalogue import metric
from paceline.measure.quantities import Metres, Scalar, Seconds
from paceline.measure.track.passed import line_times, passed


@dataclass(frozen=True, slots=True, eq=False)
class AgainstSchedule:
    """Ridden less planned.

    Attributes:
        laps: (lap,), s that each lap was over its plan; NaN where an end of it was missed.
        cumulative: (lap,), s behind the plan at the end of each lap; NaN where that passing was missed, and known again
            at the next.
    """

    laps: Seconds
    cumulative: Seconds


@metric("s", label="Against the schedule")
def against_schedule(
    passing_time: Seconds, passing_position: Metres, lap_length: Scalar, schedule: Sequence[float]
) -> AgainstSchedule:
    """How far behind (positive) or ahead of the plan the rider was, in each lap and so far.

    Args:
        passing_time: (passing,), s, in time order.
        passing_position: (passing,), m from the finish line.
        lap_length: scalar, m.
        schedule: (lap,), s for each lap.

    Returns:
        As many laps as were both planned and ridden, counted from the effort's first passing.

    Raises:
        TooFewSamples: no planned lap was ridden to its end.

    >>> times, places = np.array([0.0, 20.5, 36.0]), np.array([237.5, 237.5, 237.5])
    >>> found = against_schedule(times, places, 250.0, (20.0, 15.75, 15.75))
    >>> found.laps.tolist(), found.cumulative.tolist()
    ([0.5, -0.25], [0.5, 0.25])
    """
    planned = np.asarray(schedule, np.float64)
    lines = line_times(passed(passing_time, passing_position, lap_length), lap_length)
    times = lines[0] if lines else np.empty(0)
    count = min(times.size - 1, planned.size)
    if count < 1 or np.isnan(times[1 : count + 1]).all():
        raise TooFewSamples("against_schedule", need=2, got=int(passing_time.size))
    laps = np.diff(times[: count + 1]) - planned[:count]
    cumulative = times[1 : count + 1] - times[0] - np.cumsum(planned[:count])
    return AgainstSchedule(laps, cumulative)
