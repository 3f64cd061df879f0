"""Repetitions: how many times the same movement was done, from the motion alone.

The strongest direction of movement is followed around one period, and each turn of its phase is a repetition as long as
the movement is about as large as in the rest of the set. Which of the periods at which motion repeats is *one*
repetition is what goes wrong: half a press looks like a press. What the athlete's earlier sets of that exercise took is
used to choose, and what was usually missed or counted too much there is added.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from paceline.domain.errors import NotPlausible, TooFewSamples
from paceline.learn.sets import Floats32

Line = npt.NDArray[np.float64]

PERIODS: Line = np.exp(np.arange(np.log(1.0), np.log(6.0), 0.02))
"""s: a repetition takes from one second to six."""
BAND = (0.15, 3.0)
"""Hz, in which motion is looked through for its period."""
AROUND = (0.5, 1.6)
"""Times the repetition's frequency: the band in which its phase is followed."""
LEAST = 2.0
"""s of motion below which there is nothing to count."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A period at which the motion repeats.

    Attributes:
        period: s.
        likeness: autocorrelation there, at most about 1.
        count: repetitions if it is the right one.
    """

    period: float
    likeness: float
    count: float


@dataclass(frozen=True, slots=True)
class Habit:
    """How an athlete does one exercise.

    Attributes:
        period: mean of the logarithm of a repetition's seconds.
        spread: its standard deviation.
        missed: repetitions that the motion usually lacks; negative where it holds more than were counted.
    """

    period: float = np.log(2.7)
    spread: float = 0.6
    missed: float = 0.0


@dataclass(frozen=True, slots=True)
class Counter:
    """A counter, with what it learned of exercises.

    Attributes:
        trust: how much a habit's period weighs against likeness.
        gate: motion smaller than this share of the usual one is none.
        general: for exercises that it doesn't know.
        habits: by exercise.
        alternating: exercises done with one arm after the other, of which one wrist feels half and the log counts all.
    """

    trust: float = 0.03
    gate: float = 0.6
    general: Habit = field(default_factory=Habit)
    habits: Mapping[str, Habit] = field(default_factory=dict)
    alternating: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        """Checked here once.

        Raises:
            NotPlausible: a trust below 0, or a gate outside 0 to 1.
        """
        if not (self.trust >= 0.0 and 0.0 <= self.gate < 1.0):
            raise NotPlausible("a counter", expected="a trust of at least 0 and a gate from 0 to below 1")

    def count(self, motion: Floats32, *, rate: float, exercise: str = "") -> int:
        """Repetitions of one set.

        Args:
            motion: (sample, axis) on an even grid; finite.
            rate: samples a second.
            exercise: where it is known.

        Raises:
            TooFewSamples: shorter than `LEAST`.

        >>> t = np.arange(0, 30, 0.04)
        >>> swing = np.sin(2 * np.pi * t / 3)[:, None] * np.ones(3)        # 30 s, 3 s each
        >>> Counter().count(swing.astype(np.float32), rate=25.0)
        10
        """
        habit = self.habits.get(exercise, self.general)
        best = self.chosen(candidates(motion, rate=rate, gate=self.gate), habit)
        arms = 2 if exercise in self.alternating else 1
        return max(round(arms * (best.count + habit.missed)), 0) if best is not None else 0

    def chosen(self, found: Sequence[Candidate], habit: Habit) -> Candidate | None:
        """The likeliest of the candidates for one who does it so."""
        if not found:
            return None

        def worth(one: Candidate) -> float:
            away = (np.log(one.period) - habit.period) / habit.spread
            return float(one.likeness - self.trust * 0.5 * away**2)

        return max(found, key=worth)


def candidates(motion: Floats32, *, rate: float, gate: float) -> tuple[Candidate, ...]:
    """Every period at which motion repeats better than at those beside it, the shortest first."""
    if len(motion) < LEAST * rate:
        raise TooFewSamples("counting repetitions", need=round(LEAST * rate), got=len(motion))
    likeness = np.interp(PERIODS, *_repeats(motion, rate), right=-1.0)
    found = []
    for index, height in enumerate(likeness):
        if height > -1.0 and height >= likeness[max(index - 3, 0) : index + 4].max():
            period = float(PERIODS[index])
            found.append(Candidate(period, float(height), turns(motion, rate=rate, period=period, gate=gate)))
    return tuple(found)


def _repeats(motion: Floats32, rate: float) -> tuple[Line, Line]:
    """Lags in s, and the autocorrelation of all axes together, each lag by the samples that it has."""
    moved = banded(motion, rate=rate, low=BAND[0], high=BAND[1])
    size = len(moved)
    power = (np.abs(np.fft.rfft(moved, 2 * size, axis=0)) ** 2).sum(axis=1)
    together = np.fft.irfft(power)[:size]
    lags = np.arange(size)
    return lags / rate, together / (together[0] + 1e-12) * size / np.maximum(size - lags, 0.3 * size)


def turns(motion: Floats32, *, rate: float, period: float, gate: float) -> float:
    """How often the phase of the main movement goes round while it is large enough."""
    return float(turning(motion, rate=rate, period=period, gate=gate).sum())


