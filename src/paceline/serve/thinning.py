"""A line of a million readings as a few thousand points that look the same.

Of every stretch its lowest and its highest reading are kept, where they were, so no peak is lost and none is made up.
Where readings are absent within a stretch, one absent point is kept there, too: a gap stays a gap. The stretches of the
readings are equal in count and not in time, since devices may give many readings one time; those of gaps are of time.

Source: the min-max choice of tsdownsample (predict-idlab), which passes over NaN; keeping the gaps is ours.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FEWEST = 4
MOST = 20_000


def kept(time: NDArray[np.int64], values: NDArray[np.float64], *, points: int) -> NDArray[np.intp]:
    """Which samples to show.

    Args:
        time: (sample,), int64 ns, never falling.
        values: (sample,), NaN where nothing was read.
        points: about how many to show, not counting the gaps; an odd number is taken for the even one below it.

    Returns:
        (shown,), the places of the samples to show, rising: all where there are no more than asked for.

    >>> kept(np.arange(8), np.array([0.0, 5.0, 1.0, 1.0, -3.0, 2.0, np.nan, 1.0]), points=4).tolist()
    [0, 1, 4, 5, 6]
    """
    if len(values) <= points:
        return np.arange(len(values), dtype=np.intp)
    from tsdownsample import MinMaxDownsampler

    absent = np.isnan(values)
    read = np.flatnonzero(~absent)
    shown = read
    if len(read) > points:
        chosen = MinMaxDownsampler().downsample(values[read], n_out=points - points % 2)  # type: ignore[no-untyped-call]
        shown = read[chosen.astype(np.intp)]
    return np.union1d(shown, _gaps(time, absent, stretches=max(1, points // 2)))


def _gaps(time: NDArray[np.int64], absent: NDArray[np.bool_], *, stretches: int) -> NDArray[np.intp]:
    """The first absent sample of each stretch of equal time."""
    places = np.flatnonzero(absent)
    if not len(places):
        return places
    span = max(1, int(time[-1]) - int(time[0]))
    stretch = np.minimum(((time[places] - time[0]) * (stretches / span)).astype(np.int64), stretches - 1)
    return places[np.unique(stretch, return_index=True)[1]]
