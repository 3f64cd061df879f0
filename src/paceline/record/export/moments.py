"""Times as text: ISO 8601, UTC."""

from __future__ import annotations

from paceline.record.streams import Nanoseconds

_UNITS = ((1_000_000_000, "s"), (1_000_000, "ms"), (1000, "us"), (1, "ns"))


def iso_times(time: Nanoseconds) -> list[str]:
    """Each moment with as many digits behind the second as the finest of them needs.

    >>> import numpy as np
    >>> iso_times(np.array([0, 1_500_000_000]))
    ['1970-01-01T00:00:00.000Z', '1970-01-01T00:00:01.500Z']
    """
    step, unit = next((step, unit) for step, unit in _UNITS if not (time % step).any())
    # NumPy's own text of a moment has no time zone: the clock is UTC throughout.
    return [f"{text}Z" for text in (time // step).astype(f"datetime64[{unit}]").astype(str).tolist()]
