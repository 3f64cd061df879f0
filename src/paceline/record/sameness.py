"""Whether two recordings are of the same ride of the same rider, told by what they hold, so that it is counted once.

Two riders side by side share the road, its hills and their speed; what they don't share is their bodies. So power and
heart rate decide where both recordings have them: they must agree in level, in shape and in flicker, the change from
one few seconds to the next. Without them only recordings of the same numbers are one: the same file in another format.
When in doubt, rides stay apart: what is counted twice can be seen, what was merged can't.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product

import numpy as np
import numpy.typing as npt

from paceline.record.alignment import Trace, apart, shifts, trace
from paceline.record.recordings import Recording
from paceline.record.streams import Floats

FEWEST = 60
"""Common seconds with readings on both sides, below which nothing is said."""

COVERED = 0.8
"""Share of the shorter recording that the longer one must cover."""


@dataclass(frozen=True, slots=True)
class Body:
    """How alike a channel of the body must be, in the channel's unit where it has one.

    Attributes:
        level: median difference of two devices on one rider.
        share: the same as a share of the median reading; the larger of both counts.
        shape: correlation of means over five readings.
        flicker: correlation of their changes over five readings, clipped at three robust standard deviations so that
            the edges of a workout that two riders do together don't count for more than the rest.
    """

    level: float
    share: float
    shape: float
    flicker: float


BODY = {
    "power": Body(10.0, 0.10, 0.9, 0.6),
    "heart_rate": Body(3.0, 0.0, 0.9, 0.5),
}
ROUNDING = {
    "power": 1.0,
    "heart_rate": 1.0,
    "speed": 0.02,
    "wheel_speed": 0.02,
    "distance": 1.0,
    "altitude": 0.11,
    "latitude": 2e-6,
    "longitude": 2e-6,
}
"""Channel → how far one number may stand from itself after a change of format."""

SAME_NUMBERS = 0.9
"""Share of the common seconds in which a number is the same, counted where it changes."""

CHANGES = 30
"""Seconds in which a number changes, below which equal numbers say nothing: two stopped clocks agree."""

ELSEWHERE = 0.005
"""Degrees of latitude or longitude, 300 to 550 m: who is further apart rides alone."""

FAR_OFF = 3.0
"""Times the level's tolerance, from which two readings are of different bodies."""


@dataclass(frozen=True, slots=True)
class Sameness:
    """Why two recordings are of one ride.

    Attributes:
        shift: s to add to the second recording's clock to get the first one's.
        overlap: s with readings in both.
        evidence: channel → correlation on the common seconds, for the channels that decided.
    """

    shift: int
    overlap: int
    evidence: Mapping[str, float]


def same_ride(first: Recording, second: Recording) -> Sameness | None:
    """The evidence that two recordings are of the same ride, or None where there is not enough.

    Args:
        first: one recording; quality flags are not needed.
        second: another; its clock may be off by hours of time zone and a minute more, by anything where it is undated.
    """
    return _compared(trace(first), trace(second))


def rides(recordings: Sequence[Recording]) -> tuple[tuple[Recording, ...], ...]:
    """The recordings grouped by ride, in the order of the first of each; a ride recorded once is a group of one.

    Whoever is the same as one of a group belongs to it: laps that were saved apart join the whole ride.
    """
    if len(recordings) == 1:  # the usual case, and nothing to compare
        return (tuple(recordings),)
    traces = [trace(recording) for recording in recordings]
    group = list(range(len(recordings)))
    for i, j in _near(traces):
        if group[i] != group[j] and _compared(traces[i], traces[j]) is not None:
            joined, left = min(group[i], group[j]), max(group[i], group[j])
            group = [joined if g == left else g for g in group]
    return tuple(
        tuple(recording for recording, g in zip(recordings, group, strict=True) if g == name)
        for name in sorted(set(group))
    )


def on_one_clock(group: Sequence[Recording]) -> tuple[Recording, ...]:
    """The recordings of one ride on the clock of the first dated one among them, in the same order.

    A file that holds local time without saying so, or no date at all, is moved by the whole seconds that make it agree;
    its own fine offset and drift are left as recorded.
    """
    placed: dict[int, Recording] = {}
    waiting = sorted(range(len(group)), key=lambda i: (not group[i].dated, i))
    while waiting:
        index, shift = _next_placed([(i, group[i]) for i in waiting], tuple(placed.values()))
        placed[index] = group[index].shifted(shift) if shift else group[index]
        waiting.remove(index)
    return tuple(placed[index] for index in range(len(group)))


def _next_placed(waiting: Sequence[tuple[int, Recording]], placed: Sequence[Recording]) -> tuple[int, int]:
    """The first of those waiting that is the same as one in place, and its shift; else the first, where it is.

    A lap that was saved apart is the same as the whole ride, not as every other lap: it has to wait for the ride.
    """
    for index, recording in waiting:
        for there in placed:
            found = same_ride(there, recording)
            if found is not None:
                return index, found.shift
    return waiting[0][0], 0


def _near(traces: Sequence[Trace]) -> Iterator[tuple[int, int]]:
    """Pairs that could be at the same time: dated ones by a walk in time order, undated ones with all."""
    usable = [i for i, t in enumerate(traces) if len(t.seconds)]
    undated = [i for i in usable if not traces[i].dated]
    dated = sorted((i for i in usable if traces[i].dated), key=lambda i: int(traces[i].seconds[0]))
    for n, i in enumerate(dated):
        for j in dated[n + 1 :]:
            if apart(traces[i], traces[j]):
                break
            yield i, j
    yield from combinations(undated, 2)
    yield from product(undated, dated)


