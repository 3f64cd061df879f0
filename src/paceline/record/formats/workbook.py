"""Workbooks: the sheets of .xlsx and old .xls files, after a look at how large they would become.

python-calamine reads both, and lays each sheet out as one rectangle from its first cell to its last. A damaged or
malicious file can put a cell at the far corner, and the rectangle would then take all memory at once. So the cells'
places are read first, cheaply, and a sheet that is too large is refused.
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import TypeAlias

import numpy as np

from paceline.domain.errors import Damaged, ReadError, TooLarge

Cell: TypeAlias = str | float | int | bool | date | datetime | time | timedelta
"""What a cell holds; "" where it holds nothing."""

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""How old .xls files begin, and other documents of their time."""
CONTENT_TYPES = "[Content_Types].xml"
"""The member that tells an .xlsx from other archives."""
LARGEST = 2_000_000
"""Cells of one sheet: a day of twelve channels at 1 Hz is half of it."""
UNPACKED = 128 * 1024 * 1024

_PLACE = re.compile(rb"""\br=["']([A-Za-z]*)(\d+)["']""")
_CELLS = frozenset(
    (0x0001, 0x0002, 0x0003, 0x0004, 0x0005, 0x0006, 0x0201, 0x0203, 0x0204, 0x0205, 0x027E, 0x00D6, 0x00FD)
)
"""Records of one cell (Excel 2 to 2003): their data begins with the row and the column."""
_ROWS_OF_CELLS = frozenset((0x00BD, 0x00BE))
"""Records of several cells side by side: the last column stands at their end."""
_END = 0xFFFFFFFA
"""Sector numbers from here on are none."""


def sheets(data: bytes, file: str) -> list[tuple[str, list[list[Cell]]]]:
    """Every sheet with its rows.

    Raises:
        TooLarge: a sheet would have more cells than `LARGEST`.
        Damaged: it is no workbook, or a broken one.
    """
    rows, columns = _old_extent(data, file) if data.startswith(OLE) else _new_extent(data, file)
    if rows * columns > LARGEST:
        raise TooLarge(file, expected=f"sheets of at most {LARGEST:,} cells", found=f"{rows:,} × {columns:,}")
    try:
        return _read(data)
    except BaseException as error:  # a panic of the reader's Rust is no Exception, and has no name to import
        if isinstance(error, KeyboardInterrupt | SystemExit | MemoryError):
            raise
        raise Damaged(file, expected="a workbook", found="a broken one", offset=None) from error


def _read(data: bytes) -> list[tuple[str, list[list[Cell]]]]:
    from python_calamine import CalamineWorkbook

    with CalamineWorkbook.from_filelike(io.BytesIO(data)) as book:
        return [(name, book.get_sheet_by_name(name).to_python(skip_empty_area=False)) for name in book.sheet_names]


def _new_extent(data: bytes, file: str) -> tuple[int, int]:
    """Rows and columns of the largest sheet of an .xlsx; the archive is unpacked once to see that it can be."""
    rows = columns = left = 0
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            if CONTENT_TYPES not in (member.filename for member in members):
                raise Damaged(file, expected="an .xlsx workbook", found="another archive", offset=0)
            left = UNPACKED
            for member in members:
                with archive.open(member) as stream:
                    content = stream.read(left + 1)
                left -= len(content)
                if left < 0:
                    raise TooLarge(file, expected=f"at most {UNPACKED:,} bytes unpacked", found="more")
                if member.filename.startswith("xl/worksheets/"):
                    down, across = _sheet_extent(content)
                    rows, columns = max(rows, down), max(columns, across)
    except ReadError:
        raise
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError) as error:
        raise Damaged(file, expected="an .xlsx workbook", found="a broken archive", offset=0) from error
    return rows, columns


def _sheet_extent(content: bytes) -> tuple[int, int]:
    places = _PLACE.findall(content)
    widest = max((content.count(b"<c ") + content.count(b"<c>")) if not places else 0, 1)
    for letters in {letters for letters, _ in places}:
        widest = max(widest, _column(letters))
    return max((min(int(digits[:9]), 10**9) for _, digits in places), default=1), widest


