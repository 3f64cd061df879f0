"""What followed before: a Markov model over every suffix of what was done.

A longer suffix knows more but was seen less often. So each narrows what the next shorter one said, by as much as it
was seen: Dirichlet smoothing, with the shorter suffix's answer as the prior (MacKay and Peto's hierarchical Dirichlet
language model is the same idea). How much the shorter one's answer weighs is learned from the athlete: where longer
suffixes tell nothing, as of somebody who trains as they please, single sightings of them mislead, and that shows when
each sighting is foretold from the others.

A suffix that was seen in the very same places as the shorter one brings no news, and is passed over: else one single
evening, remembered at sixteen lengths, would look like certainty.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from paceline.decide.beliefs import Beliefs

START = ""
"""Stands before the first step of a session: what comes first is a habit too."""

LONGEST = 16
"""Steps of the longest suffix, as in the original system."""

TRUST = 1.0
"""How many sightings the shorter suffix's answer weighs, before anything else is learned."""

TRUSTS = (2.0, 4.0, 8.0, 16.0)
CAUTION = 0.05
"""Nats that it costs to learn a trust twice or half as large as before."""

_UNSEEN = 0.5


@dataclass(frozen=True, slots=True)
class Trail:
    """Steps in the order in which they were taken.

    Attributes:
        steps: exercises or session types, with `START` before each session's first.
        first: the index of the first step that counts as something that followed; those before it are context.
        weight: of each of its steps, 0 to 1: old habits count less.
    """

    steps: tuple[str, ...]
    first: int = 1
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class _Sighting:
    """A step that followed something."""

    trail: Trail
    index: int

    @property
    def step(self) -> str:
        return self.trail.steps[self.index]

    def before(self, length: int) -> str | None:
        """The step so many before it, or None where the trail begins later."""
        return self.trail.steps[self.index - length] if self.index >= length else None


def narrowed(prior: Beliefs, trails: Sequence[Trail], so_far: Sequence[str]) -> Beliefs:
    """What comes next after the steps so far, given what followed them before.

    Args:
        prior: what one would say without any suffix; only its choices, and something unnamed, can come next.
        trails: what was done.
        so_far: the steps whose next one is asked for.

    >>> seen = [Trail((START, "squat", "press", "squat", "press"))]
    >>> told = narrowed(Beliefs({"squat": 0.5, "press": 0.5}), seen, (START, "squat"))
    >>> round(told.probability("press"), 3)
    0.917
    """
    seen = [_Sighting(trail, i) for trail in trails for i in range(trail.first, len(trail.steps))]
    seen = [one for one in seen if one.step != START]
    beliefs, trust = prior, TRUST
    for length in range(1, min(LONGEST, len(so_far)) + 1):
        narrower = [one for one in seen if one.before(length) == so_far[-length]]
        if not narrower:
            break
        if length == 1:
            beliefs = _updated(beliefs, narrower, trust)
        elif len(narrower) != len(seen):
            trust = _learned_trust(seen, length, trust)
            beliefs = _updated(beliefs, narrower, trust)
        seen = narrower
    return beliefs


def _learned_trust(seen: Sequence[_Sighting], length: int, before: float) -> float:
    """The trust under which each sighting was likeliest, when told by the others with its own longer suffix."""
    longer: defaultdict[str | None, defaultdict[str, float]] = defaultdict(lambda: defaultdict(float))
    shorter: defaultdict[str, float] = defaultdict(float)
    for one in seen:
        longer[one.before(length)][one.step] += one.trail.weight
        shorter[one.step] += one.trail.weight
    whole, ways = sum(shorter.values()), len(shorter) + 1
    rows = []
    for one in seen:
        alike, weight = longer[one.before(length)], one.trail.weight
        others = sum(alike.values()) - weight
        if others > 0:
            usual = (shorter[one.step] - weight + _UNSEEN) / (whole - weight + _UNSEEN * ways)
            rows.append((weight, max(alike[one.step] - weight, 0.0), others, usual))

    def likelihood(trust: float) -> float:
        told = sum(weight * math.log((hits + trust * usual) / (others + trust)) for weight, hits, others, usual in rows)
        return told - CAUTION * math.log2(trust / before) ** 2

    return max(TRUSTS, key=likelihood) if rows else before


def _updated(prior: Beliefs, seen: Sequence[_Sighting], trust: float) -> Beliefs:
    counts: defaultdict[str, float] = defaultdict(float)
    for one in seen:
        counts[one.step] += one.trail.weight
    named = {choice: counts[choice] + trust * p for choice, p in prior.probabilities.items()}
    unnamed = sum(weight for choice, weight in counts.items() if choice not in named)
    total = sum(counts.values()) + trust
    return Beliefs({choice: value / total for choice, value in named.items()}, (unnamed + trust * prior.other) / total)
