"""Sessions in a gym that never was: athletes, exercises and sensors from a seed, with the truth beside them.

An exercise turns the forearm between two attitudes and pushes it along; the sensor on it feels gravity from a changing
side and the push. Athletes differ in tempo and range, tire within a set, and wear the watch their own way. What the
devices record has their rates, resolution and noise; packets come twice and get lost. Same seed, same gym.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from paceline.domain.devices import Device
from paceline.domain.efforts import SECOND, Effort
from paceline.domain.errors import NotPlausible
from paceline.record.recordings import Recording
from paceline.record.streams import Stream
from paceline.simulate.gym_variety import Cohorts, fault, in_style, profile

Floats = npt.NDArray[np.float64]

START = 1_714_809_600 * SECOND
"""2024-05-04T08:00:00Z."""
GRAVITY = 9.80665
FINE = 100
"""Steps of the motion in a second; sensors read it at their own rates."""
RATES = {"acceleration": 49.0, "rotation": 25.0, "strain": 10.0}
"""True rates: the watch claims 50."""
PLACES = ("left wrist", "right wrist")


@dataclass(frozen=True, slots=True)
class Movement:
    """One exercise as the forearm does it.

    Attributes:
        name: of the exercise.
        group: muscle group.
        attitude: direction of gravity in the forearm's axes at rest, x along it.
        turn: axis about which it turns, and by how many radians in a repetition.
        push: largest acceleration of a repetition, m/s², along each axis.
        period: s of a repetition.
        lifting: share of a repetition that is the way up.
    """

    name: str
    group: str
    attitude: tuple[float, float, float]
    turn: tuple[float, float, float, float]
    push: tuple[float, float, float]
    period: float
    lifting: float = 0.45


MOVEMENTS = (
    Movement("biceps-curl", "arms", (1.0, 0.0, 0.1), (0.0, 1.0, 0.0, 2.2), (1.0, 0.2, 1.5), 2.4),
    Movement("triceps-extension", "arms", (-0.3, 0.0, -1.0), (0.0, 1.0, 0.1, 1.3), (0.8, 0.3, 1.2), 2.1),
    Movement("lateral-raise", "shoulders", (0.9, 0.4, 0.0), (0.0, 0.2, 1.0, 1.4), (0.5, 1.8, 0.3), 2.8),
    Movement("shoulder-press", "shoulders", (-1.0, 0.1, 0.0), (1.0, 0.0, 0.1, 0.4), (3.2, 0.3, 0.4), 2.6),
    Movement("bench-press", "chest", (-0.9, 0.0, 0.4), (0.0, 1.0, 0.0, 0.3), (2.2, 0.2, 1.0), 3.0),
    Movement("bent-row", "back", (0.95, -0.3, 0.0), (0.0, 0.3, 1.0, 0.7), (2.6, 1.4, 0.2), 1.9),
)
_BY_NAME = {one.name: one for one in MOVEMENTS}


@dataclass(frozen=True, slots=True)
class Athlete:
    """Who trains.

    Attributes:
        name: a pseudonym.
        tempo: factor on durations.
        reach: factor on ranges.
        mount: how the watch sits: turns about three axes, radians.
        age_group: "" where the gym has no cohorts.
        sex: likewise.
        proficiency: likewise.
    """

    name: str
    tempo: float
    reach: float
    mount: tuple[float, float, float]
    age_group: str = ""
    sex: str = ""
    proficiency: str = ""


@dataclass(frozen=True, slots=True)
class TrueSet:
    """What was done.

    Attributes:
        exercise: of `MOVEMENTS`.
        group: muscle group.
        start: int64 ns UTC.
        stop: int64 ns UTC.
        repetitions: done.
        weight: kg.
        faults: of each repetition, "" for a good one.
        begins: of each repetition, int64 ns UTC.
    """

    exercise: str
    group: str
    start: int
    stop: int
    repetitions: int
    weight: float
    faults: tuple[str, ...] = ()
    begins: tuple[int, ...] = ()


@dataclass(frozen=True, eq=False)
class GymSession:
    """One session: what each place recorded, and the truth.

    Attributes:
        athlete: who.
        name: unique.
        recordings: one a place, on its own clock.
        sets: what was done, in time order.
    """

    athlete: Athlete
    name: str
    recordings: tuple[Recording, ...]
    sets: tuple[TrueSet, ...]


def simulate_gym(
    seed: int, *, athletes: int = 3, sessions: int = 2, sets: int = 2, places: Sequence[str] = PLACES[:1],
    faulty: float = 0.0, cohorts: Cohorts = "none",
) -> tuple[GymSession, ...]:  # fmt: skip
    """Sessions of several athletes.

    Args:
        seed: the same seed gives the same gym.
        athletes: how many.
        sessions: of each.
        sets: of each exercise in a session.
        places: where sensors are worn.
        faulty: share of repetitions that are short, hurried or jerky.
        cohorts: whether athletes have an age group, sex and proficiency, and whether beginners move their own way.

    Raises:
        NotPlausible: counts below 1, none or unknown places, or a share outside 0 to 1.

    >>> first = simulate_gym(1, athletes=1, sessions=1, sets=1)[0]
    >>> len(first.sets), sorted(first.recordings[0].streams)
    (6, ['acceleration', 'rotation', 'strain'])
    """
    if min(athletes, sessions, sets) < 1 or not places or set(places) - set(PLACES):
        raise NotPlausible("a gym", expected=f"athletes, sessions and sets, and places among {', '.join(PLACES)}")
    if not 0.0 <= faulty <= 1.0:
        raise NotPlausible("the share of bad repetitions", expected="0 to 1")
    generator = np.random.default_rng(seed)
    found = []
    for number in range(athletes):
        who = Athlete(
            f"athlete-{number + 1}", float(np.exp(generator.normal(0, 0.12))), float(np.exp(generator.normal(0, 0.1))),
            (float(generator.normal(0, 0.25)), float(generator.normal(0, 0.1)), float(generator.normal(0, 0.1))),
            *profile(number, cohorts),
        )  # fmt: skip
        for day in range(sessions):
            begin = START + (day * 86_400 * 2 + number * 7_200) * SECOND
            ways = {
                one.name: in_style(one, _BY_NAME, proficiency=who.proficiency, cohorts=cohorts) for one in MOVEMENTS
            }
            name, own = f"{who.name}-{day + 1}", generator.spawn(1)[0]
            found.append(_session(who, name, begin, sets, places, tuple(ways.values()), faulty, own))
    return tuple(found)


def _session(
    who: Athlete, name: str, begin: int, sets: int, places: Sequence[str], ways: Sequence[Movement], faulty: float,
    generator: np.random.Generator,
) -> GymSession:  # fmt: skip
    """Sets of every exercise with rests between them."""
    pieces, done, at = [_rest(20.0, MOVEMENTS[0], generator)], [], 20.0
    for movement in generator.permutation(np.arange(len(MOVEMENTS))).tolist():
        for _ in range(sets):
            one, repetitions = ways[movement], int(generator.integers(6, 13))
            motion, faults, begins = _done(one, who, repetitions, faulty, generator)
            length = len(motion) / FINE
            start = begin + round(at * SECOND)
            weight = float(generator.integers(4, 17)) * 2.5
            stop = start + round(length * SECOND)
            times = tuple(start + round(step / FINE * SECOND) for step in begins)
            done.append(TrueSet(one.name, one.group, start, stop, repetitions, weight, faults, times))
            pause = float(generator.uniform(15.0, 25.0))
            pieces += [motion, _rest(pause, one, generator)]
            at += length + pause
    motion = np.concatenate(pieces)
    recordings = tuple(_recorded(motion, who, place, begin, tuple(done), generator) for place in places)
    return GymSession(who, name, recordings, tuple(done))


def _done(
    one: Movement, who: Athlete, repetitions: int, faulty: float, generator: np.random.Generator
) -> tuple[Floats, tuple[str, ...], list[int]]:
    """A set as in `_step`, and each repetition's fault and first step."""
    angles, pushes, faults, begins, at = [], [], [], [], 0
    for number in range(repetitions):
        bad = fault(faulty, generator)
        period = one.period * who.tempo * (1.0 + 0.015 * number) * float(np.exp(generator.normal(0, 0.05))) * bad.tempo
        up, down = round(period * one.lifting * FINE), round(period * (1 - one.lifting) * FINE)
        phase = np.concatenate(
            [np.linspace(0, np.pi, up, endpoint=False), np.linspace(np.pi, 2 * np.pi, down, endpoint=False)]
        )
        reach, tempo = who.reach * bad.reach, who.tempo * bad.tempo
        shake = bad.shake * np.sin(phase / 2) * np.sin(2 * np.pi * 5.0 * np.arange(len(phase)) / FINE)
        angles.append(one.turn[3] * reach * (1 - np.cos(phase)) / 2)
        pushes.append(np.outer(np.cos(phase), one.push) * reach / tempo**2 + shake[:, None])
        faults.append(bad.name)
        begins.append(at)
        at += len(phase)
    return _step(one, np.concatenate(angles), np.concatenate(pushes)), tuple(faults), begins


