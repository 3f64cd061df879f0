"""What followed before: a Markov model over every suffix of what was done.

A longer suffix knows more but was seen less often. So each narrows what the next shorter one said, by as much as it
was seen: Dirichlet smoothing, with the shorter suffix's answer as the prior (MacKay and Peto's hierarchical Dirichlet
language model is the same idea). A suffix that was seen in the very same places as the shorter one brings no news, and
is passed over: else one single evening, remembered at sixteen lengths, would look like certainty.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from paceline.decide.beliefs import Beliefs

START = ""
"""Stands before the first step of a session: what comes first is a habit too."""

LONGEST = 16
"""Steps of the longest suffix, as in the original system."""

TRUST = 1.0
"""How many sightings the shorter suffix's answer weighs."""


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
    places = [(trail, i) for trail in trails for i in range(trail.first, len(trail.steps)) if trail.steps[i] != START]
    beliefs, before = prior, -1
    for length in range(1, min(LONGEST, len(so_far)) + 1):
        step = so_far[-length]
        places = [(trail, i) for trail, i in places if i >= length and trail.steps[i - length] == step]
        if not places:
            break
        if len(places) != before:
            beliefs = _updated(beliefs, places)
        before = len(places)
    return beliefs


def _updated(prior: Beliefs, places: Sequence[tuple[Trail, int]]) -> Beliefs:
    counts: defaultdict[str, float] = defaultdict(float)
    for trail, i in places:
        counts[trail.steps[i]] += trail.weight
    named = {choice: counts[choice] + TRUST * p for choice, p in prior.probabilities.items()}
    unnamed = sum(weight for choice, weight in counts.items() if choice not in named)
    total = sum(counts.values()) + TRUST
    return Beliefs({choice: value / total for choice, value in named.items()}, (unnamed + TRUST * prior.other) / total)
