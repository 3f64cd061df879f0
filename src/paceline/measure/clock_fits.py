"""Fits of one device's curve to what a trusted clock saw: a coarse search, then Gauss-Newton steps, each robust."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from paceline.domain.efforts import SECOND
from paceline.domain.errors import NotIdentifiable, TooFewSamples
from paceline.measure.estimates import Estimate
from paceline.measure.quantities import Floats
from paceline.measure.robust_regression import Regression, inflation, robust_regression
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


@dataclass(frozen=True, eq=False)
class Settled:
    """Where Gauss-Newton steps, each a robust regression, came to rest."""

    found: Regression
    offset: float
    rate: float
    middle: int
    there: npt.NDArray[np.bool_]


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
    """observed(t) = a + b · curve(device time of t), errors taken to hang together from one event to the next."""
    at = settled(curve, time, observed, drift=drift, searched=searched, method=method, around=around)
    return _told(at, time=time[at.there], drift=drift, method=method)


def settled(
    curve: Curve,
    time: Nanoseconds,
    observed: Floats,
    *,
    drift: bool,
    searched: float,
    method: str,
    around: float = 0.0,
) -> Settled:
    """The steps of `fitted`, from the offset that leaves the least over."""
    middle = middle_of(time)
    offset, rate = _coarse(curve, time, observed, around=around, searched=searched, method=method), 0.0
    wanted = 4 if drift else 3
    for _ in range(_ROUNDS):
        device = device_time(time, middle, offset, rate)
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
    return Settled(found, offset, rate, middle, there)


def middle_of(time: Nanoseconds) -> int:
    """The instant halfway, int64 ns, at which offset and drift say the least of each other."""
    return int(time[0] + (time[-1] - time[0]) // 2) if time.size else 0


def _told(at: Settled, *, time: Nanoseconds, drift: bool, method: str) -> ClockFit:
    """The fit, with errors widened by how residuals hang together."""
    found, scale = at.found, at.found.parameters[1] or 1.0
    spread = inflation(found.residuals)
    late, gains = (
        replace(estimate, value=value, standard_error=estimate.standard_error * spread / abs(scale))
        for estimate, value in ((found.estimate(2), at.offset), (found.estimate(3 if drift else 2), at.rate))
    )
    ratio = found.estimate(1)
    ratio = replace(ratio, standard_error=ratio.standard_error * spread)
    fit = ClockFit(late, gains if drift else None, at.middle, ratio, time, found.residuals, method)
    return known_well(fit)


def known_well(fit: ClockFit) -> ClockFit:
    """The fit, its reference brought to the device's clock.

    Raises:
        NotIdentifiable: its offset is not known to a second.
    """
    if not fit.offset.standard_error < _VAGUE:
        advice = "Use a run with a standing start or a sprint, or leave the drift out."
        raise NotIdentifiable(f"clock by {fit.method}", why="what was measured hardly changes with time", advice=advice)
    return replace(fit, reference=fit.reference - round(fit.offset.value * SECOND))


def _coarse(curve: Curve, time: Nanoseconds, observed: Floats, *, around: float, searched: float, method: str) -> float:
    """The offset, on a coarse grid, that leaves the least over; without one the steps could settle beside it."""
    step = min(_COARSE, searched / 4)
    tried = []
    for offset in (around + np.arange(-searched, searched + step / 2, step)).tolist():
        value = curve.at(device_time(time, 0, offset, 0.0))
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


def device_time(time: Nanoseconds, middle: int, offset: float, rate: float) -> Nanoseconds:
    """The device's time of trusted instants: the other way round than `ClockFit.moved`."""
    return time - np.round(offset * SECOND + rate * (time - middle)).astype(np.int64)
