"""Blobs in a folder: the default, and enough for a machine of one's own."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from paceline.domain.errors import BlobMissing, StoreUnavailable
from paceline.keep.blobs import checked, faults, is_sha256, shelf

UNFINISHED = ".unfinished-"
"""How the name of a file begins that is still being written; one that stays behind was never kept."""


class FolderBlobs:
    """Blobs as files, two levels of folders deep, readable by their owner alone."""

    def __init__(self, place: str | Path) -> None:
        self._root = Path(place)

    def __repr__(self) -> str:
        """Where they are kept."""
        return f"<Blobs in {self._root}>"

    def put(self, content: bytes) -> str:
        """Keep the bytes: written beside, flushed to the disk, and only then given their name."""
        sha256 = hashlib.sha256(content).hexdigest()
        target = self._root / shelf(sha256)
        try:
            if _size(target) != len(content):  # one that was cut short is written anew
                _written(target, content, root=self._root)
        except OSError as error:
            raise StoreUnavailable(str(self._root), reason=error.strerror or type(error).__name__) from error
        return sha256

    def get(self, sha256: str) -> bytes:
        """The bytes, checked against their hash."""
        target = self._root / shelf(sha256)
        try:
            content = target.read_bytes()
        except (FileNotFoundError, NotADirectoryError) as error:
            raise BlobMissing(sha256, place=str(self._root)) from error
        except OSError as error:
            raise StoreUnavailable(str(self._root), reason=error.strerror or type(error).__name__) from error
        return checked(sha256, content, place=str(self._root))

    def has(self, sha256: str) -> bool:
        """Whether bytes of this hash are kept."""
        return _size(self._root / shelf(sha256)) is not None

    def all(self) -> Iterator[str]:
        """The hashes of everything kept."""
        for path in self._root.glob("??/??/*"):
            if is_sha256(path.name):
                yield path.name

    def remove(self, sha256: str) -> None:
        """Let go of the bytes."""
        target = self._root / shelf(sha256)
        try:
            target.unlink(missing_ok=True)
            if target.parent.is_dir():
                _flush(target.parent)
        except OSError as error:
            raise StoreUnavailable(str(self._root), reason=error.strerror or type(error).__name__) from error

    def verify(self) -> Iterator[str]:
        """A sentence for each blob that is not what its name says."""
        return faults(self)


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except (FileNotFoundError, NotADirectoryError):
        return None


def _written(target: Path, content: bytes, *, root: Path) -> None:
    """A name in a folder is on the disk only once the folder is; so is that folder's own name in the one above."""
    new = [folder for folder in (target.parent, target.parent.parent, root) if not folder.is_dir()]
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor, name = tempfile.mkstemp(prefix=UNFINISHED, dir=target.parent)  # readable by its owner alone
    beside = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        beside.replace(target)
    except OSError:
        beside.unlink(missing_ok=True)
        raise
    for folder in (target.parent, *(made.parent for made in new)):
        _flush(folder)


def _flush(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
