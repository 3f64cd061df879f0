"""RR intervals as text: the times between heart beats, a line a beat.

Two shapes are known: one whole number a line, ms; and two numbers a line, the beat's time since the start and the
interval that ends with it, both in s. Nothing names the kind of the file, so that a head is accepted only where every
line is a plausible interval and, in the second shape, times and intervals agree.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from paceline.domain.efforts import SECOND
from paceline.record.formats import Source
from paceline.record.formats.delimited import head_lines, lines_of, number
from paceline.record.formats.readings import Findings
from paceline.record.formats.wall_clock import LONGEST, nanoseconds, undated
from paceline.record.recordings import Problem, Recording
from paceline.record.streams import Floats, Stream

NAME = "RR text"
MEANING = "Times between heart beats, one a line, as apps for heart rate variability export them."

FEWEST = 8
"""Lines below which numbers alone say too little."""
_SHORTEST, _LONGEST = 0.2, 5.0
"""Seconds between beats, in a head that is recognised: from the catalogue's fastest heart to a few missed beats."""

_DAMAGE = 1e5
"""No interval is longer, in s or in ms; the sum of as many as a file can hold stays within int64."""


def sniff(head: bytes) -> bool:
    """Whether every line is a plausible interval and nothing else."""
    lines = [line.split() for line in head_lines(head) if line.strip()]
    if len(lines) < FEWEST or len({len(cells) for cells in lines}) != 1 or len(lines[0]) > 2:
        return False
    values = np.array([[number(cell) for cell in cells] for cells in lines])
    if len(lines[0]) == 1:
        whole = all(cells[0].isascii() and cells[0].isdigit() for cells in lines)
        return whole and bool(((values >= _SHORTEST * 1000) & (values <= _LONGEST * 1000)).all())
    times, intervals = values.T
    plausible = (intervals >= _SHORTEST) & (intervals <= _LONGEST)
    agree = np.abs(np.diff(times) - intervals[1:]) < 0.01
    return bool(plausible.all() and (np.diff(times) >= 0).all() and agree.mean() > 0.75)


def decode(data: bytes, source: Source) -> tuple[tuple[Recording, ...], tuple[Problem, ...]]:
    """One recording with the stream "rr"; undated unless the source gives the time of the first beat."""
    findings = Findings()
    beats = _beats(lines_of(data, findings), findings)
    width = beats.shape[1]
    if width == 1:
        intervals = beats[:, 0] / 1000
        elapsed = np.cumsum(np.rint(beats[:, 0] * 1000).astype(np.int64)) * (SECOND // 1_000_000)
    else:
        intervals, elapsed = beats[:, 1], nanoseconds(beats[:, 0])
    time = undated(elapsed, source.start, findings)
    stream = Stream("rr", time, {"rr_interval": intervals})
    return (Recording({"rr": stream}, dated=source.start is not None),), findings.problems()


def _beats(lines: Sequence[str], findings: Findings) -> Floats:
    """(beat, 1 or 2): the numbers of every readable line; without its interval a beat has no place on the clock."""
    found: list[list[float]] = []
    width = len(next((line.split() for line in lines if line.strip()), [""]))
    for place, line in enumerate(lines, 1):
        if not (cells := line[:200].split()):
            continue
        values = [number(cell) for cell in cells]
        if len(values) == width and 0 <= values[0] < LONGEST and 0 <= values[-1] < _DAMAGE:
            found.append(values)
        else:
            findings.add("number", "A line that is no interval is left out: times after it lack its beat.", line=place)
    return np.array(found, np.float64).reshape(len(found), min(width, 2))
