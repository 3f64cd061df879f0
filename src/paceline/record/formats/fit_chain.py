"""Where each message of a FIT file lies: headers, checksums, chained files, and the ways round damage.

A FIT file is a header, messages and a CRC; several may follow one another in one file on the disk. A unit that crashed
leaves sizes and checksums that are wrong, so none of them is believed against the messages themselves: what contradicts
them is a `Problem`, and every message before the damage, and after it where the thread is found again, is kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from paceline.record.formats import fit_kernels as kernels
from paceline.record.recordings import Problem

Bytes = npt.NDArray[np.uint8]

SIGNATURE = b".FIT"
MOST_FILES = 1024
"""Chained files in one; a year of days is 366."""

MOST_RESTARTS = 32
RESTART_WINDOW = 1 << 20
"""How often, and within how many bytes, the thread is searched after damage: reading takes bounded time."""

REASONS = {
    kernels.UNDEFINED: ("undefined", "A message of a local type that was never defined"),
    kernels.CUT_DATA: ("truncated", "The file ends within a message"),
    kernels.CUT_DEFINITION: ("truncated", "The file ends within a definition"),
    kernels.BAD_DEFINITION: ("definition", "A definition that is neither little- nor big-endian"),
    kernels.TOO_MANY: ("definitions", f"More than {kernels.MOST_DEFINITIONS:,} different definitions"),
}


@dataclass(frozen=True, eq=False)
class Index:
    """Where the messages of one FIT file lie.

    Attributes:
        data: (byte,), uint8: all bytes, of chained files too; every offset here counts from their beginning.
        start: byte of the file's header.
        stop: the byte behind it and its CRC.
        where: (message,), int32: byte of each message's header.
        slots: (message,), uint16: the row of `definitions` that it follows.
        stamps: (message,), uint32: the running timestamp, FIT seconds; 0 before the first.
        clocks: (message,), uint8: whether the message had a time of its own: `kernels.NO_CLOCK`, ….
        definitions: (definition, 2), int64: byte and length of each different definition message.
        problems: what was wrong, in the order it was met.
    """

    data: Bytes
    start: int
    stop: int
    where: npt.NDArray[np.int32]
    slots: npt.NDArray[np.uint16]
    stamps: npt.NDArray[np.uint32]
    clocks: npt.NDArray[np.uint8]
    definitions: npt.NDArray[np.int64]
    problems: tuple[Problem, ...]


class Extent(NamedTuple):
    """Where the messages of one FIT file lie.

    Attributes:
        first: byte of the first message.
        end: the byte behind the last message, as far as is known before they were read.
        stop: where the next file may begin.
        farthest: messages may go on behind `end` up to here, where `end` is in doubt.
    """

    first: int
    end: int
    stop: int
    farthest: int = 0


def chain(data: bytes) -> tuple[Index, ...]:
    """The FIT files in the bytes, in order; none where the bytes hold no FIT header.

    Problems with what follows the last file are noted on it.
    """
    array = np.frombuffer(data, np.uint8)
    files: list[Index] = []
    at: int | None = 0 if _is_header(data, 0) else None
    while at is not None:
        index = _index(data, array, at)
        at, problems = _next(data, index.stop, len(files) + 1)
        files.append(_with_problems(index, problems) if problems else index)
    return tuple(files)


def checksum(data: Bytes) -> int:
    """The FIT CRC-16 of (byte,) uint8."""
    return int(kernels.crc16(data, _tables()))


@cache
def _tables() -> npt.NDArray[np.uint16]:
    return kernels.crc_tables()


def _is_header(data: bytes, at: int) -> bool:
    return data[at + 8 : at + 12] == SIGNATURE and data[at] >= 12


def _with_problems(index: Index, more: list[Problem]) -> Index:
    place = index.where, index.slots, index.stamps, index.clocks, index.definitions
    return Index(index.data, index.start, index.stop, *place, (*index.problems, *more))


def _next(data: bytes, at: int, count: int) -> tuple[int | None, list[Problem]]:
    """Where the next chained file begins, if any, and what lies in between."""
    if at >= len(data):
        return None, []
    if count >= MOST_FILES:
        return None, [Problem("chained", f"More than {MOST_FILES:,} chained files; the rest was not read.", at)]
    if _is_header(data, at):
        return at, []
    found = _header_from(data, at)
    if found is not None:
        return found, [Problem("trailing", f"{found - at:,} bytes between two chained files were skipped.", at)]
    return None, [Problem("trailing", f"{len(data) - at:,} bytes behind the end of the file were skipped.", at)]


def _header_from(data: bytes, at: int) -> int | None:
    """The first FIT header that begins at or after a byte."""
    found = data.find(SIGNATURE, at + 8)
    while found >= 0:
        if data[found - 8] in (12, 14):
            return found - 8
        found = data.find(SIGNATURE, found + 1)
    return None


def _index(data: bytes, array: Bytes, start: int) -> Index:
    problems: list[Problem] = []
    extent = _extent(data, array, start, problems)
    local = np.full((16, 4), -1, np.int64)
    tally = np.zeros(9, np.int64)
    segments = _segments(array, extent.first, extent.end, local, tally, problems)
    stop = extent.stop
    if extent.farthest > extent.end:
        segments += _beyond(array, extent, local, tally, problems)
        stop = extent.farthest if segments[-1][1] > extent.end else extent.stop
    return _noted(array, (start, stop), segments, tally, problems)


def _noted(
    array: Bytes,
    extent: tuple[int, int],
    segments: list[tuple[int, int]],
    counted: npt.NDArray[np.int64],
    problems: list[Problem],
) -> Index:
    """The second walk over the same segments, which notes what the first one counted."""
    definitions = min(int(counted[kernels.DEFINITIONS]), kernels.MOST_DEFINITIONS)
    table = np.full(1 << max(4, (2 * definitions).bit_length()), -1, np.int32)
    places = np.empty((definitions, 2), np.int64)
    columns = _rows(int(counted[kernels.MESSAGES]))
    local = np.full((16, 4), -1, np.int64)
    tally = np.zeros(9, np.int64)
    for begin, end in segments:
        kernels.walk(array, begin, end, True, local, tally, table, places, *columns)
        if tally[kernels.REASON] == kernels.TOO_MANY:
            problems.append(_stopped(tally))
            break
    count, unique = int(tally[kernels.MESSAGES]), int(tally[kernels.UNIQUE])
    where, slots, stamps, clocks = columns
    first, stop = extent
    return Index(
        array,
        first,
        stop,
        where[:count],
        slots[:count],
        stamps[:count],
        clocks[:count],
        places[:unique],
        tuple(problems),
    )


def _beyond(
    array: Bytes, extent: Extent, local: npt.NDArray[np.int64], tally: npt.NDArray[np.int64], problems: list[Problem]
) -> list[tuple[int, int]]:
    """The messages behind the end that the header names: a checksum is wrong there, so either may be."""
    end, stamp = extent.end, int(tally[kernels.STAMP])
    if tally[kernels.STOP] == end:
        found = kernels.resynchronised(array, end, extent.farthest, end + 1, local, np.empty_like(local), stamp)
        if found == end:
            problems.append(Problem("data_size", "The header gives too small a size; what follows was read.", end))
            return _segments(array, end, extent.farthest, local, tally, problems)
    problems.append(Problem("crc", "The file's checksum does not fit the bytes before it.", end))
    return []


def _rows(
    messages: int,
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.uint16], npt.NDArray[np.uint32], npt.NDArray[np.uint8]]:
    """Room for what is noted of each message: its byte, definition, time, and where the time came from."""
    return (
        np.empty(messages, np.int32),
        np.empty(messages, np.uint16),
        np.empty(messages, np.uint32),
        np.empty(messages, np.uint8),
    )


def _extent(data: bytes, array: Bytes, start: int, problems: list[Problem]) -> Extent:
    """Where the messages lie, as the header says or, where it can't be right, as far as they may reach."""
    first = min(start + data[start], len(data))
    declared = first + int.from_bytes(data[start + 4 : start + 8], "little")
    _check_header(data, array, start, problems)
    if declared > len(data) or (declared == first and not _ends(data, declared)):
        limit = _header_from(data, start + 12) or len(data)
        if declared > len(data):
            message = f"The header promises {declared - start:,} bytes, the file has {len(data) - start:,}."
            problems.append(Problem("truncated", message, len(data)))
        else:
            message = "The header says that there is no data: the unit was not shut down. What follows was read."
            problems.append(Problem("data_size", message, start + 4))
        return Extent(first, limit, limit)
    stored = int.from_bytes(data[declared : declared + 2], "little")
    if declared + 2 > len(data) or _is_header(data, declared):
        problems.append(Problem("crc", "The file's checksum is missing.", declared))
        return Extent(first, declared, declared)
    if stored == checksum(array[start:declared]):
        return Extent(first, declared, declared + 2)
    if _ends(data, declared):
        what = "is zero: the unit did not write it" if stored == 0 else "does not fit the bytes before it"
        problems.append(Problem("crc", f"The file's checksum {what}.", declared))
        return Extent(first, declared, declared + 2)
    return Extent(first, declared, declared + 2, _header_from(data, declared) or len(data))