def turning(motion: Floats32, *, rate: float, period: float, gate: float) -> Line:
    """Parts of a repetition done from each sample to the next, (sample − 1,)."""
    moved = banded(motion, rate=rate, low=AROUND[0] / period, high=min(AROUND[1] / period, 0.24 * rate))
    _, vectors = np.linalg.eigh(moved.T @ moved)
    wave = _analytic(moved @ vectors[:, -1])
    size = np.abs(wave)
    large = size > gate * np.median(size)
    steps = np.angle(wave[1:] * np.conj(wave[:-1]))
    return np.asarray(np.maximum(steps * large[1:], -0.5) / (2.0 * np.pi))


def banded(motion: Floats32, *, rate: float, low: float, high: float, summed: int = 0) -> Line:
    """Motion between two frequencies, (sample, axis), not shifted in time; summed up over time as often as asked.

    The gain is that of a Butterworth filter of order two run forwards and backwards, laid on the spectrum; before, the
    motion is turned about its ends for three seconds, so that the ends are not taken for a jump.
    """
    still = motion.astype(np.float64) - motion.mean(axis=0)
    pad = min(len(still) - 1, round(3 * rate))
    longer = np.concatenate([2 * still[0] - still[pad:0:-1], still, 2 * still[-1] - still[-2 : -pad - 2 : -1]])
    frequency = np.fft.rfftfreq(len(longer), 1.0 / rate)[1:]
    away = (frequency**2 - low * high) / (frequency * (high - low))
    gain = np.concatenate([[0.0], 1.0 / (1.0 + away**4) / (2j * np.pi * frequency) ** summed])
    filtered = np.fft.irfft(np.fft.rfft(longer, axis=0) * gain[:, None], len(longer), axis=0)
    return np.asarray(filtered[pad : pad + len(still)])


def _analytic(line: Line) -> npt.NDArray[np.complex128]:
    """The line with its quarter turn as the imaginary part (Hilbert), (sample,)."""
    size = len(line)
    spectrum = np.fft.fft(line)
    keep = np.zeros(size)
    keep[0] = 1.0
    keep[1 : (size + 1) // 2] = 2.0
    if size % 2 == 0:
        keep[size // 2] = 1.0
    return np.fft.ifft(spectrum * keep)


@dataclass(frozen=True, eq=False)
class Counted:
    """One set that an athlete counted: what habits are learned from."""

    motion: Floats32
    rate: float
    exercise: str
    repetitions: float


def learned(
    sets: Sequence[Counted], *, trust: float = 0.03, gate: float = 0.6, alternating: frozenset[str] = frozenset()
) -> Counter:
    """A counter that knows the habits in these sets.

    For each set the period is looked up at which about as many repetitions were done as counted; exercises with few
    sets are drawn towards all. What is missed is taken from the counts that come out, those far off left aside.

    Raises:
        TooFewSamples: no set.
    """
    if not sets:
        raise TooFewSamples("learning how repetitions are done", need=1, got=0)
    sets = [replace(one, repetitions=one.repetitions / 2) if one.exercise in alternating else one for one in sets]
    found = [candidates(one.motion, rate=one.rate, gate=gate) for one in sets]
    periods: dict[str, list[float]] = defaultdict(list)
    for one, options in zip(sets, found, strict=True):
        near = [c for c in options if abs(c.count - one.repetitions) <= max(2.0, 0.2 * one.repetitions)]
        if near:
            periods[one.exercise].append(float(np.log(max(near, key=lambda c: c.likeness).period)))
    every = np.array([value for values in periods.values() for value in values] or [Habit().period])
    middle, width = float(np.median(every)), max(float(every.std()), 0.2)
    habits = {name: _habit(values, middle, width) for name, values in periods.items()}
    counter = Counter(trust, gate, Habit(middle, max(width, 0.15)), habits, alternating)
    return _with_missed(counter, sets, found)


def _habit(values: Sequence[float], middle: float, width: float) -> Habit:
    mean = (sum(values) + middle) / (len(values) + 1)
    spread = np.sqrt((sum((value - mean) ** 2 for value in values) + 2 * width**2) / (len(values) + 2))
    return Habit(float(mean), max(float(spread), 0.15))


def _with_missed(counter: Counter, sets: Sequence[Counted], found: Sequence[Sequence[Candidate]]) -> Counter:
    missed: dict[str, list[float]] = defaultdict(list)
    for one, options in zip(sets, found, strict=True):
        best = counter.chosen(options, counter.habits.get(one.exercise, counter.general))
        if best is not None and abs(one.repetitions - best.count) <= 4.0:
            missed[one.exercise].append(one.repetitions - best.count)
    middle = float(np.median([value for values in missed.values() for value in values] or [0.0]))
    names = set(counter.habits) | set(missed)
    habits = {}
    for name in sorted(names):
        habit, values = counter.habits.get(name, counter.general), missed.get(name, [])
        habits[name] = Habit(habit.period, habit.spread, (sum(values) + 3 * middle) / (len(values) + 3))
    general = Habit(counter.general.period, counter.general.spread, middle)
    return replace(counter, general=general, habits=habits)
