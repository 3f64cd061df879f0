"""How far the cameras' clock is from the ride's: told by the place on the lap, or by the speed, that both have.

The place tells it by itself: who is 13 m further on at 13 m/s is a second later. But for whole laps, so that what the
cameras' own start says is believed as far as it decides. Speed tells it where it changes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from paceline.domain.efforts import SECOND
from paceline.domain.errors import NotIdentifiable, TooFewSamples
from paceline.measure.clock_fits import ClockFit
from paceline.measure.estimates import Estimate
from paceline.measure.quantities import Floats
from paceline.record.streams import Nanoseconds, Stream

SEARCHED = 60.0
"""s by which the cameras' start may be off before it has to be set anew."""

_TRIED = 0.25
"""s between the offsets that are tried; Gauss and Newton's steps find their way from there."""

_THIN = SECOND // 4
"""ns between instants that are compared: clocks need no more of them."""

_HOLE = SECOND // 2
"""ns, longest step of the film that is drawn across."""

_MEANS = 0.01
"""s by which filters and means shift one device's speed against another's, at the least; a head unit that shows the
mean of the second before is half a second late besides, which nothing in the speeds can tell."""

_FEWEST = 20
_TURNS = 12
_WILD = 4.0
_TELLING = 0.25
"""Share of the usual slope below which an instant tells hardly anything of the offset."""

_SHARP = 0.6
"""By how much the typical difference at the best offset must fall below that at offsets in general."""

_DECIDES = 2.0
"""s by which one offset has to be nearer to the cameras' own start than another that fits as well; what is nearer to
it than that is the same."""

_TOGETHER = 2
"""s over which errors hang together."""

_VAGUE = 0.5
"""s: an offset that is not known better is not known."""


@dataclass(frozen=True, slots=True)
class _By:
    """What is compared: for people, within what it should agree, m or m/s, and after what it begins again."""

    method: str
    good: float
    lap: float | None = None


def by_place(trusted: Stream, film: Stream, *, lap: float) -> ClockFit:
    """The cameras' clock against the ride's by where the rider was.

    Args:
        trusted: with "loop_position", on the ride's clock.
        film: with "track_distance", on the cameras'.
        lap: m.

    Returns:
        The fit, without drift; its residuals are m. What lies between hips and transponder counts as offset.

    Raises:
        TooFewSamples: they have too little in common.
        NotIdentifiable: no offset fits, or several fit as well.
    """
    time, place = _thin(trusted.time, trusted.values["loop_position"])
    return _fit(time, place, film, "track_distance", _By("place on the lap", 3.0, lap))


def by_speed(trusted: Stream, film: Stream) -> ClockFit:
    """The cameras' clock against the ride's by the speed.

    Args:
        trusted: with "speed", on the ride's clock.
        film: likewise, on the cameras'.

    Returns:
        The fit, without drift; its residuals are m/s.

    Raises:
        TooFewSamples: they have too little in common.
        NotIdentifiable: the speed hardly changes, no offset fits, or several fit as well.
    """
    fit = _fit(*_thin(trusted.time, trusted.values["speed"]), film, "speed", _By("speed", 0.5))
    return replace(fit, offset=fit.offset.widened(_MEANS))