def _rest(seconds: float, one: Movement, generator: np.random.Generator) -> Floats:
    """Standing about: the arm hangs and swings a little, without a rhythm."""
    size = round(seconds * FINE)
    wander = np.cumsum(generator.normal(0, 1.0, (size, 3)), axis=0)
    wander -= np.linspace(0, 1, size)[:, None] * wander[-1]
    hanging = Movement("", one.group, (1.0, 0.1, 0.1), (0.0, 1.0, 0.3, 1.0), (0.0, 0.0, 0.0), 1.0)
    return _step(hanging, 0.02 * wander[:, 0], 0.01 * wander)


def _step(one: Movement, angle: Floats, push: Floats) -> Floats:
    attitude = np.asarray(one.attitude) / np.linalg.norm(one.attitude)
    axis = np.asarray(one.turn[:3]) / np.linalg.norm(one.turn[:3])
    fixed = np.tile([*attitude, *axis], (len(angle), 1))
    return np.column_stack([fixed, angle, push])


def _felt(motion: Floats, who: Athlete) -> dict[str, Floats]:
    """Acceleration, rotation and strain at every step, in the axes of the watch as it is worn."""
    attitude, axis, angle, push = motion[:, :3], motion[:, 3:6], motion[:, 6:7], motion[:, 7:]
    # Rodrigues: gravity's direction turned back about the axis by the forearm's angle
    down = (
        attitude * np.cos(angle)
        + np.cross(axis, attitude) * np.sin(-angle)
        + axis * (axis * attitude).sum(axis=1, keepdims=True) * (1 - np.cos(angle))
    )
    rate = np.gradient(angle[:, 0], 1.0 / FINE)
    rate = np.convolve(np.clip(rate, -12.0, 12.0), np.ones(5) / 5, "same")
    mount = _mounted(who.mount)
    return {
        "acceleration": (GRAVITY * down + push) @ mount.T,
        "rotation": (axis * rate[:, None]) @ mount.T,
        "strain": np.abs(angle[:, 0]) * 0.05,
    }


