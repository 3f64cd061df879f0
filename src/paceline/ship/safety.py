"""Whether a file would run code where it is loaded: pickles by any name, arrays of objects, types nobody allowed.

What is allowed stands here, in the program that serves. A list inside a release could be written by whoever tampers
with the release.
"""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from paceline.domain.errors import ExtraMissing

PICKLES = (".pkl", ".pickle", ".joblib", ".rds")

ALLOWED = frozenset({"sklearn.metrics._dist_metrics.EuclideanDistance64", "sklearn.neighbors._kd_tree.KDTree"})
"""Types in skops files beside those that skops itself trusts: neighbours need these, which hold numbers alone."""

MEMBER = 2_000_000_000
"""Bytes that one member of an archive may have when it is unpacked."""


def danger(name: str, content: bytes) -> str | None:
    """Why a file may not be released, or None where nothing speaks against it.

    Args:
        name: its path.
        content: its bytes.

    Raises:
        ExtraMissing: it is a skops file, and skops is not installed to look into it.

    >>> danger("model.bin", b"\\x80\\x04N.")
    'is a pickle'
    >>> danger("rides.csv", b"ride,minutes\\n") is None
    True
    """
    if Path(name).suffix.lower() in PICKLES:
        return "runs code when it is loaded"
    if content[:1] == b"\x80" and content[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05") and content.endswith(b"."):
        return "is a pickle"
    if content.startswith(b"\x93NUMPY"):
        return _objects(content)
    if content.startswith(b"PK\x03\x04"):
        return _inside(name, content)
    return None


def _inside(name: str, content: bytes) -> str | None:
    """The same of an archive's members: NumPy's .npz, torch's files and skops' are archives."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for member in archive.infolist():
                if member.file_size > MEMBER:
                    return f"holds {member.filename}, which is too large to be looked at"
                if Path(member.filename).suffix.lower() in PICKLES:
                    return f"holds {member.filename}, which runs code when it is loaded"
                if member.filename.endswith(".npy") and (why := _objects(archive.read(member))):
                    return why
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError):
        return "is an archive that can't be looked into"
    return _types(content) if name.endswith(".skops") else None


def _objects(content: bytes) -> str | None:
    """An array of objects is a pickle with a header before it."""
    import numpy as np

    try:
        np.load(io.BytesIO(content), allow_pickle=False)
    except (ValueError, EOFError, OSError):
        return "holds an array of objects, which is a pickle, or none at all"
    return None


def _types(content: bytes) -> str | None:
    try:
        from skops.io import get_untrusted_types
    except ImportError as error:
        raise ExtraMissing("A model in a skops file", extra="learn") from error
    try:
        found = sorted(set(get_untrusted_types(data=content)) - ALLOWED)
    except (KeyError, ValueError, TypeError, AttributeError, ImportError):
        return "is no skops file"
    return f"holds types that nobody has allowed: {', '.join(found[:5])}" if found else None