def _thin(time: Nanoseconds, values: Floats) -> tuple[Nanoseconds, Floats]:
    known = ~np.isnan(values)
    time, values = time[known], values[known]
    _, first = np.unique(time // _THIN, return_index=True)
    return time[first], values[first]


def _fit(time: Nanoseconds, values: Floats, film: Stream, channel: str, by: _By) -> ClockFit:
    known = ~np.isnan(film.values[channel])
    clock, drawn = film.time[known], film.values[channel][known]
    if clock.size < _FEWEST or time.size < _FEWEST:
        raise TooFewSamples("the cameras' clock", need=_FEWEST, got=int(min(clock.size, time.size)))

    def off(offset: float) -> Floats:
        asked = time - round(offset * SECOND)
        apart = _at(clock, drawn, asked) - values
        return apart if by.lap is None else apart - by.lap * np.round(apart / by.lap)

    offset = _coarse(off, by)
    half = SECOND // 4
    for _ in range(_TURNS):
        asked, apart = time - round(offset * SECOND), off(offset)
        slope = (_at(clock, drawn, asked + half) - _at(clock, drawn, asked - half)) / (2 * half / SECOND)
        both = ~np.isnan(apart) & ~np.isnan(slope)
        # While nobody moves the two agree at any offset: what is wild is judged where something changes.
        telling = both & (np.abs(np.nan_to_num(slope)) >= _TELLING * np.sqrt(np.mean(slope[both] ** 2)))
        wild = _WILD * 1.4826 * float(np.median(np.abs(apart[telling]))) if telling.any() else 0.0
        sound = both & (np.abs(np.nan_to_num(apart)) <= max(wild, 1e-9))
        pull, curve = slope[sound] * apart[sound], float(np.sum(slope[sound] ** 2))
        if np.count_nonzero(sound) < _FEWEST or curve <= 0.0:
            raise _unknown(f"the {by.method} of both has too little in common")
        offset += float(pull.sum()) / curve
    error = _error(pull, curve, time[sound])
    if not error < _VAGUE:
        raise _unknown(f"the {by.method} hardly changes")
    used, dropped = int(np.count_nonzero(sound)), int(np.count_nonzero(both & ~sound))
    reference = int(np.median(time[sound])) - round(offset * SECOND)
    estimate = Estimate(offset, error, used=used, discarded=dropped)
    return ClockFit(estimate, None, reference, Estimate(1.0, 0.0, used=0), time[sound], apart[sound], by.method)


def _coarse(off: Callable[[float], Floats], by: _By) -> float:
    """The offset that fits, to the nearest one tried; of those a lap apart, the one nearest to the cameras' own start.

    What lies between two that are tried fits neither of them quite.
    """
    tried = np.arange(-SEARCHED, SEARCHED + _TRIED, _TRIED)
    apart = [np.abs(values[~np.isnan(values)]) for values in map(off, tried.tolist())]
    counts = np.array([values.size for values in apart])
    enough = max(_FEWEST, int(counts.max()) // 2)
    if counts.max() < enough:
        raise TooFewSamples("the cameras' clock", need=enough, got=int(counts.max()))
    cost = np.array([float(np.median(values)) if values.size >= enough else np.inf for values in apart])
    best = float(cost.min())
    if best > by.good:
        raise _unknown(f"the {by.method} of both agrees nowhere within {SEARCHED:.0f} s")
    if best > _SHARP * float(np.median(cost[np.isfinite(cost)])):
        raise _unknown(f"the {by.method} hardly changes")
    if by.lap is None:
        return float(tried[np.argmin(cost)])
    near = np.flatnonzero(cost <= np.minimum(np.roll(cost, 1), np.roll(cost, -1)))
    near = near[cost[near] <= best + by.good]
    first = near[np.argmin(np.abs(tried[near]))]
    apart_from = np.abs(tried[near] - tried[first])
    if np.any((apart_from > _DECIDES) & (np.abs(tried[near]) - abs(tried[first]) < _DECIDES)):
        raise _unknown("two offsets fit as well")
    own = near[apart_from <= _DECIDES]
    return float(tried[own[np.argmin(cost[own])]])


def _at(time: Nanoseconds, values: Floats, instants: Nanoseconds) -> Floats:
    """The film at instants of its clock; NaN outside, and in holes."""
    after = np.clip(np.searchsorted(time, instants), 1, time.size - 1)
    near = (time[after] - time[after - 1] <= _HOLE) & (instants >= time[0]) & (instants <= time[-1])
    zero = time[0]
    return np.where(near, np.interp((instants - zero) / SECOND, (time - zero) / SECOND, values), np.nan)


def _error(pull: Floats, curve: float, time: Nanoseconds) -> float:
    """Standard error of the offset: what is off hangs together for seconds, so that each stretch counts once.

    Source: the cluster-robust variance, Liang and Zeger (1986), Biometrika 73:13.
    """
    _, stretch = np.unique(time // (_TOGETHER * SECOND), return_inverse=True)
    pulls = np.bincount(stretch, pull)
    return float(np.sqrt(np.sum(pulls**2) * pulls.size / max(pulls.size - 1, 1)) / curve)


def _unknown(why: str) -> NotIdentifiable:
    return NotIdentifiable("the cameras' clock", why=why, advice="Set the cameras' `start` in the settings file.")
