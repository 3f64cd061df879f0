"""Do 95 % intervals hold the truth? Many simulated track sessions, each analysed as an analyst would.

    python -m tests.soak.coverage --sessions 200 --json

An analyst has the loops, the hub, the weather station, and what they are told of rider and bike. Nothing of the truth
is used but to be compared. Worlds that are not as the estimators believe are simulated too, with the same seeds.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterable, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from paceline.domain.efforts import SECOND, Effort
from paceline.domain.errors import PacelineError
from paceline.measure import air, clocks
from paceline.measure.clock_fits import ClockFit
from paceline.measure.estimates import Estimate
from paceline.measure.grids import NOT_USED
from paceline.measure.track.air_and_tyres import air_and_tyres
from paceline.measure.track.half_laps import HalfLaps, Load, half_lap_drag
from paceline.measure.track.passed import passed
from paceline.measure.track.ridden import ridden, wheel
from paceline.measure.track.timing import placed, places, runs
from paceline.record.quality import assess
from paceline.record.recordings import Recording
from paceline.record.streams import Floats, Stream
from paceline.simulate.track import TrackSession, TrackTruth, simulate_track
from paceline.simulate.track_plans import Misfit, World

WORLDS = {
    "as believed": Misfit(),
    "mass 2 kg too large": Misfit(mass=2.0),
    "gusts of 0.3 m/s": Misfit(gust=0.3),
    "a loop 0.3 m off": Misfit(loop=0.3),
    "power wanders by 2 %": Misfit(power=0.02),
}
"""What the simulator does that no estimator knows of; chosen before anything was scored."""

QUANTITIES = {
    "offset": "s",
    "offset, head unit": "s",
    "roll-out": "m",
    "drag area": "m²",
    "drag area, free crr": "m²",
    "crr": "1",
}
LAG = 0.5
"""s by which a head unit's readings come late: it shows the mean of the second before."""


@dataclass(frozen=True, slots=True)
class Held:
    """One interval: whether it holds the truth, and how wide it is."""

    holds: bool
    width: float


def intervals(session: TrackSession) -> dict[str, Held]:
    """Every estimate of a session beside its truth; one that can't be had is not there."""
    truth = session.truth
    loops = placed(session.recordings["loops"], session.track)
    hub = assess(session.recordings["hub"]).recording
    density = density_of(session)
    found: dict[str, Held] = {}
    speeds, pursuit, *_ = runs(loops, session.track)
    fit = clock(hub, pursuit, **seen(loops, pursuit, session), session=session)
    found["offset"] = held(fit.offset, ahead(truth, "hub", fit.reference))
    if "head_unit" in session.recordings:
        unit = assess(session.recordings["head_unit"]).recording
        slow = clock(unit, pursuit, **seen(loops, pursuit, session), session=session)
        found["offset, head unit"] = held(slow.offset, ahead(truth, "head_unit", slow.reference) - LAG)
    hub, _ = clocks.reclocked(hub, fit)
    run = Run.of(loops, hub, session, pursuit)
    found["roll-out"] = held(run.circumference, truth.rider.circumference)
    found["drag area"] = held(run.half_laps(density).overall(), truth.cda["pursuit"])
    both = air_and_tyres([Run.of(loops, hub, session, speeds).half_laps(density)], load=load_of(session))
    found["drag area, free crr"] = held(both.cda, truth.cda["speeds"])
    found["crr"] = held(both.crr, truth.rider.crr)
    return found


def clock(recording: Recording, run: Effort, *, session: TrackSession, **passings: Any) -> ClockFit:
    """A device's clock by its wheel, over one run."""
    rolled = wheel(around(recording, run), circumference=session.told.circumference)
    return clocks.against_loops(rolled, **passings, lap_length=session.track.length, drift=False)


def ahead(truth: TrackTruth, device: str, reference: int) -> float:
    """s to be added to a device's clock at an instant of it."""
    return (int(truth.clocks[device].asked(np.array([reference]))[0]) - reference) / SECOND


def seen(loops: Recording, run: Effort, session: TrackSession) -> dict[str, Any]:
    """Time and distance of a run's passings."""
    when, position = places(loops)
    inside = (when >= run.start) & (when <= run.stop)
    when, position = when[inside], position[inside]
    along = passed((when - when[0]) / SECOND, position, session.track.length).distance
    return {"passing_time": when, "passing_distance": position[0] + along}


def around(hub: Recording, run: Effort) -> Stream:
    """What the hub logged of a run, however its clock was set."""
    return cut(hub.streams["record"], run.start - 30 * SECOND, run.stop + 30 * SECOND)


