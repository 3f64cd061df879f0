"""Named repairs: what someone asked for, and nothing else, computed into a new stream beside the recorded one.

A reading that a repair computed or removed is flagged `REPAIRED`, in place of what was wrong with it; the reading
itself stands in the stream that the repair was made from. Readings flagged by `paceline.record.quality` as spikes,
dropouts or out of range, or whose time is doubted, are never what a repair goes by.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import numpy as np
import numpy.typing as npt

from paceline.domain.efforts import SECOND
from paceline.domain.errors import UnknownName
from paceline.record.quality.clock import order
from paceline.record.streams import Flag, Flags, Floats, Stream

Option = float | str | int
Mask = npt.NDArray[np.bool_]

DOUBTED = Flag.SPIKE | Flag.OUT_OF_RANGE | Flag.DROPOUT
CIRCULAR = frozenset({"heading", "wind_direction", "longitude"})
"""Between 359° and 1° lies 0°, not 180°."""


@dataclass(frozen=True, slots=True)
class Repair:
    """What was done, for a result to name.

    Attributes:
        name: of the registry `REPAIRS`.
        channel: the channel, or "time".
        count: how many readings it computed, removed or put elsewhere.
        parameters: every option it ran with, also those left at their defaults.
    """

    name: str
    channel: str
    count: int
    parameters: Mapping[str, Option]


@dataclass(frozen=True, eq=False)
class Repaired:
    """A new stream, and what was done to get it."""

    stream: Stream
    repair: Repair


def repair(stream: Stream, channel: str, kind: str, **options: Option) -> Repaired:
    """One channel of a stream, repaired by name.

    Args:
        stream: as assessed; without flags only absent readings can be repaired.
        channel: one of its channels; "time" for the repair "clock".
        kind: a name of `REPAIRS`.
        options: the repair's own, by name.

    Raises:
        UnknownName: there is no such repair, channel or option; the message names close ones.

    >>> stream = Stream("record", np.arange(3) * SECOND, {"power": np.array([200.0, np.nan, 220.0])})
    >>> found = repair(stream, "power", "interpolate", max_hole=5.0)
    >>> found.stream.values["power"].tolist(), found.stream.flags["power"].tolist()
    ([200.0, 210.0, 220.0], [0, 128, 0])
    >>> found.repair.count
    1
    """
    if kind not in REPAIRS:
        raise UnknownName("repair", kind, known=REPAIRS)
    if (kind == "clock") != (channel == "time") or (kind != "clock" and channel not in stream.values):
        raise UnknownName(f"channel for {kind}", channel, known=["time"] if kind == "clock" else stream.values)
    defaults = {
        n: p.default for n, p in inspect.signature(REPAIRS[kind]).parameters.items() if p.kind is p.KEYWORD_ONLY
    }
    for option in options:
        if option not in defaults:
            raise UnknownName(f"option of {kind}", option, known=defaults)
    parameters = {**defaults, **options}
    made, count = REPAIRS[kind](stream, channel, **parameters)
    return Repaired(made, Repair(kind, channel, count, MappingProxyType(parameters)))


def interpolate(stream: Stream, channel: str, *, max_hole: float = 5.0) -> tuple[Stream, int]:
    """Absent readings become points on the straight line between the good ones around them.

    Args:
        stream: the stream.
        channel: a channel of it. Directions and longitudes go the shorter way round.
        max_hole: s, from the last good reading to the next; a longer hole stays a hole.
    """
    values = stream.values[channel]
    return _with(stream, channel, _filled(stream, channel, np.isnan(values), max_hole))


def hold(stream: Stream, channel: str, *, max_hole: float = 5.0) -> tuple[Stream, int]:
    """Absent readings become the last good one before them, for at most `max_hole` seconds."""
    values = stream.values[channel]
    good, absent = _good(stream, channel), np.isnan(values)
    at = np.flatnonzero(good)
    before = np.searchsorted(at, np.flatnonzero(absent)) - 1
    near = np.full(values.shape, np.nan)
    if len(at):
        source = at[np.maximum(before, 0)]
        age = _seconds(stream)[absent] - _seconds(stream)[source]
        usable = (before >= 0) & (age >= 0) & (age <= max_hole)
        near[absent] = np.where(usable, values[source], np.nan)
    return _with(stream, channel, np.where(absent, near, values))


def despike(
    stream: Stream, channel: str, *, fill: Literal["nan", "interpolate"] = "nan", max_hole: float = 5.0
) -> tuple[Stream, int]:
    """Readings flagged as spikes become absent, or points on the line between the good readings around them.

    Raises:
        UnknownName: `fill` is neither "nan" nor "interpolate".
    """
    if fill not in ("nan", "interpolate"):
        raise UnknownName("fill", fill, known=["nan", "interpolate"])
    spiked = (stream.flag(channel) & Flag.SPIKE).astype(bool)
    if fill == "interpolate":
        return _with(stream, channel, _filled(stream, channel, spiked, max_hole), touched=spiked)
    return _with(stream, channel, np.where(spiked, np.nan, stream.values[channel]), touched=spiked)


def drop(stream: Stream, channel: str) -> tuple[Stream, int]:
    """Readings flagged as spikes, dropouts or out of range become absent."""
    return _without(stream, channel, DOUBTED)


def zero_dropouts_to_nan(stream: Stream, channel: str) -> tuple[Stream, int]:
    """Zeros that were written where nothing was measured become absent."""
    return _without(stream, channel, Flag.DROPOUT)


def clock(
    stream: Stream,
    channel: str,  # noqa: ARG001 - every repair is called alike
    *,
    order_by: Literal["file", "time"] = "file",
) -> tuple[Stream, int]:
    """Times become strictly increasing, by leaving whole samples out or by putting them where their times say.

    Args:
        stream: the stream. To sort, its clock is judged anew, whatever its flags say.
        channel: "time".
        order_by: "file" leaves out every sample whose time is doubted; "time" sorts by time those that are merely out
            of order, for devices that write late packets late, and leaves out repeats and jumps.

    Raises:
        UnknownName: `order_by` is neither "file" nor "time".
    """
    if order_by not in ("file", "time"):
        raise UnknownName("order_by", order_by, known=["file", "time"])
    if order_by == "file":
        kept = order(stream).kept
        return _taken(stream, kept), len(stream) - len(kept)
    stream = _taken(stream, np.arange(len(stream)))
    found = order(stream)
    late = np.zeros(len(stream), np.uint8)
    late[found.backward] = Flag.REPAIRED
    rows = np.union1d(found.kept, np.flatnonzero(found.backward))
    by_time = _taken(stream.with_flags({"time": late}), rows[np.argsort(stream.time[rows], kind="stable")])
    made = _taken(by_time, order(by_time).kept)
    moved = int(np.count_nonzero(made.flags["time"] & np.uint8(Flag.REPAIRED)))
    return made, len(stream) - len(made) + moved


REPAIRS: Mapping[str, Callable[..., tuple[Stream, int]]] = MappingProxyType(
    {made.__name__: made for made in (interpolate, hold, despike, drop, zero_dropouts_to_nan, clock)}
)
"""Name → repair: (stream, channel, options by name) → a new stream and the number of readings that differ."""


def _seconds(stream: Stream) -> Floats:
    """(sample,), s since the first sample's time, whatever the order."""
    return (stream.time.astype(np.float64) - stream.time[:1].astype(np.float64)) / SECOND


