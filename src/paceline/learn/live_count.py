"""Repetitions as they happen: what the counter says of the set so far, second by second.

The whole set so far is counted anew with each second that comes: a set is short, and the period that is likeliest often
changes after the first few repetitions. The count that is shown never goes down by less than two, so that it does not
flicker when a last half turn comes and goes.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from paceline.learn.counting import LEAST, Counter
from paceline.learn.sets import Floats32

LONGEST = 600.0
"""s of one set; what is older no longer counts."""


@dataclass(frozen=True, eq=False)
class LiveCount:
    """A count in progress; feeding gives the next one.

    Attributes:
        counter: with the habits of whom it counts for.
        rate: samples a second.
        exercise: where it is known.
        motion: so far, (sample, axis).
        count: so far.
    """

    counter: Counter
    rate: float
    exercise: str = ""
    motion: Floats32 = field(default_factory=lambda: np.empty((0, 3), np.float32))
    count: int = 0

    def fed(self, samples: Floats32) -> LiveCount:
        """The count after more samples, (sample, axis), on the same even grid."""
        motion = np.concatenate([self.motion, samples])[-round(LONGEST * self.rate) :]
        if len(motion) < (LEAST + 1.0) * self.rate:
            return replace(self, motion=motion)
        said = self.counter.count(motion, rate=self.rate, exercise=self.exercise)
        steady = self.count if self.count - 2 < said <= self.count else said
        return replace(self, motion=motion, count=steady)
