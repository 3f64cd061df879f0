"""Which source serves each quantity, worked out before anything is computed.

For each quantity the candidates are tried in the stated order of `ORDER`: what a device recorded comes before what is
derived. Where several recordings hold the same channel, the one that covers most of the effort serves it, the first
named among equals; a weather station only where no device on the bike measured it, and never for where the bike was.
The result names what was chosen, how many readings it rests on and how many were left out.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from paceline.domain.efforts import SECOND, Effort
from paceline.measure import derivations
from paceline.measure.derivations import Derivation
from paceline.measure.grids import NOT_USED, PLACES, WEATHER, Grid, Gridded, on_grid
from paceline.measure.quantities import QUANTITIES, Floats
from paceline.record.recordings import Recording
from paceline.record.streams import Stream

ORDER: Mapping[str, tuple[str | Derivation, ...]] = MappingProxyType({
    "speed": ("speed", "wheel_speed", derivations.speed_from_timed_turns, derivations.speed_from_turns,
              derivations.speed_from_distance, derivations.speed_from_video, derivations.speed_from_positions),
    "distance": ("distance", derivations.distance_from_turns, derivations.distance_from_speed,
                 derivations.distance_from_wheel_speed, derivations.distance_from_video,
                 derivations.distance_from_positions),
    "track_position": ("loop_position", "video_position"),
    "track_position_error": ("loop_position_error", "video_position_error"),
    "cadence": ("cadence", derivations.cadence_from_timed_turns, derivations.cadence_from_turns),
    "torque": ("torque", derivations.torque_from_power),
    "pressure": ("pressure", derivations.pressure_from_sea_level),
    "relative_humidity": ("relative_humidity", derivations.humidity_from_dew_point),
})  # fmt: skip
"""Quantity → channels and derivations, best first; any other quantity is served by the channel of its own name.

