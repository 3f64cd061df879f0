"""Spreadsheets: tables in the middle of a sheet, facts beside them, and workbooks that are traps."""

from __future__ import annotations

import contextlib
import importlib.util
import io
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest

from paceline.domain import units
from paceline.domain.errors import ReadError, TooLarge, UnknownFormat
from paceline.record.files import read_bytes
from paceline.record.formats import Source
from paceline.record.formats.workbook import OLE, sheets

_SPEC = importlib.util.spec_from_file_location(
    "sample_workbook", Path(__file__).parents[1] / "contract" / "samples" / "Spreadsheet.py"
)
made = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(made)


def read(*rows):
    return read_bytes(made.workbook(rows), Source("sheet"))


def old(records: bytes) -> bytes:
    """A compound file with one stream "Workbook" of these records, padded to the size that needs no mini stream."""
    stream = records.ljust(4096, b"\0")
    header = OLE + b"\0" * 16 + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + b"\0" * 10
    header += struct.pack("<IIIIIIIII", 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0, 0) + b"\xff" * (108 * 4)
    fat = struct.pack("<II", 0xFFFFFFFD, 0xFFFFFFFE) + struct.pack("<8I", *range(3, 10), 0xFFFFFFFE)
    fat = fat.ljust(512, b"\xff")

    def entry(name, kind, start, size):
        text = name.encode("utf-16-le")
        head = text.ljust(64, b"\0") + struct.pack("<HBB", len(text) + 2, kind, 1) + b"\xff" * 12
        return head.ljust(116, b"\0") + struct.pack("<III", start, size, 0)

    directory = entry("Root Entry", 5, 0xFFFFFFFE, 0) + entry("Workbook", 2, 2, 4096)
    return header[:512].ljust(512, b"\0") + fat + directory.ljust(512, b"\0") + stream


def record(kind, body):
    return struct.pack("<HH", kind, len(body)) + body


def numbered(row, column, value):
    return record(0x0203, struct.pack("<HHHd", row, column, 0, value))


def labelled(row, column, text):
    return record(0x0204, struct.pack("<HHHHB", row, column, 0, len(text), 0) + text.encode())


def workbook_of(*cells):
    begin = record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0005, 0, 1996, 0, 6))
    name = record(0x0085, struct.pack("<IHBB", len(begin) + 4 + 11 + 4, 0, 3, 0) + b"Run")
    sheet = record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0, 1996, 0, 6))
    return old(begin + name + record(0x000A, b"") + sheet + b"".join(cells) + record(0x000A, b""))


def test_an_old_workbook_is_read_like_a_new_one():
    cells = [labelled(0, 0, "Minutes"), labelled(0, 1, "Watts")]
    cells += [numbered(row, 0, row / 60) for row in (1, 2, 3)] + [numbered(row, 1, 200.0 + row) for row in (1, 2, 3)]
    raw = read_bytes(workbook_of(*cells), Source("old"))
    assert raw.format == "Spreadsheet"
    assert raw.recordings[0].streams["record"].values["power"].tolist() == [201.0, 202.0, 203.0]


@pytest.mark.parametrize(("row", "column"), [(65_535, 255), (1, 65_535), (65_535, 65_535)])
def test_a_cell_at_the_far_corner_is_refused_before_it_takes_the_memory(row, column):
    far = workbook_of(labelled(0, 0, "Minutes"), *(numbered(r, 0, 1.0) for r in range(40)), numbered(row, column, 1.0))
    with pytest.raises(TooLarge):
        sheets(far, "far")


def test_a_far_cell_of_a_new_workbook_is_refused_too():
    data = made.workbook([("Minutes", "Watts"), (1, 200)])
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(packed, "w") as target:
        for member in source.infolist():
            target.writestr(member, source.read(member).replace(b'r="B2"', b'r="XFD1048576"'))
    with pytest.raises(TooLarge):
        read_bytes(packed.getvalue(), Source("far"))


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_a_damaged_old_workbook_is_read_or_refused(seed):
    cells = [
        labelled(0, 0, "Minutes"),
        labelled(0, 1, "Watts"),
        *(numbered(r, c, 1.0) for r in range(1, 9) for c in (0, 1)),
    ]
    sound = workbook_of(*cells)
    random = np.random.default_rng(seed)
    for _ in range(150):
        data = bytearray(sound)
        for _ in range(int(random.integers(1, 6))):
            data[int(random.integers(len(data)))] ^= 1 << int(random.integers(8))
        end = int(random.integers(len(data))) if random.random() < 0.3 else len(data)
        with contextlib.suppress(ReadError):
            assert read_bytes(bytes(data[:end]), Source("damaged")).recordings


def test_facts_keep_their_units_and_can_be_read():
    raw = read(
        ("Total weight (lbs)", 188.5, "", "Minutes", "Km/h"), ("Temperature (F)", 59, "", 1, 36), ("", "", "", 2, 18)
    )
    notes = raw.recordings[0].notes
    assert notes["Total weight"] == "188.5 lbs"
    assert units.quantity(notes["Total weight"], of="kg") == pytest.approx(85.502, abs=1e-3)
    assert units.quantity(notes["Temperature"], of="°C") == pytest.approx(15.0)
    assert raw.recordings[0].streams["record"].values["speed"].tolist() == [10.0, 5.0]


def test_columns_behind_an_empty_one_are_not_of_the_table():
    raw = read(("Minutes", "Watts", "", "Km/h"), (1, 200, "", 30), (2, 210, "", 31))
    assert list(raw.recordings[0].streams["record"].values) == ["power"]


def test_a_cell_that_is_no_number_is_missing_and_reported():
    raw = read(("Minutes", "Watts"), (1, 200), (2, "broken"), (3, ""), (4, 220))
    power = raw.recordings[0].streams["record"].values["power"]
    assert np.isnan(power).tolist() == [False, True, True, False]
    assert [(p.kind, p.line, p.count) for p in raw.problems if p.kind == "number"] == [("number", 3, 1)]


def test_a_row_without_a_time_is_left_out_and_reported():
    raw = read(("Minutes", "Watts"), (1, 200), ("", 210), (3, 220))
    assert len(raw.recordings[0].streams["record"]) == 2
    assert [p.line for p in raw.problems if p.kind == "clock"] == [3]


def test_a_sheet_without_known_names_is_refused():
    with pytest.raises(UnknownFormat):
        read(("a", "b"), (1, 2))
