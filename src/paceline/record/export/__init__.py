"""Giving a recording back: one module a format that other programs read.

A writer is a module with

- `NAME`: what messages call the format;
- `encode(recording)`: the bytes of a file, and what the format has no place for, as short phrases.

Nothing is lost in silence. What a format has no place for is named in `Written.left_out`; a reading that its place
can't hold, a heart rate of 300 in a byte, is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import Protocol, cast

from paceline.domain.errors import UnknownName
from paceline.record.recordings import Recording
from paceline.record.whole import write_whole

KINDS: Mapping[str, str] = MappingProxyType({"fit": "fit", "tcx": "tcx", "csv": "csv_table", "parquet": "parquet"})
"""Kind, which is also the suffix → the module that writes it."""


@dataclass(frozen=True, slots=True)
class Written:
    """A file that was written.

    Attributes:
        path: where it lies.
        size: bytes.
        left_out: what the format has no place for, as short phrases; empty where the file says all.
    """

    path: Path
    size: int
    left_out: tuple[str, ...] = ()


class Writer(Protocol):
    """What a module of this package offers."""

    NAME: str

    def encode(self, recording: Recording) -> tuple[bytes, tuple[str, ...]]:
        """The bytes of a file, and what the format has no place for."""


def write(recording: Recording, path: str | Path, *, kind: str | None = None, overwrite: bool = False) -> Written:
    """A file of a recording, whole or not at all: it is written beside its place and then moved there.

    Args:
        recording: what to write.
        path: where; its suffix says which format, unless `kind` does.
        kind: a key of `KINDS`.
        overwrite: whether a file that lies there may be replaced.

    Raises:
        UnknownName: no such kind of file can be written.
        WriteError: a file lies there already, the system refused, or a reading does not fit the format.
    """
    target = Path(path)
    content, left_out = writer_of(kind or target.suffix.lstrip(".").lower()).encode(recording)
    write_whole(target, content, overwrite=overwrite)
    return Written(target, len(content), left_out)


def writer_of(kind: str) -> Writer:
    """The module that writes a kind of file.

    Raises:
        UnknownName: there is none.
    """
    if kind not in KINDS:
        raise UnknownName("kind of file to write", kind, known=KINDS)
    return cast("Writer", import_module(f"{__name__}.{KINDS[kind]}"))
