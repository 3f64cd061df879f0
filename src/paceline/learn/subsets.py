"""Which combinations of sensors get a model of their own.

n sensors can be worn in 2ⁿ − 1 ways. Trained are those that people really wear: a combination needs sets of at least
two sessions to be scored at all, and those with most sets come first, up to a bound; the largest combination and each
single sensor are always among them, so that whatever is worn has a model that fits. On the device the model with most
of what is worn is taken.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations

import numpy as np

from paceline.domain.errors import NotPlausible, UnknownName
from paceline.learn.sets import MotionSet

MOST = 12
"""Combinations that are trained at most."""
SENSORS = 10
"""Sensors that are combined at most: more than anybody wears."""


def sensor(channel: str) -> str:
    """The sensor that a channel belongs to: place and kind.

    >>> sensor("left wrist acceleration_x"), sensor("sleeve strain")
    ('left wrist acceleration', 'sleeve strain')
    """
    return channel[:-2] if channel.endswith(("_x", "_y", "_z")) else channel


def useful_subsets(sets: Sequence[MotionSet], *, most: int = MOST) -> tuple[frozenset[str], ...]:
    """The combinations to train, the one with most sensors first.

    Args:
        sets: as worn; a sensor counts for a set where at least half of its readings are there.
        most: how many at most.

    Raises:
        NotPlausible: a bound below 1, or more sensors than `SENSORS`.
    """
    worn = [_worn(one) for one in sets]
    every = sorted(set().union(*worn)) if worn else []
    if most < 1 or len(every) > SENSORS:
        raise NotPlausible("sensors to combine", expected=f"at most {SENSORS}, and a bound of at least 1")
    counts: dict[frozenset[str], int] = {}
    for size in range(1, len(every) + 1):
        for some in map(frozenset, combinations(every, size)):
            having = [one for one, there in zip(sets, worn, strict=True) if some <= there]
            if len({one.session for one in having}) >= 2:
                counts[some] = len(having)
    order = sorted(counts, key=lambda some: (-counts[some], -len(some), sorted(some)))
    always = sorted((some for some in counts if len(some) == 1), key=sorted)
    always += [max(counts, key=lambda some: (len(some), counts[some], sorted(some)))] if counts else []
    chosen = list(dict.fromkeys([*always, *order]))[: max(most, len(set(always)))]
    return tuple(sorted(chosen, key=lambda some: (-len(some), sorted(some))))


def _worn(one: MotionSet) -> frozenset[str]:
    there = np.isfinite(one.values).mean(axis=0) >= 0.5 if len(one.values) else np.zeros(len(one.channels), bool)
    missing = {sensor(name) for name, whole in zip(one.channels, there, strict=True) if not whole}
    return frozenset(sensor(name) for name in one.channels) - missing


def best_fitting(trained: Iterable[frozenset[str]], worn: frozenset[str]) -> frozenset[str]:
    """The combination to use for what is worn: the largest that it holds; of equals the first by name.

    Raises:
        UnknownName: no model fits anything that is worn.

    >>> one, both = frozenset({"wrist"}), frozenset({"wrist", "chest"})
    >>> sorted(best_fitting([one, both], frozenset({"wrist", "chest", "foot"})))
    ['chest', 'wrist']
    """
    options = list(trained)
    fitting = [some for some in options if some <= worn]
    if not fitting:
        raise UnknownName("model for", ", ".join(sorted(worn)), known=[" + ".join(sorted(some)) for some in options])
    return min(fitting, key=lambda some: (-len(some), sorted(some)))
