"""How long a power can be held: models of the power-duration curve, fitted with their uncertainty or refused."""

from __future__ import annotations

from paceline.measure.power_duration.fits import PARAMETER_UNITS, Parameter, PowerDurationFit, Prediction, fit
from paceline.measure.power_duration.models import MODELS, Model

__all__ = ["MODELS", "PARAMETER_UNITS", "Model", "Parameter", "PowerDurationFit", "Prediction", "fit"]
