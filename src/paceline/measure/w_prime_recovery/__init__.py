"""How fast W′ comes back: the published models, and a law fitted to what was observed and judged on unseen studies."""

from __future__ import annotations

from paceline.measure.w_prime_recovery.balance import FITTED, w_prime_balance_fitted
from paceline.measure.w_prime_recovery.bouts import (
    Bouts,
    bartram_2018,
    constant_time,
    constant_time_unseen,
    skiba_2012,
    skiba_2015,
)
from paceline.measure.w_prime_recovery.choice import Choice, chosen, unseen_error
from paceline.measure.w_prime_recovery.laws import FORMS, Form, Law, fit_law

__all__ = [
    "FITTED",
    "FORMS",
    "Bouts",
    "Choice",
    "Form",
    "Law",
    "bartram_2018",
    "chosen",
    "constant_time",
    "constant_time_unseen",
    "fit_law",
    "skiba_2012",
    "skiba_2015",
    "unseen_error",
    "w_prime_balance_fitted",
]
