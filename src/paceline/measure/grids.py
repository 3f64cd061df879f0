"""Grids: the one place where streams of different clocks meet.

A grid cuts an effort into cells of equal length. What a stream says of a cell depends on the kind of channel:

- a rate (power, speed, cadence, heart rate, temperature, …): the mean over the cell, each reading holding until the
  next one, so that work and time are kept whatever the sampling; a cell of which less than half was measured is NaN;
- a direction (heading, where the wind comes from, a crank's angle): that of the mean of unit vectors, likewise; NaN
  where they cancel;
- a place (distance, altitude, latitude, longitude) or a counter (turns of wheel and crank, and when they ended): the
  value at the cell's start, on the straight line between the readings around it;
- a place on a lap (by loops or video): likewise, but the short way round, so that the finish line is no jump back;
- the weather: the value in the cell's middle on the straight line between the station's readings around it, and of a
  direction the nearest reading; at most an hour from a reading, since air changes slowly and stations report seldom.

A reading holds, and a line is drawn, for one and a half times the longest usual step of its stream (the 90th
percentile), at most 15 s unless the stream is slower than that: longer holes are gaps, and their cells are NaN.
A stream that was sampled once a second on the grid's own seconds passes through unchanged, reading for reading.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from paceline.domain.channels import DIRECTIONS
from paceline.domain.efforts import NANOSECOND, SECOND, Effort
from paceline.domain.errors import NotPlausible
from paceline.measure.quantities import Floats
from paceline.record.streams import Flag, Nanoseconds, Stream

COUNTERS = frozenset({"wheel_revolutions", "wheel_event_time", "crank_revolutions", "crank_event_time"})
LAPPING = frozenset({"loop_position", "video_position"})
"""Places that begin again at the finish line."""
PLACES = (
    frozenset({"distance", "altitude", "latitude", "longitude"})
    | COUNTERS
    | LAPPING
    | {f"{name}_error" for name in LAPPING}
)
NOT_USED = Flag.MISSING | Flag.SPIKE | Flag.OUT_OF_RANGE | Flag.DROPOUT | Flag.TIME
"""Readings with one of these flags count as absent; a flat one and a repaired one do not."""

LONGEST_HOLD = 15.0

WEATHER = "weather"
"""Name of the stream that speaks of the air, not of the bike."""
WEATHER_HOLD = 3600.0
"""s before and after a reading of the weather for which it still speaks."""

CELLS = 1_500_000
"""Of one grid: 17 days at one a second. The longest races take 14; a clock that says more is wrong."""

_SAME_ANGLE = 1e-6
"""°, by which sine and cosine bring an angle back wrong, at most."""

_NO_DIRECTION = 1e-6
"""Length of a mean of unit vectors, below which they point nowhere."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Equal cells over an effort.

    Attributes:
        start: int64 ns UTC, where the first cell begins.
        step: s, how long each cell lasts.
        size: how many whole cells the effort holds; a last part shorter than half a cell is left out.
    """

    start: int
    step: float
    size: int

    @classmethod
    def over(cls, effort: Effort, *, step: float = 1.0) -> Grid:
        """The grid that begins with the effort.

        Raises:
            NotPlausible: a step that is no length of time, or an effort of more than `CELLS` of them.

        >>> Grid.over(Effort("lap", 0, 61_600_000_000)).size
        62
        """
        if not 0.0 < step < np.inf:
            raise NotPlausible("step", expected="a number of seconds above 0")
        if effort.duration > CELLS * step:
            raise NotPlausible("the effort's duration", expected=f"at most {CELLS:,} steps of {step:g} s")
        return cls(effort.start, step, int(effort.duration / step + 0.5))


@dataclass(frozen=True, eq=False)
class Gridded:
    """One channel on a grid.

    Attributes:
        values: (sample,), in the channel's unit; NaN where nothing usable was measured.
        readings: how many readings of the effort were used.
        unused: how many were left out for their flags, NaN ones included.
    """

    values: Floats
    readings: int
    unused: int


def on_grid(stream: Stream, channel: str, grid: Grid, *, lap: float | None = None) -> Gridded:
    """What a stream says of each cell of a grid.

    Args:
        stream: readings with their flags.
        channel: one of its channels.
        grid: the cells.
        lap: m, the length of the lap, without which a place on it can't be told between two readings: then it is NaN.

    >>> stream = Stream("record", np.arange(3) * SECOND, {"power": np.array([100.0, np.nan, 300.0])})
    >>> on_grid(stream, "power", Grid(0, 1.0, 3)).values.tolist()
    [100.0, nan, 300.0]
    """
    hold = longest_hold(stream)
    stop = grid.start + round(grid.size * grid.step * SECOND)
    near = _near(stream, grid.start, stop, hold)
    clock, readings = stream.time[near], stream.values[channel][near]
    usable = _usable(stream, channel, near)
    around = int(hold * SECOND) if stream.name == WEATHER else 0  # it speaks of a ride that falls between its readings
    inside = (clock >= grid.start - around) & (clock < stop + around)
    time, values = _increasing(clock[usable], readings[usable])
    if stream.name == WEATHER:
        cells = _weather(time, values, grid, nearest=channel == "wind_direction")
    elif channel in LAPPING:
        cells = on_lap(time, values, grid, hold, lap=lap) if lap else np.full(grid.size, np.nan)
    else:
        means = _directions if channel in DIRECTIONS else _places if channel in PLACES else _rates
        cells = means(time, values, grid, hold)
    return Gridded(cells, int(np.count_nonzero(usable & inside)), int(np.count_nonzero(~usable & inside)))


def _near(stream: Stream, start: int, stop: int, hold: float) -> slice:
    """The readings that can matter between two instants: a lap of a long ride looks at the lap alone."""
    if not stream.ordered:
        return slice(None)
    reach = int(hold * SECOND) + 1
    first, last = np.searchsorted(stream.time, [start - reach, stop + reach])
    return slice(max(int(first) - 1, 0), int(last) + 1)


def _usable(stream: Stream, channel: str, near: slice) -> npt.NDArray[np.bool_]:
    usable: npt.NDArray[np.bool_] = ~np.isnan(stream.values[channel][near])
    if channel in stream.flags:
        usable &= (stream.flags[channel][near] & _NOT_USED) == 0
    if "time" in stream.flags:
        usable &= (stream.flags["time"][near] & _TIME) == 0
    return usable


_NOT_USED, _TIME = int(NOT_USED), int(Flag.TIME)  # arrays take numbers ten times as fast as members of an enumeration


def longest_hold(stream: Stream) -> float:
    """For how many seconds a reading of the stream still speaks.

    >>> longest_hold(Stream("record", np.array([0, 1, 2, 60]) * SECOND, {}))
    1.5
    """
    if stream.name == WEATHER:
        return WEATHER_HOLD
    median, usual = stream.usual_steps
    if np.isnan(usual):
        return 1.5
    return min(1.5 * usual, max(LONGEST_HOLD, 1.5 * median))


def _increasing(time: Nanoseconds, values: Floats) -> tuple[Nanoseconds, Floats]:
    """Readings in time order, the last of those that share an instant: interpolation needs a clock that only rises."""
    if time.size < 2 or np.all(time[1:] > time[:-1]):
        return time, values
    order = np.argsort(time, kind="stable")
    time, values = time[order], values[order]
    last = np.append(time[1:] != time[:-1], True)
    return time[last], values[last]


def _rates(time: Nanoseconds, values: Floats, grid: Grid, hold: float) -> Floats:
    cells = np.full(grid.size, np.nan)
    if time.size == 0 or grid.size == 0:
        return cells
    step = round(grid.step * SECOND)
    offset = time - grid.start
    if np.all(offset % step == 0):  # each reading is a cell: nothing to average, and no rounding
        index = offset // step
        inside = (index >= 0) & (index < grid.size)
        if hold < 2 * grid.step:
            cells[index[inside]] = values[inside]
            return cells
    return _means(np.asarray(offset * NANOSECOND, np.float64), values, grid, hold)


def _directions(time: Nanoseconds, values: Floats, grid: Grid, hold: float) -> Floats:
    """Means of angles, °: from 0 to 360, or as recorded where a cell holds one reading alone."""
    plain, angle = _rates(time, values, grid, hold), np.radians(values)
    east, north = (_rates(time, part, grid, hold) for part in (np.sin(angle), np.cos(angle)))
    mean = np.mod(np.degrees(np.arctan2(east, north)), 360.0)
    alone = np.abs(np.mod(plain - mean + 180.0, 360.0) - 180.0) < _SAME_ANGLE
    return np.where(np.hypot(east, north) < _NO_DIRECTION, np.nan, np.where(alone, plain, mean))


def _means(seconds: Floats, values: Floats, grid: Grid, hold: float) -> Floats:
    """Cell means of the step function: differences of its integral, taken at the cell's edges."""
    ends = np.minimum(np.append(seconds[1:], np.inf), seconds + hold)
    knots = np.stack([seconds, ends], axis=1).ravel()
    held = ends - seconds
    covered = np.concatenate([[0.0], np.repeat(np.cumsum(held), 2)[:-1]])
    integral = np.concatenate([[0.0], np.repeat(np.cumsum(held * values), 2)[:-1]])
    edges = np.arange(grid.size + 1) * grid.step
    known = np.diff(np.interp(edges, knots, covered))
    total = np.diff(np.interp(edges, knots, integral))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(known >= 0.5 * grid.step - 1e-9, total / known, np.nan)


