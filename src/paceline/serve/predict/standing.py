"""How a product's releases do, as one server has seen it since each began here."""

from __future__ import annotations

from typing import Any

from paceline.serve.predict.lanes import Lanes


def standing(lanes: Lanes) -> dict[str, Any]:
    """The releases with their shares and what they answered, and how a shadow's answers compare."""
    return {
        "product": lanes.champion.product.name,
        "about": lanes.champion.product.about,
        "releases": [
            {
                "release": served.release,
                "share": share,
                "answered": served.tally.answered,
                "failed": served.tally.failed,
                "mean_ms": _mean(served.tally.seconds, served.tally.answered + served.tally.failed),
            }
            for served, share in lanes.shares
        ],
        "canary": None if lanes.canary is None else {"worse_in": lanes.trial.verdict},
        "shadow": None
        if lanes.shadow is None
        else {
            "release": lanes.shadow.release,
            "same": lanes.compared.same,
            "different": lanes.compared.different,
            "failed": lanes.compared.failed,
            "left_out": lanes.compared.left_out,
        },
    }


def _mean(seconds: float, count: int) -> float | None:
    return round(1000 * seconds / count, 3) if count else None
