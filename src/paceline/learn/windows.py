"""Windows: short stretches of motion on an even grid, as models take them.

A window is cut from what was recorded and from nothing else: where the samples around a point of its grid are further
apart than `APART` usual steps, or one of them is missing, there is no window.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from paceline.domain.efforts import SECOND
from paceline.domain.errors import NotPlausible
from paceline.learn.sets import Floats32, MotionSet

Nanoseconds: TypeAlias = npt.NDArray[np.int64]
Sound: TypeAlias = npt.NDArray[np.bool_]

APART = 2.5
"""Usual steps between two samples above which nothing is interpolated between them."""


@dataclass(frozen=True, slots=True)
class Cut:
    """How windows are cut.

    Attributes:
        length: s.
        step: s from the start of one to the start of the next.
        rate: samples a second on the window's grid.
    """

    length: float = 5.0
    step: float = 2.5
    rate: float = 25.0

    def __post_init__(self) -> None:
        """Checked here once.

        Raises:
            NotPlausible: not all above 0, or more than 10,000 samples in a window.
        """
        if not (self.length > 0 and self.step > 0 and self.rate > 0 and 1 <= self.samples <= 10_000):
            raise NotPlausible("the cut of windows", expected="a length, step and rate above 0, at most 10,000 samples")

    @property
    def samples(self) -> int:
        """Samples of one window."""
        return round(self.length * self.rate)


@dataclass(frozen=True, eq=False)
class Windows:
    """Windows of several sets.

    Attributes:
        values: (window, sample, channel), float32.
        owner: (window,), the position of the set that each comes from.
        start: (window,), s from that set's first sample.
        cut: how they were cut.
    """

    values: Floats32
    owner: npt.NDArray[np.int64]
    start: npt.NDArray[np.float64]
    cut: Cut

    def of(self, positions: Sequence[int]) -> Windows:
        """The windows of some of the sets; owners keep their numbers."""
        keep = np.isin(self.owner, np.asarray(positions, np.int64))
        return Windows(self.values[keep], self.owner[keep], self.start[keep], self.cut)


def windows(sets: Sequence[MotionSet], cut: Cut, *, channels: Sequence[str] | None = None) -> Windows:
    """All windows of the sets.

    A set shorter than a window gives none; one with a hole gives those that don't touch it.

    Args:
        sets: each with the channels asked for.
        cut: how to cut them.
        channels: which, in which order; those of the first set otherwise.
    """
    names = tuple(channels if channels is not None else sets[0].channels if sets else ())
    found = [_of_one(one, cut, names) for one in sets]
    owner = np.repeat(np.arange(len(sets)), [len(values) for values, _ in found])
    empty = np.empty((0, cut.samples, len(names)), np.float32)
    values = np.concatenate([empty, *(values for values, _ in found)])
    return Windows(values, owner, np.concatenate([np.empty(0), *(start for _, start in found)]), cut)


def _of_one(one: MotionSet, cut: Cut, names: Sequence[str]) -> tuple[Floats32, npt.NDArray[np.float64]]:
    columns = [one.channels.index(name) for name in names]
    grid, sound = on_grid(one.time, one.values[:, columns], rate=cut.rate)
    step = max(round(cut.step * cut.rate), 1)
    starts = np.arange(0, max(len(grid) - cut.samples + 1, 0), step)
    holes = np.concatenate([[0], np.cumsum(~sound)])
    starts = starts[holes[starts + cut.samples] == holes[starts]]
    index = starts[:, None] + np.arange(cut.samples)
    return grid[index].reshape(len(starts), cut.samples, len(names)), starts / cut.rate


def on_grid(time: Nanoseconds, values: Floats32, *, rate: float) -> tuple[Floats32, Sound]:
    """Values on an even grid from the first sample on, and where the grid rests on readings near by.

    Args:
        time: (sample,), int64 ns UTC; samples that don't come after the one before are passed over.
        values: (sample, channel); NaN where nothing was read.
        rate: points a second.

    Returns:
        As `at_points`.

    >>> grid, sound = on_grid(np.array([0, 1, 2, 9]) * SECOND, np.array([[0.0], [2], [4], [8]], np.float32), rate=1.0)
    >>> sound.tolist()
    [True, True, True, False, False, False, False, False, False, True]
    """
    if len(time) < 2:
        return np.empty((0, values.shape[1]), np.float32), np.empty(0, np.bool_)
    last = (int(time.max()) - int(time[0])) / SECOND
    points = np.rint(np.arange(int(last * rate + 1e-6) + 1) * (SECOND / rate)).astype(np.int64)
    return at_points(time, values, points=points + time[0])


def at_points(time: Nanoseconds, values: Floats32, *, points: Nanoseconds) -> tuple[Floats32, Sound]:
    """Values at given times, and where they rest on readings near by.

    Args:
        time: (sample,), int64 ns UTC; samples that don't come after the one before are passed over.
        values: (sample, channel); NaN where nothing was read.
        points: (point,), int64 ns UTC, ascending.

    Returns:
        (point, channel), float32, linear between neighbours; and (point,), False before the first sample, after the
        last, where neighbours are too far apart, or where one is missing: the numbers there mean nothing.
    """
    keep = np.concatenate([[True], time[1:] > np.maximum.accumulate(time)[:-1]]) if len(time) else np.zeros(0, bool)
    if keep.sum() < 2:
        return np.zeros((len(points), values.shape[1]), np.float32), np.zeros(len(points), np.bool_)
    origin = int(time[0])
    seconds, kept, wanted = (time[keep] - origin) / SECOND, values[keep].astype(np.float64), (points - origin) / SECOND
    after = np.clip(np.searchsorted(seconds, wanted - 1e-9), 1, len(seconds) - 1)
    gaps = np.diff(seconds)
    exact = (np.abs(seconds[after] - wanted) < 1e-6) | (np.abs(seconds[after - 1] - wanted) < 1e-6)
    near = gaps[after - 1] <= APART * float(np.median(gaps))
    inside = (wanted > seconds[0] - 1e-6) & (wanted < seconds[-1] + 1e-6)
    columns = [np.interp(wanted, seconds, column) for column in kept.T]
    grid = np.stack(columns, axis=1) if columns else np.empty((len(points), 0))
    sound = inside & (exact | near) & np.isfinite(grid).all(axis=1)
    return np.nan_to_num(grid).astype(np.float32), sound