def _mounted(angles: tuple[float, float, float]) -> Floats:
    found = np.eye(3)
    for axis, angle in enumerate(angles):
        turn = np.eye(3)
        one, two = (axis + 1) % 3, (axis + 2) % 3
        turn[one, one] = turn[two, two] = np.cos(angle)
        turn[two, one], turn[one, two] = np.sin(angle), -np.sin(angle)
        found = turn @ found
    return found


def _recorded(
    motion: Floats, who: Athlete, place: str, begin: int, sets: tuple[TrueSet, ...], generator: np.random.Generator
) -> Recording:
    """What one place's sensors read, each at its own rate and from its own start."""
    felt = _felt(motion, who)
    noise = {"acceleration": 0.15, "rotation": 0.03, "strain": 0.001}
    if place.startswith("right"):
        felt = {kind: values * [1.0, -1.0, 1.0] if values.ndim == 2 else values for kind, values in felt.items()}
    streams = {}
    for kind, values in felt.items():
        table = values.reshape(len(values), -1)
        seconds = np.arange(float(generator.uniform(0, 0.1)), (len(table) - 1) / FINE, 1.0 / RATES[kind])
        columns = [np.interp(seconds * FINE, np.arange(len(table)), column) for column in table.T]
        read = [column + generator.normal(0, noise[kind], len(seconds)) for column in columns]
        names = [kind] if len(read) == 1 else [f"{kind}_{axis}" for axis in "xyz"]
        time = begin + np.rint(seconds * SECOND).astype(np.int64)
        streams[kind] = Stream(kind, time, dict(zip(names, read, strict=True)))
    laps = tuple(
        Effort(one.exercise, one.start, one.stop, "lap", {"repetitions": float(one.repetitions), "weight": one.weight})
        for one in sets
    )
    return Recording(streams, Device("motion"), sport="strength", laps=laps, notes={"place": place})
