"""Readings outside the range that the catalogue calls plausible."""

from __future__ import annotations

import numpy as np

from paceline.record.quality.findings import Mask
from paceline.record.streams import Stream

POSITION = ("latitude", "longitude")


def out_of_range(channel: str, stream: Stream) -> Mask:
    """(sample,), readings below or above the channel's plausible range, infinite ones among them.

    A position of exactly 0°, 0° is what a receiver without a fix writes; it is out of range too.
    """
    limits, values = stream.channel(channel), stream.values[channel]
    outside = (values < limits.low) | (values > limits.high)
    if channel in POSITION and all(name in stream.values for name in POSITION):
        outside |= np.logical_and.reduce([stream.values[name] == 0.0 for name in POSITION])
    return outside
