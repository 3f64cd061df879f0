"""An estimate: a number from noisy data, how far off it may be, and how much data it rests on."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

_MANY = 200
"""Degrees of freedom from which Student's distribution is taken as normal: its quantiles differ by less than 0.5 %."""

_COUNTLESS = 10_000
"""Degrees of freedom that stand for any number of them."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with its uncertainty.

    Attributes:
        value: the estimate.
        standard_error: of it, from the scatter of the data; what the data can't show (a wrong mass, say) is not in it.
        used: how many windows, laps or legs it rests on.
        discarded: how many were left out, by the rule that the function states.
        freedom: degrees of freedom behind the standard error; at least 1.
    """

    value: float
    standard_error: float
    used: int
    discarded: int = 0
    freedom: int = _MANY

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """The confidence interval at a level, by Student's distribution.

        Args:
            level: between 0 and 1.

        >>> [round(end, 3) for end in Estimate(0.0, 1.0, used=5, freedom=4).interval(0.95)]
        [-2.776, 2.776]
        """
        half = student_quantile(0.5 + level / 2.0, self.freedom) * self.standard_error
        return self.value - half, self.value + half

    def widened(self, shared: float) -> Estimate:
        """With what the scatter can't show: the two errors add in quadrature.

        Args:
            shared: one standard deviation of what all of the data share; its freedom is taken to be large.

        Source:
            Welch (1947) and Satterthwaite (1946) for the degrees of freedom of the sum.

        >>> Estimate(1.0, 3.0, used=5, freedom=4).widened(4.0)     # 4 · (5/3)⁴ = 30.9
        Estimate(value=1.0, standard_error=5.0, used=5, discarded=0, freedom=30)
        """
        error = math.hypot(self.standard_error, shared)
        growth = (error / self.standard_error) ** 4 if self.standard_error else math.inf
        freedom = int(min(self.freedom * growth, _COUNTLESS))
        return Estimate(self.value, error, self.used, self.discarded, freedom)

    def __sub__(self, other: Estimate) -> Estimate:
        """The difference of two independent estimates; its errors add in quadrature."""
        error = math.hypot(self.standard_error, other.standard_error)
        freedom = min(self.freedom, other.freedom)
        return Estimate(
            self.value - other.value, error, self.used + other.used, self.discarded + other.discarded, freedom
        )


def student_quantile(probability: float, freedom: int) -> float:
    """Where Student's distribution has that probability below it.

    Args:
        probability: between 0 and 1.
        freedom: degrees of freedom, at least 1.

    Source:
        Abramowitz and Stegun (1964), 26.7.3 and 26.7.4, for whole degrees of freedom; solved by bisection.

    >>> round(student_quantile(0.975, 10), 3)
    2.228
    """
    if freedom > _MANY:
        return NormalDist().inv_cdf(probability)
    low, high = 0.0, math.pi / 2.0
    for _ in range(60):
        middle = (low + high) / 2.0
        low, high = (middle, high) if _central(middle, freedom) < abs(2.0 * probability - 1.0) else (low, middle)
    return math.copysign(math.tan((low + high) / 2.0) * math.sqrt(freedom), probability - 0.5)


def _central(angle: float, freedom: int) -> float:
    """Probability between −t and t, where t = √ν tan(angle)."""
    sine, cosine = math.sin(angle), math.cos(angle)
    odd = freedom % 2
    term, total = (cosine, 0.0) if odd else (1.0, 0.0)
    for step in range(2 + odd, freedom + 1, 2):
        total += term
        term *= cosine * cosine * (step - 1) / step
    return (2.0 / math.pi) * (angle + sine * total) if odd else sine * total
