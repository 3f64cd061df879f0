"""A ride that never was: made from physics and a seed, with the truth beside what the devices wrote.

The truth is what happened; the recording is what sensors with a resolution, a little noise and the faults asked for
made of it. Same seed, same ride.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

import numpy as np

from paceline.domain.devices import Device, Event
from paceline.domain.efforts import SECOND, Effort
from paceline.record.recordings import Recording
from paceline.record.streams import Floats, Stream
from paceline.simulate.courses import METRES_PER_DEGREE, Course, made_up_course
from paceline.simulate.faults import Fault, Injection
from paceline.simulate.riders import (
    PLAN,
    Phase,
    RoadLoad,
    cadence_of,
    heart_beats,
    heart_rate_of,
    wanted_power,
)

START = 1_714_809_600 * SECOND
"""2024-05-04T08:00:00Z."""

_STEPS = 4
"""Steps of the energy balance in a second: the sprint's start needs them."""

_BRAKING = 1.5
"""m/s², how a rider slows down for a stop."""


@dataclass(frozen=True, eq=False)
class Truth:
    """What happened, before any device looked.

    Attributes:
        stream: every second of the ride, pauses too, without noise or rounding; with slope, head wind and air density.
        load: the mass, drag area and the rest that made the speed.
        beats: (beat,), int64 ns UTC, when the heart beat.
        faults: what was broken on purpose, in the order given.
    """

    stream: Stream
    load: RoadLoad
    beats: np.ndarray[tuple[int], np.dtype[np.int64]]
    faults: tuple[Fault, ...]


@dataclass(frozen=True, eq=False)
class SimulatedRide:
    """A recording, and the truth beside it."""

    recording: Recording
    truth: Truth


def simulate_ride(seed: int, *, duration: int = 4500, faults: Sequence[Injection] = ()) -> SimulatedRide:
    """A ride with warm-up, five intervals, a café stop, tempo, two sprints and a way home, on a loop with hills.

    Args:
        seed: the same seed gives the same ride.
        duration: s from start to end, the stop included; all parts of the ride scale with it.
        faults: functions of `simulate.faults` with their places bound; each sees what those before it left.

    Returns:
        The recording as a head unit would have written it: 1 Hz, paused at the café, a lap a part. And the truth.

    Raises:
        ValueError: a duration of less than ten minutes, which would leave nothing of the shorter parts.

    >>> ride = simulate_ride(1, duration=900)
    >>> [lap.name for lap in ride.recording.laps][:3]
    ['warm-up', 'interval 1', 'recovery 1']
    """
    if duration < 600:
        raise ValueError(f"A simulated ride lasts at least 600 s, asked for {duration} s. Ask for more.")
    for_course, for_legs, for_heart, for_sensors = np.random.default_rng(seed).spawn(4)
    course, load = made_up_course(for_course), RoadLoad()
    marks = _marks(duration)
    happened = _happened(course, load, marks, for_legs)
    beats = START + np.round(heart_beats(happened.values["heart_rate"], for_heart) * 1000).astype(np.int64) * 1_000_000
    kept = np.concatenate([np.full(b - a, not p.stopped) for p, (a, b) in zip(PLAN, pairwise(marks), strict=True)])
    record, injected = _as_recorded(happened, np.append(kept, True), for_sensors), []
    for inject in faults:
        record, fault = inject(record)
        injected.append(fault)
    streams = {"record": record, "rr": _intervals(beats, marks)}
    return SimulatedRide(_recording(streams, marks), Truth(happened, load, beats, tuple(injected)))


def _marks(duration: int) -> list[int]:
    """Second at which each phase begins, and the one at which the ride ends."""
    shares = np.concatenate([[0.0], np.cumsum([phase.share for phase in PLAN])])
    marks: list[int] = np.round(shares / shares[-1] * duration).astype(int).tolist()
    return marks