def _column(letters: bytes) -> int:
    """A column's number from its letters, from 1.

    >>> _column(b"A"), _column(b"AB")
    (1, 28)
    """
    number = 0
    for letter in letters.upper()[:7]:
        number = number * 26 + letter - 64
    return number


def _old_extent(data: bytes, file: str) -> tuple[int, int]:
    """Rows and columns of the largest sheet of an .xls: its records are walked, their values left alone."""
    stream = _workbook_stream(data, file)
    rows = columns = 0
    for kind, body in _records(stream):
        if kind in _CELLS and len(body) >= 4:
            row, column = struct.unpack_from("<HH", body)
        elif kind in _ROWS_OF_CELLS and len(body) >= 6:
            row, column = struct.unpack_from("<H", body)[0], struct.unpack_from("<H", body, len(body) - 2)[0]
            column = max(column, struct.unpack_from("<H", body, 2)[0] + len(body) // 2)
        else:
            continue
        rows, columns = max(rows, row + 1), max(columns, column + 1)
    return rows, columns


def _records(stream: bytes) -> Iterator[tuple[int, bytes]]:
    place = 0
    while place + 4 <= len(stream):
        kind, size = struct.unpack_from("<HH", stream, place)
        yield kind, stream[place + 4 : place + 4 + size]
        place += 4 + size


def _workbook_stream(data: bytes, file: str) -> bytes:
    """The stream "Workbook" (or "Book") of the compound file.

    Source:
        Microsoft, [MS-CFB] Compound File Binary File Format: header, FAT, DIFAT, directory, mini stream.
    """
    if len(data) < 512:
        raise Damaged(file, expected="an .xls workbook", found="a file that breaks off", offset=len(data))
    shift, _, *_rest = struct.unpack_from("<HH", data, 30)
    if shift not in (9, 12):
        raise Damaged(file, expected="sectors of 512 or 4,096 bytes", found="others", offset=30)
    size = 1 << shift
    directory, _, cutoff, mini = struct.unpack_from("<IIII", data, 48)
    fat = _fat(data, size)
    entries = _chain(data, fat, directory, size)
    root: bytes | None = None
    for at in range(0, len(entries) - 127, 128):
        entry = entries[at : at + 128]
        name = entry[: max(struct.unpack_from("<H", entry, 64)[0] - 2, 0)].decode("utf-16-le", "replace")
        start, length = struct.unpack_from("<II", entry, 116)
        if entry[66] == 5:
            root = _chain(data, fat, start, size)
        elif name in ("Workbook", "Book"):
            if length >= cutoff or root is None:
                return _chain(data, fat, start, size)[:length]
            table = np.frombuffer(_chain(data, fat, mini, size), "<u4")
            return _chain(b"\0" * 64 + root, table, start, 64)[:length]
    raise Damaged(file, expected="an .xls workbook", found="a document of another kind", offset=0)


def _fat(data: bytes, size: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint32]]:
    """The table that says which sector follows which."""
    lists = list(struct.unpack_from("<109I", data, 76))
    more = struct.unpack_from("<I", data, 68)[0]
    for _ in range(len(data) // size):
        block = data[(more + 1) * size : (more + 2) * size] if more < _END else b""
        if len(block) < size:
            break
        numbers = struct.unpack(f"<{size // 4}I", block)
        lists += numbers[:-1]
        more = numbers[-1]
    blocks = [data[(sector + 1) * size : (sector + 2) * size] for sector in lists if sector < _END]
    whole = b"".join(block for block in blocks if len(block) == size)
    return np.frombuffer(whole, "<u4")


def _chain(
    data: bytes, table: Sequence[int] | np.ndarray[tuple[int, ...], np.dtype[np.uint32]], first: int, size: int
) -> bytes:
    """The sectors of one stream, one behind the other; a chain that runs in a circle ends where all were visited."""
    parts, sector = [], first
    for _ in range(len(table)):
        if sector >= min(len(table), len(data) // size):
            break
        parts.append(data[(sector + 1) * size : (sector + 2) * size])
        sector = int(table[sector])
    return b"".join(parts)
