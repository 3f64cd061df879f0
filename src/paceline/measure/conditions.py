"""What the air was like: weather files beside a ride, and which station of several speaks for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from paceline.domain.efforts import SECOND, Effort
from paceline.measure.grids import WEATHER, WEATHER_HOLD
from paceline.record.quality import Finding
from paceline.record.quality.ranges import out_of_range
from paceline.record.recordings import Recording
from paceline.record.streams import Flag


def is_conditions(recording: Recording) -> bool:
    """Whether a recording is of the weather alone: it is no ride, and belongs to each ride of its time."""
    return set(recording.streams) == {WEATHER}


def joined(
    recordings: Mapping[int, Recording], whole: Effort, *, files: Mapping[int, str], station: str | None
) -> tuple[tuple[int, ...], tuple[Finding, ...]]:
    """The keys of the weather recordings that speak for a ride, and why others don't.

    Args:
        recordings: of weather alone, by any key.
        whole: the ride; a reading up to an hour before it or after it counts.
        files: path of the file of each, by the same key: a station without a name is called by its file's.
        station: whose weather to take; where it is None and there are several, none is guessed.
    """
    called = {key: recordings[key].notes.get("station") or Path(files[key]).stem for key in near(recordings, whole)}
    if station is None:
        chosen = tuple(called) if len(set(called.values())) < 2 else ()
    else:
        chosen = tuple(key for key, name in called.items() if name.casefold() == station.casefold())
    if chosen or not called:
        return chosen, ()
    return (), (_unknown(sorted(set(called.values())), whole, station=station),)


def near(recordings: Mapping[int, Recording], whole: Effort) -> tuple[int, ...]:
    """The keys of those with a reading from an hour before a ride to an hour after it."""
    reach = int(WEATHER_HOLD * SECOND)
    times = {key: recording.streams[WEATHER].time for key, recording in recordings.items()}
    return tuple(k for k, t in times.items() if np.any((t >= whole.start - reach) & (t <= whole.stop + reach)))


def _unknown(names: Sequence[str], whole: Effort, *, station: str | None) -> Finding:
    listed = ", ".join(names)
    said = (
        f"{len(names)} weather stations speak of this time, and none is named: {listed}."
        if station is None
        else f"The weather station that was named is not among those of this time: {listed}."
    )
    message = f"{said} None is used; name one as `station` in the settings file or with --station."
    return Finding("weather_station", WEATHER, "time", whole.start, whole.stop, len(names), message)


def ranged(recording: Recording) -> Recording:
    """The same weather with a flag where a reading is outside what the catalogue calls plausible.

    The other doubts of a recording don't hold for air: it may well be the same for hours, and change at a stroke.
    """
    stream = recording.streams[WEATHER]
    flags = {
        name: np.where(out_of_range(name, stream), Flag.OUT_OF_RANGE, Flag.OK).astype(np.uint8)
        for name in stream.values
    }
    return replace(recording, streams={WEATHER: stream.with_flags(flags)})
