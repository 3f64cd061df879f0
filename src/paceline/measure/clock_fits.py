"""Fits of one device's curve to what a trusted clock saw: a coarse search, then Gauss-Newton steps, each robust."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from paceline.domain.efforts import SECOND
from paceline.domain.errors import NotIdentifiable, TooFewSamples
from paceline.measure.estimates import Estimate
from paceline.measure.quantities import Floats
from paceline.measure.robust_regression import Regression, robust_regression
from paceline.record.streams import Nanoseconds, Stream

_COARSE = 1.0
"""s; the steps find their way from half of it."""

_NEARLY_ALL = 0.97
_VAGUE = 1.0
"""s; an offset that is not known better than this is not known."""

_ROUNDS = 30
_SETTLED = 1e-9


@dataclass(frozen=True, eq=False)
class ClockFit:
    """How a device's clock relates to the trusted one: trusted = device + offset + drift · (device − reference).

    Attributes:
        offset: s to be added at `reference`; with its standard error.
        drift: s to be added for each second since `reference`; None where it was not asked for.
        reference: int64 ns on the device's clock, the middle of the events.
        scale: what one unit of the device's curve is on the trusted side: metres of black line for a metre of wheel.
        time: (event,), int64 ns on the trusted clock.
        residuals: (event,), what the fit leaves over, in the trusted side's unit.
        method: for people.
    """

    offset: Estimate
    drift: Estimate | None
    reference: int
    scale: Estimate
    time: Nanoseconds
    residuals: Floats
    method: str

    def moved(self, time: Nanoseconds) -> Nanoseconds:
        """Times of the device's clock on the trusted one, int64 ns."""
        drift = 0.0 if self.drift is None else self.drift.value
        return time + np.round(self.offset.value * SECOND + drift * (time - self.reference)).astype(np.int64)


@dataclass(frozen=True, eq=False)
class Curve:
    """Something measured on the clock in question, and the step over which its slope is taken, s."""

    time: Nanoseconds
    at: Callable[[Nanoseconds], Floats]
    step: float

    def slope(self, instants: Nanoseconds) -> Floats:
        """How fast it changes at instants of its clock, in its unit a second."""
        half = round(self.step * SECOND)
        return np.asarray((self.at(instants + half) - self.at(instants - half)) / (2 * half / SECOND))


@dataclass(frozen=True, eq=False)
class Readings:
    """A channel's usable readings, rising in time; a hole stays a hole."""

    time: Nanoseconds
    values: Floats
    step: float

    @classmethod
    def of(cls, stream: Stream, channel: str) -> Readings:
        """The readings of a channel; ten at least, or there is no curve."""
        known = ~np.isnan(stream.values[channel])
        time, first = np.unique(stream.time[known], return_index=True)
        if time.size < 10:
            raise TooFewSamples(f"the clock by {channel}", need=10, got=int(time.size))
        return cls(time, stream.values[channel][known][first], float(np.median(np.diff(time))) / SECOND)

    def at(self, instants: Nanoseconds) -> Floats:
        """The quantity at instants of its clock; NaN outside, and in holes."""
        after = np.clip(np.searchsorted(self.time, instants), 1, self.time.size - 1)
        near = self.time[after] - self.time[after - 1] <= 2.5 * self.step * SECOND
        inside = (instants >= self.time[0]) & (instants <= self.time[-1])
        zero = self.time[0]
        values = np.interp((instants - zero) / SECOND, (self.time - zero) / SECOND, self.values)
        return np.where(near & inside, values, np.nan)


def slid(ours: Readings, theirs: Readings) -> float:
    """s to add to their clock, to the nearest step, where the two curves correlate best."""
    step = max(ours.step, theirs.step)
    curves = []
    for readings in (ours, theirs):
        grid = np.arange(readings.time[0], readings.time[-1] + 1, round(step * SECOND))
        values = readings.at(grid)
        curves.append(values - np.nanmean(values))
    size = 1 << int(sum(curve.size for curve in curves)).bit_length()
    spectra = [np.fft.rfft(np.nan_to_num(curve), size) for curve in curves]
    weight = [np.fft.rfft(np.nan_to_num(curve) ** 2, size) for curve in curves]
    masks = [np.fft.rfft((~np.isnan(curve)).astype(float), size) for curve in curves]
    common = np.fft.irfft(weight[0] * np.conj(masks[1]), size) * np.fft.irfft(masks[0] * np.conj(weight[1]), size)
    overlap = np.fft.irfft(masks[0] * np.conj(masks[1]), size)
    enough = overlap > 0.5 * min(np.count_nonzero(~np.isnan(curve)) for curve in curves)
    product = np.fft.irfft(spectra[0] * np.conj(spectra[1]), size)
    alike = np.where(enough & (common > 0.0), product / np.sqrt(np.maximum(common, 1e-300)), -2.0)
    lag = int(np.argmax(alike))
    lag = lag if lag < curves[0].size else lag - size
    return float(lag * step + (int(ours.time[0]) - int(theirs.time[0])) / SECOND)


