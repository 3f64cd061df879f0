"""From a path to what the file held: unpack, recognise by content, decode.

Bytes are limited before they are unpacked and after: a small file that unpacks to a huge one is refused, not swallowed.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import stat
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

from paceline.domain.errors import Damaged, FileUnreadable, ReadError, TooLarge, UnknownFormat
from paceline.record.formats import HEAD, Format, Source, formats, mapped
from paceline.record.recordings import Problem, RawFile

LIMIT = 256 * 1024 * 1024
"""Bytes of one file, unpacked. A day of 1 Hz data is about 4 MB."""

MEMBERS = 20_000
"""Parts of a gzip file, which may be empty: a logger that compresses block by block makes some thousands."""


def read_file(path: str | Path, *, start: int | None = None, columns: Mapping[str, str] | None = None) -> RawFile:
    """Everything that one file holds.

    Args:
        path: a file of any format of the registry, plain, gzipped, or alone in a zip archive.
        start: int64 ns UTC of the first sample, for formats that do not say when they were recorded.
        columns: column name → channel name, for CSV files of no known dialect.

    Raises:
        FileUnreadable: there is no such file, it is a device or a pipe, or it can't be opened.
        UnknownFormat: no reader knows its content.
        Damaged: its format is known, but nothing before the damage could be kept.
        TooLarge: it is larger than `LIMIT`, as it lies there or unpacked.
        NotPlausible: a start that is no whole number, or centuries away.
    """
    source = Source(str(path), start, columns or {})
    return read_bytes(file_bytes(path), source)


def read_bytes(data: bytes, source: Source) -> RawFile:
    """Everything that the bytes of one file hold: `read_file` for what does not lie on a disk."""
    if len(data) > LIMIT:
        raise TooLarge(source.file, expected=f"at most {LIMIT:,} bytes", found=f"{len(data):,}")
    content, packing, problems = _unpacked(data, source.file)
    form = mapped() if source.columns else _recognised(content, source.file)
    recordings, found = form.decode(content, source)
    sha256 = hashlib.sha256(data).hexdigest()
    return RawFile(source.file, form.NAME + packing, sha256, recordings, (*problems, *found))


def file_bytes(path: str | Path) -> bytes:
    """The bytes of a file as they lie on the disk.

    Raises:
        FileUnreadable: there is no such file, it is a device or a pipe, or it can't be opened.
        TooLarge: it is larger than `LIMIT`.
    """
    data = regular_bytes(Path(path), str(path), most=LIMIT + 1)
    if len(data) > LIMIT:
        raise TooLarge(str(path), expected=f"at most {LIMIT:,} bytes", found="more")
    return data


def regular_bytes(path: Path, file: str, *, most: int) -> bytes:
    """The first bytes of a regular file; what may never end or never begin, a device or a pipe, is not waited for.

    Args:
        path: where it lies.
        file: what an error calls it.
        most: bytes.

    Raises:
        FileUnreadable: there is no such file, it is a device or a pipe, or it can't be opened.
    """
    try:
        if reason := _no_file(path.stat().st_mode):
            raise FileUnreadable(file, reason=reason)
        with open(path, "rb", opener=_at_once) as stream:  # a Path's own `open` takes no opener
            if reason := _no_file(os.fstat(stream.fileno()).st_mode):  # it may be another one by now
                raise FileUnreadable(file, reason=reason)
            return stream.read(most) or b""  # None where the system has nothing to give at once
    except FileNotFoundError as error:
        raise FileUnreadable(file, reason="no such file") from error
    except (OSError, ValueError) as error:
        if isinstance(error, FileUnreadable):
            raise
        reason = getattr(error, "strerror", None) or "the name can't be used"
        raise FileUnreadable(file, reason=reason) from error


def _no_file(mode: int) -> str:
    if stat.S_ISREG(mode):
        return ""
    return "is a folder: name the files in it" if stat.S_ISDIR(mode) else "is no file, but a device, a pipe or a socket"


def _at_once(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))  # opening a pipe would wait for somebody to write


def _recognised(content: bytes, file: str) -> Format:
    head = content[:HEAD]
    for form in formats():
        if form.sniff(head):
            return form
    found = "an empty file" if not content else "binary data" if b"\0" in head else "text of some other kind"
    advice = "What it reads: docs/reference/formats.md."
    if head and b"\0" not in head:
        advice += " A table can be read with a column map: docs/how-to/read-any-csv.md."
    raise UnknownFormat(file, expected="a recording in a format that Paceline reads", found=found, advice=advice)


def _unpacked(data: bytes, file: str) -> tuple[bytes, str, tuple[Problem, ...]]:
    if data[:2] == b"\x1f\x8b":
        content, problems = _gunzipped(data, file)
        return content, "+gz", problems
    if data[:4] == b"PK\x03\x04" and not _is_document(data):
        return _unzipped(data, file), "+zip", ()
    return data, "", ()


def _is_document(data: bytes) -> bool:
    """Whether the archive is a document of its own, as .xlsx is, rather than a parcel."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return "[Content_Types].xml" in archive.namelist()
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, OSError, ValueError):
        return False


def _gunzipped(data: bytes, file: str) -> tuple[bytes, tuple[Problem, ...]]:
    """What comes before the damage is kept: a truncated download still holds most of a ride."""
    if data.count(b"\x1f\x8b\x08") > MEMBERS:  # each takes its time, though it may hold nothing
        raise TooLarge(file, expected=f"a gzip file of at most {MEMBERS:,} parts", found="more")
    out = bytearray()
    with gzip.GzipFile(fileobj=io.BytesIO(data)) as stream:
        try:
            while block := stream.read(1 << 20):
                out += block
                if len(out) > LIMIT:
                    raise TooLarge(file, expected=f"at most {LIMIT:,} bytes unpacked", found="more")
        except (OSError, EOFError, zlib.error) as error:
            if not out:
                raise Damaged(file, expected="gzip data", found="a broken gzip stream", offset=0) from error
            return bytes(out), (Problem("gzip", "The gzip stream is broken; what it held before is kept.", len(out)),)
    return bytes(out), ()


def _unzipped(data: bytes, file: str) -> bytes:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = [m for m in archive.infolist() if not m.is_dir()]
            if len(members) != 1:
                advice = "Unpack it and name the files."
                raise UnknownFormat(file, expected="a zip archive of one file", found=f"{len(members)}", advice=advice)
            with archive.open(members[0]) as stream:
                content = stream.read(LIMIT + 1)
    except ReadError:
        raise
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError) as error:
        raise Damaged(file, expected="a zip archive", found="a broken or encrypted one", offset=0) from error
    if len(content) > LIMIT:
        raise TooLarge(file, expected=f"at most {LIMIT:,} bytes unpacked", found="more")
    return content
