"""A velodrome that never closes: a session on the track with every device around it, and the truth beside it.

One seed is one session: the rider, the hall's air, how far off each instrument and each clock is, what goes wrong. The
power is drawn, the speed follows from it by the physics of `measure.resistance` and `measure.track.lean`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

import numpy as np

from paceline.domain.efforts import Effort
from paceline.domain.errors import UnknownName
from paceline.domain.tracks import TRACKS, Track
from paceline.record.recordings import Recording
from paceline.record.streams import Stream
from paceline.simulate import track_devices as devices
from paceline.simulate.faults import Fault
from paceline.simulate.track_devices import Clock
from paceline.simulate.track_motion import Hall, Happened, ridden
from paceline.simulate.track_plans import Doubt, Told, TrackRider, World

CHANNELS: Mapping[str, tuple[str, ...]] = {
    "power": ("power", "torque"),
    "wheel": ("wheel_speed", "wheel_revolutions", "speed", "distance"),
    "cadence": ("cadence",),
    "pitot": ("dynamic_pressure",),
}
"""Sensor → the channels that are gone without it, whichever device logs them."""

DEVICES = ("hub", "head_unit", "loops", "weather")
SOURCES = (*DEVICES, *CHANNELS)
"""Everything that a session can be without."""


@dataclass(frozen=True, eq=False)
class TrackTruth:
    """What no device knows.

    Attributes:
        seed: of the session.
        rider: as they are.
        hall: the air as it is.
        cda: effort → drag area, m².
        clocks: device → its clock against the loops', from the session's start.
        power_scale: power reading over power.
        pitot_factor: airspeed over the airspeed that the pitot shows.
        loops: number of a loop → where it lies, m.
        faults: device → what went wrong with its readings, by its own clock.
        happened: every hundredth of a second.
    """

    seed: int
    rider: TrackRider
    hall: Hall
    cda: Mapping[str, float]
    clocks: Mapping[str, Clock]
    power_scale: float
    pitot_factor: float
    loops: Mapping[int, float]
    faults: Mapping[str, tuple[Fault, ...]]
    happened: Happened

    @property
    def efforts(self) -> tuple[Effort, ...]:
        """Each block from its start to standstill, on the loops' clock."""
        return self.happened.efforts


@dataclass(frozen=True, eq=False)
class TrackSession:
    """What was recorded, and the truth.

    Attributes:
        recordings: "hub", "head_unit", "loops", "weather": those that were there.
        told: what the analyst is told of rider and bike.
        track: as it was surveyed.
        truth: what was.
    """

    recordings: Mapping[str, Recording]
    told: Told
    track: Track
    truth: TrackTruth


def simulate_track(
    seed: int, *, track: Track = TRACKS["adelaide"], world: World | None = None, without: Collection[str] = ()
) -> TrackSession:
    """A session on a track.

    Args:
        seed: the same seed gives the same session; what is left out of it changes nothing of the rest.
        track: where.
        world: what is ridden, and how the world differs from what an estimator takes it to be.
        without: names of `SOURCES` that were missing on that day.

    Raises:
        UnknownName: a source that there never was.
        ValueError: a block that the rider can't finish.

    >>> from paceline.simulate.track_plans import Block
    >>> short = World(blocks=(Block("flying", 500.0, (400.0,), gate=False),))
    >>> sorted(simulate_track(1, world=short, without=["weather"]).recordings)
    ['head_unit', 'hub', 'loops']
    """
    for name in without:  # before seconds are spent on the physics
        if name not in SOURCES:
            raise UnknownName("source", name, known=SOURCES)
    return lacking(_everything(seed, track, World() if world is None else world), without)


def lacking(made: TrackSession, without: Collection[str]) -> TrackSession:
    """The same session as it would have been recorded without some sources.

    Args:
        made: simulated.
        without: names of `SOURCES`.

    Raises:
        UnknownName: a source that there never was.
    """
    for name in without:
        if name not in SOURCES:
            raise UnknownName("source", name, known=SOURCES)
    gone = {channel for name in without if name in CHANNELS for channel in CHANNELS[name]}
    left = {name: _less(recording, gone) for name, recording in made.recordings.items() if name not in without}
    return replace(made, recordings={name: recording for name, recording in left.items() if recording.streams})


