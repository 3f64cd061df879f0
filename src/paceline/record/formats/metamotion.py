"""MetaMotion CSV: one sensor of a MetaWear wristband, as its phone app exports it.

A header `epoch (ms), time (01:00), elapsed (s), x-axis (g), y-axis (g), z-axis (g)`; rotation is in deg/s.
Accelerometer and gyroscope come in files of their own, at their own rates: each is a stream on its own clock. The zone
in brackets after `time` is how far the phone's wall clock was ahead of UTC.
"""

from __future__ import annotations

import re

import numpy as np

from paceline.domain.devices import Device
from paceline.domain.efforts import SECOND
from paceline.domain.errors import Damaged
from paceline.domain.units import convert
from paceline.record.formats import Source
from paceline.record.formats.delimited import head_lines, lines_of, table
from paceline.record.formats.readings import Findings
from paceline.record.recordings import Problem, Recording
from paceline.record.streams import Stream

NAME = "MetaMotion CSV"
MEANING = "Acceleration or rotation of a MetaMotion or MetaWear wristband, exported by its app."

_HEAD = re.compile(
    r"epoch \(ms\),time \(([+-]?\d\d:\d\d)\),elapsed \(s\),x-axis \((g|deg/s)\),y-axis \(\2\),z-axis \(\2\)"
)
_LAST = 4e12
"""Milliseconds since 1970: the year 2096."""


def sniff(head: bytes) -> bool:
    """Whether the first line is the app's header."""
    return _HEAD.fullmatch(head_lines(head)[0].strip()) is not None


def decode(data: bytes, source: Source) -> tuple[tuple[Recording, ...], tuple[Problem, ...]]:
    """The one recording of the file.

    Raises:
        Damaged: the header is not the app's.
    """
    findings = Findings()
    lines = lines_of(data, findings)
    heading = _HEAD.fullmatch(lines[0].strip())
    if heading is None:
        expected = "epoch (ms),time (01:00),elapsed (s),x-axis (g),…"
        raise Damaged(source.file, expected=expected, found="another header", offset=0)
    rows = table(lines, findings, file=source.file, header=0)
    epoch = rows.numbers(0, findings)
    keep = np.isfinite(epoch) & (np.abs(np.nan_to_num(epoch)) < _LAST)
    for row in np.flatnonzero(~keep):
        findings.add("clock", "A row without a readable time is left out.", line=rows.lines[int(row)])
    rows = rows.kept(keep.tolist())
    kind = "acceleration" if heading[2] == "g" else "rotation"
    unit = "m/s²" if kind == "acceleration" else "rad/s"
    values = {
        f"{kind}_{axis}": convert(rows.numbers(3 + index, findings), unit=heading[2], to=unit)
        for index, axis in enumerate("xyz")
    }
    time = np.rint(epoch[keep]).astype(np.int64) * (SECOND // 1000)
    stream = Stream(kind, time, values)
    recording = Recording({kind: stream}, Device("motion", maker="MbientLab"), utc_offset=_offset(heading[1]))
    return (recording,), findings.problems()


def _offset(zone: str) -> int | None:
    sign = -1 if zone.startswith("-") else 1
    hours, minutes = map(int, zone.lstrip("+-").split(":"))
    return sign * (hours * 3600 + minutes * 60) if hours <= 14 and minutes < 60 else None
