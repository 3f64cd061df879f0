"""Critical power and the work above it, as far as one ride can tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from paceline.domain.errors import NotIdentifiable
from paceline.measure.catalogue import metric
from paceline.measure.metrics.mean_max import BestEfforts
from paceline.measure.power_duration import MODELS, PowerDurationFit, fit
from paceline.measure.quantities import Seconds, Watts

SHORTEST = 120.0
LONGEST = 1200.0
"""s: between 2 and 20 minutes the hyperbola describes maximal efforts; shorter ones lie below it, longer ones too."""


@dataclass(frozen=True, eq=False)
class RideCurve:
    """What the best efforts of one ride say under each model.

    Attributes:
        durations: (effort,), s, of the best efforts that were fitted.
        power: (effort,), W, of each.
        fits: model → its fit, for those that the efforts can tell.
        reasons: model → why there is none, for the others.
    """

    durations: Seconds
    power: Watts
    fits: Mapping[str, PowerDurationFit]
    reasons: Mapping[str, str]


@metric("W", label="Critical power, from this ride alone", known_as=("CP", "W′", "W prime", "anaerobic work capacity"))
def critical_power_from_ride(best_efforts: BestEfforts) -> RideCurve:
    """What critical power and the work above it would be if the best efforts of this ride had been maximal.

    They are a lower bound: a ride without all-out efforts of about 3, 8 and 20 minutes shows what was ridden, not what
    could have been. The efforts of one ride also overlap and tire one another, so the standard errors are too small.
    Nothing here replaces the settings `critical_power` and `w_prime`, which should come from tests.

    Args:
        best_efforts: those between 2 and 20 minutes are fitted.

    Returns:
        Every model's fit or the reason why it has none.

    Raises:
        NotIdentifiable: no model can be fitted: the ride is too short, or its efforts tell nothing apart.

    Source:
        Models and errors: see `power_duration.fit`.

    >>> import numpy as np
    >>> t = np.array([120.0, 300.0, 600.0, 1200.0])
    >>> ride = critical_power_from_ride(BestEfforts(t, 250.0 + 20_000.0 / t, 0 * t, t / t))  # CP 250 W, W′ 20,000 J
    >>> round(ride.fits["linear"]["critical_power"].value), sorted(ride.reasons)
    (250, ['omni', 'three_parameter'])
    """
    inside = (best_efforts.durations >= SHORTEST) & (best_efforts.durations <= LONGEST)
    durations, power = best_efforts.durations[inside], best_efforts.power[inside]
    fits: dict[str, PowerDurationFit] = {}
    reasons: dict[str, str] = {}
    for model in MODELS:
        try:
            fits[model] = fit(durations, power, model=model)
        except NotIdentifiable as error:
            reasons[model] = error.why
    if not fits:
        raise NotIdentifiable("critical power", why=f"of this ride's best efforts, {reasons['hyperbolic']}")
    return RideCurve(durations, power, MappingProxyType(fits), MappingProxyType(reasons))
