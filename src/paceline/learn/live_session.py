"""A strength session as its packets come: what is done each second, how often, and each set once it is over.

Packets of several sensors meet on one grid, a second at a time, once every sensor that the model needs has sent that
second or is too far behind. A set begins with the first second in which an exercise is recognised, and is over after
some seconds in which none is; its exercise is what was said through all of it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from paceline.domain.efforts import SECOND
from paceline.learn.counting import Counter
from paceline.learn.live_count import LiveCount
from paceline.learn.live_recognition import Answer, LiveRecognition, live_recognition
from paceline.learn.model_file import Model
from paceline.learn.scores import Shares
from paceline.learn.sets import NONE, Floats32
from paceline.learn.windows import Nanoseconds, at_points
from paceline.record.packets import Packet

REST = 3
"""Seconds without an exercise after which a set is over."""
SHORTEST = 4
"""Seconds in which an exercise was recognised, below which it was no set: an arm that swings once is not training."""
BEHIND = 2 * SECOND
"""How far one sensor may be behind another before it is no longer waited for."""
KEPT = 8 * SECOND
"""Of what sensors sent: more than any is behind, and than one second needs around it."""


@dataclass(frozen=True, slots=True)
class Second:
    """What is said of one second.

    Attributes:
        time: int64 ns UTC, its end.
        state: "too little", "still" or "moving".
        exercise: the likeliest, or None where none is recognised.
        probability: of it, 0 to 1; NaN where nothing was asked of the model.
        repetitions: of the set so far; 0 outside of one.
    """

    time: int
    state: str
    exercise: str | None
    probability: float
    repetitions: int


@dataclass(frozen=True, slots=True)
class DoneSet:
    """A set that is over.

    Attributes:
        start: int64 ns UTC.
        stop: int64 ns UTC.
        exercise: what was said through all of it.
        probability: mean over its seconds.
        repetitions: counted.
    """

    start: int
    stop: int
    exercise: str
    probability: float
    repetitions: int


@dataclass(eq=False)
class _Sensor:
    time: Nanoseconds
    values: Floats32

    def add(self, time: Nanoseconds, values: Floats32) -> None:
        newest = int(self.time[-1]) if len(self.time) else -(2**62)
        keep = time > np.maximum.accumulate(np.concatenate([[newest], time]))[:-1]
        clock = np.concatenate([self.time, time[keep]])
        recent = clock > (int(clock[-1]) if len(clock) else 0) - KEPT
        self.time, self.values = clock[recent], np.concatenate([self.values, values[keep]])[recent]


@dataclass(eq=False)
class LiveSession:
    """A session that is being followed.

    Attributes:
        model: that recognises; it has to reproduce its own test vector before it is used.
        counter: with the habits of whom it counts for.
    """

    model: Model
    counter: Counter = field(default_factory=Counter)
    _live: LiveRecognition = field(init=False)
    _sensors: dict[str, _Sensor] = field(default_factory=dict)
    _upto: int | None = None
    _recent: Floats32 = field(default_factory=lambda: np.empty((0, 3), np.float32))
    _count: LiveCount | None = None
    _said: list[tuple[int, Shares]] = field(default_factory=list)
    _idle: int = 0

    def __post_init__(self) -> None:
        """The model is proven here.

        Raises:
            NotPlausible: it doesn't reproduce its own test vector.
        """
        self._live = live_recognition(self.model)

    def fed(self, packet: Packet) -> list[Second | DoneSet]:
        """What a packet brings to light. Streams that the model does not take are passed over."""
        if not packet.count:
            return []
        wanted = self._columns(packet)
        if not wanted:
            return []
        values = packet.values()
        table = np.stack([values[name] for name in wanted.values()], axis=1).astype(np.float32)
        key = "\0".join(wanted)
        if key not in self._sensors:
            self._sensors[key] = _Sensor(np.empty(0, np.int64), np.empty((0, len(wanted)), np.float32))
        self._sensors[key].add(packet.time(), table)
        return self._seconds(last=False)

    def ended(self) -> list[Second | DoneSet]:
        """What was held back, when nothing more is to come."""
        found = self._seconds(last=True)
        return [*found, *self._over()]

    def _columns(self, packet: Packet) -> dict[str, str]:
        """Column of the model → channel of the packet; a device is named for where it is worn: `left-wrist`."""
        place = packet.device.replace("-", " ")
        names = {form: name for name in packet.description.channels for form in (name, f"{place} {name}")}
        return {column: names[column] for column in self.model.channels if column in names}

    def _seconds(self, *, last: bool) -> list[Second | DoneSet]:
        fronts = {key: int(one.time[-1]) for key, one in self._sensors.items() if len(one.time)}
        known = {column for key in fronts for column in key.split("\0")}
        if not fronts or (not last and known < set(self.model.channels) and not self._waited(fronts)):
            return []
        lead = max(fronts.values())
        upto = lead if last else max(min(fronts.values()), lead - BEHIND)
        if self._upto is None:
            self._upto = min(int(one.time[0]) for one in self._sensors.values() if len(one.time))
        found: list[Second | DoneSet] = []
        while self._upto + SECOND <= upto:
            found += self._second(self._upto)
            self._upto += SECOND
        return found

    def _waited(self, fronts: dict[str, int]) -> bool:
        begin = min(int(one.time[0]) for one in self._sensors.values() if len(one.time))
        return max(fronts.values()) - begin > BEHIND

    def _second(self, begin: int) -> list[Second | DoneSet]:
        """One second of all sensors to the recogniser and the counter."""
        points = begin + np.rint(np.arange(round(self.model.rate)) * (SECOND / self.model.rate)).astype(np.int64)
        rows = np.full((len(points), len(self.model.channels)), np.nan, np.float32)
        for key, sensor in self._sensors.items():
            grid, sound = at_points(sensor.time, sensor.values, points=points)
            columns = [self.model.channels.index(name) for name in key.split("\0")]
            rows[:, columns] = np.where(sound[:, None], grid, np.float32(np.nan))
        self._live, answers = self._live.fed(points, rows)
        found: list[Second | DoneSet] = []
        motion = rows[:, :3][np.isfinite(rows[:, :3]).all(axis=1)]
        self._recent = np.concatenate([self._recent, motion])[-self.model.architecture.samples :]
        if self._count is not None:
            self._count = self._count.fed(motion)
        for answer in answers:
            found += self._answered(answer)
        return found

    def _answered(self, answer: Answer) -> list[Second | DoneSet]:
        exercise, share = self._recognised(answer)
        if exercise is None:
            self._idle += 1
        else:
            self._idle = 0
            if self._count is None:
                self._count = LiveCount(self.counter, self.model.rate).fed(self._recent)
            self._said.append((answer.time, answer.probabilities))
        over = self._over() if self._idle >= REST else []
        done = self._count.count if self._count is not None else 0
        return [*over, Second(answer.time, answer.state, exercise, share, done)]

    def _recognised(self, answer: Answer) -> tuple[str | None, float]:
        if answer.state != "moving":
            return None, float("nan")
        best = int(answer.probabilities.argmax())
        label = self.model.labels[best]
        return None if label == NONE else label, float(answer.probabilities[best])

    def _over(self) -> list[Second | DoneSet]:
        said, count = self._said, self._count
        self._count, self._said, self._idle = None, [], 0
        if count is None or len(said) < SHORTEST:
            return []
        shares = np.mean([share for _, share in said], axis=0)
        if NONE in self.model.labels:
            shares[self.model.labels.index(NONE)] = -1.0
        best = int(shares.argmax())
        length = round(self.model.architecture.samples / self.model.rate * SECOND)
        return [DoneSet(said[0][0] - length, said[-1][0], self.model.labels[best], float(shares[best]), count.count)]


def document(one: Second | DoneSet) -> dict[str, Any]:
    """As JSON can hold it."""
    if isinstance(one, DoneSet):
        return {"kind": "set", "start_s": one.start / SECOND, "stop_s": one.stop / SECOND, "exercise": one.exercise,
                "probability": round(one.probability, 3), "repetitions": one.repetitions}  # fmt: skip
    share = None if np.isnan(one.probability) else round(one.probability, 3)
    return {"kind": "second", "time_s": one.time / SECOND, "state": one.state, "exercise": one.exercise,
            "probability": share, "repetitions": one.repetitions}  # fmt: skip
