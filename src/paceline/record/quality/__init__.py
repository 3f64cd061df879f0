"""How far each reading can be trusted: flags beside the readings, and findings for people. Nothing is overwritten."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from paceline.record.quality.clock import Order, clock_findings, elapsed, order
from paceline.record.quality.dropouts import dropouts
from paceline.record.quality.findings import Finding, Mask, flag_findings
from paceline.record.quality.flats import flats
from paceline.record.quality.gaps import gap_findings, gaps, longest_step, missing_findings
from paceline.record.quality.ranges import out_of_range
from paceline.record.quality.series import Series
from paceline.record.quality.spikes import spikes
from paceline.record.recordings import Recording
from paceline.record.streams import Flag, Flags, Stream

__all__ = ["DETECTORS", "Assessment", "Finding", "assess"]

DETECTORS: tuple[tuple[Flag, Callable[[str, Series], Mask]], ...] = (
    (Flag.SPIKE, spikes),
    (Flag.DROPOUT, dropouts),
    (Flag.FLAT, flats),
)
"""What looks at the readings of one channel in order of time, and the flag it sets."""


@dataclass(frozen=True, eq=False)
class Assessment:
    """A recording with its doubts.

    Attributes:
        recording: the same readings, with flags.
        findings: in time order.
    """

    recording: Recording
    findings: tuple[Finding, ...]


def assess(recording: Recording) -> Assessment:
    """Flags for every reading that can be doubted, and a finding for each doubt.

    Args:
        recording: as a reader gave it. Flags that it has already stay.

    >>> power = np.array([200.0] * 4 + [21_733.0] + [205.0] * 5)
    >>> stream = Stream("record", np.arange(10) * 10**9, {"power": power})
    >>> found = assess(Recording({"record": stream}))
    >>> Flag(int(found.recording.streams["record"].flag("power")[4]))
    <Flag.SPIKE|OUT_OF_RANGE: 20>
    >>> [f.kind for f in found.findings]
    ['spike']
    """
    orders = {name: order(stream) for name, stream in recording.streams.items()}
    begins = [int(recording.streams[name].time[found.kept[0]]) for name, found in orders.items() if len(found.kept)]
    origin = min(begins, default=0)
    streams, findings = {}, []
    for name, stream in recording.streams.items():
        streams[name], found = _assessed(stream, orders[name], recording, origin)
        findings += found
    findings.sort(key=lambda f: (f.start, f.stream, f.channel, f.kind))
    return Assessment(replace(recording, streams=streams), tuple(findings))


def _assessed(stream: Stream, clock: Order, recording: Recording, origin: int) -> tuple[Stream, list[Finding]]:
    time = stream.time[clock.kept]
    seconds = elapsed(time)
    values = {name: column[clock.kept] for name, column in stream.values.items()}
    series = Series(seconds, values, longest_step(seconds))
    holes = gaps(series)
    flags = {name: _channel_flags(name, stream, series, clock) for name in stream.values}
    flags["time"] = np.where(clock.doubted, Flag.TIME, Flag.OK).astype(np.uint8)
    flags["time"][clock.kept[holes]] |= np.uint8(Flag.GAP)
    findings = clock_findings(clock, stream.time, stream=stream.name, origin=origin)
    findings += gap_findings(holes, time, series=series, events=recording.events, stream=stream.name, origin=origin)
    findings += missing_findings(series, time, stream=stream.name, origin=origin)
    for name in stream.values:
        findings += flag_findings(flags[name][clock.kept], time, stream=stream.name, channel=name, origin=origin)
    return stream.with_flags(flags), findings


def _channel_flags(name: str, stream: Stream, series: Series, clock: Order) -> Flags:
    flags = np.where(out_of_range(name, stream), Flag.OUT_OF_RANGE, Flag.OK).astype(np.uint8)
    flags |= np.where(np.isnan(stream.values[name]), Flag.MISSING, Flag.OK).astype(np.uint8)
    for flag, detect in DETECTORS:
        flags[clock.kept[detect(name, series)]] |= np.uint8(flag)
    return flags
