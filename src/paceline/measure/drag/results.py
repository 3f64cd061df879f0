"""What an estimation of drag says, whichever way it was done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from paceline.measure.estimates import Estimate


@dataclass(frozen=True, slots=True)
class DragResult:
    """Drag areas of one or several set-ups, and what they rest on.

    Attributes:
        cda: set-up → drag area, m², with its standard error.
        crr: rolling resistance, estimated where it was not given; one for all set-ups.
        method: "lap closure" or "joint profile".
        scatter: m of height; the standard deviation of what a lap (or a step of the profile) leaves unexplained.
        covariance: (set-up, set-up) of the drag areas, in the order of `cda`, as rows.
    """

    cda: Mapping[str, Estimate]
    crr: Estimate | None
    method: str
    scatter: float
    covariance: tuple[tuple[float, ...], ...]

    def difference(self, name: str, other: str) -> Estimate:
        """Drag area of one set-up less that of another, with their common error taken out.

        Raises:
            KeyError: there is no such set-up.
        """
        order = list(self.cda)
        i, j = order.index(name), order.index(other)
        variance = self.covariance[i][i] + self.covariance[j][j] - 2.0 * self.covariance[i][j]
        a, b = self.cda[name], self.cda[other]
        used, left = a.used + b.used, a.discarded + b.discarded
        return Estimate(a.value - b.value, max(variance, 0.0) ** 0.5, used, left, min(a.freedom, b.freedom))
