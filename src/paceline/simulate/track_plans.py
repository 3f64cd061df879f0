"""What is ridden on a made-up day at the track, by whom, and what the people who look at it believe of them."""

from __future__ import annotations

from dataclasses import dataclass, field

from paceline.measure import resistance
from paceline.measure.track import lean


@dataclass(frozen=True, slots=True)
class Block:
    """A part of the session: ridden from the pursuit line of the home straight, and followed by a rest.

    Attributes:
        name: of the effort.
        distance: m, whole laps.
        powers: W that the rider aims at, each over an equal share of the distance.
        gate: a standing start from the gate; else the rider rolls in at 6 m/s.
        cda_change: share by which the drag area differs from the rider's usual one: another position.
        rest: s of standing still after it.
    """

    name: str
    distance: float
    powers: tuple[float, ...]
    gate: bool = True
    cda_change: float = 0.0
    rest: float = 75.0


SESSION = (
    Block("speeds", 6000.0, (200.0, 290.0, 390.0, 500.0), gate=False),
    Block("pursuit", 4000.0, (455.0,)),
    Block("other position", 3000.0, (450.0,), cda_change=-0.04),
)
"""Laps at four speeds, which tell tyres from air; a pursuit; three kilometres in another position."""


@dataclass(frozen=True, slots=True)
class TrackRider:
    """Rider, bike and tyres, as they are.

    Attributes:
        mass: rider and bike, kg.
        cda: drag area in the usual position, m².
        crr: coefficient of rolling resistance.
        circumference: distance that the wheel rolls in a turn, m.
        rotating_mass: I/r² of both wheels, kg.
        efficiency: share of the power at the pedals that reaches the wheel.
        height: of the centre of mass, m.
        gear: turns of the wheel for one of the crank.
        start_power: W aimed at when the gate opens.
        largest_torque: N·m at the crank.
    """

    mass: float
    cda: float
    crr: float
    circumference: float
    rotating_mass: float = 1.6
    efficiency: float = resistance.CHAIN_EFFICIENCY
    height: float = lean.CENTRE_OF_MASS_HEIGHT
    gear: float = 58 / 15
    start_power: float = 1100.0
    largest_torque: float = 240.0

    @property
    def largest_force(self) -> float:
        """At the tyre, N."""
        return self.largest_torque * 2.0 * 3.141592653589793 / (self.gear * self.circumference)


@dataclass(frozen=True, slots=True)
class Told:
    """What the analyst is told of rider and bike; the truth differs by what scales and roll-down tests are off.

    Attributes:
        mass: kg.
        crr: coefficient of rolling resistance.
        circumference: that the hub is set to, m.
        rotating_mass: kg.
        efficiency: share of the power at the pedals that reaches the wheel.
        height: of the centre of mass, m.
    """

    mass: float
    crr: float
    circumference: float
    rotating_mass: float = 1.6
    efficiency: float = resistance.CHAIN_EFFICIENCY
    height: float = lean.CENTRE_OF_MASS_HEIGHT


@dataclass(frozen=True, slots=True)
class Misfit:
    """How the world differs from what an estimator takes for granted; all 0 is a world as it is believed to be.

    Attributes:
        mass: kg by which the mass that is told is too large.
        gust: m/s, standard deviation of the air's own motion along the track.
        gust_memory: s in which a gust forgets itself.
        loop: m by which one loop lies off the place it was surveyed at.
        power: share of the reading by which the meter wanders, standard deviation.
        power_memory: s in which it forgets that.
    """

    mass: float = 0.0
    gust: float = 0.0
    gust_memory: float = 10.0
    loop: float = 0.0
    power: float = 0.0
    power_memory: float = 20.0


@dataclass(frozen=True, slots=True)
class Doubt:
    """By how much instruments and people are off, one standard deviation each; drawn once a session.

    Attributes:
        power: share of the reading.
        mass: kg.
        crr: likewise.
        temperature: of the hall's station, °C.
        pressure: likewise, Pa.
        relative_humidity: likewise, a fraction of one.
        offset: of a device's clock, s.
        drift: of a device's clock, s in a second.
        passing: of each passing, s.
        survey: of each loop's place, m.
        line: of the rider's line about the black one, m.
    """

    power: float = 0.01
    mass: float = 0.5
    crr: float = 0.0002
    temperature: float = 0.5
    pressure: float = 100.0
    relative_humidity: float = 0.03
    offset: float = 3.0
    drift: float = 20e-6
    passing: float = 0.0005
    survey: float = 0.005
    line: float = 0.03


@dataclass(frozen=True, slots=True)
class Mishaps:
    """How much goes wrong with the readings, each the number in a session but `missed`.

    Attributes:
        spikes: single power readings that nobody can give.
        dropouts: stretches of up to a second that the logger never wrote.
        missed: share of the passings that the loops did not see.
        silences: stretches of some seconds for which the head unit wrote a power of 0.
    """

    spikes: int = 2
    dropouts: int = 2
    missed: float = 0.02
    silences: int = 1


NO_MISHAPS = Mishaps(0, 0, 0.0, 0)


@dataclass(frozen=True, slots=True)
class World:
    """Everything about a simulated session that can be turned.

    Attributes:
        blocks: what is ridden.
        misfit: what the estimators don't know.
        doubt: how far off instruments are.
        mishaps: what goes wrong with the readings.
    """

    blocks: tuple[Block, ...] = SESSION
    misfit: Misfit = field(default_factory=Misfit)
    doubt: Doubt = field(default_factory=Doubt)
    mishaps: Mishaps = field(default_factory=Mishaps)