def _everything(seed: int, track: Track, world: World) -> TrackSession:
    for_people, for_ride, for_hub, for_unit, for_loops, for_air = np.random.default_rng(seed).spawn(6)
    rider, hall = _rider(for_people), _hall(for_people)
    doubt, misfit, mishaps = world.doubt, world.misfit, world.mishaps
    told = _told(rider, doubt, misfit.mass, for_people)
    scale = 1.0 + for_people.normal(0.0, doubt.power)
    pitot = 1.0 + for_people.normal(0.0, 0.05)
    clocks = {name: _clock(doubt, for_people) for name in ("hub", "head_unit", "weather")}
    lying = _lying(track, doubt, misfit.loop, for_people)
    happened = ridden(
        world.blocks, track=track, rider=rider, hall=hall, misfit=misfit, line=doubt.line, generator=for_ride
    )
    hub, of_hub = devices.hub(
        happened, clock=clocks["hub"], rider=rider, told=told, power_scale=scale, pitot_factor=pitot, misfit=misfit,
        mishaps=mishaps, generator=for_hub,
    )  # fmt: skip
    unit, of_unit = devices.head_unit(
        happened, clock=clocks["head_unit"], told=told, rider=rider, power_scale=scale, mishaps=mishaps,
        generator=for_unit,
    )  # fmt: skip
    gates = tuple(block.gate for block in world.blocks)
    loops, of_loops = devices.loops(
        happened, track=track, lying=lying, gates=gates, doubt=doubt, mishaps=mishaps, generator=for_loops
    )
    weather = devices.station(happened, clock=clocks["weather"], hall=hall, doubt=doubt, generator=for_air)
    cda = {block.name: rider.cda * (1.0 + block.cda_change) for block in world.blocks}
    faults = {"hub": of_hub, "head_unit": of_unit, "loops": of_loops}
    truth = TrackTruth(seed, rider, hall, cda, clocks, scale, pitot, lying, faults, happened)
    recordings = {"hub": hub, "head_unit": unit, "loops": loops, "weather": weather}
    return TrackSession(recordings, told, track, truth)


def _rider(generator: np.random.Generator) -> TrackRider:
    return TrackRider(
        mass=generator.uniform(70.0, 95.0),
        cda=generator.uniform(0.18, 0.24),
        crr=generator.uniform(0.0014, 0.0026),
        circumference=generator.uniform(2.080, 2.110),
    )


def _hall(generator: np.random.Generator) -> Hall:
    return Hall(
        temperature=generator.uniform(20.0, 28.0),
        warming=generator.uniform(0.0, 1.5),
        pressure=generator.uniform(98_500.0, 102_500.0),
        relative_humidity=generator.uniform(0.3, 0.6),
    )


def _told(rider: TrackRider, doubt: Doubt, mass: float, generator: np.random.Generator) -> Told:
    return Told(
        mass=rider.mass + generator.normal(0.0, doubt.mass) + mass,
        crr=rider.crr + generator.normal(0.0, doubt.crr),
        circumference=2.096,
        rotating_mass=rider.rotating_mass,
        efficiency=rider.efficiency,
        height=rider.height,
    )


def _clock(doubt: Doubt, generator: np.random.Generator) -> Clock:
    return Clock(generator.normal(0.0, doubt.offset), generator.normal(0.0, doubt.drift))


def _lying(track: Track, doubt: Doubt, moved: float, generator: np.random.Generator) -> dict[int, float]:
    """Where the loops lie: all a little off, and one of them by as much more as was asked for."""
    places = {loop: at + generator.normal(0.0, doubt.survey) for loop, at in track.loops.items()}
    if places:
        places[list(places)[int(generator.integers(len(places)))]] += moved
    return {loop: float(at % track.length) for loop, at in places.items()}


def _less(recording: Recording, gone: Collection[str]) -> Recording:
    """Without those channels; a stream that had no others is gone too."""
    streams = {}
    for name, stream in recording.streams.items():
        values = {channel: column for channel, column in stream.values.items() if channel not in gone}
        if values:
            streams[name] = Stream(stream.name, stream.time, values, stream.flags, stream.described)
    return replace(recording, streams=streams)
