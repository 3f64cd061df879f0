"""SRM: what the PowerControl of SRM's cranks holds, as SRMWin writes it (SRM5, SRM6, SRM7, and SRM9 with positions).

Little-endian throughout. Header, 86 bytes: "SRM" and a digit; days since 1880-01-01; wheel circumference (mm); the
recording interval as a fraction (two bytes); how many blocks and markers; a comment. Then the markers, one more than
counted: the first is the whole ride and carries the athlete's name, which is not read. Then the blocks, each with its
own start (1/100 s since that midnight, signed) and its number of samples, so that pauses are exact; then zero offset,
slope and the number of samples; then the samples. SRM5 and SRM6 pack one into 5 bytes, SRM7 takes 14, SRM9 22.

Layout from two open implementations that agree: srmio (file_srm.c) and GoldenCheetah (SrmRideFile.cpp; alone for SRM9
and for which of the bytes 3 and 4 of the 5 is cadence). Times are local, without a zone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

from paceline.domain.devices import Device
from paceline.domain.efforts import SECOND, Effort
from paceline.domain.errors import Damaged
from paceline.record.formats import Source
from paceline.record.formats.delimited import measured
from paceline.record.formats.readings import Findings
from paceline.record.formats.wall_clock import zoned
from paceline.record.recordings import Problem, Recording
from paceline.record.streams import Floats, Nanoseconds, Stream

NAME = "SRM"
MEANING = "Rides recorded by the PowerControl of SRM power-measuring cranks."

_HEADER = np.dtype("S4,<u2,<u2,u1,u1,<u2,<u2,u1,u1,S70")
_HEADER.names = ("magic", "days", "wheel", "over", "under", "blocks", "markers", "pad", "length", "comment")
_COMMON = [("power", "<u2"), ("cadence", "u1"), ("heart", "u1"), ("speed", "<i4"), ("height", "<i4"), ("warmth", "<i2")]
_POSITION = [("latitude", "<i4"), ("longitude", "<i4")]
_PACKED = np.dtype([("mixed", "u1", 3), ("cadence", "u1"), ("heart", "u1")])
_EPOCH_1880 = (date(1880, 1, 1) - date(1970, 1, 1)).days
_DAY = 86_400 * SECOND


@dataclass(frozen=True, slots=True)
class _Layout:
    """How one version writes what differs between them: text and index width of a marker, and a sample."""

    text: int
    index: str
    sample: np.dtype[Any]

    @property
    def marker(self) -> np.dtype[Any]:
        """Text, active, first and last sample (from 1), then five averages in units that no source documents."""
        return np.dtype(
            [("text", f"S{self.text}"), ("on", "u1"), ("first", self.index), ("last", self.index), ("_", "V10")]
        )

    @property
    def block(self) -> np.dtype[Any]:
        return np.dtype([("start", "<i4"), ("samples", self.index)])

    @property
    def calibration(self) -> np.dtype[Any]:
        return np.dtype([("zero", "<u2"), ("slope", "<u2"), ("samples", self.index), ("pad", "u1")])


_LAYOUTS = {
    b"SRM5": _Layout(3, "<u2", _PACKED),
    b"SRM6": _Layout(255, "<u2", _PACKED),
    b"SRM7": _Layout(255, "<u2", np.dtype(_COMMON)),
    b"SRM9": _Layout(255, "<u4", np.dtype([*_COMMON, *_POSITION])),
}


def sniff(head: bytes) -> bool:
    """Whether it begins with SRM and a version that is known."""
    return head[:4] in _LAYOUTS


def decode(data: bytes, source: Source) -> tuple[tuple[Recording, ...], tuple[Problem, ...]]:
    """The one recording of the file.

    Raises:
        Damaged: the file ends before its first sample, or does not say how far samples are apart.
    """
    findings = Findings()
    reader = _Reader(data, source.file)
    header = reader.take(_HEADER, 1, "a header")[0]
    layout = _LAYOUTS[data[:4]]
    if not header["over"] or not header["under"]:
        raise Damaged(source.file, expected="a recording interval", found="none", offset=8)
    markers = reader.take(layout.marker, int(header["markers"]) + 1, "markers")
    blocks = reader.take(layout.block, int(header["blocks"]), "blocks")
    calibration = reader.take(layout.calibration, 1, "zero offset and slope")[0]
    samples = reader.rest(layout.sample, _declared(blocks, calibration, findings), findings)
    local, step = _times(header, blocks, len(samples), findings)
    start, offset = zoned(int(local[0]), source.start, findings)
    time = local + (start - int(local[0]))
    recording = Recording(
        {"record": Stream("record", time, measured(_channels(samples), findings))},
        Device(maker="SRM", product="PowerControl", software=data[:4].decode("ascii")),
        sport="cycling",
        laps=_laps(markers[1:], time, step, findings),
        utc_offset=offset,
        notes=_notes(header, calibration),
    )
    return (recording,), findings.problems()


class _Reader:
    """The bytes of a file and how far they were read."""

    def __init__(self, data: bytes, file: str) -> None:
        self.data, self.file, self.offset = data, file, 0

    def take(self, kind: np.dtype[Any], count: int, what: str) -> npt.NDArray[Any]:
        """The next `count` entries; all of them have to be there."""
        end = self.offset + kind.itemsize * count
        if end > len(self.data):
            found = f"the end of the file {end - len(self.data):,} bytes early"
            raise Damaged(self.file, expected=what, found=found, offset=self.offset)
        entries = np.frombuffer(self.data, kind, count, self.offset)
        self.offset = end
        return entries

    def rest(self, kind: np.dtype[Any], declared: int, findings: Findings) -> npt.NDArray[Any]:
        """As many of the samples as there are; fewer or more bytes than declared are reported."""
        there = (len(self.data) - self.offset) // kind.itemsize
        if there < declared:
            findings.add("truncated", "The file ends before its last sample.", offset=len(self.data))
        count = min(there, declared)
        if not count:
            raise Damaged(self.file, expected="a sample", found="none", offset=self.offset)
        samples = self.take(kind, count, "samples")
        if there >= declared and self.offset < len(self.data):
            findings.add("trailing", "Bytes after the last sample are not read.", offset=self.offset)
        return samples


def _declared(blocks: npt.NDArray[Any], calibration: Any, findings: Findings) -> int:
    """How many samples the file says it has: the blocks', since the 16 bits of the sum overflow on long rides."""
    total, sum_of_blocks = int(calibration["samples"]), int(blocks["samples"].sum(dtype=np.int64))
    if not len(blocks):
        return total
    if total % 65_536 != sum_of_blocks % 65_536:
        findings.add("count", "The blocks hold another number of samples than the file says: the blocks are believed.")
    return sum_of_blocks


