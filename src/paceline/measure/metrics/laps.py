"""Laps and their parts on a track, from the passings of its timing loops: exact times, no grid of samples.

Laps are counted from the effort's first passing, which is the start gate where the effort begins with its release.
Where a loop missed the rider the times that needed it are absent; nothing is put in their place.
"""

from __future__ import annotations

import numpy as np

from paceline.domain.errors import NotIdentifiable, TooFewSamples
from paceline.measure.catalogue import metric
from paceline.measure.quantities import Metres, Scalar, Seconds
from paceline.measure.readings import measured
from paceline.measure.track.passed import SAME_PLACE, line_times, passed
from paceline.measure.track.passed import missed as missed_of


@metric("s", low=0.0, nan=True, headline=True, label="Lap times")
def lap_times(passing_time: Seconds, passing_position: Metres, lap_length: Scalar) -> Seconds:
    """How long each lap took, to the millisecond that the loops give.

    Args:
        passing_time: (passing,), s, in time order.
        passing_position: (passing,), m from the finish line.
        lap_length: scalar, m.

    Returns:
        (lap,), s; NaN for a lap that began or ended on a line whose loop missed the rider. Runs that a pause parts
        follow each other, each counted from its own first passing.

    Raises:
        TooFewSamples: no whole lap was ridden.

    >>> lap_times(np.array([0.0, 8.0, 16.25, 24.0, 31.75]), np.array([0.0, 125.0, 0.0, 125.0, 0.0]), 250.0).tolist()
    [16.25, 15.5]
    """
    return _parts(passing_time, passing_position, lap_length, share=1.0, metric="lap_times")


@metric("s", low=0.0, nan=True, label="Half-lap times")
def half_lap_times(passing_time: Seconds, passing_position: Metres, lap_length: Scalar) -> Seconds:
    """How long each half lap took.

    Args:
        passing_time: (passing,), s, in time order.
        passing_position: (passing,), m from the finish line.
        lap_length: scalar, m.

    Returns:
        (half lap,), s; NaN where it began or ended on a line whose loop missed the rider.

    Raises:
        TooFewSamples: no whole half lap was ridden.

    >>> half_lap_times(np.array([0.0, 8.0, 16.25, 24.0]), np.array([0.0, 125.0, 0.0, 125.0]), 250.0).tolist()
    [8.0, 8.25, 7.75]
    """
    return _parts(passing_time, passing_position, lap_length, share=0.5, metric="half_lap_times")


@metric("s", low=0.0, nan=True, label="Quarter-lap times")
def quarter_lap_times(passing_time: Seconds, passing_position: Metres, lap_length: Scalar) -> Seconds:
    """How long each quarter lap took; it needs loops at the quarters, or most of them are absent.

    Args:
        passing_time: (passing,), s, in time order.
        passing_position: (passing,), m from the finish line.
        lap_length: scalar, m.

    Returns:
        (quarter lap,), s; NaN where it began or ended on a line without a loop, or whose loop missed the rider.

    Raises:
        TooFewSamples: no whole quarter lap was ridden.

    >>> quarter_lap_times(np.array([0.0, 4.25, 8.0]), np.array([112.5, 175.0, 237.5]), 250.0).tolist()
    [4.25, 3.75]
    """
    return _parts(passing_time, passing_position, lap_length, share=0.25, metric="quarter_lap_times")


@metric("s", low=0.0, headline=True)
def fastest_lap(lap_times: Seconds) -> Scalar:
    """The shortest time of a lap.

    Args:
        lap_times: (lap,), s; NaN where a loop missed the rider.

    Returns:
        scalar, s.

    Raises:
        TooFewSamples: no lap has a time.

    >>> fastest_lap(np.array([20.5, 15.5, np.nan, 15.75]))
    15.5
    """
    return float(measured(lap_times, "fastest_lap").min())


