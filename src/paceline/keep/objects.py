"""Object stores by URL; a folder is one too."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from paceline.domain.errors import StoreUnavailable

if TYPE_CHECKING:
    from obstore.store import ObjectStore

SCHEMES = ("s3", "s3a", "gs", "az", "abfs", "abfss", "memory", "file")


def object_store(place: str, *, options: Mapping[str, str] | None = None) -> ObjectStore:
    """The object store of a URL or a folder's path; what it makes, its owner alone can read.

    Args:
        place: `s3://bucket/prefix`, `gs://…`, `az://…`, `memory://name` (gone with the process), or a folder.
        options: keys, region, endpoint, by the names that the store's own tools give them (`AWS_REGION`, …).

    Raises:
        StoreUnavailable: no such kind of URL, or options that can't be.
    """
    from obstore.exceptions import BaseError
    from obstore.store import LocalStore

    try:
        if "://" not in place:
            Path(place).mkdir(parents=True, exist_ok=True, mode=0o700)
            return LocalStore(Path(place))
        parts = urlsplit(place)
        if parts.scheme not in SCHEMES:
            raise StoreUnavailable(place, reason=f"no such kind of place; there are {', '.join(SCHEMES)}")
        if parts.scheme == "memory":
            return _in_memory(place)
        return _by_url(place, dict(options or {}))
    except OSError as error:
        if isinstance(error, StoreUnavailable):
            raise
        raise StoreUnavailable(place, reason=error.strerror or type(error).__name__) from error
    except (BaseError, ValueError) as error:
        raise StoreUnavailable(
            place, reason=f"the address or its options can't be used ({type(error).__name__})"
        ) from error


def _by_url(place: str, options: dict[str, str]) -> ObjectStore:
    from obstore.store import from_url

    made: ObjectStore = from_url(place, config=options)  # type: ignore[call-overload]  # one type for each cloud
    return made


@cache
def _in_memory(place: str) -> ObjectStore:
    """One for each name, so that a place opened twice is the same place."""
    from obstore.store import MemoryStore

    del place
    return MemoryStore()
