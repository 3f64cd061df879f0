"""What each device around the track makes of what happened: its own clock, noise, resolution and gaps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from paceline.domain.devices import Device
from paceline.domain.efforts import SECOND
from paceline.domain.tracks import Track
from paceline.record.recordings import Recording
from paceline.record.streams import Floats, Nanoseconds, Stream
from paceline.simulate.faults import Fault
from paceline.simulate.track_motion import RATE, START, Hall, Happened, noise
from paceline.simulate.track_plans import Doubt, Misfit, Mishaps, Told, TrackRider

TRANSPONDER = "100011"
"""Nobody's."""


@dataclass(frozen=True, slots=True)
class Clock:
    """How a device's clock differs from the loops'.

    Attributes:
        offset: s that it is ahead at the session's start.
        drift: s that it gains in a second.
    """

    offset: float
    drift: float

    def shown(self, time: Nanoseconds) -> Nanoseconds:
        """What it shows at instants of the loops' clock, int64 ns."""
        return time + np.round(self.offset * SECOND + self.drift * (time - START)).astype(np.int64)

    def asked(self, shown: Nanoseconds) -> Nanoseconds:
        """When it shows that, on the loops' clock: the other way round."""
        ahead = (shown - START - self.offset * SECOND) / (1.0 + self.drift)
        return START + np.round(ahead).astype(np.int64)


def hub(
    happened: Happened,
    *,
    clock: Clock,
    rider: TrackRider,
    told: Told,
    power_scale: float,
    pitot_factor: float,
    misfit: Misfit,
    mishaps: Mishaps,
    generator: np.random.Generator,
) -> tuple[Recording, tuple[Fault, ...]]:
    """The bike's logger at 100 Hz: power, wheel speed by the circumference that it is set to, turns, cadence, torque,
    dynamic pressure; and what went wrong with it, by its own clock.
    """  # fmt: skip
    truth, size = happened.stream.values, len(happened.stream)
    drawn = generator.normal(0.0, 1.0, (3, size))
    wandering = noise(generator, size, spread=misfit.power, memory=misfit.power_memory)
    power = truth["power"] * power_scale * (1.0 + 0.01 * drawn[0] + wandering)
    turns = truth["distance"] / rider.circumference
    omega = truth["cadence"] * 2.0 * np.pi / 60.0
    shown = truth["airspeed"] / pitot_factor
    values = {
        "power": np.round(power, 1),
        "wheel_speed": np.round(_noisy(truth["wheel_speed"] * told.circumference / rider.circumference, drawn[1]), 3),
        "wheel_revolutions": np.floor(turns * 32.0) / 32.0,
        "cadence": np.round(truth["cadence"], 1),
        "torque": np.round(np.where(omega > 1.0, power / np.maximum(omega, 1.0), np.nan), 2),
        "dynamic_pressure": np.round(0.5 * truth["air_density"] * shown * shown + 1.5 * drawn[2], 1),
    }
    stream = Stream("record", clock.shown(happened.stream.time), values)
    stream, faults = _mishandled(stream, happened, mishaps, generator)
    device = Device("recorder", product="simulated hub logger", software="1.0")
    return Recording({"record": stream}, device, "cycling"), faults


def _noisy(speed: Floats, drawn: Floats) -> Floats:
    """A wheel that stands is read without noise."""
    return np.where(speed > 0.0, np.maximum(speed + 0.01 * drawn, 0.0), 0.0)


def _mishandled(
    stream: Stream, happened: Happened, mishaps: Mishaps, generator: np.random.Generator
) -> tuple[Stream, tuple[Fault, ...]]:
    riding = np.flatnonzero(happened.stream.values["power"] > 0.0)
    power, kept, faults = stream.values["power"].copy(), np.ones(len(stream), bool), []
    for at in generator.choice(riding, mishaps.spikes, replace=False).tolist():
        power[at] = 3500.0
        faults.append(_fault("power_spike", "power", stream, at, 1))
    for at in generator.choice(riding, mishaps.dropouts, replace=False).tolist():
        lost = int(generator.integers(20, RATE))
        kept[at : at + lost] = False
        faults.append(_fault("gap", "time", stream, at, lost))
    values = {name: column[kept] for name, column in {**stream.values, "power": power}.items()}
    return Stream(stream.name, stream.time[kept], values), tuple(faults)


def _fault(kind: str, channel: str, stream: Stream, at: int, samples: int) -> Fault:
    last = min(at + samples, len(stream) - 1)
    return Fault(kind, channel, int(stream.time[at]), int(stream.time[last]))