def _times(header: Any, blocks: npt.NDArray[Any], count: int, findings: Findings) -> tuple[Nanoseconds, int]:
    """The wall clock of each sample, (sample,), ns, and the recording interval, ns."""
    midnight = (int(header["days"]) + _EPOCH_1880) * _DAY
    if not len(blocks):
        findings.add("clock", "The file does not say at what time of day it was made: it starts at midnight.")
        starts, sizes = np.array([midnight]), np.array([count])
    else:
        starts = midnight + blocks["start"].astype(np.int64) * (SECOND // 100)
        sizes = blocks["samples"].astype(np.int64)
    block = np.repeat(np.arange(len(sizes)), sizes)[:count]
    first = np.cumsum(sizes) - sizes
    within = np.arange(count) - first[block]
    step = int(header["over"]) * SECOND
    if (np.diff(starts[block]) < 0).any():
        findings.add("clock", "A block begins before the one that stands in front of it: times go backwards there.")
    return starts[block] + within * step // int(header["under"]), step // int(header["under"])


def _channels(samples: npt.NDArray[Any]) -> dict[str, Floats]:
    values = {"cadence": samples["cadence"].astype(float), "heart_rate": samples["heart"].astype(float)}
    if samples.dtype == _PACKED:
        low, middle, high = (samples["mixed"][:, byte].astype(np.int64) for byte in range(3))
        speed = ((middle & 0xF0) << 3 | low & 0x7F) * (3 / 26) / 3.6
        return values | {"power": (middle & 0x0F | high << 4).astype(float), "speed": speed}
    values |= {
        "power": samples["power"].astype(float),
        "speed": samples["speed"] / 1000,
        "altitude": samples["height"].astype(float),
        "temperature": samples["warmth"] / 10,
    }
    positions = [name for name, _ in _POSITION if name in (samples.dtype.names or ())]
    return values | {name: samples[name] * (180 / 0x7FFFFFFF) for name in positions}


def _laps(markers: npt.NDArray[Any], time: Nanoseconds, step: int, findings: Findings) -> tuple[Effort, ...]:
    """A lap a marker, from its first sample to the end of its last; some SRMWin count from 0 or swap the two."""
    laps = []
    for number, marker in enumerate(markers, 1):
        first, last = sorted(max(int(marker[end]), 1) for end in ("first", "last"))
        if last > len(time):
            findings.add("lap", "A marker reaches beyond the last sample: it ends there.")
            first, last = min(first, len(time)), len(time)
        start, stop = int(time[first - 1]), int(time[last - 1]) + step
        name = _text(marker["text"]) or f"lap {number}"
        laps.append(Effort(name, start, max(start, stop), "lap", sport="cycling"))
    return tuple(sorted(laps, key=lambda lap: lap.start))


def _notes(header: Any, calibration: Any) -> dict[str, str]:
    notes = {
        "comment": _text(header["comment"]),
        "wheel_circumference_mm": str(int(header["wheel"])),
        "zero_offset_hz": str(int(calibration["zero"])),
        "slope_hz_per_nm": f"{140 / 42781 * int(calibration['slope']):.2f}",
    }
    return {name: note for name, note in notes.items() if note}


def _text(raw: bytes) -> str:
    """What stands before the first zero byte, in the Windows encoding of SRMWin's time."""
    return raw.split(b"\0")[0].decode("cp1252", errors="replace").strip()
