"""Files that are there whole or not at all."""

from __future__ import annotations

import os
import tempfile
from errno import EEXIST
from pathlib import Path

from paceline.domain.errors import WriteError


def write_whole(target: Path, data: bytes, *, overwrite: bool = True) -> None:
    """Beside the target first, then in its place: a reader never sees half a file, and a failure leaves none.

    Args:
        target: where the file is to lie.
        data: what it is to hold.
        overwrite: whether a file that lies there may be replaced.

    Raises:
        WriteError: a file lies there already, or the system refused.
    """
    beside: Path | None = None
    try:
        if not overwrite and target.exists():
            raise FileExistsError(EEXIST, "there is a file already: choose another name, or overwrite it")
        descriptor, name = tempfile.mkstemp(prefix=".paceline-", dir=target.parent)
        beside = Path(name)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(data)
        beside.chmod(0o666 & ~_umask())  # mkstemp keeps it to its owner; what somebody asked for is for more
        beside.replace(target)
        beside = None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "the name can't be used"
        raise WriteError(str(target), reason=reason) from error
    finally:
        if beside is not None:
            beside.unlink(missing_ok=True)


def folder(path: Path) -> Path:
    """The folder of that name, made where it is not there.

    Raises:
        WriteError: it can't be made.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "the name can't be used"
        raise WriteError(str(path), reason=reason) from error
    return path


def _umask() -> int:
    """What the person lets new files be; the system tells it only by setting it."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
