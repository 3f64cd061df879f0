"""One word for one sport: formats that were drawn up apart name the same sport differently."""

from __future__ import annotations

_FIT_NAMES = {
    "biking": "cycling",
    "bike": "cycling",
    "run": "running",
    "swim": "swimming",
    "walk": "walking",
    "hike": "hiking",
}


def sport(name: str) -> str | None:
    """The sport in lower case, in FIT's word for it where the format has another; None for an empty name.

    >>> sport("Biking"), sport("XC Ski"), sport("")
    ('cycling', 'xc ski', None)
    """
    plain = name.strip().lower()
    return _FIT_NAMES.get(plain, plain) or None
