"""Recognition as packets come: an answer each second, from the last window of what was worn.

Packets may hold any number of samples and come twice or late: samples that don't come after the newest one are passed
over. Where a window would touch a hole, the answer is that there is none. While the arm is still nothing is asked of
the model: a network has an opinion of everything.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

import numpy as np

from paceline.domain.efforts import SECOND
from paceline.domain.errors import NotPlausible
from paceline.learn.model_file import Model
from paceline.learn.runtime import Runtime
from paceline.learn.scores import Shares
from paceline.learn.sets import Floats32
from paceline.learn.windows import Nanoseconds, at_points

State: TypeAlias = Literal["too little", "still", "moving"]

STILL = 0.25
"""m/s²: root mean square deviation of the acceleration in the last second below which the arm is still."""


@dataclass(frozen=True, eq=False)
class Answer:
    """What is said at one second.

    Attributes:
        time: int64 ns UTC, the end of the window.
        state: "too little" where there is no whole window without holes yet.
        probabilities: (label,), NaN unless moving.
    """

    time: int
    state: State
    probabilities: Shares


@dataclass(frozen=True, eq=False)
class LiveRecognition:
    """A recogniser in use; feeding gives the next one and its answers.

    Attributes:
        model: in use.
        runtime: of the model, proven.
        time: of the samples kept, int64 ns UTC.
        values: (sample, channel), those of the model, in its order.
        due: int64 ns UTC of the next answer, or None before the first sample.
    """

    model: Model
    runtime: Runtime
    time: Nanoseconds = field(default_factory=lambda: np.empty(0, np.int64))
    values: Floats32 = field(default_factory=lambda: np.empty((0, 0), np.float32))
    due: int | None = None

    def fed(self, time: Nanoseconds, values: Floats32) -> tuple[LiveRecognition, tuple[Answer, ...]]:
        """After one packet: the next state, and the answers that fell due.

        Args:
            time: (sample,), int64 ns UTC.
            values: (sample, channel), in the model's order.

        Raises:
            NotPlausible: another number of channels than the model has.
        """
        if values.ndim != 2 or values.shape != (len(time), len(self.model.channels)):
            raise NotPlausible("a packet", expected=f"{len(self.model.channels)} channels and a time for each sample")
        before = self.values.reshape(-1, len(self.model.channels))
        newest = int(self.time[-1]) if len(self.time) else -(2**62)
        keep = time > np.maximum.accumulate(np.concatenate([[newest], time]))[:-1]
        clock, held = np.concatenate([self.time, time[keep]]), np.concatenate([before, values[keep]])
        if not len(clock):
            return self, ()
        due = self.due if self.due is not None else int(clock[0]) + self._length
        if int(clock[-1]) - due > 60 * SECOND:  # after a long silence only the last second is of interest
            due += (int(clock[-1]) - due) // SECOND * SECOND
        answers = []
        while due <= int(clock[-1]):
            answers.append(self._answer(clock, held, due))
            due += SECOND
        recent = clock >= due - self._length - 2 * SECOND
        return replace(self, time=clock[recent], values=held[recent], due=due), tuple(answers)

    @property
    def _length(self) -> int:
        return round(self.model.architecture.samples / self.model.rate * SECOND)

    def _answer(self, time: Nanoseconds, values: Floats32, due: int) -> Answer:
        samples = self.model.architecture.samples
        points = due - np.rint(np.arange(samples)[::-1] * (SECOND / self.model.rate)).astype(np.int64)
        grid, sound = at_points(time, values, points=points)
        nothing = np.full(len(self.model.labels), np.nan)
        if not sound.all():
            return Answer(due, "too little", nothing)
        last = grid[-max(round(self.model.rate), 2) :, :3]
        if float(np.sqrt(last.var(axis=0).sum())) < STILL:
            return Answer(due, "still", nothing)
        return Answer(due, "moving", self.runtime.probabilities(grid[None])[0].astype(np.float64))


def live_recognition(model: Model) -> LiveRecognition:
    """A model ready for packets.

    Raises:
        NotPlausible: it doesn't reproduce its own test vector.
    """
    return LiveRecognition(model, model.runtime())