def _ends(data: bytes, at: int) -> bool:
    """Whether a file that ends at this byte, with a checksum or without, is followed by another one or by nothing."""
    return len(data) <= at + 2 or _is_header(data, at) or _is_header(data, at + 2)


def _check_header(data: bytes, array: Bytes, start: int, problems: list[Problem]) -> None:
    """A 14-byte header may carry a checksum of its own; zero means that it has none."""
    size = data[start]
    if size not in (12, 14):
        problems.append(Problem("header", f"The header has {size} bytes instead of 12 or 14.", start))
    stored = int.from_bytes(data[start + 12 : start + 14], "little")
    if size >= 14 and stored not in (0, checksum(array[start : start + 12])):
        problems.append(Problem("header_crc", "The header's checksum does not fit the bytes before it.", start + 12))


def _segments(
    array: Bytes,
    at: int,
    end: int,
    local: npt.NDArray[np.int64],
    tally: npt.NDArray[np.int64],
    problems: list[Problem],
) -> list[tuple[int, int]]:
    """The runs of bytes that hold messages one after another; more than one where damage was passed over."""
    segments: list[tuple[int, int]] = []
    while at >= 0:
        _count(array, at, end, local, tally)
        stop = int(tally[kernels.STOP])
        segments.append((at, stop))
        if tally[kernels.REASON] == kernels.REACHED_END:
            break
        found = _resumed(array, segments, end, local, tally) if len(segments) <= MOST_RESTARTS else -1
        if found >= 0 or end - stop != 2 or not any(p.kind in ("truncated", "data_size") for p in problems):
            problems.append(_stopped(tally, skipped=found - segments[-1][1] if found >= 0 else None))
        if 0 <= found < stop:
            _recount(array, segments, local, tally)
        at = found
    return segments


