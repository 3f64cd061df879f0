"""A pursuit that never was: from a standing start on a velodrome, with leaning bends, at 100 Hz, the truth beside it.

The energy balance is that of `measure.track`: the air slows the centre of mass, which in the bends rides a smaller
circle than the wheels and lies lower; tyres roll under the load of the banking; what is left makes speed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from paceline.domain.devices import Device
from paceline.domain.efforts import SECOND
from paceline.domain.tracks import TRACKS, Track
from paceline.measure import resistance
from paceline.measure.track import geometry, lean
from paceline.record.recordings import Recording
from paceline.record.streams import Floats, Stream

START = 1_714_816_800 * SECOND
"""2024-05-04T10:00:00Z, when the gate opens."""

RATE = 100
_PLACES = 0.01
"""m between two places at which the track is worked out beforehand."""


@dataclass(frozen=True, slots=True)
class Pursuiter:
    """Rider, bike and air.

    Attributes:
        mass: rider and bike, kg.
        rotating_mass: I/r² of both wheels, kg.
        cda: drag area, m².
        crr: coefficient of rolling resistance.
        air_density: kg/m³.
        efficiency: share of the power at the pedals that reaches the wheel.
        height: of the centre of mass, m.
        circumference: of the wheel, m.
        gear: turns of the wheel for one of the crank.
        start_power: W aimed at when the gate opens.
        steady_power: W that it falls to, in a few seconds.
        lag: s after the gate's opening that this rider sets off: a team-mate further up the track.
    """

    mass: float = 84.0
    rotating_mass: float = 1.6
    cda: float = 0.205
    crr: float = 0.0018
    air_density: float = 1.15
    efficiency: float = resistance.CHAIN_EFFICIENCY
    height: float = lean.CENTRE_OF_MASS_HEIGHT
    circumference: float = 2.096
    gear: float = 58 / 15
    start_power: float = 1100.0
    steady_power: float = 455.0
    lag: float = 0.0

    def power(self, time: float, turns: float) -> float:
        """W at the pedals: an aim that falls, and two pushes in a turn of the crank."""
        aim = self.steady_power + (self.start_power - self.steady_power) * math.exp(-max(time - 5.0, 0.0) / 6.0)
        return aim * (1.0 + 0.25 * math.cos(4.0 * math.pi * turns))


@dataclass(frozen=True, slots=True)
class Noise:
    """What the devices add: standard deviations, and the hub's own clock.

    Attributes:
        power: share of the reading.
        speed: m/s.
        passing: s, of each loop's time.
        offset: s that the hub's clock is ahead of the loops'.
        drift: s that it gains in a second.
    """

    power: float = 0.01
    speed: float = 0.01
    passing: float = 0.0005
    offset: float = 0.0
    drift: float = 0.0


@dataclass(frozen=True, eq=False)
class Pursuit:
    """What the devices recorded, and the truth.

    Attributes:
        hub: 100 Hz: power, wheel speed, cadence, turns of the wheel, on the hub's clock.
        timing: passings of the loops, and the gate.
        truth: 100 Hz on the loops' clock: power, wheel_speed, distance from the start, speed of the centre of mass.
        track: where.
        rider: who.
    """

    hub: Recording
    timing: Recording
    truth: Stream
    track: Track = field(default_factory=lambda: TRACKS["adelaide"])
    rider: Pursuiter = field(default_factory=Pursuiter)


def simulate_pursuit(
    seed: int,
    *,
    distance: float = 4000.0,
    track: Track = TRACKS["adelaide"],
    rider: Pursuiter = Pursuiter(),
    noise: Noise = Noise(),
) -> Pursuit:
    """A pursuit from the gate on the home straight, and a little beyond its finish.

    Args:
        seed: the same seed gives the same noise.
        distance: m; the finish is on the same line as the gate where it is whole laps.
        track: where.
        rider: who, on what, in which air.
        noise: what the devices add.

    >>> ride = simulate_pursuit(1, distance=250.0)
    >>> sorted(ride.hub.streams["record"].values)
    ['cadence', 'power', 'wheel_revolutions', 'wheel_speed']
    """
    generator = np.random.default_rng(seed)
    time, power, speed, ridden, ratio = _ridden(rider, track, distance + 20.0)
    clock = START + np.round((time + rider.lag) * SECOND).astype(np.int64)
    channels = {"power": power, "wheel_speed": speed, "distance": ridden, "speed": speed * ratio}
    truth = Stream("truth", clock, channels)
    hub_clock = clock + np.round((noise.offset + noise.drift * time) * SECOND).astype(np.int64)
    turns = ridden / rider.circumference
    hub = {
        "power": power * (1.0 + generator.normal(0.0, noise.power, power.shape)),
        "wheel_speed": speed + generator.normal(0.0, noise.speed, speed.shape),
        "cadence": speed / rider.circumference / rider.gear * 60.0,
        "wheel_revolutions": np.floor(turns * 32.0) / 32.0,
    }
    recording = Recording({"record": Stream("record", hub_clock, hub)}, Device(product="simulated hub"), "cycling")
    timing = _timing(time, ridden, rider, track, generator.normal(0.0, noise.passing, 10_000))
    return Pursuit(recording, timing, truth, track, rider)


def _ridden(rider: Pursuiter, track: Track, distance: float) -> tuple[Floats, ...]:
    """Time, power, wheel speed, distance, and speed of the centre of mass over it, (sample,) each."""
    places = np.arange(0.0, track.length, _PLACES) + track.home
    bends = geometry.curvature(places, track).tolist()
    banks = np.radians(geometry.banking(places, track))
    sines, cosines = np.sin(banks).tolist(), np.cos(banks).tolist()
    step, weight = 1.0 / RATE, rider.mass * resistance.GRAVITY
    energy, speed, ridden, time, rows = weight * rider.height, 0.0, 0.0, 0.0, []
    while ridden < distance:
        at = int(ridden / _PLACES) % len(bends)
        sine = lean.lean_sine(speed, bends[at], height=rider.height)
        speed = _speed(energy, bends[at], rider, weight, speed, sine)
        ratio = lean.speed_ratio(sine, bends[at], height=rider.height)
        load = lean.wheel_load(sine, sines[at], cosines[at], weight=weight)
        power = rider.power(time, ridden / rider.circumference / rider.gear)
        taken = (
            resistance.aerodynamic_power(
                speed * ratio, air_speed=speed * ratio, cda=rider.cda, air_density=rider.air_density
            )
            + rider.crr * load * speed
            + resistance.bearing_power(speed)
        )
        rows.append((time, power, speed, ridden, ratio))
        energy += (power * rider.efficiency - taken) * step
        ridden += speed * step
        time += step
    return tuple(np.array(rows).T.copy())


def _speed(energy: float, bend: float, rider: Pursuiter, weight: float, speed: float, sine: float) -> float:
    """The wheel speed that has this energy: its own lean lowers the centre of mass, so a few rounds are needed."""
    for _ in range(3):
        ratio = lean.speed_ratio(sine, bend, height=rider.height)
        height = lean.centre_of_mass_height(sine, height=rider.height)
        moving = max(energy - weight * height, 0.0)
        speed = (2.0 * moving / (rider.mass * ratio * ratio + rider.rotating_mass)) ** 0.5
        sine = lean.lean_sine(speed, bend, height=rider.height)
    return speed


def _timing(time: Floats, ridden: Floats, rider: Pursuiter, track: Track, errors: Floats) -> Recording:
    lines = [
        (at, loop)
        for loop, position in track.loops.items()
        for at in np.arange((position - track.home) % track.length, ridden[-1], track.length).tolist()
        if at > 0.0
    ]
    lines.sort()
    when = np.interp([at for at, _ in lines], ridden, time) + rider.lag + errors[: len(lines)]
    clock = START + np.round(when * 1000.0).astype(np.int64) * 1_000_000
    passings = Stream("passings", clock, {"loop": np.array([float(loop) for _, loop in lines])})
    home = next((float(loop) for loop, at in track.loops.items() if at == track.home), 0.0)
    gate = Stream("gate", np.array([START]), {"loop": np.array([home])})
    return Recording({"passings": passings, "gate": gate}, Device("timing", product="simulated loops"), "cycling")
