"""Efforts that nobody pressed a button for: the work intervals and sprints that the power shows."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from paceline.domain.efforts import SECOND, Effort
from paceline.measure.levels import Cuts, Level, block_noise, levels
from paceline.measure.marks import marks
from paceline.measure.quantities import Floats, Watts

__all__ = ["detect", "marks"]

SHORTEST = 5.0
"""s; nothing shorter is an effort, and no change of power is looked for on a finer scale."""

PAUSE = 10.0
"""s; a hole in the power at least this long is a pause, which no effort spans."""

RISE, STEADY = 1.25, 120.0
"""An effort of two minutes or more lies at least a quarter above what surrounds it. A shorter one has to stand out
by more, as 1/√duration, because that is how the mean of a noisy power scatters: by half at 30 s, twofold at 7.5 s."""

MEANT = 2 / 3
"""An effort has at least this share of the ride's best power over its own duration. In traffic every green light
stands out from its surroundings; what the rider meant stands out from the other green lights too."""

BRIEF = 0.1
"""A rise or dip this small a part of the stretches beside it does not part them."""


def detect(power: Watts, interval: float, start: int) -> tuple[Effort, ...]:
    """The work intervals and sprints of a ride, where the power shows that the rider meant them.

    The power is cut into levels where its mean changes (`levels`); neighbours that differ by less than an effort's rise
    become one, and what is brief against its surroundings is taken out, a sprint to be an effort of its own, a
    dip because nobody rests for a tenth of an interval. What is left above its neighbours on both sides, above the mean
    of the ride and not far below the ride's best of that duration, is an effort. Every rule is a ratio: a junior and a
    sprinter are measured alike. A sprint may lie within a longer effort.

    Args:
        power: (sample,), W; NaN where nothing was measured. Longer holes than 10 s end an effort.
        interval: scalar, s, the step of the grid.
        start: int64 ns UTC of the first sample.

    Returns:
        In time order, of origin "detected", with edges on the grid. None where the power never changes.

    >>> power = np.repeat([120.0, 300.0, 120.0], [300, 240, 300])
    >>> [(effort.name, effort.start // SECOND, effort.duration) for effort in detect(power, 1.0, 0)]
    [('effort 1', 300, 240.0)]
    """
    known = np.flatnonzero(~np.isnan(power))
    if known.size * interval < 2 * SHORTEST:
        return ()
    mean = float(power[known].mean())
    stretches = _stretches(power, known, interval, mean)
    steps = round(interval * SECOND)
    work = np.concatenate([[0.0], np.cumsum(np.nan_to_num(power))])
    meant = [s for s in _efforts(stretches, interval) if s.mean > mean and _meant(s, work)]
    found = sorted(meant, key=lambda s: (s.start, -s.stop))
    return tuple(
        Effort(f"effort {number}", start + s.start * steps, start + s.stop * steps, "detected")
        for number, s in enumerate(found, 1)
    )


@dataclass(frozen=True, slots=True)
class _Stretch(Level):
    """A level on the grid; `run` tells stretches apart that a pause lies between."""

    run: int


def _stretches(power: Watts, known: Cuts, interval: float, mean: float) -> list[_Stretch]:
    block = max(round(SHORTEST / interval), 1)
    noise = max(block_noise(power[known], block=block), 0.02 * mean)  # a trainer that holds the power has next to none
    breaks = np.flatnonzero(np.diff(known) - 1 >= PAUSE / interval) + 1
    return [
        _Stretch(int(run[level.start]), int(run[level.stop - 1]) + 1, level.count, level.mean, number)
        for number, run in enumerate(np.split(known, breaks))
        for level in levels(power[run], block=block, noise=noise)
    ]


def _efforts(stretches: list[_Stretch], interval: float) -> Iterator[_Stretch]:
    """Every stretch that stands out: the brief ones as they are taken out, then those that are left."""
    left = _merged(stretches, interval)
    while (brief := _briefest(left)) is not None:
        if _stands_out(left, brief, interval):
            yield left[brief]
        del left[brief]
        left = _merged(left, interval)
    yield from (left[i] for i in range(len(left)) if _stands_out(left, i, interval))


def _meant(stretch: _Stretch, work: Floats) -> bool:
    cells = stretch.stop - stretch.start
    return stretch.mean * cells >= MEANT * float(np.max(work[cells:] - work[:-cells]))


def _rise(duration: float) -> float:
    """By which factor an effort of that many seconds has to lie above what surrounds it."""
    return 1.0 + (RISE - 1.0) * float(max(STEADY / duration, 1.0) ** 0.5)


def _alike(one: _Stretch, other: _Stretch, interval: float) -> bool:
    low, high = sorted([max(one.mean, 0.0), max(other.mean, 0.0)])
    return high < low * _rise(min(one.count, other.count) * interval)


def _merged(stretches: list[_Stretch], interval: float) -> list[_Stretch]:
    """Neighbours that are alike become one, the most alike first."""
    left = list(stretches)
    apart = [_apart(a, b, interval) for a, b in pairwise(left)]
    while apart and (least := min(apart)) < math.inf:
        i = apart.index(least)
        one, other = left[i : i + 2]
        count = one.count + other.count
        mean = (one.mean * one.count + other.mean * other.count) / count
        left[i : i + 2] = [replace(one, stop=other.stop, count=count, mean=mean)]
        beside = left[max(i - 1, 0) : i + 2]  # only what lies beside the new stretch is to be compared anew
        apart[max(i - 1, 0) : i + 2] = [_apart(a, b, interval) for a, b in pairwise(beside)]
    return left


def _apart(one: _Stretch, other: _Stretch, interval: float) -> float:
    """By which share neighbours differ that are alike; infinitely where they are not, or a pause lies between."""
    if one.run != other.run or not _alike(one, other, interval):
        return math.inf
    return abs(one.mean - other.mean) / max(one.mean, other.mean, 1e-9)


def _briefest(stretches: list[_Stretch]) -> int | None:
    """The shortest peak or dip that is brief against both its neighbours together."""
    brief = [
        (here.count, i)
        for i, (before, here, after) in enumerate(zip(stretches, stretches[1:], stretches[2:], strict=False), 1)
        if (before.mean < here.mean) == (after.mean < here.mean)
        and before.run == here.run == after.run
        and here.count <= BRIEF * (before.count + after.count)
    ]
    return min(brief)[1] if brief else None


def _stands_out(stretches: list[_Stretch], i: int, interval: float) -> bool:
    """Whether it is long enough, and far enough above the nearest different stretch on either side."""
    here = stretches[i]
    duration = (here.stop - here.start) * interval
    sides = (stretches[i - 1 :: -1] if i else [], stretches[i + 1 :])
    flanks = [flank for side in sides if (flank := _different(here, side, interval)) is not None]
    return (
        duration >= SHORTEST
        and bool(flanks)
        and all(here.mean >= max(flank.mean, 0.0) * _rise(duration) and here.mean > flank.mean for flank in flanks)
    )


def _different(here: _Stretch, side: list[_Stretch], interval: float) -> _Stretch | None:
    """The first stretch on that side that is no continuation of this one after a pause."""
    return next((s for s in side if s.run == here.run or not _alike(here, s, interval)), None)
