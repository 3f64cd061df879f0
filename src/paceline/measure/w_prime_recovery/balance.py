"""W′ balance with the fitted law of recovery: for comparison with the published models; no report uses it."""

from __future__ import annotations

from typing import cast

import numpy as np

from paceline.domain.errors import NotIdentifiable
from paceline.measure.quantities import Joules, Scalar, Watts
from paceline.measure.readings import measured
from paceline.measure.w_prime_recovery.laws import USUAL_WORK, Form, Law

FITTED = Law(Form("hyperbolic", "saturating", work=True), (4.60506, -2.04724, 1.44383))
"""Chosen and fitted on the studies of Bartram, Caen, Chidnok and Ferguson: x = t / 100 s · δ/(δ + 0.129) ·
(work/0.35)^1.44. See docs/why/w-prime-recovery.md."""

SEEN = (0.25, 0.60)
"""Work power over critical power, less one, in those studies: a sprint is not taken to recover faster than their
hardest work, nor anything slower than their easiest."""


def w_prime_balance_fitted(
    power: Watts, critical_power: Scalar, w_prime: Scalar, interval: Scalar, *, law: Law = FITTED
) -> Joules:
    """How much of the anaerobic work capacity is left at each moment, when recovery is fast at first and then slow.

    The hyperbolic law 1/(1 + x) for the share s that is missing is the solution of ds/dx = −s², so it needs no memory
    of when a rest began, and holds for a W′ that is part empty, which no study has tested. What is missing remembers
    how hard it was spent: the mean of power over critical power, less one, over the joules that are
    missing, each taken as no harder or easier than the studies rode.

    Args:
        power: (sample,), W; NaN where there is no reading, which counts as neither work nor recovery.
        critical_power: scalar, W.
        w_prime: scalar, J.
        interval: scalar, s, the step of the grid.
        law: of hyperbolic shape.

    Returns:
        (sample,), J, never above `w_prime`; below zero, critical power or W′ is set too low. NaN only before the first
        reading.

    Raises:
        TooFewSamples: nothing was measured.
        NotIdentifiable: the law has another shape, or a setting is not positive.

    >>> law = Law(Form("hyperbolic", "saturating", work=False), (0.0, 0.0))  # τ = 1 s, h = 1
    >>> w_prime_balance_fitted(np.array([300.0, 0.0]), 200.0, 100.0, 1.0, law=law).round(3).tolist()
    [0.0, 33.333]
    """
    if law.form.shape != "hyperbolic":
        raise NotIdentifiable("w_prime_balance_fitted", why="a law of another shape needs a memory of each rest")
    if not (critical_power > 0.0 and w_prime > 0.0):
        raise NotIdentifiable("w_prime_balance_fitted", why="critical power and W′ must be positive")
    measured(power, "w_prime_balance_fitted")
    share = power / critical_power - 1.0
    resting = np.fmax(-share, 0.0)
    pace = interval * law.rate(resting, np.full(1, USUAL_WORK))
    exponent = law["work"] if law.form.work else 0.0
    missing, hardness, left = 0.0, USUAL_WORK, np.empty(power.size)
    for i, (above, rest) in enumerate(zip(share.tolist(), cast("list[float]", pace.tolist()), strict=True)):
        if above > 0.0:
            spent = above * critical_power * interval / w_prime
            hardness = (hardness * missing + min(max(above, SEEN[0]), SEEN[1]) * spent) / (missing + spent)
            missing += spent
        elif rest > 0.0 and missing > 0.0:
            missing /= 1.0 + missing * rest * (hardness / USUAL_WORK) ** exponent
        left[i] = w_prime * (1.0 - missing)
    left[: int(np.argmin(np.isnan(power)))] = np.nan
    return left
