"""A recording as Training Center XML, which training portals take where they don't take FIT.

Source: the schemas TrainingCenterDatabasev2.xsd and ActivityExtensionv2.xsd. What this writer decides:

- Every sample is a Trackpoint of the last lap that began before it; a timer that stood still begins a new Track.
- Heart rate, cadence and power are whole numbers in the schema, and are rounded; one beyond what it allows is refused.
- A lap's distance and energy are compulsory in the schema: where nothing is known of them they are 0, as is usual.
- A lap's name goes into its notes. Characters that XML can't hold become "�".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, pairwise

import numpy as np

from paceline.domain.devices import Device
from paceline.domain.efforts import Effort
from paceline.domain.errors import WriteError
from paceline.record.export.moments import iso_times
from paceline.record.export.pauses import Pause, pauses, timer_time
from paceline.record.export.tcx_points import NAME, SHOWN, WHOLE, element, escaped, trackpoints
from paceline.record.recordings import Recording
from paceline.record.streams import Floats, Nanoseconds, Stream

_SPORTS = {"cycling": "Biking", "running": "Running"}

_NAMESPACES = (
    'xmlns="http://www.garmin.com/xmlschemas/TrainingCenterDatabase/v2" '
    'xmlns:x="http://www.garmin.com/xmlschemas/ActivityExtension/v2"'
)

_IN_A_LAP = {
    "timer_time", "distance", "energy", "average_speed", "maximum_speed", "average_heart_rate", "maximum_heart_rate",
    "average_cadence", "maximum_cadence", "average_power", "maximum_power",
}  # fmt: skip


def encode(recording: Recording) -> tuple[bytes, tuple[str, ...]]:
    """The bytes of a TCX file, and what it has no place for.

    Raises:
        WriteError: there is neither sample nor lap, or a reading lies beyond what the schema allows.
    """
    stream = recording.streams.get("record") or Stream("record", np.empty(0, np.int64), {})
    if not len(stream) and not recording.laps:
        raise WriteError(NAME, reason="the recording has neither samples nor laps")
    laps = recording.laps or (Effort("lap 1", int(stream.time.min()), int(stream.time.max())),)
    laps = tuple(sorted(laps, key=lambda lap: lap.start))
    still = pauses(recording.events)
    running = recording.sport == "running"
    points = trackpoints(stream, running=running)
    texts = []
    for number, (lap, (first, last)) in enumerate(zip(laps, _samples(stream.time, laps), strict=True), start=1):
        tracks = _tracks(points[first:last], stream.time[first:last], still)
        notes = element("Notes", escaped(lap.name) if lap.name != f"lap {number}" else "")
        travelled = _travelled(stream, first, last)
        texts.append(_lap(lap, tracks + notes, timer=timer_time(lap, still), travelled=travelled, running=running))
    content = element("Id", iso_times(np.array([laps[0].start]))[0]) + "\n" + "".join(texts)
    content += element("Notes", escaped(recording.notes.get("notes", "")))
    activity = element(f'Activity Sport="{_SPORTS.get(recording.sport or "", "Other")}"', content)
    root = element(f"TrainingCenterDatabase {_NAMESPACES}", element("Activities", activity))
    document = f'<?xml version="1.0" encoding="UTF-8"?>\n{root}\n'
    return document.encode(), tuple(_left_out(recording, stream, laps))


def _samples(time: Nanoseconds, laps: Sequence[Effort]) -> Iterator[tuple[int, int]]:
    """First sample and the one behind the last of each lap; no sample is left over.

    Times that go backwards stay where they are: a lap begins where its start is first reached.
    """
    begins = np.searchsorted(np.maximum.accumulate(time), [lap.start for lap in laps[1:]]).tolist()
    return pairwise([0, *begins, len(time)])


def _tracks(points: Sequence[str], time: Nanoseconds, still: Sequence[Pause]) -> str:
    """The points of a lap, cut where the timer stood still."""
    cuts = np.searchsorted(np.maximum.accumulate(time), [stop for _, stop in still]).tolist()
    ends = sorted({0, *cuts, len(points)})
    return "".join(element("Track", "\n" + "".join(points[a:b])) + "\n" for a, b in pairwise(ends))


def _travelled(stream: Stream, first: int, last: int) -> float:
    """Distance from the first to the last reading of a lap, m; 0 where there is none."""
    distance: Floats = stream.values.get("distance", np.empty(0))[first:last]
    read = distance[~np.isnan(distance)]
    return round(float(read[-1] - read[0]), 3) if len(read) else 0.0


def _lap(lap: Effort, inside: str, *, timer: float, travelled: float, running: bool) -> str:
    """A lap in the schema's order of elements.

    Args:
        lap: its times, and what the device wrote about it.
        inside: its tracks and notes.
        timer: how long the timer ran, s.
        travelled: m, where the device did not say.
        running: cadence has elements of its own then.
    """
    known = lap.summary

    def exact(tag: str, name: str) -> str:
        return element(tag, repr(float(known[name])) if name in known else "")

    def whole(tag: str, name: str) -> str:
        return element(tag, f"{known[name]:.0f}" if name in known else "")

    turns = whole("x:AvgRunCadence", "average_cadence") if running else ""
    turns += whole("x:MaxRunCadence" if running else "x:MaxBikeCadence", "maximum_cadence")
    beyond = exact("x:AvgSpeed", "average_speed") + turns
    beyond += whole("x:AvgWatts", "average_power") + whole("x:MaxWatts", "maximum_power")
    content = (
        element("TotalTimeSeconds", repr(float(timer)))
        + element("DistanceMeters", repr(float(known.get("distance", travelled))))
        + exact("MaximumSpeed", "maximum_speed")
        + element("Calories", f"{known.get('energy', 0.0) / 4184.0:.0f}")
        + element("AverageHeartRateBpm", whole("Value", "average_heart_rate"))
        + element("MaximumHeartRateBpm", whole("Value", "maximum_heart_rate"))
        + element("Intensity", "Active")
        + ("" if running else whole("Cadence", "average_cadence"))
        + element("TriggerMethod", "Manual")
        + "\n"
        + inside
        + element("Extensions", element("x:LX", beyond))
    )
    return element(f'Lap StartTime="{iso_times(np.array([lap.start]))[0]}"', content) + "\n"


def _left_out(recording: Recording, stream: Stream, laps: Sequence[Effort]) -> Iterator[str]:
    yield from (f"stream {name}" for name in recording.streams if name != "record")
    yield from (name for name in stream.values if name not in SHOWN or name in stream.described)
    shown = {name: stream.values[name] for name in SHOWN if name in stream.values and name not in stream.described}
    for name in WHOLE.keys() & shown.keys():
        if np.any(np.abs(shown[name] - np.rint(shown[name])) > 0):
            yield f"{name} finer than 1"
    place = [np.isnan(shown.get(name, np.full(len(stream), np.nan))) for name in ("latitude", "longitude")]
    if np.any(place[0] != place[1]):
        yield "positions of which only one coordinate was read"
    yield from sorted({f"lap {name}" for name in chain.from_iterable(lap.summary for lap in laps)} - _shown_of_a_lap())
    others = {
        "sport": recording.sport not in {None, *_SPORTS},
        "sessions": bool(recording.sessions),
        "lengths": bool(recording.lengths),
        "events": any(event.kind != "timer" for event in recording.events),
        "devices": recording.device != Device() or bool(recording.sensors),
        "flags": any(bool(bits.any()) for bits in stream.flags.values()),
        "utc_offset": recording.utc_offset is not None,
        "notes": bool(recording.notes.keys() - {"notes"}),
        "that nothing is known of the date": not recording.dated,
    }
    yield from (what for what, there in others.items() if there)


def _shown_of_a_lap() -> set[str]:
    return {f"lap {name}" for name in _IN_A_LAP}