Of places on the track: a loop's place is surveyed and its passing timed to a millisecond, a joint is found to a hand's
width. A place and its error come from one source: no stream has one without the other."""

_PLACES_SAID = MappingProxyType({
    "loop_position": "place by timing loops and wheel", "loop_position_error": "place by timing loops and wheel",
    "video_position": "place by video", "video_position_error": "place by video",
})  # fmt: skip


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


@dataclass(frozen=True, slots=True)
class Constant:
    """A setting that a derivation needs: one number, and where it stands, for people."""

    value: float
    name: str


@dataclass(frozen=True, eq=False)
class Served:
    """The quantities that could be had, and where each came from."""

    values: Mapping[str, Floats | float]
    sources: Mapping[str, Source]


TOGETHER = -1
"""Number of no recording: of what several of them say together."""


@dataclass(frozen=True, eq=False)
class Located:
    """A stream, the recording it belongs to, and what its device is called there, if it is."""

    stream: Stream
    recording: int
    station: str = ""

    def name(self, channel: str, *, several: bool) -> str:
        """For people: channel, stream, of which station and how often, of which recording."""
        said = _PLACES_SAID.get(channel, f"{channel} of {self.stream.name}")
        if self.stream.name == WEATHER:
            step = self.stream.usual_steps[0]
            every = "" if np.isnan(step) else f" between readings {step:.0f} s apart"
            said = f"{channel} of {f'weather station {self.station}' if self.station else 'weather'}{every}"
        return said + (f" (recording {self.recording + 1})" if several and self.recording != TOGETHER else "")


def serve(
    recordings: Sequence[Recording],
    effort: Effort,
    *,
    step: float = 1.0,
    wanted: Collection[str] | None = None,
    constants: Mapping[str, Constant] = MappingProxyType({}),
    derived: Sequence[Recording] = (),
) -> Served:
    """Every measured quantity that the recordings can serve over an effort.

    Args:
        recordings: of one ride, with flags.
        effort: the interval asked for.
        step: s, of the grid.
        wanted: the quantities to look for; all if left out.
        constants: settings by name, for the derivations that need one.
        derived: what several devices say together, place and posture, on the clock of the ride.

    Returns:
        The quantities of kind "grid", "stream" and "passing" that have at least one usable reading, and the two of kind
        "clock".
    """
    grid = Grid.over(effort, step=step)
    streams = [Located(s, i, r.notes.get("station", "")) for i, r in enumerate(recordings) for s in r.streams.values()]
    streams += [Located(stream, TOGETHER) for recording in derived for stream in recording.streams.values()]
    several = len(recordings) > 1
    values: dict[str, Floats | float] = {"interval": step, "elapsed_time": effort.duration}
    sources: dict[str, Source] = {}
    asked = [q for name, q in QUANTITIES.items() if wanted is None or name in wanted]
    lap = constants["lap_length"].value if "lap_length" in constants else None
    recorded = _WhenAsked(lambda channel: _recorded(streams, channel, grid, lap=lap, several=several))
    for quantity in asked:
        name = quantity.name
        if quantity.kind == "grid" and (found := _first(name, recorded, step, constants)) is not None:
            values[name], sources[name] = found
        elif quantity.kind == "stream" and (beats := _readings(streams, name, effort)) is not None:
            values[name], sources[name] = beats
    if any(quantity.kind == "passing" for quantity in asked):
        for name, (value, source) in _passings(recordings, effort).items():
            values[name], sources[name] = value, source
    return Served(values, sources)


Found = tuple[Floats, Source]


class _WhenAsked(dict[str, Found | None]):
    """Channels as the recordings have them, each put on the grid once, and not at all where a better one serves."""

    def __init__(self, find: Callable[[str], Found | None]) -> None:
        super().__init__()
        self._find = find

    def __missing__(self, channel: str) -> Found | None:
        found = self[channel] = self._find(channel)
        return found


def _recorded(
    streams: Sequence[Located], channel: str, grid: Grid, *, lap: float | None, several: bool
) -> Found | None:
    """The channel as the best recording has it."""
    best: tuple[tuple[bool, int], Gridded, Located] | None = None
    for located in streams:
        weather = located.stream.name == WEATHER
        if channel not in located.stream.values or (weather and channel in PLACES):
            continue
        gridded = on_grid(located.stream, channel, grid, lap=lap)
        covered = int(np.count_nonzero(~np.isnan(gridded.values)))
        if covered and (best is None or (not weather, covered) > best[0]):
            best = ((not weather, covered), gridded, located)
    if best is None:
        return None
    _, gridded, located = best
    name = located.name(channel, several=several)
    return gridded.values, Source(channel, name, gridded.readings, gridded.unused)


def _first(
    name: str, recorded: Mapping[str, Found | None], step: float, constants: Mapping[str, Constant]
) -> Found | None:
    for candidate in ORDER.get(name, (name,)):
        if isinstance(candidate, str):
            if (found := recorded[candidate]) is not None:
                return found[0], Source(name, found[1].name, found[1].readings, found[1].unused)
        elif (derived := _derived(name, candidate, recorded, step, constants)) is not None:
            return derived
    return None


def _derived(
    name: str,
    derivation: Derivation,
    recorded: Mapping[str, Found | None],
    step: float,
    constants: Mapping[str, Constant],
) -> Found | None:
    inputs = [recorded[channel] for channel in derivation.needs]
    there = [found for found in inputs if found is not None]
    if len(there) < len(inputs) or not constants.keys() >= set(derivation.constants):
        return None
    known = [constants[constant] for constant in derivation.constants]
    values = derivation.function(*(found[0] for found in there), *(constant.value for constant in known), step)
    if np.all(np.isnan(values)):
        return None
    names = " and ".join([*(found[1].name for found in there), *(constant.name for constant in known)])
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
    """Passings of the first recording that has them, one that is placed on a track before one that is not.

    Unlike a grid's cells, an effort's passings include one at its very end: a lap ends with the passing that ends it.
    The release of a start gate at its very start is the first of them.
    """
    there = [(number, r) for number, r in enumerate(recordings, 1) if "passings" in r.streams]
    for number, recording in sorted(there, key=lambda each: not _is_placed(each[1])):
        stream = recording.streams["passings"]
        if not _is_placed(recording):
            return _unplaced(stream, effort)
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


def _is_placed(recording: Recording) -> bool:
    return "track_position" in recording.streams["passings"].values


def _unplaced(stream: Stream, effort: Effort) -> dict[str, tuple[Floats | float, Source]]:
    """Passings of loops whose places nobody gave: then what a metric lacks is the track."""
    time = np.sort(stream.time[(stream.time >= effort.start) & (stream.time <= effort.stop)])
    if not time.size:
        return {}
    name = "passings of timing loops, on no track"
    return {
        "passing_time": ((time - effort.start) / SECOND, Source("passing_time", name, int(time.size), 0)),
        "passing_position": (np.full(time.shape, np.nan), Source("passing_position", name, 0, int(time.size))),
    }


def _gate(recording: Recording, effort: Effort) -> float | None:
    """Where the gate stands whose release begins the effort."""
    gate = recording.streams.get("gate")
    if gate is None or "track_position" not in gate.values:
        return None
    at = gate.values["track_position"][gate.time == effort.start]
    return float(at[0]) if at.size and not np.isnan(at[0]) else None