def _count(array: Bytes, at: int, end: int, local: npt.NDArray[np.int64], tally: npt.NDArray[np.int64]) -> None:
    nothing = np.empty(0, np.int32), np.empty((0, 2), np.int64), *_rows(0)
    kernels.walk(array, at, end, False, local, tally, *nothing)


def _recount(
    array: Bytes, segments: list[tuple[int, int]], local: npt.NDArray[np.int64], tally: npt.NDArray[np.int64]
) -> None:
    """Forget what was defined and counted in bytes that no longer belong to a segment."""
    local[:], tally[:] = -1, 0
    for begin, stop in segments:
        _count(array, begin, stop, local, tally)


def _resumed(
    array: Bytes,
    segments: list[tuple[int, int]],
    end: int,
    local: npt.NDArray[np.int64],
    tally: npt.NDArray[np.int64],
) -> int:
    """Where messages go on after the last segment stopped, or -1.

    Damage shows late. Where the last time was no credible one, the messages behind the last credible one are taken back
    and what they covered is searched; where nothing follows on behind the place at which it showed, likewise.
    """
    scratch = np.empty_like(local)
    begin, stop = segments[-1]
    good, last = (int(tally[kernels.GOOD_AT]), int(tally[kernels.GOOD_STAMP])), int(tally[kernels.STAMP])
    starts = [(stop + 1, last)]
    if begin < good[0] <= stop:
        starts.insert(0 if good[1] != last else 1, good)
    for start, stamp in starts:
        until = min(end, start + RESTART_WINDOW)
        found = int(kernels.resynchronised(array, start, end, until, local, scratch, stamp))
        if found >= 0:
            segments[-1] = begin, min(stop, start)
            return found
    return -1


def _stopped(tally: npt.NDArray[np.int64], *, skipped: int | None = None) -> Problem:
    kind, message = REASONS[int(tally[kernels.REASON])]
    if kind == "undefined":
        message += f" ({int(tally[kernels.UNKNOWN_LOCAL])})"
    after = "what was read before is kept" if skipped is None else f"{skipped:,} bytes were skipped"
    return Problem(kind, f"{message}; {after}.", int(tally[kernels.STOP]))
