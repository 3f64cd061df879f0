"""What devices do to good data: faults put into a stream on purpose, each with a record of what was done where.

Every function takes a stream and gives the damaged one and its `Fault`; the stream it was given stays as it was.
`at` and `duration` are seconds from the stream's first sample. None marks the readings it changed: to find them is the
work of what is tested.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from paceline.domain.efforts import SECOND
from paceline.record.streams import Floats, Stream


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that was broken.

    Attributes:
        kind: the name of the function that broke it.
        channel: what was broken; "time" for the clock itself.
        start: int64 ns UTC of the first reading concerned, by the clock before the fault.
        stop: int64 ns UTC, the first instant that is good again.
    """

    kind: str
    channel: str
    start: int
    stop: int


Injection = Callable[[Stream], tuple[Stream, Fault]]
"""A fault with its place and size bound: `functools.partial(power_spike, at=600.0)`."""


def power_spike(stream: Stream, *, at: float, value: float = 2600.0) -> tuple[Stream, Fault]:
    """One reading that no rider can give, as a magnetic reed or a lost radio packet makes it."""

    def spiked(old: Floats) -> Floats:
        return np.full_like(old, value)

    return _overwritten(stream, "power_spike", channel="power", at=at, duration=1.0, with_=spiked)


def zero_dropout(stream: Stream, *, channel: str, at: float, duration: float) -> tuple[Stream, Fault]:
    """Zeros where nothing was measured: a head unit that writes 0 when the sensor is silent."""
    return _overwritten(stream, "zero_dropout", channel=channel, at=at, duration=duration, with_=np.zeros_like)


def missing_readings(stream: Stream, *, channel: str, at: float, duration: float) -> tuple[Stream, Fault]:
    """NaN where nothing was measured: a head unit that says so when the sensor is silent."""

    def nothing(old: Floats) -> Floats:
        return np.full_like(old, np.nan)

    return _overwritten(stream, "missing_readings", channel=channel, at=at, duration=duration, with_=nothing)


def flat_line(stream: Stream, *, channel: str, at: float, duration: float) -> tuple[Stream, Fault]:
    """The last value again and again: a head unit that repeats what it knows."""

    def held(old: Floats) -> Floats:
        return np.full_like(old, old[0])

    return _overwritten(stream, "flat_line", channel=channel, at=at, duration=duration, with_=held)


def strap_noise(stream: Stream, *, at: float, duration: float, seed: int = 0) -> tuple[Stream, Fault]:
    """Heart rates that jump about: a dry strap, or a jersey that charges it."""

    def jumping(old: Floats) -> Floats:
        return np.round(np.random.default_rng(seed).uniform(40.0, 230.0, old.shape))

    return _overwritten(stream, "strap_noise", channel="heart_rate", at=at, duration=duration, with_=jumping)


def gap(stream: Stream, *, at: float, duration: float) -> tuple[Stream, Fault]:
    """Samples that were never written, while the clock went on."""
    lost, fault = _place(stream, "gap", channel="time", at=at, duration=duration)
    kept = np.ones(len(stream), dtype=bool)
    kept[lost] = False
    values = {name: column[kept] for name, column in stream.values.items()}
    flags = {name: column[kept] for name, column in stream.flags.items()}
    return replace(stream, time=stream.time[kept], values=values, flags=flags), fault


def repeated_time(stream: Stream, *, at: float, duration: float) -> tuple[Stream, Fault]:
    """Samples that all carry the time of the first of them."""
    stuck, fault = _place(stream, "repeated_time", channel="time", at=at, duration=duration)
    time = stream.time.copy()
    time[stuck] = time[stuck.start]
    return replace(stream, time=time), fault


def backward_time(stream: Stream, *, at: float, duration: float, back: float = 3600.0) -> tuple[Stream, Fault]:
    """A clock that was set back by `back` seconds and then put right: a head unit that lost its satellites."""
    wrong, fault = _place(stream, "backward_time", channel="time", at=at, duration=duration)
    time = stream.time.copy()
    time[wrong] -= round(back * SECOND)
    return replace(stream, time=time), fault


def _overwritten(
    stream: Stream, kind: str, *, channel: str, at: float, duration: float, with_: Callable[[Floats], Floats]
) -> tuple[Stream, Fault]:
    where, fault = _place(stream, kind, channel=channel, at=at, duration=duration)
    column = stream.values[channel].copy()
    column[where] = with_(column[where])
    return replace(stream, values={**stream.values, channel: column}), fault


def _place(stream: Stream, kind: str, *, channel: str, at: float, duration: float) -> tuple[slice, Fault]:
    """The samples from `at` on for `duration`; a fault that would touch none is a mistake of the caller."""
    begin = int(stream.time[0]) + round(at * SECOND) if len(stream) else 0
    stop = begin + round(duration * SECOND)
    first, last = np.searchsorted(stream.time, [begin, stop]).tolist()
    if at < 0 or first == last:
        raise ValueError(f"{kind} at {at} s for {duration} s touches no sample of {stream.name!r}. Put it inside.")
    return slice(first, last), Fault(kind, channel, int(stream.time[first]), stop)
