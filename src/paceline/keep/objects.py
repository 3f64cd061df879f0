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

OPTIONS: Mapping[str, tuple[str, ...]] = {
    "AWS": (
        "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_REGION", "AWS_DEFAULT_REGION",
        "AWS_ENDPOINT_URL", "AWS_VIRTUAL_HOSTED_STYLE_REQUEST", "AWS_ALLOW_HTTP",
    ),
    "GOOGLE": ("GOOGLE_SERVICE_ACCOUNT", "GOOGLE_SERVICE_ACCOUNT_KEY", "GOOGLE_APPLICATION_CREDENTIALS"),
    "AZURE": (
        "AZURE_STORAGE_ACCOUNT_NAME", "AZURE_STORAGE_ACCOUNT_KEY", "AZURE_STORAGE_SAS_KEY", "AZURE_CLIENT_ID",
        "AZURE_CLIENT_SECRET", "AZURE_TENANT_ID",
    ),
}  # fmt: skip
"""What an object store may be told, by cloud; anything else in the environment is for other programs."""

_CLOUDS = {"s3": "AWS", "s3a": "AWS", "gs": "GOOGLE", "az": "AZURE", "abfs": "AZURE", "abfss": "AZURE"}
_HTTP = "_ALLOW_HTTP"

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
        return _by_url(place, options or {})
    except OSError as error:
        if isinstance(error, StoreUnavailable):
            raise
        raise StoreUnavailable(place, reason=error.strerror or type(error).__name__) from error
    except (BaseError, ValueError) as error:
        raise StoreUnavailable(
            place, reason=f"the address or its options can't be used ({type(error).__name__})"
        ) from error


def _by_url(place: str, options: Mapping[str, str]) -> ObjectStore:
    from obstore.store import from_url

    own = OPTIONS[_CLOUDS[urlsplit(place).scheme]] if urlsplit(place).scheme in _CLOUDS else ()
    config = {name: value for name, value in options.items() if name in own and not name.endswith(_HTTP)}
    plain = any(value.casefold() in {"1", "true"} for name, value in options.items() if name.endswith(_HTTP))
    made: ObjectStore = from_url(place, config=config, client_options={"allow_http": plain})  # type: ignore[call-overload]  # one type for each cloud
    return made


@cache
def _in_memory(place: str) -> ObjectStore:
    """One for each name, so that a place opened twice is the same place."""
    from obstore.store import MemoryStore

    del place
    return MemoryStore()
