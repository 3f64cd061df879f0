"""What recovery studies observe: W′ ridden empty, an easier stretch, and how much of W′ that brought back."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from paceline.domain.errors import NotIdentifiable, TooFewSamples
from paceline.measure.quantities import Floats, Joules, Seconds, Watts


@dataclass(frozen=True, eq=False, slots=True)
class Bouts:
    """Recovery bouts after W′ was ridden empty.

    Attributes:
        study: (bout,), who observed it; bouts of one study share riders and method, and are no independent evidence.
        critical_power: (bout,), W.
        w_prime: (bout,), J.
        work_power: (bout,), W, at which W′ was ridden empty; above critical power.
        recovery_power: (bout,), W; at most critical power.
        duration: (bout,), s, of the recovery.
        recovered: (bout,), observed share of W′ that came back, as a fraction.
    """

    study: np.ndarray[tuple[int], np.dtype[np.str_]]
    critical_power: Watts
    w_prime: Joules
    work_power: Watts
    recovery_power: Watts
    duration: Seconds
    recovered: Floats

    def __post_init__(self) -> None:
        """Columns of different length, work at or below critical power and recovery above it are refused.

        Raises:
            TooFewSamples: there is no bout.
            NotIdentifiable: a bout is none, or a column has another length.
        """
        columns = (self.critical_power, self.w_prime, self.work_power, self.recovery_power, self.duration)
        if self.study.size == 0:
            raise TooFewSamples("w_prime_recovery", need=1, got=0)
        if any(column.shape != self.study.shape for column in (*columns, self.recovered)):
            raise NotIdentifiable("w_prime_recovery", why="the columns differ in length")
        sound = (self.recovery_power <= self.critical_power) & (self.critical_power < self.work_power)
        if not np.all(sound & (self.w_prime > 0.0) & (self.duration > 0.0) & np.isfinite(self.recovered)):
            raise NotIdentifiable(
                "w_prime_recovery", why="a bout has no work above, or no recovery below critical power"
            )

    def __len__(self) -> int:
        """How many bouts there are."""
        return int(self.study.size)

    @property
    def studies(self) -> tuple[str, ...]:
        """Who observed them, in alphabetical order."""
        return tuple(sorted(set(self.study.tolist())))

    @property
    def below(self) -> Watts:
        """(bout,), W: how far below critical power the recovery was ridden; 0 at critical power."""
        return self.critical_power - self.recovery_power

    def where(self, kept: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Bouts:
        """The bouts marked, (bout,)."""
        return Bouts(*(getattr(self, column.name)[kept] for column in fields(self)))

    def without(self, study: str) -> Bouts:
        """All but one study's."""
        return self.where(self.study != study)

    def only(self, study: str) -> Bouts:
        """One study's."""
        return self.where(self.study == study)


def skiba_2012(bouts: Bouts) -> Floats:
    """The share of W′ that the integral model gives back in each bout, (bout,).

    Source:
        Skiba et al. (2012), Med. Sci. Sports Exerc. 44:1526-1532: 1 − e^(−t/τ), τ = 546·e^(−0.01·D) + 316, D being
        critical power less recovery power, as pypermod has it.
    """
    return constant_time(bouts, 546.0 * np.exp(-0.01 * bouts.below) + 316.0)


def skiba_2015(bouts: Bouts) -> Floats:
    """The share of W′ that the differential model gives back in each bout, (bout,).

    Source:
        Skiba et al. (2015), Eur. J. Appl. Physiol. 115:703-713: 1 − e^(−t/τ), τ = W′/D, as pypermod has it.
    """
    return np.asarray(-np.expm1(-bouts.below * bouts.duration / bouts.w_prime))


def bartram_2018(bouts: Bouts) -> Floats:
    """The share of W′ that the model made on elite track riders gives back in each bout, (bout,).

    Source:
        Bartram et al. (2018), Int. J. Sports Physiol. Perform. 13:724-728: 1 − e^(−t/τ), τ = 2287.2·D^(−0.688), as
        pypermod has it. At critical power itself τ is endless, and nothing comes back.
    """
    return np.asarray(-np.expm1(-bouts.duration * bouts.below**0.688 / 2287.2))


def constant_time(bouts: Bouts, time_constant: float | Seconds) -> Floats:
    """The share of W′ that comes back in each bout with a time constant, 1 − e^(−t/τ), (bout,)."""
    return np.asarray(-np.expm1(-bouts.duration / time_constant))


def constant_time_unseen(bouts: Bouts) -> Floats:
    """Each study's recovery by the one time constant that fits all other studies best in least squares, (bout,)."""
    found = np.empty(len(bouts))
    times = np.arange(30.0, 3000.5, 0.5)
    for study in bouts.studies:
        seen = bouts.without(study)
        misses = [float(np.sum((constant_time(seen, time) - seen.recovered) ** 2)) for time in times.tolist()]
        found[bouts.study == study] = constant_time(bouts.only(study), float(times[int(np.argmin(misses))]))
    return found
