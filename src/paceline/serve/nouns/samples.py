"""Samples: what devices read, at any resolution, every stream on its own clock."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import msgspec
from msgspec import Meta

from paceline.domain.channels import CHANNELS
from paceline.domain.errors import Absent, UnknownName
from paceline.serve.moments import Moment, nanoseconds_or_none, text
from paceline.serve.routes import Answer, Call, Route
from paceline.serve.thinning import FEWEST, MOST, kept

if TYPE_CHECKING:
    import numpy as np
    import polars as pl
    from numpy.typing import NDArray

_OURS = frozenset({"subject", "month", "session", "recording", "part", "stream", "sample", "t"})


class StreamTold(msgspec.Struct, frozen=True, kw_only=True):
    """One stream of a session."""

    stream: str
    recording: str
    """The SHA-256 of the recording's bytes."""
    part: int
    channels: list[str]
    samples: int
    start: Moment
    end: Moment


class Streams(msgspec.Struct, frozen=True, kw_only=True):
    """What was recorded in a session."""

    data_version: int
    streams: list[StreamTold]


class Series(msgspec.Struct, frozen=True, kw_only=True):
    """One channel of one stream."""

    stream: str
    recording: str
    part: int
    channel: str
    unit: str
    start: Moment
    """The moment that `t_ns` counts from."""
    t_ns: list[int]
    """Nanoseconds since `start`, never falling."""
    values: list[float | None]
    """Null where nothing was read."""
    breaks: list[int]
    """Places in `values` before which nothing was recorded for longer than a reading speaks: a pause, a hole."""
    of: int
    """How many samples there are; `values` holds all of them where it is as long."""


class Samples(msgspec.Struct, frozen=True, kw_only=True):
    """The channels that were asked for."""

    data_version: int
    series: list[Series]


class SamplesQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which samples, and how many points of them."""

    channel: Annotated[list[str], Meta(max_length=50)] = []
    """Channels; all of the stream where none is named."""
    points: Annotated[int, Meta(ge=FEWEST, le=MOST)] = 2000
    """About how many points of each channel: of every stretch its lowest and its highest reading."""
    start: Moment | None = None
    end: Moment | None = None


def streams(call: Call) -> Answer:
    """What there is."""
    import polars as pl

    lake, found = call.room.store.lake, []
    version = lake.version()
    for name in lake.tables(version=version):
        if not name.startswith("samples_") or name == "samples_described":
            continue
        frame = table(call, name, version)
        for (recording, part, stream), rows in frame.group_by(["recording", "part", "stream"], maintain_order=True):
            times = rows.select(pl.col("t").min().alias("first"), pl.col("t").max().alias("last")).row(0)
            found.append(
                StreamTold(
                    stream=str(stream),
                    recording=str(recording),
                    part=int(str(part)),
                    channels=_channels(rows),
                    samples=rows.height,
                    start=text(times[0]),
                    end=text(times[1]),
                )
            )
    return Answer(Streams(data_version=version, streams=found))


def samples(call: Call) -> Answer:
    """Of one stream, by its name; devices that recorded streams of one name each have their own series."""
    import polars as pl

    from paceline.keep.lake.tables import samples_table

    query, lake, name = call.query(SamplesQuery), call.room.store.lake, call.params["name"]
    for channel in query.channel:
        if channel not in CHANNELS:
            raise UnknownName("channel", channel, known=CHANNELS)
    version = lake.version()
    frame = table(call, samples_table(name), version).filter(pl.col("stream") == name)
    if not frame.height:
        raise Absent("stream", name)
    bounds = (nanoseconds_or_none(query.start, field="start"), nanoseconds_or_none(query.end, field="end"))
    for bound, keeps in zip(bounds, (pl.col("t").__ge__, pl.col("t").__lt__), strict=True):
        frame = frame if bound is None else frame.filter(keeps(bound))
    series = [
        _series(rows, channel, query.points, holes)
        for _, rows in frame.group_by(["recording", "part"], maintain_order=True)
        for holes in (_holes(rows),)
        for channel in (query.channel or _channels(rows))
        if channel in rows.columns
    ]
    return Answer(Samples(data_version=version, series=series))


def _holes(rows: pl.DataFrame) -> NDArray[np.intp]:
    """The first samples after nothing was recorded for longer than a reading speaks, as the metrics have it."""
    import numpy as np

    from paceline.measure.grids import longest_hold
    from paceline.record.streams import Stream

    stream = Stream(str(rows["stream"][0]), rows["t"].to_numpy(), {})
    return np.flatnonzero(np.diff(stream.time) > longest_hold(stream) * 1e9) + 1


def _series(rows: pl.DataFrame, channel: str, points: int, holes: NDArray[np.intp]) -> Series:
    time = rows["t"].to_numpy()
    values = rows[channel].cast(float).to_numpy()
    shown = kept(time, values, points=points)
    breaks = set(shown.searchsorted(holes).tolist())
    return Series(
        stream=str(rows["stream"][0]),
        recording=str(rows["recording"][0]),
        part=int(rows["part"][0]),
        channel=channel,
        unit=CHANNELS[channel].unit,
        start=text(int(time[0])),
        t_ns=(time[shown] - time[0]).tolist(),
        values=values[shown].tolist(),
        breaks=sorted(breaks - {0, len(shown)}),
        of=rows.height,
    )


def table(call: Call, name: str, version: int) -> pl.DataFrame:
    """The session's rows of a table; naming the subject makes it a small read."""
    where: dict[str, object] = {"subject": call.subject, "session": call.params["session"]}
    lake = call.room.store.lake
    return call.room.recent.frame(
        (name, call.subject, call.params["session"]),
        lambda: lake.read(name, where=where, version=version),
        version=version,
    )


def _channels(rows: pl.DataFrame) -> list[str]:
    """The channels of which anything was read."""
    return [
        name
        for name in rows.columns
        if name not in _OURS and not name.endswith("_flags") and rows[name].null_count() < rows.height
    ]


_ALL = "/v1/sessions/{session}/samples"
ROUTES = (
    Route("GET", _ALL, "read data", "What was recorded in a session", streams, gives=Streams, about="session"),
    Route(
        "GET",
        f"{_ALL}/{{name}}",
        "read data",
        "Samples of a stream, at any resolution",
        samples,
        query=SamplesQuery,
        gives=Samples,
        about="session",
    ),
)