def fitted(
    curve: Curve,
    time: Nanoseconds,
    observed: Floats,
    *,
    drift: bool,
    searched: float,
    method: str,
    around: float = 0.0,
) -> ClockFit:
    """observed(t) = a + b · curve(device time of t), by Gauss-Newton steps, each a robust regression."""
    middle = int(time[0] + (time[-1] - time[0]) // 2) if time.size else 0
    offset, rate = _coarse(curve, time, observed, around=around, searched=searched, method=method), 0.0
    wanted = 4 if drift else 3
    for _ in range(_ROUNDS):
        device = _device(time, middle, offset, rate)
        value, slope = curve.at(device), curve.slope(device)
        there = ~(np.isnan(value) | np.isnan(slope))
        since = (time - middle) / SECOND
        columns = np.stack([np.ones(time.size), value, -slope, -slope * since], axis=1)[there, :wanted]
        found = robust_regression(columns, observed[there], model=f"clock by {method}")
        scale = found.parameters[1] or 1.0
        step, gain = found.parameters[2] / scale, (found.parameters[3] / scale if drift else 0.0)
        offset, rate = offset + step, rate + gain
        if abs(step) < _SETTLED and abs(gain) < 1e-12:
            break
    return _told(found, scale, offset, rate, middle=middle, time=time[there], drift=drift, method=method)


def _told(
    found: Regression,
    scale: float,
    offset: float,
    rate: float,
    *,
    middle: int,
    time: Nanoseconds,
    drift: bool,
    method: str,
) -> ClockFit:
    spread = _inflation(found.residuals)
    late, gains = (
        replace(e, value=v, standard_error=e.standard_error * spread / abs(scale))
        for e, v in ((found.estimate(2), offset), (found.estimate(3 if drift else 2), rate))
    )
    if not late.standard_error < _VAGUE:
        advice = "Use a run with a standing start or a sprint, or leave the drift out."
        raise NotIdentifiable(f"clock by {method}", why="what was measured hardly changes with time", advice=advice)
    ratio = found.estimate(1)
    ratio = replace(ratio, standard_error=ratio.standard_error * spread)
    reference = middle - round(offset * SECOND)
    return ClockFit(late, gains if drift else None, reference, ratio, time, found.residuals, method)


def _coarse(curve: Curve, time: Nanoseconds, observed: Floats, *, around: float, searched: float, method: str) -> float:
    """The offset, on a coarse grid, that leaves the least over; without one the steps could settle beside it."""
    step = min(_COARSE, searched / 4)
    tried = []
    for offset in (around + np.arange(-searched, searched + step / 2, step)).tolist():
        value = curve.at(_device(time, 0, offset, 0.0))
        there = ~np.isnan(value)
        if (count := int(np.count_nonzero(there))) >= 5:
            x, y = value[there] - value[there].mean(), observed[there] - observed[there].mean()
            left = y - x * float(x @ y) / max(float(x @ x), 1e-300)
            tried.append((count, float(left @ left) / count, offset))
    if not tried:
        raise TooFewSamples(f"clock by {method}", need=5, got=0)
    # An offset under which events fall out of the device's time fits the fewer better: they must not count.
    most = max(count for count, _, _ in tried)
    return float(min((left, offset) for count, left, offset in tried if count >= _NEARLY_ALL * most)[1])


def _device(time: Nanoseconds, middle: int, offset: float, rate: float) -> Nanoseconds:
    """The device's time of trusted instants: the other way round than `ClockFit.moved`."""
    return time - np.round(offset * SECOND + rate * (time - middle)).astype(np.int64)


def _inflation(residuals: Floats) -> float:
    """What errors that hang together do to standard errors: √((1 + ρ) / (1 − ρ)), ρ from one to the next."""
    if residuals.size < 4 or not residuals.any():
        return 1.0
    left = residuals - residuals.mean()
    rho = float(np.clip(left[1:] @ left[:-1] / max(left @ left, 1e-300), 0.0, 0.98))
    return float(((1.0 + rho) / (1.0 - rho)) ** 0.5)