def _compared(first: Trace, second: Trace) -> Sameness | None:
    if _identical(first, second):
        return Sameness(0, len(first.seconds), dict.fromkeys(first.values, 1.0))
    if second.key < first.key:  # one order of comparison, so that the answer can't depend on it
        found = _compared(second, first)
        return None if found is None else Sameness(-found.shift, found.overlap, found.evidence)
    for shift in shifts(first, second):
        found = _at_shift(first, second, shift)
        if found is not None:
            return found
    return None


def _identical(first: Trace, second: Trace) -> bool:
    """The same readings at the same times, however few."""
    return (
        len(first.seconds) > 0
        and bool(first.values)
        and first.values.keys() == second.values.keys()
        and np.array_equal(first.seconds, second.seconds)
        and all(np.array_equal(first.values[n], second.values[n], equal_nan=True) for n in first.values)
    )


def _at_shift(first: Trace, second: Trace, shift: int) -> Sameness | None:
    moved = second.seconds + shift
    _, here, there = np.intersect1d(first.seconds, moved, assume_unique=True, return_indices=True)
    span = min(first.span, second.span)
    overlap = min(first.seconds[-1], moved[-1]) - max(first.seconds[0], moved[0]) + 1
    if len(here) < FEWEST or overlap < COVERED * span:
        return None
    pairs = {n: (first.values[n][here], second.values[n][there]) for n in first.values if n in second.values}
    evidence = _evidence({n: _both(*pair) for n, pair in pairs.items()})
    return Sameness(shift, len(here), evidence) if evidence else None


def _both(ours: Floats, theirs: Floats) -> tuple[Floats, Floats]:
    known = np.isfinite(ours) & np.isfinite(theirs)
    return ours[known], theirs[known]


def _evidence(pairs: Mapping[str, tuple[Floats, Floats]]) -> dict[str, float]:
    """Channels that show one body or one file, with their correlation; empty where they don't suffice."""
    pairs = {n: pair for n, pair in pairs.items() if len(pair[0]) >= FEWEST}
    equal = [n for n, pair in pairs.items() if n in ROUNDING and _same_numbers(*pair, rounding=ROUNDING[n])]
    deciding = [n for n in equal if n in BODY]
    if not deciding and not _strangers(pairs):
        bodies = [n for n in BODY if n in pairs and _changing(*pairs[n]).sum() >= CHANGES]
        agreeing = [n for n in bodies if _agree(*pairs[n], BODY[n])]
        deciding = agreeing if bodies else equal if len(equal) > 1 else []
    return {n: _correlation(*pairs[n]) for n in deciding}


def _strangers(pairs: Mapping[str, tuple[Floats, Floats]]) -> bool:
    """Whether the bodies differ by far, or the places do."""
    bodies = any(_differ(*pairs[n], BODY[n]) for n in BODY if n in pairs and _changing(*pairs[n]).sum() >= CHANGES)
    return bodies or any(_off(*pairs[n]) > ELSEWHERE for n in ("latitude", "longitude") if n in pairs)


def _changing(ours: Floats, theirs: Floats) -> npt.NDArray[np.bool_]:
    """Common seconds in which both numbers are others than the second before."""
    changing: npt.NDArray[np.bool_] = (np.diff(ours, prepend=ours[:1]) != 0) & (
        np.diff(theirs, prepend=theirs[:1]) != 0
    )
    return changing


def _same_numbers(ours: Floats, theirs: Floats, *, rounding: float) -> bool:
    changing = _changing(ours, theirs)
    if changing.sum() < CHANGES:
        return False
    return float(np.mean(np.abs(ours - theirs)[changing] <= rounding)) >= SAME_NUMBERS


def _agree(ours: Floats, theirs: Floats, body: Body) -> bool:
    if _off(ours, theirs) > max(body.level, body.share * float(np.median(ours))):
        return False
    ours, theirs = _smooth(ours), _smooth(theirs)
    return _correlation(ours, theirs) >= body.shape and _correlation(_flicker(ours), _flicker(theirs)) >= body.flicker


def _differ(ours: Floats, theirs: Floats, body: Body) -> bool:
    """Whether the readings can't be of one body: their levels are far apart, or their shapes have little in common."""
    tolerance = max(body.level, body.share * float(np.median(ours)))
    return _off(ours, theirs) > FAR_OFF * tolerance or _correlation(_smooth(ours), _smooth(theirs)) < body.shape / 2


def _off(ours: Floats, theirs: Floats) -> float:
    return float(np.median(np.abs(ours - theirs)))


def _smooth(values: Floats) -> Floats:
    """(sample − 4,), means over five readings."""
    return np.convolve(values, np.full(5, 0.2), mode="valid")


def _flicker(values: Floats) -> Floats:
    """(sample − 5,), changes over five readings, clipped."""
    change = values[5:] - values[:-5]
    limit = 3 * 1.4826 * float(np.median(np.abs(change - np.median(change))))
    return np.clip(change, -limit, limit) if limit > 0 else change


def _correlation(ours: Floats, theirs: Floats) -> float:
    """Pearson's correlation; 0 where one of the two does not vary."""
    ours, theirs = ours - ours.mean(), theirs - theirs.mean()
    spread = float(np.sqrt((ours @ ours) * (theirs @ theirs)))
    return float(ours @ theirs) / spread if spread > 0 else 0.0
