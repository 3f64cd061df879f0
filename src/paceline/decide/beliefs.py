"""How likely each of several choices is, and how likely none of them.

What every part of a decision hands to the next: habits, places and models of movement each say their beliefs, and
`paceline.decide.fusion` joins them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from paceline.domain.errors import NotPlausible

_SLACK = 1e-6


@dataclass(frozen=True, slots=True)
class Beliefs:
    """Probabilities that sum to 1, those of things nobody named among them.

    Attributes:
        probabilities: choice → probability.
        other: the probability of something that is not named.
    """

    probabilities: Mapping[str, float] = field(default_factory=dict)
    other: float = 0.0

    def __post_init__(self) -> None:
        """Only probabilities.

        Raises:
            NotPlausible: one is negative or no number, or they do not sum to 1.
        """
        values = [*self.probabilities.values(), self.other]
        if not all(value >= 0 for value in values) or not math.isclose(sum(values), 1.0, abs_tol=_SLACK):
            raise NotPlausible("Probabilities of all choices", expected="0 or more each, and 1 together")

    @property
    def best(self) -> str | None:
        """The likeliest choice that has a name; None where nothing has."""
        return max(self.probabilities, key=self.probabilities.__getitem__, default=None)

    def probability(self, choice: str) -> float:
        """That of one choice; 0 for one that is not named."""
        return self.probabilities.get(choice, 0.0)

    def top(self, count: int) -> tuple[str, ...]:
        """The likeliest choices, the likeliest first.

        >>> Beliefs({"rest": 0.2, "row": 0.7}, other=0.1).top(2)
        ('row', 'rest')
        """
        return tuple(sorted(self.probabilities, key=self.probabilities.__getitem__, reverse=True)[:count])

    def entropy(self) -> float:
        """How flat they are, in bits: 0 where one choice is certain.

        >>> Beliefs({"rest": 0.5, "row": 0.5}).entropy()
        1.0
        """
        return -sum(p * math.log2(p) for p in [*self.probabilities.values(), self.other] if p > 0)


def proportional(weights: Mapping[str, float], *, other: float = 0.0) -> Beliefs:
    """Beliefs in proportion to weights of any scale.

    Raises:
        NotPlausible: a weight is negative or no number, or all are 0.

    >>> proportional({"rest": 1.0, "row": 3.0}).probability("row")
    0.75
    """
    values = [*weights.values(), other]
    total = math.fsum(values)
    if not all(value >= 0 for value in values) or not 0 < total < math.inf:
        raise NotPlausible("Weights of choices", expected="0 or more, not all 0, and finite")
    return Beliefs({choice: weight / total for choice, weight in weights.items()}, other / total)


def reweighted(beliefs: Beliefs, factor: Callable[[str], float]) -> Beliefs:
    """The same choices, each made likelier or unlikelier by a factor of its own."""
    return proportional({c: p * factor(c) for c, p in beliefs.probabilities.items()}, other=beliefs.other)


def among(beliefs: Beliefs, choices: Iterable[str]) -> Beliefs:
    """What remains when only these choices, or something unnamed, can be."""
    left = {choice: beliefs.probability(choice) for choice in choices}
    return proportional(left, other=beliefs.other)
