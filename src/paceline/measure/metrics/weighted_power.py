"""The steady power that would have cost the athlete as much as the uneven one did, by each of its definitions.

They smooth power, raise it to the fourth power, average, and take the fourth root. They differ in how they smooth and
in how they begin, and so in watts: each has a name of its own here.

The gap rule of all that use a 30 s window: a window counts when at least three quarters of it have readings, and is the
mean of those. A short dropout is so bridged by what is around it; a window across a pause does not count.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from paceline.domain.errors import TooFewSamples
from paceline.measure.catalogue import metric
from paceline.measure.quantities import Floats, Scalar, Watts

WINDOW = 30.0
"""s."""

FADING = 25.0
"""s, time constant of the exponential average."""

ENOUGH = 0.75
"""Share of a window that must have readings."""

REST = 0.3
"""Share of maximal aerobic power below which scikit-cycling takes an athlete to rest."""


@metric("W", low=0.0, high=3000.0, headline=True, known_as=("Normalized Power", "NP", "IsoPower", "Coggan"))
def weighted_power(power: Watts, interval: Scalar) -> Scalar:
    """The steady power that would have cost as much: hard minutes weigh more than easy ones.

    Args:
        power: (sample,), W; NaN where there is no reading: see the module's gap rule.
        interval: scalar, s, the step of the grid; a window is the whole number of steps nearest to 30 s.

    Returns:
        scalar, W: only full windows count, so the first is the one that ends after 30 s.

    Raises:
        TooFewSamples: there is no window of 30 s with enough readings.

    Source:
        Allen and Coggan's definition, which starts at 30 s; checked on four made rides and a recorded one.

    >>> round(weighted_power(np.array([100.0, 200.0, 300.0]), 15.0), 3)  # windows 150 and 250: ((150⁴ + 250⁴)/2)^¼
    216.727
    """
    return _fourth_power_mean(_full_windows(power, interval, "weighted_power"))


@metric("W", low=0.0, high=3000.0, known_as=("IsoPower as GoldenCheetah computes it",))
def weighted_power_zero_start(power: Watts, interval: Scalar) -> Scalar:
    """Weighted power as if the athlete had rested for 30 s before the first reading.

    Args:
        power: (sample,), W; NaN where there is no reading: see the module's gap rule.
        interval: scalar, s, the step of the grid; a window is the whole number of steps nearest to 30 s.

    Returns:
        scalar, W: a window ends at every sample; before the first reading stand zeros.

    Raises:
        TooFewSamples: nothing was measured.

    Source:
        GoldenCheetah (src/Metrics/Coggan.cpp) begins with an empty buffer and always divides by its length.

    >>> weighted_power_zero_start(np.array([200.0, 200.0]), 15.0)  # windows 100 and 200: ((100⁴ + 200⁴)/2)^¼
    170.74...
    """
    started = _from_first_reading(power, "weighted_power_zero_start")
    rest = np.zeros(_window(interval) - 1)
    return _fourth_power_mean(_full_windows(np.concatenate([rest, started]), interval, "weighted_power_zero_start"))


@metric("W", low=0.0, high=3000.0, known_as=("Weighted average power as sweatpy computes it", "WAP"))
def weighted_power_expanding_start(power: Watts, interval: Scalar) -> Scalar:
    """Weighted power that counts from the first reading: the first windows are as short as what there is.

    Args:
        power: (sample,), W; NaN where there is no reading: see the module's gap rule.
        interval: scalar, s, the step of the grid; a window is the whole number of steps nearest to 30 s.

    Returns:
        scalar, W: a window ends at every sample; the first windows begin with the first reading.

    Raises:
        TooFewSamples: nothing was measured.

    Source:
        sweatpy's rolling mean with at least one sample; checked on four made rides.

    >>> weighted_power_expanding_start(np.array([100.0, 300.0]), 15.0)  # windows 100 and 200: ((100⁴ + 200⁴)/2)^¼
    170.74...
    """
    started = _from_first_reading(power, "weighted_power_expanding_start")
    width = _window(interval)
    before = np.full(width - 1, np.nan)  # in front of the first reading there is nothing, not even an absent one
    total, count = _sums(np.concatenate([before, started]), width)
    counted = count >= ENOUGH * np.minimum(np.arange(1, started.size + 1), width)
    return _fourth_power_mean(total[counted] / count[counted])


@metric("W", low=0.0, high=3000.0, known_as=("Normalized power as scikit-cycling computes it",))
def weighted_power_centred(power: Watts, interval: Scalar, maximal_aerobic_power: Scalar) -> Scalar:
    """Weighted power of the riding alone: half minutes of easy rolling are left out.

    Args:
        power: (sample,), W; NaN where there is no reading: see the module's gap rule.
        interval: scalar, s, the step of the grid; a window is the whole number of steps nearest to 30 s.
        maximal_aerobic_power: scalar, W.

    Returns:
        scalar, W: full windows only, and of those the ones above 30 % of maximal aerobic power.

    Raises:
        TooFewSamples: there is no window of 30 s with enough readings and power.

    Source:
        scikit-cycling's `normalized_power_score`: it centres its windows, which changes where their means are written
        down but not which windows there are.

    >>> weighted_power_centred(np.array([50.0, 200.0]), 30.0, 400.0)  # 50 W is below 120 W
    200.0
    """
    means = _full_windows(power, interval, "weighted_power_centred")
    ridden = means[means > REST * maximal_aerobic_power]
    if ridden.size == 0:
        raise TooFewSamples("weighted_power_centred", need=1, got=0)
    return _fourth_power_mean(ridden)


@metric("W", low=0.0, high=3000.0, label="x-power", known_as=("xPower", "Skiba"))
def x_power(power: Watts, interval: Scalar) -> Scalar:
    """The steady power that would have cost as much, where what was ridden fades over 25 s instead of ending after 30.

    Args:
        power: (sample,), W; NaN where there is no reading. Over a hole of at most 7.5 s the average stands still; over
            a longer one it fades as at rest. Neither counts in the mean.
        interval: scalar, s, the step of the grid.

    Returns:
        scalar, W; the average starts from zero.

    Raises:
        TooFewSamples: nothing was measured.

    Source:
        Skiba's definition, as GoldenCheetah implements it (src/Metrics/BikeScore.cpp) for readings once a second. In
        gaps it differs: there every hole fades, and counts until 0.1 W is left.

    >>> round(x_power(np.array([200.0, 200.0]), 25.0), 3)  # 100, then 100/2 + 100: ((100⁴ + 150⁴)/2)^¼
    131.949
    """
    from paceline.measure.kernels import running_balance

    started = _from_first_reading(power, "x_power")
    absent = np.isnan(started)
    fading = FADING / (FADING + interval)
    kept = np.where(_in_short_hole(absent, interval), 1.0, fading)
    smooth = np.empty(started.size)
    running_balance(kept, np.where(absent, 0.0, started) * (1.0 - fading), smooth)
    return _fourth_power_mean(smooth[~absent])


def _window(interval: float) -> int:
    return max(1, round(WINDOW / interval))


def _from_first_reading(power: Watts, metric_name: str) -> Watts:
    present = np.flatnonzero(~np.isnan(power))
    if present.size == 0:
        raise TooFewSamples(metric_name, need=1, got=0)
    return power[present[0] :]


def _sums(power: Watts, width: int) -> tuple[Floats, Floats]:
    """(window,), (window,): the sum of the readings of every window of so many cells, and how many they are."""
    present = ~np.isnan(power)
    total = np.concatenate([[0.0], np.cumsum(np.where(present, power, 0.0))])
    count = np.concatenate([[0.0], np.cumsum(present)])
    return total[width:] - total[:-width], count[width:] - count[:-width]


def _full_windows(power: Watts, interval: float, metric_name: str) -> Floats:
    """(window,): the means of the windows that count."""
    width = _window(interval)
    if power.size < width:
        raise TooFewSamples(metric_name, need=width, got=power.size)
    total, count = _sums(power, width)
    counted = count >= ENOUGH * width
    if not np.any(counted):
        raise TooFewSamples(metric_name, need=math.ceil(ENOUGH * width), got=int(count.max()))
    return total[counted] / count[counted]


def _in_short_hole(absent: npt.NDArray[np.bool_], interval: float) -> Floats:
    """(sample,), 1 in holes that a window would bridge, else 0."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], absent, [False]])))
    begins, ends = edges[::2], edges[1::2]
    short = (ends - begins) * interval <= (1.0 - ENOUGH) * WINDOW
    steps = np.zeros(absent.size + 1)
    steps[begins[short]] = 1.0
    steps[ends[short]] = -1.0
    return np.cumsum(steps)[:-1]


def _fourth_power_mean(watts: Floats) -> float:
    return float(np.mean(watts**4) ** 0.25)
