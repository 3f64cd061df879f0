"""A wheel's clock against timing loops, with errors as they are: the line wanders, and loops lie off their places.

Who rides a hand's breadth above the black line gains on it in every bend, for as long as they stay there: what is left
over between wheel and loops is no scatter but a slow walk. A loop that lies off its place is off by as much each lap.
Told so, the fit finds the clock where the speed changes, at the start, and nothing that happens later blurs it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from paceline.domain.efforts import SECOND
from paceline.measure.clock_fits import ClockFit, Curve, Settled, device_time, known_well
from paceline.measure.quantities import Floats, Metres, Seconds
from paceline.measure.wandering import Shape, Wandering, wandering_regression
from paceline.record.streams import Nanoseconds

MEMORY = 20.0
"""s, in which a rider forgets how far above the black line they were: about a lap."""

CRYSTAL = 20e-6
"""s in a second, one standard deviation, by which a quartz clock runs fast or slow: it is in the offset's error."""

ANY_CRYSTAL = 100e-6
"""The same where the drift itself is asked for: a cheap quartz, cold."""

BETWEEN = 0.03
"""Of the time between two readings: by how much a standing start, seen only so often, moved offsets in simulation."""

_WAYS = (0.0, *np.logspace(-5.0, 0.0, 11).tolist())
"""What share of the error wanders: of the line's gain on each metre over a reading's own error, squared."""

_READ = 0.01
"""m; what a straight line between two readings misses counts against this."""

_PASSES = 3
"""Passings of each loop, on average, from which its place is found too."""

_FAR, _LEAST = 6.0, 0.1
"""Robust standard deviations, and m, by which a passing may differ from its neighbours' and its loop's own."""

_AROUND = 5
"""Passings that a passing is held against, itself in the middle."""

_ROUNDS = 6
_EXACT = 1e-6
"""s; steps that are smaller than this are over."""


@dataclass(frozen=True, eq=False)
class _Seen:
    """Passings of one fit: when, how far, and which loop each was of (all 0 where loops aren't told apart)."""

    time: Nanoseconds
    distance: Metres
    loop: npt.NDArray[np.intp]

    def only(self, kept: npt.NDArray[np.bool_]) -> _Seen:
        return _Seen(self.time[kept], self.distance[kept], self.loop[kept])


def wandered(
    curve: Curve,
    start: Settled,
    time: Nanoseconds,
    distance: Metres,
    *,
    lap_length: float | None,
    drift: bool,
    method: str,
) -> ClockFit:
    """The fit that `start` comes near to, with passings left out that neither their neighbours nor their loop confirm.

    Args:
        curve: the wheel's distance, on the device's clock.
        start: a fit that took the errors for scatter.
        time: (passing,), int64 ns on the loops' clock, rising.
        distance: (passing,), m of black line, finite.
        lap_length: m; None where loops are not to be told apart.
        drift: whether the drift is asked for.
        method: for people.
    """
    seen = _Seen(time, distance, _loops(distance, lap_length)).only(start.there)
    about = (start.offset, start.rate, float(start.found.parameters[1]) or 1.0)
    at = _At(curve, start.middle, known=ANY_CRYSTAL if drift else CRYSTAL, method=method)
    found, offset, seen = at.rest(seen, about)
    sound = _sound(found.residuals, seen.loop)
    wild = int(np.count_nonzero(~sound))
    if wild:
        found, offset, seen = at.rest(seen.only(sound), (offset, *found.parameters[1:3].tolist()))
    late = replace(found.estimate(0, discarded=wild), value=offset).widened(BETWEEN * _reading(curve))
    gains, ratio = found.estimate(1, discarded=wild) if drift else None, found.estimate(2, discarded=wild)
    return known_well(ClockFit(late, gains, start.middle, ratio, seen.time, found.residuals, method))


def _loops(distance: Metres, lap_length: float | None) -> npt.NDArray[np.intp]:
    """Which loop each passing was of, where there are passings enough to find all their places."""
    if lap_length is not None:
        place = np.round(np.mod(distance + 0.01, lap_length), 1)
        names, loop = np.unique(place, return_inverse=True)
        if distance.size >= _PASSES * names.size:
            return np.asarray(loop, np.intp)
    return np.zeros(distance.size, np.intp)


@dataclass(frozen=True, eq=False)
class _At:
    """What stays the same from step to step."""

    curve: Curve
    middle: int
    known: float
    method: str

    def rest(self, seen: _Seen, about: tuple[float, float, float]) -> tuple[Wandering, float, _Seen]:
        """The fit where steps come to rest, its offset, and the passings within the device's time."""
        offset, rate, scale = about
        for _ in range(_ROUNDS):
            found, used = self.step(seen, (offset, rate, scale))
            step = float(found.parameters[0])
            offset, rate, scale = offset + step, float(found.parameters[1]), float(found.parameters[2])
            if abs(step) < _EXACT:
                break
        return found, offset, used

    def step(self, seen: _Seen, at: tuple[float, float, float]) -> tuple[Wandering, _Seen]:
        """One Gauss-Newton step: s to add to the offset, the drift, the scale, and where each loop lies."""
        offset, rate, scale = at
        device = device_time(seen.time, self.middle, offset, rate)
        half = round(_reading(self.curve) * SECOND)
        value, speed = self.curve.at(device), scale * self.curve.slope(device)
        sag = np.abs(self.curve.at(device + half) - 2.0 * value + self.curve.at(device - half)) / 8.0
        since = (seen.time - self.middle) / SECOND
        there = ~np.isnan(value + speed + sag)
        used, since = seen.only(there), since[there]
        lines = (used.loop[:, None] == np.unique(used.loop)).astype(np.float64)
        columns = np.column_stack([-speed[there], -speed[there] * since, value[there], lines])
        before = np.full(columns.shape[1], np.inf)
        before[1] = self.known
        own, sway = np.diag(1.0 + (sag[there] / _READ) ** 2), _sway(since, used.distance)
        shapes = [Shape(own + way * sway, float(np.ptp(since)) / MEMORY) for way in _WAYS]
        observed = used.distance + columns[:, 1] * rate
        model = f"clock by {self.method}"
        return wandering_regression(columns, observed, shapes=shapes, known=before, model=model), used


def _sway(since: Seconds, distance: Metres) -> Floats:
    """Covariance of what a wandering line gained on the black one up to each passing, but for a factor."""
    when, metres = (since[1:] + since[:-1]) / 2.0, np.diff(distance)
    gained = np.exp(-np.abs(when[:, None] - when) / MEMORY) * np.outer(metres, metres)
    return np.pad(np.cumsum(np.cumsum(gained, axis=0), axis=1), ((1, 0), (1, 0)))


def _sound(residuals: Metres, loop: npt.NDArray[np.intp]) -> npt.NDArray[np.bool_]:
    """Which passings lie where the passings around them do, once each loop's own error is taken out."""
    if residuals.size < _AROUND:
        return np.ones(residuals.size, bool)
    left = residuals - np.array([np.median(residuals[loop == own]) for own in loop])
    near = np.lib.stride_tricks.sliding_window_view(np.pad(left, _AROUND // 2, mode="reflect"), _AROUND)
    off = np.abs(left - np.median(near, axis=1))
    return np.asarray(off <= max(_FAR * 1.4826 * float(np.median(off)), _LEAST))


def _reading(curve: Curve) -> float:
    """s between two readings of the device, usually."""
    return float(np.median(np.diff(curve.time))) / SECOND