def _good(stream: Stream, channel: str) -> Mask:
    """(sample,), readings that nobody doubts, at times that nobody doubts."""
    bad = stream.flag(channel) & np.uint8(Flag.MISSING | DOUBTED)
    times = stream.flags.get("time", np.zeros(len(stream), np.uint8)) & np.uint8(Flag.TIME)
    return np.equal(bad | times, 0) & np.isfinite(stream.values[channel])


def _filled(stream: Stream, channel: str, holes: Mask, max_hole: float) -> Floats:
    """The channel with `holes` on the line between good readings at most `max_hole` s apart; NaN in other holes."""
    values, seconds = stream.values[channel], _seconds(stream)
    at, here = np.flatnonzero(_good(stream, channel)), np.flatnonzero(holes)
    filled = np.where(holes, np.nan, values)
    after = np.searchsorted(at, here)
    inside = (after > 0) & (after < len(at))
    here, left, right = here[inside], at[after[inside] - 1], at[after[inside]]
    length = seconds[right] - seconds[left]
    usable = (length <= max_hole) & (seconds[here] > seconds[left]) & (seconds[here] < seconds[right])
    here, left, right, length = here[usable], left[usable], right[usable], length[usable]
    rise = values[right] - values[left]
    if channel in CIRCULAR:
        rise = (rise + 180.0) % 360.0 - 180.0
    filled[here] = values[left] + rise * (seconds[here] - seconds[left]) / length
    if channel in CIRCULAR:
        filled[here] = _wrapped(filled[here], low=-180.0 if channel == "longitude" else 0.0)
    return filled


def _wrapped(degrees: Floats, *, low: float) -> Floats:
    return (degrees - low) % 360.0 + low


def _without(stream: Stream, channel: str, flags: Flag) -> tuple[Stream, int]:
    flagged = (stream.flag(channel) & np.uint8(flags)).astype(bool) & ~np.isnan(stream.values[channel])
    return _with(stream, channel, np.where(flagged, np.nan, stream.values[channel]), touched=flagged)


def _with(stream: Stream, channel: str, values: Floats, *, touched: Mask | None = None) -> tuple[Stream, int]:
    """The stream with new values of a channel; what changed is flagged as repaired, and as nothing else."""
    changed = ~np.isnan(values) & np.isnan(stream.values[channel]) if touched is None else touched
    flags: Flags = np.where(changed, np.uint8(Flag.REPAIRED), stream.flag(channel)).astype(np.uint8)
    flags |= np.where(np.isnan(values), Flag.MISSING, Flag.OK).astype(np.uint8)
    made = Stream(
        stream.name, stream.time, {**stream.values, channel: values}, {**stream.flags, channel: flags}, stream.described
    )
    return made, int(changed.sum())


def _taken(stream: Stream, rows: npt.NDArray[np.intp]) -> Stream:
    """The samples of these rows, without a doubt about their clock."""
    values = {name: column[rows] for name, column in stream.values.items()}
    flags = {name: bits[rows] for name, bits in stream.flags.items()}
    if "time" in flags:
        flags["time"] = flags["time"] & np.uint8(~Flag.TIME & 0xFF)
    return Stream(stream.name, stream.time[rows], values, flags, stream.described)
