"""The power curve of a ride and the models fitted to it, as a report shows them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from paceline.measure.power_duration import MODELS, PowerDurationFit
from paceline.measure.quantities import Floats
from paceline.measure.report.figures import with_error
from paceline.measure.results import Results

_POINTS = 240
_SYMBOLS = {"w_prime": "W′", "critical_power": "CP"}


@dataclass(frozen=True, slots=True)
class ModelRow:
    """One power-duration model: its parameters with their standard errors, or why it has none."""

    name: str
    formula: str
    parameters: tuple[str, ...]
    reason: str = ""


@dataclass(frozen=True, eq=False)
class Curve:
    """The mean-maximal power curve and, where one could be fitted, a model's.

    Attributes:
        durations: (point,), s, rising.
        power: (point,), W.
        model: its name, or "".
        modelled: (point,), W, NaN outside the durations that the model was fitted to.
    """

    durations: Floats
    power: Floats
    model: str
    modelled: Floats


def model_rows(results: Results) -> tuple[ModelRow, ...]:
    """Every model, the fitted ones first."""
    if (found := results.found.get("critical_power_from_ride")) is None:
        return ()
    fitted = (_fitted(name, fit) for name, fit in found.value.fits.items())
    refused = (ModelRow(name, MODELS[name].formula, (), why) for name, why in found.value.reasons.items())
    return (*fitted, *refused)


def _fitted(name: str, fit: PowerDurationFit) -> ModelRow:
    parameters = tuple(
        f"{_SYMBOLS.get(p.name, p.name.replace('_', ' '))} {with_error(p.value, p.standard_error, p.unit)}"
        for p in fit.parameters
    )
    return ModelRow(name, fit.formula, parameters)


def curve(results: Results) -> Curve | None:
    """The curve at durations that are evenly spaced on a logarithmic axis, or None where there is no power."""
    if (found := results.found.get("mean_max")) is None:
        return None
    power = np.asarray(found.value)
    cells = np.unique(np.geomspace(1, power.size, _POINTS).round().astype(int))
    durations = cells.astype(np.float64)  # the metrics' grid has a step of one second
    modelled, name = np.full(durations.shape, np.nan), ""
    fits = results.found.get("critical_power_from_ride")
    if fits is not None:
        name, fit = next(iter(fits.value.fits.items()))
        inside = (durations >= fit.shortest) & (durations <= fit.longest)
        modelled[inside] = fit.predict(durations[inside]).power
    return Curve(durations, power[cells - 1], name, modelled)
