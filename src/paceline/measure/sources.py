"""Which source serves each quantity, worked out before anything is computed.

For each quantity the candidates are tried in the stated order of `ORDER`: what a device recorded comes before what is
derived. Where several recordings hold the same channel, the one that covers most of the effort serves it, the first
named among equals. The result names what was chosen, how many readings it rests on and how many were left out.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from paceline.domain.efforts import SECOND, Effort
from paceline.measure import derivations
from paceline.measure.derivations import Derivation
from paceline.measure.grids import NOT_USED, Grid, Gridded, on_grid
from paceline.measure.quantities import QUANTITIES, Floats, Quantity
from paceline.record.recordings import Recording
from paceline.record.streams import Stream

ORDER: Mapping[str, tuple[str | Derivation, ...]] = MappingProxyType({
    "speed": ("speed", "wheel_speed", derivations.speed_from_distance, derivations.speed_from_positions),
    "distance": ("distance", derivations.distance_from_speed, derivations.distance_from_positions),
    "torque": ("torque", derivations.torque_from_power),
    "pressure": ("pressure", derivations.pressure_from_sea_level),
    "relative_humidity": ("relative_humidity", derivations.humidity_from_dew_point),
})  # fmt: skip
"""Quantity → channels and derivations, best first; any other quantity is served by the channel of its own name."""


@dataclass(frozen=True, slots=True)
class Source:
    """What serves one quantity.

    Attributes:
        quantity: the quantity's name.
        name: for people: "power of record", "distance of record, derived: change of distance over time".
        readings: how many readings of the effort it rests on.
        unused: how many were left out because they are absent or flagged.
    """

    quantity: str
    name: str
    readings: int
    unused: int


@dataclass(frozen=True, eq=False)
class Served:
    """The quantities that could be had, and where each came from."""

    values: Mapping[str, Floats | float]
    sources: Mapping[str, Source]


@dataclass(frozen=True, eq=False)
class Located:
    """A stream, and the recording it belongs to."""

    stream: Stream
    recording: int


def serve(
    recordings: Sequence[Recording], effort: Effort, *, step: float = 1.0, wanted: Collection[str] | None = None
) -> Served:
    """Every measured quantity that the recordings can serve over an effort.

    Args:
        recordings: of one ride, with flags.
        effort: the interval asked for.
        step: s, of the grid.
        wanted: the quantities to look for; all if left out.

    Returns:
        The quantities of kind "grid", "stream" and "passing" that have at least one usable reading, and the two of kind
        "clock".
    """
    grid = Grid.over(effort, step=step)
    streams = [Located(s, i) for i, r in enumerate(recordings) for s in r.streams.values()]
    several = len(recordings) > 1
    values: dict[str, Floats | float] = {"interval": step, "elapsed_time": effort.duration}
    sources: dict[str, Source] = {}
    asked = [q for name, q in QUANTITIES.items() if wanted is None or name in wanted]
    recorded = {channel: _recorded(streams, channel, grid, several=several) for channel in _channels(asked)}
    for quantity in asked:
        name = quantity.name
        if quantity.kind == "grid" and (found := _first(name, recorded, step)) is not None:
            values[name], sources[name] = found
        elif quantity.kind == "stream" and (beats := _readings(streams, name, effort)) is not None:
            values[name], sources[name] = beats
    if any(quantity.kind == "passing" for quantity in asked):
        for name, (value, source) in _passings(recordings, effort).items():
            values[name], sources[name] = value, source
    return Served(values, sources)


def _channels(asked: Sequence[Quantity]) -> tuple[str, ...]:
    """The channels that can serve what is asked for, directly or by a derivation."""
    candidates = [c for q in asked if q.kind == "grid" for c in ORDER.get(q.name, (q.name,))]
    return tuple(dict.fromkeys(name for c in candidates for name in ((c,) if isinstance(c, str) else c.needs)))


Found = tuple[Floats, Source]


def _recorded(streams: Sequence[Located], channel: str, grid: Grid, *, several: bool) -> Found | None:
    """The channel as the best recording has it."""
    best: tuple[int, Gridded, Located] | None = None
    for located in streams:
        if channel not in located.stream.values:
            continue
        gridded = on_grid(located.stream, channel, grid)
        covered = int(np.count_nonzero(~np.isnan(gridded.values)))
        if covered and (best is None or covered > best[0]):
            best = (covered, gridded, located)
    if best is None:
        return None
    _, gridded, located = best
    name = f"{channel} of {located.stream.name}" + (f" (recording {located.recording + 1})" if several else "")
    return gridded.values, Source(channel, name, gridded.readings, gridded.unused)


def _first(name: str, recorded: Mapping[str, Found | None], step: float) -> Found | None:
    for candidate in ORDER.get(name, (name,)):
        if isinstance(candidate, str):
            if (found := recorded[candidate]) is not None:
                return found[0], Source(name, found[1].name, found[1].readings, found[1].unused)
        elif (derived := _derived(name, candidate, recorded, step)) is not None:
            return derived
    return None


def _derived(name: str, derivation: Derivation, recorded: Mapping[str, Found | None], step: float) -> Found | None:
    inputs = [recorded[channel] for channel in derivation.needs]
    there = [found for found in inputs if found is not None]
    if len(there) < len(inputs):
        return None
    values = derivation.function(*(found[0] for found in there), step)
    if np.all(np.isnan(values)):
        return None
    names = " and ".join(found[1].name for found in there)
    readings = min(found[1].readings for found in there)
    unused = max(found[1].unused for found in there)
    return values, Source(name, f"{names}, derived: {derivation.how}", readings, unused)


def _readings(streams: Sequence[Located], channel: str, effort: Effort) -> Found | None:
    """The channel on its own clock, (reading,): NaN where a reading is flagged, so that neighbours stay neighbours."""
    for located in streams:
        stream = located.stream
        if channel not in stream.values:
            continue
        inside = (stream.time >= effort.start) & (stream.time < effort.stop)
        usable = (stream.flag(channel) & NOT_USED) == 0
        values = np.where(usable, stream.values[channel], np.nan)[inside]
        used = int(np.count_nonzero(~np.isnan(values)))
        if used:
            return values, Source(channel, f"{channel} of {stream.name}", used, len(values) - used)
    return None


def _passings(recordings: Sequence[Recording], effort: Effort) -> dict[str, tuple[Floats | float, Source]]:
    """Passings of the first recording that has them placed on a track.

    Unlike a grid's cells, an effort's passings include one at its very end: a lap ends with the passing that ends it.
    The release of a start gate at its very start is the first of them.
    """
    for number, recording in enumerate(recordings, 1):
        stream = recording.streams.get("passings")
        if stream is None or "track_position" not in stream.values:
            continue
        inside = (stream.time >= effort.start) & (stream.time <= effort.stop)
        position, time = stream.values["track_position"][inside], stream.time[inside]
        known = ~np.isnan(position)
        position, time, unused = position[known], time[known], int(np.count_nonzero(~known))
        name = "passings of timing loops" + (f" (recording {number})" if len(recordings) > 1 else "")
        found: dict[str, tuple[Floats | float, Source]] = {}
        gate = _gate(recording, effort)
        if gate is not None:
            time, position = np.append(effort.start, time), np.append(gate, position)
            found["gate_release"] = (0.0, Source("gate_release", f"start gate beside {name}", 1, 0))
        if time.size:
            order = np.argsort(time, kind="stable")
            seconds = (time[order] - effort.start) / SECOND
            found["passing_time"] = (seconds, Source("passing_time", name, int(time.size), unused))
            found["passing_position"] = (
                position[order],
                Source("passing_position", name, int(time.size), unused),
            )
            return found
    return {}


def _gate(recording: Recording, effort: Effort) -> float | None:
    """Where the gate stands whose release begins the effort."""
    gate = recording.streams.get("gate")
    if gate is None or "track_position" not in gate.values:
        return None
    at = gate.values["track_position"][gate.time == effort.start]
    return float(at[0]) if at.size and not np.isnan(at[0]) else None
