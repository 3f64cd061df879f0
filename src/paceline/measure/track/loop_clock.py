"""A device's clock and its wheel against the timing loops, over all runs of a session.

A run with a standing start or a sprint says by itself how late a clock is; one at a steady speed doesn't, and is left
out. Several runs say together how the clock drifts.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TypeVar

import numpy as np

from paceline.domain.efforts import SECOND
from paceline.domain.errors import NotIdentifiable, TooFewSamples
from paceline.domain.tracks import Track
from paceline.measure.clock_fits import ClockFit
from paceline.measure.clocks import LINE_ERROR, against_loops, by_line, circumference
from paceline.measure.estimates import Estimate
from paceline.measure.quantities import Metres
from paceline.measure.track.passed import passed
from paceline.measure.track.ridden import wheel
from paceline.measure.track.timing import places, runs
from paceline.record.recordings import Recording
from paceline.record.streams import Nanoseconds, Stream

DRIFTS_IN = 120.0
"""s that a run lasts, or that two runs are apart, from which a drift is looked for."""

LEFT_OVER = 5.0
"""m, root mean square, beyond which the wheel and the passings are not of one rider, or the offset is a wrong one."""

T = TypeVar("T")


def clock_fit(stream: Stream, timing: Recording, track: Track, *, wheel_circumference: float | None) -> ClockFit:
    """How the clock of a stream with a wheel relates to the loops'.

    Args:
        stream: of the device; turns, wheel speed, speed or distance.
        timing: one transponder's recording, placed on the track.
        track: where.
        wheel_circumference: m, or None; the fit finds the true one anyway.

    Raises:
        UnknownName: the stream has no channel of a wheel.
        TooFewSamples: no run has enough passings within the stream's time.
        NotIdentifiable: no run changes its speed enough, or what is left over is too much.
    """
    turns = "wheel_revolutions" in stream.values
    rolled = wheel(stream, circumference=wheel_circumference or (2.1 if turns else None))
    stretches = list(run_passings(timing, track))
    whole = [(time, distance) for time, distance in stretches if _lasts(time) >= DRIFTS_IN]

    def fit(time: Nanoseconds, distance: Metres, *, drift: bool = False) -> ClockFit:
        found = against_loops(
            rolled, passing_time=time, passing_distance=distance, lap_length=track.length, drift=drift
        )
        return _sound(found)

    found, refused = _each(stretches, fit)
    if not found:
        raise refused or TooFewSamples("clock against timing loops", need=5, got=0)
    if len(found) == 1 and whole:
        drifting, _ = _each(whole, lambda time, distance: fit(time, distance, drift=True))
        return drifting[0] if drifting else found[0]
    return found[0] if len(found) == 1 else _together(found)


def roll_out(stream: Stream, timing: Recording, track: Track, *, line_error: float = LINE_ERROR) -> Estimate:
    """What the wheel rolls in a turn, m, by the whole laps of all runs; each run counts by how sure it is.

    Args:
        stream: with `wheel_revolutions`, on the loops' clock.
        timing: one transponder's recording, placed on the track.
        track: where.
        line_error: as for `circumference`; taken to be the same in all runs.

    Raises:
        UnknownName: the stream counts no turns.
        TooFewSamples: no run has three whole laps.
    """
    turned = wheel(stream, circumference=1.0)

    def of_run(time: Nanoseconds, distance: Metres) -> Estimate:
        return circumference(
            turned, passing_time=time, passing_distance=distance, lap_length=track.length, line_error=0.0
        )

    found, refused = _each(run_passings(timing, track), of_run)
    if not found:
        raise refused or TooFewSamples("the wheel's circumference", need=3, got=0)
    weight = np.array([1.0 / max(e.standard_error, 1e-9) ** 2 for e in found])
    value = float(weight @ np.array([e.value for e in found]) / weight.sum())
    used, freedom = sum(e.used for e in found), sum(e.freedom for e in found)
    scatter = Estimate(value, float(weight.sum() ** -0.5), used, sum(e.discarded for e in found), freedom)
    return scatter.widened(by_line(value, line_error=line_error, lap_length=track.length))


def run_passings(timing: Recording, track: Track) -> Iterator[tuple[Nanoseconds, Metres]]:
    """Time and distance of each run's passings."""
    time, position = places(timing)
    for run in runs(timing, track):
        inside = (time >= run.start) & (time <= run.stop) & ~np.isnan(position)
        clock, place = time[inside], position[inside]
        if clock.size:
            yield clock, place[0] + passed((clock - clock[0]) / SECOND, place, track.length).distance


def _each(
    stretches: Iterator[tuple[Nanoseconds, Metres]] | list[tuple[Nanoseconds, Metres]],
    function: Callable[[Nanoseconds, Metres], T],
) -> tuple[list[T], TooFewSamples | NotIdentifiable | None]:
    """What each run says, and why the last silent one says nothing."""
    found: list[T] = []
    refused: TooFewSamples | NotIdentifiable | None = None
    for time, distance in stretches:
        try:
            found.append(function(time, distance))
        except (TooFewSamples, NotIdentifiable) as error:
            refused = error
    return found, refused


def _lasts(time: Nanoseconds) -> float:
    return float((time[-1] - time[0]) / SECOND)


def _sound(fit: ClockFit) -> ClockFit:
    if left_over(fit) > LEFT_OVER:
        advice = "Is it this rider's transponder, and is the device's clock right to a minute?"
        raise NotIdentifiable(f"clock by {fit.method}", why="wheel and passings don't fit each other", advice=advice)
    return fit


def left_over(fit: ClockFit) -> float:
    """Root mean square of a fit's residuals."""
    return math.sqrt(float(np.mean(fit.residuals**2)))


def _together(fits: list[ClockFit]) -> ClockFit:
    """One line through the offsets of several runs, each with the weight of its error."""
    at = np.array([fit.reference for fit in fits], np.int64)
    weight = np.array([1.0 / max(fit.offset.standard_error, 1e-4) ** 2 for fit in fits])
    offsets = np.array([fit.offset.value for fit in fits])
    reference = int(at[0] + np.rint(weight @ (at - at[0]) / weight.sum()))
    since = (at - reference) / SECOND
    error, used = float(weight.sum() ** -0.5), sum(fit.offset.used for fit in fits)
    best = fits[int(np.argmax(weight))]
    offset = Estimate(float(weight @ offsets / weight.sum()), error, used)
    drift = None
    if np.ptp(since) >= DRIFTS_IN:
        spread = float(weight @ since**2)
        drift = Estimate(float(weight @ (since * (offsets - offset.value)) / spread), spread**-0.5, used)
    return replace(
        best, offset=offset, drift=drift, reference=reference,
        time=np.concatenate([fit.time for fit in fits]), residuals=np.concatenate([fit.residuals for fit in fits]),
        method=f"{best.method}, {len(fits)} runs",
    )  # fmt: skip
