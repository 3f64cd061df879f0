"""One stream of a recording as a table whose column names carry their units: what CSV and Parquet share."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from paceline.domain import units
from paceline.domain.devices import Device
from paceline.domain.errors import WriteError
from paceline.record.recordings import Recording
from paceline.record.streams import Stream

if TYPE_CHECKING:
    import polars as pl


def table_stream(recording: Recording, *, target: str) -> Stream:
    """The stream that a table shows: the head unit's samples, else the first there is.

    Raises:
        WriteError: the recording has none.
    """
    if not recording.streams:
        raise WriteError(target, reason="the recording has no stream, and a table shows one")
    return recording.streams.get("record") or next(iter(recording.streams.values()))


def column_names(stream: Stream, *, target: str) -> dict[str, str]:
    """Channel → column: the channel's name and its unit, in letters, digits and "_".

    Raises:
        WriteError: two channels would have one column's name.

    >>> import numpy as np
    >>> stream = Stream("record", np.array([0]), {"power": np.array([200.0]), "slope": np.array([0.01])})
    >>> column_names(stream, target="a table")
    {'power': 'power_w', 'slope': 'slope'}
    """
    names: dict[str, str] = {}
    for name in stream.values:
        unit = units.suffix(stream.channel(name).unit)
        plain = re.sub(r"\W+_?", "_", f"{name}_{unit}" if unit else name) or "_"
        if plain in names.values() or plain in {"time", "elapsed_s"}:
            reason = f"more than one column would be called {plain!r}"
            raise WriteError(target, reason=reason, advice="Rename a described channel.")
        names[name] = plain
    return names


def columns_of(stream: Stream, names: dict[str, str]) -> pl.DataFrame:
    """The channels under their columns' names; NaN becomes null."""
    return stream.table().drop("time").rename(names)


def beside_the_table(recording: Recording, shown: Stream) -> tuple[str, ...]:
    """What a table of one stream has no place for."""
    kept = {
        **{f"stream {name}": stream is not shown for name, stream in recording.streams.items()},
        "flags": any(bool(bits.any()) for bits in shown.flags.values()),
        "laps": bool(recording.laps),
        "sessions": bool(recording.sessions),
        "lengths": bool(recording.lengths),
        "events": bool(recording.events),
        "devices": recording.device != Device() or bool(recording.sensors),
        "sport": recording.sport is not None,
        "utc_offset": recording.utc_offset is not None,
        "notes": bool(recording.notes),
    }
    return tuple(what for what, there in kept.items() if there)
