"""How a product says no (RFC 9457): the caller's own faults by field, the product's by kind."""

from __future__ import annotations

from paceline.domain.errors import ContractBroken, PacelineError, PredictionFailed, WorkerFailed
from paceline.serve.problems import FieldError, ProblemDetails, details


def problem(error: PacelineError, *, instance: str) -> ProblemDetails:
    """What the caller is told: their own faults by field, the product's by kind."""
    if isinstance(error, ContractBroken):
        fields = [FieldError(f"#{fault.pointer}", fault.message) for fault in error.faults]
        if error.side == "request":
            return ProblemDetails("/problems/invalid", "A field can't be used", 422, str(error), instance, fields)
        title = "The product's answer breaks its own contract"
        return ProblemDetails("/problems/answer-broken", title, 500, str(error), instance, fields)
    if isinstance(error, PredictionFailed):
        return ProblemDetails("/problems/product-failed", "The product's code failed", 500, str(error), instance)
    if isinstance(error, WorkerFailed):
        return ProblemDetails("/problems/unavailable", "Not ready", 503, str(error), instance)
    return details(error, instance=instance)