def held(estimate: Estimate, truth: float) -> Held:
    low, high = estimate.interval(0.95)
    return Held(low <= truth <= high, high - low)


def density_of(session: TrackSession) -> float:
    """What the hall's station says; the standard atmosphere where there is none."""
    if "weather" not in session.recordings:
        return 1.225
    values = session.recordings["weather"].streams["weather"].values
    mean = {name: float(np.mean(column)) for name, column in values.items()}
    return float(air.density(mean["temperature"], pressure=mean["pressure"],
                             relative_humidity=mean["relative_humidity"]))  # fmt: skip


def load_of(session: TrackSession) -> Load:
    """What the analyst is told of rider and bike."""
    told = session.told
    return Load(told.mass, max(told.crr, 1e-4), told.rotating_mass, told.efficiency, told.height)


@dataclass(frozen=True, eq=False)
class Run:
    """One run on the loops' clock, with the wheel calibrated."""

    seconds: Floats
    power: Floats
    speed: Floats
    distance: Floats
    circumference: Estimate
    session: TrackSession

    @classmethod
    def of(cls, loops: Recording, hub: Recording, session: TrackSession, run: Effort) -> Run:
        passings, record = seen(loops, run, session), around(hub, run)
        turned = wheel(record, circumference=1.0)
        rolls = clocks.circumference(turned, **passings, lap_length=session.track.length)
        when = passings["passing_time"]
        stream = cut(record, int(when[0]), int(when[-1]))
        place = ridden(stream.time, **passings, rolled=wheel(record, circumference=session.told.circumference))
        scale = rolls.value / session.told.circumference
        return cls((stream.time - when[0]) / SECOND, usable(stream, "power"), usable(stream, "wheel_speed") * scale,
                   place.distance, rolls, session)  # fmt: skip

    def half_laps(self, density: float) -> HalfLaps:
        return half_lap_drag(
            self.seconds, power=self.power, wheel_speed=self.speed, distance=self.distance, track=self.session.track,
            load=load_of(self.session), air_density=density,
        )  # fmt: skip


def cut(stream: Stream, start: int, stop: int) -> Stream:
    inside = (stream.time >= start) & (stream.time <= stop)
    values = {name: column[inside] for name, column in stream.values.items()}
    flags = {name: column[inside] for name, column in stream.flags.items()}
    return Stream(stream.name, stream.time[inside], values, flags, stream.described)


def usable(stream: Stream, channel: str) -> Floats:
    return np.where((stream.flag(channel) & NOT_USED) == 0, stream.values[channel], np.nan)


def one(seed: int, misfit: Misfit) -> dict[str, Held]:
    """A session that can't be analysed gives no interval: it counts as none, and is told."""
    session = simulate_track(seed, world=World(misfit=misfit))
    try:
        return intervals(session)
    except PacelineError as error:
        sys.stderr.write(f"seed {seed}: {error}\n")
        return {}


def rows(world: str, all_held: Iterable[Mapping[str, Held]]) -> list[dict[str, object]]:
    """Share of the intervals that hold the truth, and their median width, a row a quantity."""
    sessions = list(all_held)
    found: list[dict[str, object]] = []
    for name, unit in QUANTITIES.items():
        own = [each[name] for each in sessions if name in each]
        share, width = np.mean([h.holds for h in own]), np.median([h.width for h in own])
        counted = {"world": world, "quantity": name, "sessions": len(own), "of": len(sessions)}
        scored = {"holds": round(float(share), 3), "median_width": float(f"{width:.3g}"), "unit": unit}
        found.append(counted | scored)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, default=200)
    parser.add_argument("--first-seed", type=int, default=1000)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--world", action="append", choices=list(WORLDS), help="this one only; once for each")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    seeds = range(asked.first_seed, asked.first_seed + asked.sessions)
    with ProcessPoolExecutor(asked.workers) as pool:
        for world in asked.world or WORLDS:
            began = time.monotonic()
            for row in rows(world, pool.map(partial(one, misfit=WORLDS[world]), seeds, chunksize=5)):
                shown = f"{row['world']:24} {row['quantity']:22} {row['holds']:.3f} {row['median_width']} {row['unit']}"
                sys.stdout.write((json.dumps(row, ensure_ascii=False) if asked.json else shown) + "\n")
                sys.stdout.flush()
            sys.stderr.write(f"{world}: {time.monotonic() - began:.0f} s\n")


if __name__ == "__main__":
    main()
