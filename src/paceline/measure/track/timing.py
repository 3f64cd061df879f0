"""Timing and session together: passings get their places on the track, runs and laps become efforts.

The loops' clock is the session's clock. A device that rode along on a clock of its own is brought to it first, with
`measure.clocks`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from paceline.domain.channels import CHANNELS
from paceline.domain.efforts import SECOND, Effort
from paceline.domain.errors import NoSamples
from paceline.domain.tracks import Track
from paceline.measure.quantities import Floats
from paceline.measure.session import Session
from paceline.measure.settings import Setting
from paceline.measure.track.passed import PAUSE, SAME_PLACE, Passed, passed
from paceline.record.recordings import Recording
from paceline.record.streams import Nanoseconds, Stream

GATE_SPEEDS = (2.5, 12.0)
"""m/s, slowest and fastest mean from a gate to the first loop after it: velotrain's least is 9 km/h; nobody has ever
started faster than 43 km/h."""


def placed(recording: Recording, track: Track) -> Recording:
    """The recording with the channel `track_position` beside each `loop`, and its runs and laps as efforts.

    Args:
        recording: of one transponder.
        track: whose loops have these numbers.

    Returns:
        A new recording. A loop that the track doesn't know has no position (NaN), and is counted as unused. Runs are
        "run 1", …; laps, counted from the gate or from the run's first passing, "run 1 lap 1", …; a lap whose line no
        loop saw is not drawn.

    Raises:
        NoSamples: the recording has no passings, or none at a loop that the track knows.
    """
    if "passings" not in recording.streams:
        raise NoSamples("recording", expected="the stream passings", found=", ".join(recording.streams) or "none")
    streams = {name: _placed(stream, track) if "loop" in stream.values else stream
               for name, stream in recording.streams.items()}  # fmt: skip
    position = streams["passings"].values["track_position"]
    if np.isnan(position).all():
        known = ", ".join(map(str, sorted(track.loops)))
        raise NoSamples("recording", expected=f"passings of the loops {known}", found="loops of other numbers")
    found = replace(recording, streams=streams)
    return replace(found, laps=tuple(_efforts(found, track)))


def timed(session: Session, passings: Recording, track: Track, *, schedule: Sequence[float] = ()) -> Session:
    """The session with the passings of its rider: metrics of laps and starts can then be asked of it.

    Args:
        session: what the devices recorded, on the loops' clock.
        passings: one transponder's recording; it is placed on the track here.
        track: where it was ridden.
        schedule: s that each lap was to take, in order, if there was a plan.

    Returns:
        A new session; the passings are its last recording.
    """
    known = {"lap_length": Setting("lap_length", track.length, None, track.name)}
    if schedule:
        known["schedule"] = Setting("schedule", tuple(map(float, schedule)), None, "the plan")
    recordings = (*session.recordings, placed(passings, track))
    return replace(session, recordings=recordings, settings={**session.settings, **known}, track=track)


def places(recording: Recording) -> tuple[Nanoseconds, Floats]:
    """Time, int64 ns UTC, and position, m, of each passing of a placed recording, (passing,) each, in time order."""
    stream = recording.streams["passings"]
    order = np.argsort(stream.time, kind="stable")
    return stream.time[order], stream.values["track_position"][order]


def runs(recording: Recording, track: Track) -> tuple[Effort, ...]:
    """The runs of a placed recording: from the gate's release or the first passing to the last passing before a pause.

    A run starts at the gate where one was released before its first passing, and the distance in that time is one that
    a standing start makes.
    """
    time, position = places(recording)
    found = _passed(time, position, track.length)
    releases = _releases(recording)
    efforts: list[Effort] = []
    for number in np.unique(found.run):
        own = np.flatnonzero((found.run == number) & ~np.isnan(found.distance))
        if own.size:
            start = _gate(time[own[0]], position[own[0]], releases, track) or int(time[own[0]])
            efforts.append(Effort(f"run {len(efforts) + 1}", start, int(time[own[-1]]), "detected", sport="cycling"))
    return tuple(efforts)


def since(recording: Recording, track: Track, *, start: int, line: float) -> Passed:
    """A placed recording's passings since a start: s since then, and m since the line that was started from.

    Riders of one team, each with a recording, have the same lines then, whichever loop missed one of them first.

    Args:
        recording: one transponder's, placed.
        track: where.
        start: int64 ns UTC.
        line: position that was started from, m; the first passing is taken to be within a lap of it.
    """
    time, position = places(recording)
    after = time > start
    found = passed((time[after] - start) / SECOND, position[after], track.length)
    known = position[after][~np.isnan(found.distance)]
    first = float((known[0] - line) % track.length) if known.size else 0.0
    return replace(found, distance=found.distance + (first or track.length))


def _placed(stream: Stream, track: Track) -> Stream:
    loops = stream.values["loop"]
    position = np.full(loops.shape, np.nan)
    for number, at in track.loops.items():
        position[loops == number] = at
    described = {**stream.described, "track_position": replace(CHANNELS["track_position"], high=track.length)}
    return replace(stream, values={**stream.values, "track_position": position}, described=described)


def _passed(time: Nanoseconds, position: Floats, lap_length: float) -> Passed:
    return passed((time - time[:1]) / SECOND, position, lap_length)


def _releases(recording: Recording) -> tuple[Nanoseconds, Floats]:
    if "gate" not in recording.streams:
        return np.empty(0, np.int64), np.empty(0)
    gate = recording.streams["gate"]
    return gate.time, gate.values["track_position"]


def _gate(first: int, position: float, releases: tuple[Nanoseconds, Floats], track: Track) -> int | None:
    """The release that a run began with, int64 ns UTC."""
    for time, at in zip(releases[0][::-1].tolist(), releases[1][::-1].tolist(), strict=True):
        elapsed = (first - time) / SECOND
        if 0.0 < elapsed <= PAUSE and GATE_SPEEDS[0] <= (position - at) % track.length / elapsed <= GATE_SPEEDS[1]:
            return int(time)
    return None


def _efforts(recording: Recording, track: Track) -> Iterator[Effort]:
    time, position = places(recording)
    at_gate = dict(zip(*(column.tolist() for column in _releases(recording)), strict=True))
    for run in runs(recording, track):
        yield run
        inside = (time >= run.start) & (time <= run.stop)
        clock, place = time[inside], position[inside]
        if run.start in at_gate:
            clock, place = np.append(run.start, clock), np.append(at_gate[run.start], place)
        found = _passed(clock, place, track.length)
        yield from _laps(run, clock[~np.isnan(found.distance)], found, track)


def _laps(run: Effort, clock: Nanoseconds, found: Passed, track: Track) -> Iterator[Effort]:
    distance = found.distance[~np.isnan(found.distance)]
    laps = np.rint(distance / track.length)
    on_line = np.abs(distance - laps * track.length) <= SAME_PLACE
    at = dict(zip(laps[on_line].astype(int).tolist(), clock[on_line].tolist(), strict=True))
    for lap in sorted(at):
        if lap and lap - 1 in at:
            yield Effort(f"{run.name} lap {lap}", at[lap - 1], at[lap], "lap", sport="cycling")