@metric("1", low=-1.0, high=1.0, label="Fade")
def lap_fade(lap_times: Seconds) -> Scalar:
    """By how much of itself each lap was slower than the one before: 0.002 is a thirtieth of a second on a lap of 15 s.

    Args:
        lap_times: (lap,), s; NaN where a loop missed the rider. The first lap, a start or a wind-up, is left out.

    Returns:
        scalar, a share a lap, positive when slowing: the slope of the straight line through the laps, over their mean.

    Raises:
        TooFewSamples: fewer than three laps after the first have a time.

    >>> lap_fade(np.array([20.0, 15.0, 15.5, 16.0, 16.5])).__round__(6)    # 0.5 s a lap, of 15.75 s
    0.031746
    """
    later = lap_times[1:]
    values = measured(later, "lap_fade", need=3)
    number = np.flatnonzero(~np.isnan(later)) * 1.0
    number -= number.mean()
    return float(number @ values / (number @ number) / values.mean())


@metric("1", low=0.0, high=1.0, label="Lap variation")
def lap_variation(lap_times: Seconds) -> Scalar:
    """How evenly the laps were ridden: their standard deviation as a share of their mean.

    Args:
        lap_times: (lap,), s; NaN where a loop missed the rider. The first lap is left out.

    Returns:
        scalar, a share; the standard deviation is that of a sample (n − 1).

    Raises:
        TooFewSamples: fewer than two laps after the first have a time.

    >>> lap_variation(np.array([20.0, 15.0, 16.0, 17.0])).__round__(6)    # 1 s of 16 s
    0.0625
    """
    values = measured(lap_times[1:], "lap_variation", need=2)
    return float(values.std(ddof=1) / values.mean())


@metric("s", low=0.0, label="Flying 200 m", known_as=("F200",))
def flying_200_time(passing_time: Seconds, passing_position: Metres, lap_length: Scalar) -> Scalar:
    """The best time over the last 200 m before the finish line.

    Args:
        passing_time: (passing,), s, in time order.
        passing_position: (passing,), m from the finish line.
        lap_length: scalar, m.

    Returns:
        scalar, s: from the passing of the 200 m line to the passing of the finish line 200 m later.

    Raises:
        NotIdentifiable: the effort has no passing of the 200 m line with one of the finish line after it.

    >>> flying_200_time(np.array([0.0, 2.75, 7.5, 12.5]), np.array([0.0, 50.0, 150.0, 0.0]), 250.0)
    9.75
    """
    found = passed(passing_time, passing_position, lap_length)
    order = np.argsort(passing_time, kind="stable")
    place = np.where(np.isnan(found.distance), np.nan, passing_position[order])
    times = []
    for end in np.flatnonzero(_near(place, 0.0, lap_length)):
        start = (found.run == found.run[end]) & (np.abs(found.distance[end] - found.distance - 200.0) <= SAME_PLACE)
        times += (found.time[end] - found.time[start]).tolist()
    if not times:
        why = "no loop 200 m before the finish line saw the rider, with one on the finish line after it"
        raise NotIdentifiable("flying_200_time", why=why)
    return float(min(times))


@metric("1", low=0.0, personal=False, label="Missed passings")
def missed_passings(passing_time: Seconds, passing_position: Metres, lap_length: Scalar) -> Scalar:
    """How often a loop that works said nothing though the rider went by.

    Args:
        passing_time: (passing,), s, in time order.
        passing_position: (passing,), m from the finish line.
        lap_length: scalar, m.

    Returns:
        scalar, a count: places between the first passing and the last where a loop that saw the rider in another lap
        did not see them.

    Raises:
        TooFewSamples: fewer than two passings.

    >>> missed_passings(np.array([0.0, 8.0, 24.0, 32.0]), np.array([0.0, 125.0, 125.0, 0.0]), 250.0)
    1.0
    """
    if passing_time.size < 2:
        raise TooFewSamples("missed_passings", need=2, got=int(passing_time.size))
    return float(len(missed_of(passing_time, passing_position, lap_length)))


def _near(place: Metres, wanted: float, lap_length: float) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    off = np.abs(place - wanted) % lap_length
    return np.asarray(np.minimum(off, lap_length - off) <= SAME_PLACE)


def _parts(time: Seconds, position: Metres, lap_length: float, *, share: float, metric: str) -> Seconds:
    lines = line_times(passed(time, position, lap_length), share * lap_length)
    parts = np.concatenate([*(np.diff(times) for times in lines), []])
    if not parts.size or np.isnan(parts).all():
        raise TooFewSamples(metric, need=2, got=int(time.size))
    return parts