def _places(time: Nanoseconds, values: Floats, grid: Grid, hold: float) -> Floats:
    if time.size == 0 or grid.size == 0:
        return np.full(grid.size, np.nan)
    at = np.arange(grid.size) * grid.step
    seconds = (time - grid.start) * NANOSECOND
    after = np.searchsorted(seconds, at, side="left")
    right = np.minimum(after, seconds.size - 1)
    left = np.maximum(np.searchsorted(seconds, at, side="right") - 1, 0)
    exact = seconds[right] == at
    near = (seconds[right] - seconds[left] <= hold) & (seconds[left] <= at) & (at <= seconds[right])
    return np.where(exact | near, np.interp(at, seconds, values), np.nan)


def on_lap(time: Nanoseconds, values: Floats, grid: Grid, hold: float, *, lap: float) -> Floats:
    """Places on a lap at each cell's start: from one reading to the next the short way round.

    Args:
        time: (reading,), int64 ns UTC, rising.
        values: (reading,), m from the finish line.
        grid: the cells.
        hold: s, the longest step between readings across which a line is drawn.
        lap: m.

    Returns:
        (cell,), m, from 0 to below the lap's length.

    >>> on_lap(np.array([0, 2]) * SECOND, np.array([245.0, 15.0]), Grid(0, 1.0, 3), 3.0, lap=250.0).tolist()
    [245.0, 5.0, 15.0]
    """
    place = np.mod(_places(time, np.unwrap(values, period=lap), grid, hold), lap)
    return np.where(place >= lap, 0.0, place)  # the remainder of a hair below 0 is rounded up to the lap itself


def _weather(time: Nanoseconds, values: Floats, grid: Grid, *, nearest: bool) -> Floats:
    if time.size == 0 or grid.size == 0:
        return np.full(grid.size, np.nan)
    at = (np.arange(grid.size) + 0.5) * grid.step
    seconds = (time - grid.start) * NANOSECOND
    after = np.clip(np.searchsorted(seconds, at), 1, max(seconds.size - 1, 1))
    right = np.minimum(after, seconds.size - 1)
    closest = np.where(at - seconds[after - 1] <= seconds[right] - at, after - 1, right)
    near = np.abs(seconds[closest] - at) <= WEATHER_HOLD
    return np.where(near, values[closest] if nearest else np.interp(at, seconds, values), np.nan)
