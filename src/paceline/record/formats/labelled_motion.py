"""Labelled motion: a row a sample with the exercise beside it, as the muvr phone app exports sets for training.

`x,y,z,exercise,intensity,weight,repetitions` without a header, axes in g. The app wrote weight, repetitions and
intensity in another order than its documentation and its training files; intensity is at most one, so that a first
figure above one tells the app's own order. Rows have no time: they are at 50 Hz, the rate to which that system brought
every sensor. Rest is labelled `-` or `no_exercise`. Each run of equal labels is a lap.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby

import numpy as np

from paceline.domain.devices import Device
from paceline.domain.efforts import SECOND, Effort
from paceline.domain.errors import Damaged
from paceline.domain.units import convert
from paceline.record.formats import Source
from paceline.record.formats.delimited import Table, head_lines, lines_of, number, split, table
from paceline.record.formats.readings import Findings
from paceline.record.formats.wall_clock import undated
from paceline.record.recordings import Problem, Recording
from paceline.record.streams import Nanoseconds, Stream

NAME = "Labelled motion"
MEANING = "Sets of an exercise with its label beside each sample, exported by the muvr app for training."

RATE = 50
"""Rows a second."""
NO_EXERCISE = ("-", "no_exercise", "")

_COLUMNS = ("x", "y", "z", "exercise", "first", "second", "third")
_LABEL = re.compile(r"[\w:/.\- ]{0,80}")
_WIDTH = len(_COLUMNS)


def sniff(head: bytes) -> bool:
    """Whether the first lines are three numbers, a label and three numbers or blanks."""
    if b"\0" in head:
        return False
    lines = [line for line in head_lines(head)[:3] if line.strip()]
    return bool(lines) and all(_row(line) for line in lines)


def _row(line: str) -> bool:
    cells = [cell.strip() for cell in split(line, ",")]
    if len(cells) != _WIDTH or not np.isfinite([number(cell) for cell in cells[:3]]).all():
        return False
    figures = all(cell == "" or np.isfinite(number(cell)) for cell in cells[4:])
    return figures and np.isnan(number(cells[3])) and _LABEL.fullmatch(cells[3]) is not None


def decode(data: bytes, source: Source) -> tuple[tuple[Recording, ...], tuple[Problem, ...]]:
    """The one recording of the file.

    Raises:
        Damaged: the first row is none of this format.
    """
    findings = Findings()
    lines = lines_of(data, findings)
    if not _row(lines[0]):
        raise Damaged(
            source.file, expected="x,y,z,exercise,intensity,weight,repetitions", found="another row", offset=0
        )
    rows = table([",".join(_COLUMNS), *lines], findings, file=source.file, header=0)
    values = {
        f"acceleration_{axis}": convert(rows.numbers(index, findings), unit="g", to="m/s²")
        for index, axis in enumerate("xyz")
    }
    elapsed = np.arange(len(rows), dtype=np.int64) * (SECOND // RATE)
    time = undated(elapsed, source.start, findings)
    stream = Stream("acceleration", time, values)
    laps = tuple(_laps(rows, time, findings))
    return (Recording({"acceleration": stream}, Device("motion"), laps=laps, dated=source.start is not None),), (
        findings.problems()
    )


def _laps(rows: Table, time: Nanoseconds, findings: Findings) -> Sequence[Effort]:
    figures = [rows.numbers(column, findings) for column in (4, 5, 6)]
    app = bool(np.any(figures[0] > 1.0))
    if app:
        findings.add("order", "The figures stand as weight, repetitions, intensity: the app's own order.")
    names = ("weight", "repetitions", "intensity") if app else ("intensity", "weight", "repetitions")
    keys = list(zip(rows.cells(3), *(map(str, column.tolist()) for column in figures), strict=True))
    found, at = [], 0
    for key, run in groupby(keys):
        begin, at = at, at + len(list(run))
        if key[0] not in NO_EXERCISE:
            summary = {name: float(text) for name, text in zip(names, key[1:], strict=True) if text != "nan"}
            stop = int(time[at - 1]) + SECOND // RATE
            found.append(Effort(key[0], int(time[begin]), stop, "lap", summary))
    return found
