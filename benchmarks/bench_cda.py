"""How long does a pursuit take from raw streams to the drag area of every half lap, with its errors?

Budget: 0.2 s. A 4 km pursuit is made with a fixed seed: a hub at 100 Hz on a clock of its own, and the passings of
eight loops to the millisecond. Timed is all that follows: places of the loops, the hub's clock against them, the place
at every sample, lean, the energy balance of each half lap, their errors and the whole ride's. The peer is the same
balance written down sample by sample in plain Python, on places that are already known: it has less to do, and is what
ours is checked against.

    python -m benchmarks cda
"""

from __future__ import annotations

import math

import numpy as np

from benchmarks.timing import best, emit
from paceline.domain.efforts import SECOND
from paceline.measure import clocks
from paceline.measure.quantities import Floats
from paceline.measure.track import geometry
from paceline.measure.track.half_laps import HalfLaps, Load, half_lap_drag
from paceline.measure.track.passed import passed
from paceline.measure.track.ridden import Ridden, ridden, wheel
from paceline.measure.track.timing import placed, places
from paceline.record.streams import Stream
from paceline.simulate.pursuits import Noise, Pursuit, simulate_pursuit

LOAD = Load(mass=84.0, crr=0.0018)
DENSITY = 1.15
TRUE_CDA = 0.205


def main() -> None:
    """Time both on one ride."""
    ride = simulate_pursuit(1, noise=Noise(offset=2.4, drift=40e-6))
    found, place, stream = ours(ride)
    overall = found.overall()
    assert abs(overall.value - TRUE_CDA) < 0.002
    assert np.isfinite(found.standard_error[2:-1]).all()
    slow = by_hand(ride, place, stream)
    np.testing.assert_allclose(found.cda[2:-1], slow[2 : found.cda.size - 1], rtol=0.02)
    mine = best(lambda: ours(ride)) * 1e3
    theirs = best(lambda: by_hand(ride, place, stream), runs=3) * 1e3
    emit({"id": "cda_v1", "ours": round(mine, 1), "theirs": round(theirs, 1), "peer": "plain Python, balance alone",
          "unit": "ms", "ratio": round(theirs / mine, 2), "samples": len(stream), "half_laps": found.cda.size,
          "budget": 200})  # fmt: skip


def ours(ride: Pursuit) -> tuple[HalfLaps, Ridden, Stream]:
    """From raw streams to half laps."""
    time, position = places(placed(ride.timing, ride.track))
    distance = position[0] + passed((time - time[0]) / SECOND, position, ride.track.length).distance
    record = ride.hub.streams["record"]
    fit = clocks.against_loops(wheel(record), passing_time=time, passing_distance=distance)
    stream = clocks.reclocked(ride.hub, fit)[0].streams["record"]
    place = ridden(stream.time, passing_time=time, passing_distance=distance, rolled=wheel(stream))
    found = half_lap_drag(
        (stream.time - time[0]) / SECOND, power=stream.values["power"], wheel_speed=stream.values["wheel_speed"],
        distance=place.distance, track=ride.track, load=LOAD, air_density=DENSITY,
    )  # fmt: skip
    return found, place, stream


def by_hand(ride: Pursuit, place: Ridden, stream: Stream) -> list[float]:
    """The same balance, one sample after the other."""
    half, g = ride.track.length / 2, 9.80665
    bends = geometry.curvature(place.distance, ride.track).tolist()
    banks = np.radians(geometry.banking(place.distance, ride.track)).tolist()
    columns: list[Floats] = [place.distance, stream.values["power"], stream.values["wheel_speed"]]
    result, kinetic, current = [], 0.0, None
    work = air = lost = 0.0
    smooth = np.convolve(stream.values["wheel_speed"], np.ones(50) / 50, "same").tolist()
    rows = zip(*(column.tolist() for column in columns), bends, banks, smooth, strict=True)
    for s, power, v, bend, bank, even in rows:
        if math.isnan(s):
            continue
        number = math.floor((s - ride.track.home) / half)
        if number != current:
            energy = 0.5 * (LOAD.mass + LOAD.rotating_mass) * even**2
            if current is not None and number > 0:
                result.append((work - lost - (energy - kinetic)) / air - LOAD.wheel_drag_area)
            kinetic, current, work, air, lost = energy, number, 0.0, 0.0, 0.0
        lean = math.atan(v * v * bend / g)
        for _ in range(6):
            lean = math.atan(v * v * bend * (1.0 - LOAD.height * bend * math.sin(lean)) / g)
        slow = v * (1.0 - LOAD.height * bend * math.sin(lean))
        work += LOAD.efficiency * power * 0.01
        air += 0.5 * DENSITY * slow**3 * 0.01
        pressed = LOAD.mass * g * math.cos(lean - bank) / math.cos(lean)
        lost += (LOAD.crr * pressed * v + v * (91.0 + 8.7 * v) * 1e-3) * 0.01
    return result


if __name__ == "__main__":
    main()
