"""What is left of each result when sources are missing: every one, two and three of them, on one simulated session.

    python -m tests.soak.removed            # the table of docs/why/what-is-left.md

An analyst goes down a ladder: the hub's logger before the head unit, half laps between loops before whole laps by the
wheel, the hall's station before standard air.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from tests.soak.coverage import around, cut, density_of, load_of, seen, usable

from paceline.domain.efforts import SECOND
from paceline.measure import clocks, drag, resistance
from paceline.measure.clock_fits import ClockFit
from paceline.measure.estimates import Estimate
from paceline.measure.track.half_laps import half_lap_drag
from paceline.measure.track.lap_means import on_track
from paceline.measure.track.passed import line_times, passed
from paceline.measure.track.ridden import ridden, wheel
from paceline.measure.track.timing import placed, places, runs
from paceline.record.quality import assess
from paceline.record.recordings import Recording
from paceline.record.streams import Stream
from paceline.simulate.track import TrackSession, lacking, simulate_track
from paceline.simulate.track_plans import Block, World

SOURCES = ("loops", "hub", "head_unit", "weather", "power", "wheel")
RESULTS = ("lap times", "clock", "roll-out", "drag area")
NONE = "–"
WORLD = World(blocks=(Block("pursuit", 4000.0, (455.0,)),))
SEED = 12
TOLD = 0.004
"""Share by which a circumference that is told, not rolled out, may be off: it is in the air three times."""
STATION, STANDARD = 0.003, 0.03
"""Share by which the density may be off: by the hall's station, and where standard air is taken for the hall's."""


def left(session: TrackSession) -> dict[str, str]:
    """Each result: what it rests on and the half width of its 95 % interval, or that there is none."""
    loops = session.recordings.get("loops")
    timing = None if loops is None else placed(loops, session.track)
    name, stream = rolling(session)
    found = dict.fromkeys(RESULTS, NONE)
    if timing is not None:
        found["lap times"] = f"loops, {laps_timed(timing, session)} laps"
    if stream is None:
        return found
    told = session.told.circumference
    found["roll-out"] = "as told"
    scale = 1.0
    if timing is not None:
        run = runs(timing, session.track)[0]
        passings = seen(timing, run, session)
        near = around(Recording({"record": stream}), run)
        fit = clocks.against_loops(
            wheel(near, circumference=told), **passings, lap_length=session.track.length, drift=False
        )
        moved = clocks.reclocked(Recording({"record": stream}), fit)[0].streams["record"]
        rolls = rolled_out(moved, fit, session, passings)
        scale = rolls.value / told
        found["clock"], found["roll-out"] = shown(name, fit.offset, "s"), shown(name, rolls, "m")
    if "power" not in stream.values:
        return found
    doubt = STATION if "weather" in session.recordings else STANDARD
    air = "" if doubt == STATION else ", standard air"
    if timing is not None:
        estimate = by_half_laps(moved, scale, session, passings, doubt)
        found["drag area"] = shown(f"half laps, {name}{air}", estimate, "m²")
    else:
        found["drag area"] = shown(f"whole laps, {name}{air}", by_whole_laps(stream, session, doubt), "m²")
    return found


def rolling(session: TrackSession) -> tuple[str, Stream | None]:
    """The first device that measured the wheel."""
    for name in ("hub", "head_unit"):
        if name in session.recordings:
            stream = assess(session.recordings[name]).recording.streams["record"]
            if {"wheel_speed", "speed"} & set(stream.values):
                return name.replace("_", " "), stream
    return "", None


def laps_timed(timing: Recording, session: TrackSession) -> int:
    """Laps that the loops give to the millisecond."""
    time, position = places(timing)
    line = line_times(passed((time - time[0]) / SECOND, position, session.track.length), session.track.length)[0]
    return int(np.count_nonzero(~np.isnan(np.diff(line))))


def rolled_out(
    stream: Stream,
    fit: ClockFit,
    session: TrackSession,
    passings: dict[str, np.ndarray[tuple[int], np.dtype[np.int64]]],
) -> Estimate:
    """From turns where they were counted, else from the wheel's distance as the device was told to take it."""
    told = session.told.circumference
    if "wheel_revolutions" in stream.values:
        turned = wheel(stream, circumference=1.0)
        return clocks.circumference(turned, **passings, lap_length=session.track.length)
    rolls = replace(fit.scale, value=fit.scale.value * told, standard_error=fit.scale.standard_error * told)
    return rolls.widened(clocks.by_line(rolls.value, lap_length=session.track.length))


def by_half_laps(
    stream: Stream,
    scale: float,
    session: TrackSession,
    passings: dict[str, np.ndarray[tuple[int], np.dtype[np.int64]]],
    doubt: float,
) -> Estimate:
    when = passings["passing_time"]
    inside = cut(stream, int(when[0]), int(when[-1]))
    place = ridden(inside.time, **passings, rolled=wheel(stream, circumference=session.told.circumference))
    speed = usable(inside, "wheel_speed" if "wheel_speed" in inside.values else "speed") * scale
    found = half_lap_drag(
        (inside.time - when[0]) / SECOND, power=usable(inside, "power"), wheel_speed=speed, distance=place.distance,
        track=session.track, load=replace(load_of(session), air_density_error=doubt), air_density=density_of(session),
    )  # fmt: skip
    return found.overall()


def by_whole_laps(stream: Stream, session: TrackSession, doubt: float) -> Estimate:
    """By the wheel alone: laps of the lap's length, each with its bends, wherever it began."""
    told, interval = session.told, stream.usual_steps[0]
    speed = usable(stream, "wheel_speed" if "wheel_speed" in stream.values else "speed")
    steps = drag.steps(
        usable(stream, "power"), speed, interval, mass=told.mass, air_density=density_of(session),
        efficiency=told.efficiency, rotating_mass=told.rotating_mass,
    )  # fmt: skip
    bent = on_track(steps, speed, interval, session.track, mass=told.mass, height=told.height)
    found = drag.energy_balance(bent, np.nan_to_num(speed), lap=session.track.length, crr=told.crr).cda
    shared = float(np.linalg.norm([0.01, doubt, 3.0 * TOLD])) * found.value
    return replace(found, value=found.value - resistance.WHEEL_DRAG_AREA).widened(shared)


def shown(name: str, estimate: Estimate, unit: str) -> str:
    low, high = estimate.interval(0.95)
    return f"{name} ± {(high - low) / 2:.2g} {unit}"


def table() -> Iterator[tuple[str, dict[str, str]]]:
    """What is missing, and what is left: nothing missing first, then one, two and three sources."""
    session = simulate_track(SEED, world=WORLD)
    for count in range(4):
        for gone in itertools.combinations(SOURCES, count):
            yield ", ".join(gone) or "nothing", left(lacking(session, gone))


def main() -> None:
    sys.stdout.write(f"| missing | {' | '.join(RESULTS)} |\n|{'---|' * (len(RESULTS) + 1)}\n")
    for gone, found in table():
        sys.stdout.write(f"| {gone.replace('_', ' ')} | {' | '.join(found[name] for name in RESULTS)} |\n")


if __name__ == "__main__":
    main()
