"""What happened on the track, before any device looked: every hundredth of a second of a session."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from paceline.domain.efforts import SECOND, Effort
from paceline.domain.tracks import Track
from paceline.measure import air
from paceline.measure.track import geometry
from paceline.record.streams import Floats, Stream
from paceline.simulate import kernels
from paceline.simulate.track_plans import Block, Misfit, TrackRider

START = 1_714_816_800 * SECOND
"""2024-05-04T10:00:00Z, when the first block begins, on the loops' clock."""

RATE = 100
"""Samples in a second."""

BRAKING = 2.5
"""m/s², how a rider stops after a block."""

_STEPS_IN_METRE = 100
_ROLLING = 6.0
"""m/s, at which a rider comes to the line where there is no gate."""
_SLOWEST = 4.0
"""m/s; who goes slower than this on the average does not finish."""


@dataclass(frozen=True, slots=True)
class Hall:
    """The air in the hall: it warms up through the session.

    Attributes:
        temperature: °C at the start.
        warming: °C in an hour.
        pressure: Pa.
        relative_humidity: a fraction of one.
    """

    temperature: float
    warming: float
    pressure: float
    relative_humidity: float

    def temperature_at(self, elapsed: Floats) -> Floats:
        """°C, s after the start, (sample,)."""
        return self.temperature + self.warming * elapsed / 3600.0

    def density_at(self, elapsed: Floats) -> Floats:
        """kg/m³, likewise."""
        return np.asarray(
            air.density(self.temperature_at(elapsed), pressure=self.pressure, relative_humidity=self.relative_humidity)
        )


@dataclass(frozen=True, eq=False)
class Happened:
    """A session as it was.

    Attributes:
        stream: 100 Hz on the loops' clock: power, wheel_speed, distance that the wheel rolled, speed of the centre of
            mass, airspeed, air_density, cadence, track_position; at rest the position stays.
        along: (sample,), m of black line since the block's start, NaN at rest.
        efforts: one a block, from its first sample to standstill.
    """

    stream: Stream
    along: Floats
    efforts: tuple[Effort, ...]


def ridden(
    blocks: Sequence[Block],
    *,
    track: Track,
    rider: TrackRider,
    hall: Hall,
    misfit: Misfit,
    line: float,
    generator: np.random.Generator,
) -> Happened:
    """The blocks one after the other, a rest after each.

    Args:
        blocks: what is ridden.
        track: where.
        rider: by whom.
        hall: through which air.
        misfit: its gusts.
        line: m, standard deviation of the way the rider keeps from the black line.
        generator: of everything that is left to chance.

    Raises:
        ValueError: a block that this rider can't finish.
    """
    parts, alongs, efforts, first, rolled = [], [], [], 0, 0.0
    for block in blocks:
        count = round(block.distance / _SLOWEST * RATE)
        elapsed = (first + np.arange(count)) / RATE
        gusts = noise(generator, count, spread=misfit.gust, memory=misfit.gust_memory)
        chance = (noise(generator, count, spread=0.04, memory=3.0), hall.density_at(elapsed), gusts,
                  noise(generator, count, spread=line, memory=20.0))  # fmt: skip
        rows = _block(block, track, rider, np.stack(chance, axis=1))
        size, still = len(rows), round(block.rest * RATE)
        rows[:, 2] += rolled
        rolled = float(rows[-1, 2])
        rest = np.tile([0.0, 0.0, rolled, rows[-1, 3], 1.0], (still, 1))
        parts.append(np.column_stack([np.concatenate([rows, rest]), _padded(gusts[:size], still)]))
        alongs.append(np.concatenate([rows[:, 3], np.full(still, np.nan)]))
        efforts.append(Effort(block.name, instant(first), instant(first + size - 1), "lap", sport="cycling"))
        first += size + still
    whole = np.concatenate(parts)
    return Happened(_stream(whole, track, rider, hall), np.concatenate(alongs), tuple(efforts))


def instant(sample: int) -> int:
    """int64 ns on the loops' clock."""
    return START + sample * (SECOND // RATE)


def noise(generator: np.random.Generator, count: int, *, spread: float, memory: float) -> Floats:
    """Noise that forgets itself in `memory` s, (count,), of this standard deviation; 100 Hz."""
    out = np.zeros(count)
    pushes = generator.normal(0.0, 1.0, count)
    if spread and count:
        kernels.wander(pushes, float(np.exp(-1.0 / (RATE * memory))), out)
    return out * spread


def _padded(values: Floats, still: int) -> Floats:
    return np.concatenate([values, np.zeros(still)])


def _block(block: Block, track: Track, rider: TrackRider, weather: Floats) -> Floats:
    places = track.home + np.arange(round(track.length * _STEPS_IN_METRE)) / _STEPS_IN_METRE
    bank = np.radians(geometry.banking(places, track))
    lap = np.stack([geometry.curvature(places, track), np.sin(bank), np.cos(bank)], axis=1)
    share = np.arange(int(block.distance)) * len(block.powers) // int(block.distance)
    constants = (rider.mass, rider.rotating_mass, rider.crr, rider.efficiency, rider.height, rider.circumference,
                 rider.gear, rider.largest_force)  # fmt: skip
    what = (block.distance + 20.0, 0.0 if block.gate else _ROLLING, rider.start_power if block.gate else 0.0,
            rider.cda * (1.0 + block.cda_change), BRAKING)  # fmt: skip
    out = np.empty((len(weather), 5))
    steady = np.asarray(block.powers)[share]
    count = kernels.ride(lap, _STEPS_IN_METRE, np.array(constants), np.array(what), steady, weather, out)
    if count < 0:
        raise ValueError(f"{block.name!r} takes longer than {len(weather) / RATE:.0f} s. Give it more power.")
    return out[:count]


def _stream(rows: Floats, track: Track, rider: TrackRider, hall: Hall) -> Stream:
    power, speed, rolled, place, ratio, gust = rows.T
    elapsed = np.arange(len(rows)) / RATE
    values = {
        "power": power,
        "wheel_speed": speed,
        "distance": rolled,
        "speed": speed * ratio,
        "airspeed": np.maximum(speed * ratio + gust, 0.0),
        "air_density": hall.density_at(elapsed),
        "cadence": speed / rider.circumference / rider.gear * 60.0,
        "track_position": np.mod(place + track.home, track.length),
    }
    return Stream("truth", START + np.arange(len(rows), dtype=np.int64) * (SECOND // RATE), values)
