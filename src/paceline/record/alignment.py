"""By how much two recordings' clocks may differ: candidates, found by sliding one over the other.

The signal is one channel that both have. Each shift's correlation is taken over the seconds that both cover then, which
six Fourier transforms give for all shifts at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from paceline.domain.channels import CHANNELS as CATALOGUE
from paceline.domain.efforts import SECOND
from paceline.record.quality.clock import order
from paceline.record.recordings import Recording
from paceline.record.streams import Floats

Seconds = npt.NDArray[np.int64]

CHANNELS = (
    "power",
    "heart_rate",
    "speed",
    "wheel_speed",
    "altitude",
    "cadence",
    "latitude",
    "longitude",
    "distance",
)
"""What is compared, and what clocks are aligned by, the first in common; distance only grows, and aligns nothing."""

ZONE = 900
"""s: time zones differ by quarters of an hour."""

ZONES = 26 * 3600
"""s between the first and the last zone of the day, UTC+14 and UTC-12."""

DRIFT = 120
"""s by which a device's own clock may be off besides."""

LONGEST = 3 * 86_400
"""s: longer recordings are only compared at the shift that their clocks say."""

FEWEST = 300
"""Common readings, below which a shift that the clocks don't say is not believed."""


@dataclass(frozen=True, eq=False)
class Trace:
    """What is compared of a recording: one row for each second that has a reading.

    Attributes:
        seconds: (second,), s UTC, strictly increasing.
        values: channel name → (second,), mean of its readings within the second; NaN where there are none.
        dated: whether the recording says when it was.
    """

    seconds: Seconds
    values: Mapping[str, Floats]
    dated: bool

    @property
    def span(self) -> int:
        """s from the first to the last second, both counted."""
        return int(self.seconds[-1] - self.seconds[0]) + 1 if len(self.seconds) else 0

    @cached_property
    def key(self) -> tuple[float, ...]:
        """A place in an order of traces that does not depend on how they were given."""
        first = int(self.seconds[0]) if len(self.seconds) else 0
        sums = (float(np.nansum(column)) for column in self.values.values())
        return (float(self.dated), len(self.seconds), first, self.span, len(self.values), *sums)


def trace(recording: Recording) -> Trace:
    """A recording by whole seconds; each channel from the stream that has most plausible readings of it."""
    best: dict[str, tuple[Seconds, Floats]] = {}
    for stream in recording.streams.values():
        kept = order(stream).kept
        seconds = stream.time[kept] // SECOND
        for name in (n for n in CHANNELS if n in stream.values):
            values = stream.values[name][kept]
            known = (values >= CATALOGUE[name].low) & (values <= CATALOGUE[name].high)
            if known.any() and (name not in best or known.sum() > len(best[name][0])):
                best[name] = seconds[known], values[known]
    names = [n for n in CHANNELS if n in best]
    seconds = np.unique(np.concatenate([best[n][0] for n in names])) if names else np.zeros(0, np.int64)
    return Trace(seconds, {n: _by_second(seconds, *best[n]) for n in names}, recording.dated)


def _by_second(grid: Seconds, seconds: Seconds, values: Floats) -> Floats:
    place = np.searchsorted(grid, seconds)
    count = np.bincount(place, minlength=len(grid))
    total = np.bincount(place, weights=values, minlength=len(grid))
    mean: Floats = np.divide(total, count, out=np.full(len(grid), np.nan), where=count > 0)
    return mean


def apart(first: Trace, second: Trace) -> bool:
    """Whether no two time zones could bring both recordings to the same time; False where one of them is undated."""
    if not (first.dated and second.dated):
        return False
    between = max(first.seconds[0], second.seconds[0]) - min(first.seconds[-1], second.seconds[-1])
    return bool(between > ZONES + DRIFT)


def shifts(first: Trace, second: Trace) -> Iterator[int]:
    """Seconds to add to the second clock, the likeliest first: what the clocks say, then what a channel says."""
    if not len(first.seconds) or not len(second.seconds) or apart(first, second):
        return
    dated = first.dated and second.dated
    if dated:
        yield 0
    shared = [n for n in CHANNELS if n in first.values and n in second.values and n != "distance"]
    if not shared or max(first.span, second.span) > LONGEST:
        return
    for name in shared[:2]:
        found = _best(first, second, name, dated=dated)
        if found is not None and not (dated and found == 0):
            yield found


def _best(first: Trace, second: Trace, name: str, *, dated: bool) -> int | None:
    """The shift at which a channel correlates best."""
    ours, theirs = _dense(first, name), _dense(second, name)
    size = 1 << int(len(ours) + len(theirs) - 1).bit_length()
    found, count = _sliding(ours, theirs, size)
    lags = np.arange(size)
    lags = np.where(lags < len(ours), lags, lags - size)
    shift = lags + int(first.seconds[0]) - int(second.seconds[0])
    allowed = (count >= FEWEST) & (lags > -len(theirs))
    if dated:
        near = np.abs((shift + ZONE // 2) % ZONE - ZONE // 2) <= DRIFT
        allowed &= near & (np.abs(shift) <= ZONES + DRIFT)
    if not allowed.any():
        return None
    return int(shift[np.argmax(np.where(allowed, found, -2.0))])


def _dense(recorded: Trace, name: str) -> Floats:
    """(span,), a channel for every second; NaN where there is none."""
    dense = np.full(recorded.span, np.nan)
    dense[recorded.seconds - recorded.seconds[0]] = recorded.values[name]
    return dense


def _sliding(ours: Floats, theirs: Floats, size: int) -> tuple[Floats, Floats]:
    """(size,), correlation at each cyclic lag of `theirs` against `ours`, and the number of common readings."""
    spectra = []
    for values in (ours, theirs):
        known = np.isfinite(values)
        level = np.median(values[known])
        scaled = np.where(known, values - level, 0.0) / max(float(np.std(values[known])), 1e-12)
        spectra.append([np.fft.rfft(x, size) for x in (known.astype(float), scaled, scaled**2)])
    (mask_a, a, a2), (mask_b, b, b2) = spectra

    def slid(x: npt.NDArray[np.complex128], y: npt.NDArray[np.complex128]) -> Floats:
        return np.fft.irfft(x * np.conj(y), size)

    count = np.maximum(np.rint(slid(mask_a, mask_b)), 0.0)
    n = np.maximum(count, 1.0)
    sum_a, sum_b = slid(a, mask_b), slid(mask_a, b)
    var_a, var_b = slid(a2, mask_b) / n - (sum_a / n) ** 2, slid(mask_a, b2) / n - (sum_b / n) ** 2
    covariance = slid(a, b) / n - sum_a * sum_b / n**2
    usable = (var_a > 1e-6) & (var_b > 1e-6) & (count > 0)
    return np.where(usable, covariance / np.sqrt(np.where(usable, var_a * var_b, 1.0)), -1.0), count