def loops(
    happened: Happened,
    *,
    track: Track,
    lying: dict[int, float],
    gates: tuple[bool, ...],
    doubt: Doubt,
    mishaps: Mishaps,
    generator: np.random.Generator,
) -> tuple[Recording, tuple[Fault, ...]]:
    """Passings to the millisecond where the loops really lie, and the gate's releases; and the passings they missed.

    Args:
        happened: the session.
        track: whose loops, at the places they were surveyed at.
        lying: number of each loop → where it lies, m.
        gates: whether each effort began at the gate.
        doubt: of each passing's time.
        mishaps: share of the passings that were missed.
        generator: of chance.
    """
    rows: list[tuple[float, int]] = []
    for effort in happened.efforts:
        first, last = ((at - START) // (SECOND // RATE) for at in (effort.start, effort.stop))
        along = happened.along[first : last + 1]
        for number, position in lying.items():
            lines = np.arange((position - track.home) % track.length, along[-1], track.length)
            when = first / RATE + np.interp(lines[lines > 0.5], along, np.arange(along.size)) / RATE
            rows += [(at, number) for at in when.tolist()]
    rows.sort()
    time, loop = np.array([row[0] for row in rows]), np.array([float(row[1]) for row in rows])
    time = time + generator.normal(0.0, doubt.passing, time.size)
    clock = START + np.round(time * 1000.0).astype(np.int64) * (SECOND // 1000)
    seen = generator.random(time.size) >= mishaps.missed
    faults = tuple(Fault("missed_passing", "loop", at, at + 1) for at in clock[~seen].tolist())
    releases = np.array([e.start for e, gate in zip(happened.efforts, gates, strict=True) if gate], np.int64)
    home = next((float(each) for each, at in track.loops.items() if at == track.home), 0.0)
    streams = {"passings": Stream("passings", clock[seen], {"loop": loop[seen]}),
               "gate": Stream("gate", releases, {"loop": np.full(releases.size, home)})}  # fmt: skip
    return Recording(streams, Device("timing", product="timing loops", serial=TRANSPONDER), "cycling"), faults


def station(happened: Happened, *, clock: Clock, hall: Hall, doubt: Doubt, generator: np.random.Generator) -> Recording:
    """The hall's weather station: a row every half minute, each instrument a little off."""
    elapsed = np.arange(-60.0, len(happened.stream) / RATE + 60.0, 30.0)
    off = generator.normal(0.0, 1.0, 3)
    humidity = np.full(elapsed.size, min(max(hall.relative_humidity + off[2] * doubt.relative_humidity, 0.02), 0.98))
    values = {
        "temperature": np.round(hall.temperature_at(elapsed) + off[0] * doubt.temperature, 1),
        "pressure": np.round(np.full(elapsed.size, hall.pressure + off[1] * doubt.pressure), -1),
        "relative_humidity": np.round(humidity, 2),
    }
    time = clock.shown(START + np.round(elapsed).astype(np.int64) * SECOND)
    return Recording({"weather": Stream("weather", time, values)}, Device("weather", product="simulated station"))


def head_unit(
    happened: Happened,
    *,
    clock: Clock,
    told: Told,
    rider: TrackRider,
    power_scale: float,
    mishaps: Mishaps,
    generator: np.random.Generator,
) -> tuple[Recording, tuple[Fault, ...]]:
    """A head unit on the handlebar: whole seconds of its own clock, means of the second before, zeros in silences."""
    truth = happened.stream
    begin, end = (int(clock.shown(truth.time[[at]])[0]) for at in (0, -1))
    shown = np.arange(-(-begin // SECOND) + 1, end // SECOND) * SECOND
    after = np.clip(np.searchsorted(truth.time, clock.asked(shown)), RATE, len(truth) - 1)
    scale = told.circumference / rider.circumference

    def mean(name: str) -> Floats:
        sums = np.concatenate([[0.0], np.cumsum(truth.values[name])])
        return np.asarray((sums[after] - sums[after - RATE]) / RATE)

    power = np.round(mean("power") * power_scale * (1.0 + generator.normal(0.0, 0.01, after.size)))
    riding, faults = np.flatnonzero(power > 0.0), []
    for at in generator.choice(riding, mishaps.silences, replace=False).tolist():
        lost = int(generator.integers(2, 6))
        power[at : at + lost] = 0.0
        faults.append(Fault("zero_dropout", "power", int(shown[at]), int(shown[at]) + lost * SECOND))
    values = {
        "power": power,
        "speed": np.round(mean("wheel_speed") * scale, 3),
        "distance": np.round((truth.values["distance"][after]) * scale, 2),
        "cadence": np.round(mean("cadence")),
    }
    device = Device("recorder", product="simulated head unit", software="1.0")
    return Recording({"record": Stream("record", shown, values)}, device, "cycling"), tuple(faults)
