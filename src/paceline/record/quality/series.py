"""A series: the readings of one stream in strict order of time, as the detectors see them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from paceline.record.quality.findings import Mask
from paceline.record.streams import Floats

Indices = npt.NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Series:
    """Readings whose times can be believed.

    Attributes:
        seconds: (sample,), s since the first; never decreasing, and increasing over the readings of one channel.
        values: channel name → (sample,), in the channel's unit; NaN where nothing was read.
        hole: s, a longer step between two readings is a gap.
    """

    seconds: Floats
    values: Mapping[str, Floats]
    hole: float

    def channel(self, name: str) -> Floats:
        """(sample,), a channel's readings; all NaN where the stream has no such channel."""
        known = self.values.get(name)
        return np.full(self.seconds.shape, np.nan) if known is None else known


def runs(mask: Mask) -> tuple[Indices, Indices]:
    """First index of each run of true entries, and the index after its last.

    >>> [list(map(int, ends)) for ends in runs(np.array([True, True, False, True]))]
    [[0, 3], [2, 4]]
    """
    edges = np.diff(mask.astype(np.int8), prepend=0, append=0)
    return np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)


def covered(starts: Indices, stops: Indices, *, length: int) -> Mask:
    """The mask of the given runs; they may overlap."""
    edges = np.zeros(length + 1, np.intp)
    np.add.at(edges, starts, 1)
    np.add.at(edges, stops, -1)
    return np.cumsum(edges)[:length] > 0
