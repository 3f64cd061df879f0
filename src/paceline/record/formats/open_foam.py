"""Force coefficients as OpenFOAM's function object `forceCoeffs` writes them: columns go by their names.

Comment lines name the set-up ("# Aref : 0.35") and the last of them the columns ("# Time Cd Cs Cl …"); their order and
number changed between releases, and the moments have their axis in the name or not. Steady solvers count iterations in
the time column: an iteration is then a second of this stream's clock.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence

import numpy as np

from paceline.domain.channels import Channel
from paceline.domain.errors import UnknownFormat
from paceline.record.formats import Source
from paceline.record.formats.delimited import COLUMNS, head_lines, lines_of, number
from paceline.record.formats.readings import Findings
from paceline.record.formats.wall_clock import nanoseconds, undated, usable
from paceline.record.recordings import Problem, Recording
from paceline.record.streams import Floats, Stream

NAME = "OpenFOAM coefficients"
MEANING = "Drag, lift and moment coefficients that OpenFOAM writes while it solves."

_SETTING = re.compile(r"#\s*([A-Za-z]\w*)\s*:\s*(\S.*)")
_NAMES: Mapping[str, str] = {
    "cd": "drag_coefficient",
    "cs": "side_force_coefficient",
    "cl": "lift_coefficient",
    "cm": "pitching_moment_coefficient",
    "cmpitch": "pitching_moment_coefficient",
    "cmroll": "rolling_moment_coefficient",
    "cmyaw": "yawing_moment_coefficient",
}
_ENDS: Mapping[str, str] = {"": "", "(f)": "_front", "(r)": "_rear"}


def sniff(head: bytes) -> bool:
    """Whether a comment line names the time and the drag coefficient."""
    return head.lstrip()[:1] == b"#" and _header(head_lines(head)) is not None


def decode(data: bytes, source: Source) -> tuple[tuple[Recording, ...], tuple[Problem, ...]]:
    """One recording with the stream "force_coefficients"; the set-up stands in its notes.

    Raises:
        UnknownFormat: no comment line names the columns.
    """
    findings = Findings()
    lines = lines_of(data, findings)
    header = _header(lines)
    if header is None:
        raise UnknownFormat(source.file, expected="a line '# Time … Cd …'", found="none", offset=0)
    names = lines[header].lstrip("# \t").split()
    table, places = _rows(lines, header, len(names), findings)
    keep = usable(table[:, 0], places, findings)
    time = undated(nanoseconds(table[keep, 0]), source.start, findings)
    values: dict[str, Floats] = {}
    described: dict[str, Channel] = {}
    for column, name in enumerate(names):
        if column and (channel := _channel(name)) is not None and channel not in values:
            values[channel] = table[keep, column]
            described[channel] = Channel(channel, "1", -math.inf, math.inf, f"{name} of OpenFOAM's forceCoeffs.")
    settings = (_SETTING.fullmatch(line.strip()) for line in lines[:header])
    notes = {found[1]: found[2].strip()[:200] for found in settings if found}
    stream = Stream("force_coefficients", time, values, {}, described)
    recording = Recording({stream.name: stream}, dated=source.start is not None, notes=notes)
    return (recording,), findings.problems()


def _header(lines: Sequence[str]) -> int | None:
    for index, line in enumerate(lines[:100]):
        names = [name.casefold() for name in line.lstrip("# \t").split()]
        if line.lstrip().startswith("#") and names[:1] == ["time"] and "cd" in names and len(names) <= COLUMNS:
            return index
    return None


def _channel(name: str) -> str | None:
    plain = name.casefold()
    end = plain[-3:] if plain[-3:] in _ENDS else ""
    known = _NAMES.get(plain.removesuffix(end))
    return None if known is None else known + _ENDS[end]


def _rows(lines: Sequence[str], header: int, width: int, findings: Findings) -> tuple[Floats, list[int]]:
    """(row, column), and the line of each row. A last line without an end may lack digits, so it is left out."""
    rows, places = [], []
    for index in range(header + 1, len(lines)):
        line = lines[index]
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        cells = line.split()
        if index == len(lines) - 1:
            findings.add("truncated", "The last row is cut off and left out.", line=index + 1)
        elif len(cells) != width:
            findings.add("ragged", "A row with another number of cells than columns is left out.", line=index + 1)
        else:
            rows.append([number(cell) for cell in cells])
            places.append(index + 1)
    return np.array(rows, np.float64).reshape(len(rows), width), places