def _happened(course: Course, load: RoadLoad, marks: list[int], generator: np.random.Generator) -> Stream:
    speed_of_wind, wind_from = generator.uniform(0.5, 2.5), generator.uniform(0.0, 360.0)
    path = np.arange(0.0, course.length, 10.0)
    slopes = course.slope(path).tolist()
    winds = (speed_of_wind * np.cos(np.radians(wind_from - course.heading(path)))).tolist()
    effort = _unsteadiness(marks[-1], generator)
    power, speed, distance = _ridden(load, marks, slopes=slopes, winds=winds, effort=effort.tolist())
    latitude, longitude = course.position(distance)
    place = (distance // 10.0).astype(int) % len(path)
    seconds = np.arange(len(power))
    values = {
        "power": power,
        "heart_rate": heart_rate_of(power),
        "cadence": cadence_of(speed, power),
        "speed": speed,
        "distance": distance,
        "altitude": course.altitude(distance),
        "latitude": latitude,
        "longitude": longitude,
        "slope": np.asarray(slopes)[place],
        "head_wind": np.asarray(winds)[place],
        "air_density": np.full(len(power), load.air_density),
        "temperature": 17.0 + 5.0 * np.sin(np.pi * seconds / 14_400.0),
        "left_balance": np.where(power > 0.0, 0.49 + 0.02 * np.sin(seconds / 300.0), np.nan),
    }
    return Stream("record", START + seconds.astype(np.int64) * SECOND, values)


def _unsteadiness(seconds: int, generator: np.random.Generator) -> Floats:
    """Share by which the legs miss what the head wants, (second,): noise that forgets itself in a few seconds."""
    return _wander(generator, seconds, spread=0.07, memory=0.7)


def _wander(generator: np.random.Generator, count: int, *, spread: float, memory: float) -> Floats:
    """First-order autoregressive noise of mean 0, (count,)."""
    value, out = 0.0, np.empty(count)
    for index, push in enumerate((generator.normal(0.0, spread, count) * (1.0 - memory**2) ** 0.5).tolist()):
        value = memory * value + push
        out[index] = value
    return out


def _ridden(
    load: RoadLoad, marks: list[int], *, slopes: list[float], winds: list[float], effort: list[float]
) -> tuple[Floats, Floats, Floats]:
    """Mean power of the second before, speed and distance at each second, (second + 1,) each, from rest."""
    speed = distance = 0.0
    rows = [(0.0, 0.0, 0.0)]
    for number, (phase, (begin, end)) in enumerate(zip(PLAN, pairwise(marks), strict=True)):
        halts = number + 1 == len(PLAN) or PLAN[number + 1].stopped
        for second in range(begin, end):
            target = phase.first_power + (phase.last_power - phase.first_power) * (second - begin) / (end - begin)
            limit = _BRAKING * max(end - second - 2, 0) if halts else np.inf
            given = 0.0
            for _ in range(_STEPS):
                piece = int(distance / 10.0) % len(slopes)
                power = wanted_power(phase, target=target, slope=slopes[piece], speed=speed) * (
                    1.0 + effort[second] * (0.4 if phase.steady else 1.0)
                )
                power = power if speed < limit else 0.0
                step = partial(load.next_speed, slope=slopes[piece], head_wind=winds[piece], step=1.0 / _STEPS)
                after = 0.0 if phase.stopped else min(step(speed, power=power), limit)
                distance += (speed + after) / 2.0 / _STEPS
                speed, given = after, given + power / _STEPS
            rows.append((given, speed, distance))
    power_, speed_, distance_ = np.array(rows).T.copy()
    return power_, speed_, distance_


def _as_recorded(
    happened: Stream, kept: np.ndarray[tuple[int], np.dtype[np.bool_]], rng: np.random.Generator
) -> Stream:
    """What the sensors make of it: noise, resolution, and no reading while the head unit is paused."""
    truth = happened.values
    size = len(happened)
    noisy = {
        "power": truth["power"] * (1.0 + rng.normal(0.0, 0.01, size)),
        "altitude": truth["altitude"] + _wander(rng, size, spread=0.6, memory=0.995),
        "latitude": truth["latitude"] + _wander(rng, size, spread=1.5, memory=0.98) / METRES_PER_DEGREE,
        "longitude": truth["longitude"] + _wander(rng, size, spread=1.5, memory=0.98) / METRES_PER_DEGREE,
        "left_balance": truth["left_balance"] + rng.normal(0.0, 0.01, size),
    }
    steps = _STEPS_IN_A_UNIT.items()
    values = {name: (np.round(noisy.get(name, truth[name]) * count) / count)[kept] for name, count in steps}
    return Stream("record", happened.time[kept], values)


_STEPS_IN_A_UNIT = {
    "power": 1,
    "heart_rate": 1,
    "cadence": 1,
    "speed": 1000,
    "distance": 100,
    "altitude": 5,
    "latitude": 2**31 / 180.0,
    "longitude": 2**31 / 180.0,
    "temperature": 1,
    "left_balance": 100,
}
"""Channel → how finely head units write it."""


def _intervals(beats: np.ndarray[tuple[int], np.dtype[np.int64]], marks: list[int]) -> Stream:
    """Time from beat to beat, without those of the pause: the head unit writes nothing then."""
    pause = next(number for number, phase in enumerate(PLAN) if phase.stopped)
    seconds = (beats[1:] - START) / SECOND
    heard = (seconds < marks[pause]) | (seconds >= marks[pause + 1] + 2.0)
    return Stream("rr", beats[1:][heard], {"rr_interval": (np.diff(beats) / SECOND)[heard]})


def _recording(streams: dict[str, Stream], marks: list[int]) -> Recording:
    def instant(second: int) -> int:
        return START + second * SECOND

    def lap(phase: Phase, begin: int, end: int) -> Effort:
        return Effort(phase.name, instant(begin), instant(end), "lap", sport="cycling")

    parts = list(zip(PLAN, pairwise(marks), strict=True))
    pauses = [(begin, end) for phase, (begin, end) in parts if phase.stopped]
    turns = [(0, "start"), *((t, a) for begin, end in pauses for t, a in ((begin, "stop_all"), (end, "start")))]
    return Recording(
        streams=streams,
        device=Device("recorder", product="simulated head unit", software="1.0"),
        sport="cycling",
        laps=tuple(lap(phase, begin, end) for phase, (begin, end) in parts if not phase.stopped),
        sessions=(Effort("cycling", START, instant(marks[-1]), "session", sport="cycling"),),
        events=tuple(Event(instant(t), "timer", action) for t, action in (*turns, (marks[-1], "stop_all"))),
        sensors=(Device("power", product="simulated crank"), Device("heart_rate", product="simulated strap")),
        utc_offset=-7200,
    )
