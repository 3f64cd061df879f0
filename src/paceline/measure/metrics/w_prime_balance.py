"""How much of the work capacity above critical power is left, moment by moment, by two published models.

Both say the same of work: each joule above critical power is gone at once, the one of a sample counting in full at that
sample. They differ in recovery. A sample without a reading is neither work nor recovery in both: the balance holds.
"""

from __future__ import annotations

import math

import numpy as np

from paceline.domain.errors import NotIdentifiable
from paceline.measure.catalogue import metric
from paceline.measure.quantities import Floats, Joules, Scalar, Watts
from paceline.measure.readings import measured


@metric("J", nan=True, label="W′ balance", known_as=("W'bal", "Froncioni-Skiba-Clarke differential model"))
def w_prime_balance(power: Watts, critical_power: Scalar, w_prime: Scalar, interval: Scalar) -> Joules:
    """How much of the anaerobic work capacity is left at each moment; what is spent comes back faster the more is gone.

    Args:
        power: (sample,), W; NaN where there is no reading, which counts as neither work nor recovery.
        critical_power: scalar, W.
        w_prime: scalar, J.
        interval: scalar, s, the step of the grid.

    Returns:
        (sample,), J, never above `w_prime`; below zero, critical power or W′ is set too low. NaN only before the first
        reading. The model's equation is stepped once a sample, as others do it: at 1 s, a rider who coasts recovers
        about half a per cent faster than by its exact solution.

    Raises:
        TooFewSamples: nothing was measured.

    Source:
        Skiba, Fulford, Clarke, Vanhatalo and Jones (2015), "Intramuscular determinants of the ability to recover work
        capacity above critical power", Eur. J. Appl. Physiol. 115:703-713, as sweatpy implements it.

    >>> w_prime_balance(np.array([300.0, 100.0]), 200.0, 1000.0, 1.0).tolist()  # 1000-100, then + 100·(1000-900)/1000
    [900.0, 910.0]
    """
    below = np.fmax(critical_power - power, 0.0)  # fmax: 0 where there is no reading
    kept = np.fmax(1.0 - below * interval / w_prime, 0.0)
    return w_prime - _spent(power, critical_power, interval, kept=kept, metric_name="w_prime_balance")


@metric("J", nan=True, label="W′ balance, integral model", known_as=("W'bal integral", "Skiba 2012"))
def w_prime_balance_integral(
    power: Watts, critical_power: Scalar, w_prime: Scalar, interval: Scalar, w_prime_time_constant: Scalar
) -> Joules:
    """How much of the anaerobic work capacity is left at each moment; what was spent comes back at one pace all ride.

    Args:
        power: (sample,), W; NaN where there is no reading, which counts as neither work nor recovery.
        critical_power: scalar, W.
        w_prime: scalar, J.
        interval: scalar, s, the step of the grid.
        w_prime_time_constant: scalar, s; in a notebook give any other.

    Returns:
        (sample,), J, never above `w_prime`; below zero, critical power or W′ is set too low. NaN only before the first
        reading.

    Raises:
        TooFewSamples: nothing was measured.

    Source:
        Skiba, Chidnok, Vanhatalo and Jones (2012), "Modeling the expenditure and reconstitution of work capacity above
        critical power", Med. Sci. Sports Exerc. 44:1526-1532, as sweatpy implements it; summed as a recursion.

    >>> tau = 1 / np.log(2.0)  # half comes back each second, while riding hard too
    >>> w_prime_balance_integral(np.array([300.0, 100.0, 300.0]), 200.0, 1000.0, 1.0, tau).tolist()
    [900.0, 950.0, 875.0]
    """
    kept = np.where(np.isnan(power), 1.0, math.exp(-interval / w_prime_time_constant))
    return w_prime - _spent(power, critical_power, interval, kept=kept, metric_name="w_prime_balance_integral")


@metric("s", low=316.0, high=862.0, label="W′ time constant", known_as=("tau of W'bal",))
def w_prime_time_constant(power: Watts, critical_power: Scalar) -> Scalar:
    """How long the integral model takes to give back 63 % of what was spent: shorter, the easier the easy riding was.

    Args:
        power: (sample,), W; a sample without a reading is left out.
        critical_power: scalar, W.

    Returns:
        scalar, s: 546·e^(−0.01·D) + 316, D being critical power less the mean of the readings below it.

    Raises:
        TooFewSamples: nothing was measured.
        NotIdentifiable: no reading lies below critical power, so nothing says how easy the easy riding was.

    Source:
        Skiba, Chidnok, Vanhatalo and Jones (2012), as above.

    >>> round(w_prime_time_constant(np.array([100.0, 300.0]), 200.0), 3)  # 546/e + 316
    516.862
    """
    readings = measured(power, "w_prime_time_constant")
    easy = readings[readings < critical_power]
    if easy.size == 0:
        advice = "Use w_prime_balance, which needs no time constant."
        raise NotIdentifiable("w_prime_time_constant", why="power was never below critical power", advice=advice)
    return 546.0 * math.exp(-0.01 * (critical_power - float(easy.mean()))) + 316.0


@metric("J", headline=True, label="Lowest W′ balance", known_as=("minimum W'bal",))
def lowest_w_prime_balance(w_prime_balance: Joules) -> Scalar:
    """How close to the end of the anaerobic work capacity the athlete came.

    Args:
        w_prime_balance: (sample,), J.

    Returns:
        scalar, J; below zero, critical power or W′ is set too low.

    >>> lowest_w_prime_balance(np.array([np.nan, 900.0, 910.0]))
    900.0
    """
    return float(np.nanmin(w_prime_balance))


def _spent(power: Watts, critical_power: float, interval: float, *, kept: Floats, metric_name: str) -> Joules:
    """(sample,), J: what is missing from W′, of which `kept` stays missing from one sample to the next."""
    from paceline.measure.kernels import running_balance

    measured(power, metric_name)
    spent = np.empty(power.size)
    running_balance(kept, np.fmax(power - critical_power, 0.0) * interval, spent)
    spent[: np.argmin(np.isnan(power))] = np.nan  # before the first reading
    return spent
