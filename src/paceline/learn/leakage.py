"""Copies: recordings that hold the same signal under another name, time or formatting.

A score on unseen athletes is worth nothing where one athlete's files are another's, shifted by a day and written anew.
Hashes of files don't see that; readings do. Each recording is told by its changes from reading to reading, rounded as
the coarser of two files would write them, and two that share most of theirs are the same.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from paceline.learn.sets import Floats32, MotionSet

RUN = 8
"""Readings in a row that are compared as one; so many don't agree by chance in a moving signal."""
SHARE = 0.5
"""Share of the shorter recording's runs that must occur in the other."""
STEP = 0.01
"""m/s² or rad/s: readings are rounded to it. Files of three decimals in g differ by less when written anew."""


@dataclass(frozen=True, slots=True)
class Copy:
    """Two recordings of one signal.

    Attributes:
        original: position of the one that began first.
        copy: position of the other.
        share: of the shorter one's runs that both have.
    """

    original: int
    copy: int
    share: float

    def contradicts(self, sets: Sequence[MotionSet]) -> bool:
        """Whether the two have different labels: at least one of them is wrong."""
        return sets[self.original].label != sets[self.copy].label


def copies(sets: Sequence[MotionSet]) -> tuple[Copy, ...]:
    """Every pair of recordings with the same signal, whatever their names, labels and clocks say.

    Args:
        sets: of one kind of sensor; the first channels that two share by name are compared.

    >>> made = np.random.default_rng(1).normal(0.0, 3.0, (60, 3)).astype(np.float32)
    >>> one = MotionSet("a", "A", "s", "row", np.arange(60), made, ("x", "y", "z"))
    >>> late = MotionSet("b", "B", "t", "row", np.arange(60) + 86_400, made, ("x", "y", "z"))
    >>> [(found.original, found.copy, found.share) for found in copies([one, late])]
    [(0, 1, 1.0)]
    """
    where: dict[bytes, set[int]] = defaultdict(set)
    runs = [_runs(one.values) for one in sets]
    for position, found in enumerate(runs):
        for run in found:
            where[run].add(position)
    shared: dict[tuple[int, int], int] = defaultdict(int)
    for owners in where.values():
        ordered = sorted(owners)
        for index, one in enumerate(ordered):
            for other in ordered[index + 1 :]:
                shared[one, other] += 1
    result = []
    for (one, other), count in sorted(shared.items()):
        share = count / min(len(runs[one]), len(runs[other]))
        if share >= SHARE:
            first, second = sorted((one, other), key=lambda position: (_begin(sets[position]), position))
            result.append(Copy(first, second, share))
    return tuple(result)


def _begin(one: MotionSet) -> int:
    return int(one.time[0]) if len(one.time) else 0


def _runs(values: Floats32) -> set[bytes]:
    """The distinct stretches of `RUN` rounded readings; those without motion are everybody's and tell nothing."""
    rounded = np.rint(np.nan_to_num(values, nan=1e6) / STEP).astype(np.int32)
    if len(rounded) < RUN:
        return set()
    stretches = np.lib.stride_tricks.sliding_window_view(rounded, RUN, axis=0)
    moving = np.ptp(stretches, axis=2).max(axis=1) > 2
    return {np.ascontiguousarray(stretch).tobytes() for stretch in stretches[moving]}


def without_copies(sets: Sequence[MotionSet], found: Sequence[Copy]) -> tuple[MotionSet, ...]:
    """The sets with each signal once, and no signal at all where its copies have different labels.

    Of each family of copies the first stays.
    """
    dropped = {one.copy for one in found}
    dropped |= {position for one in found if one.contradicts(sets) for position in (one.original, one.copy)}
    return tuple(one for position, one in enumerate(sets) if position not in dropped)


def entangled(sets: Sequence[MotionSet], found: Sequence[Copy]) -> tuple[frozenset[str], ...]:
    """Athletes that share recordings, in groups: none of a group is unseen where another one was learned from."""
    parent = {one.athlete: one.athlete for one in sets}

    def root(name: str) -> str:
        while parent[name] != name:
            name = parent[name]
        return name

    for one in found:
        parent[root(sets[one.copy].athlete)] = root(sets[one.original].athlete)
    groups: dict[str, set[str]] = defaultdict(set)
    for name in parent:
        groups[root(name)].add(name)
    return tuple(sorted((frozenset(group) for group in groups.values() if len(group) > 1), key=sorted))
