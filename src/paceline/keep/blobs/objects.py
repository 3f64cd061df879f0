"""Blobs in an object store: S3 and what speaks its language, Google's, Azure's, by URL."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

from paceline.domain.errors import BlobMissing, StoreUnavailable
from paceline.keep.blobs import checked, faults, is_sha256, shelf


class ObjectBlobs:
    """Blobs as objects under a prefix; an object store shows an object whole or not at all."""

    def __init__(self, place: str, *, options: Mapping[str, str] | None = None) -> None:
        from paceline.keep.objects import object_store

        self._place = place
        self._store = object_store(place, options=options)

    def __repr__(self) -> str:
        """Where they are kept."""
        return f"<Blobs in {self._place}>"

    def put(self, content: bytes) -> str:
        """Keep the bytes; two who put the same write the same."""
        import obstore

        sha256 = hashlib.sha256(content).hexdigest()
        known = self._head(sha256)
        if known is None or known["size"] != len(content):
            try:
                obstore.put(self._store, shelf(sha256), content)
            except obstore.exceptions.BaseError as error:
                raise self._unusable(error) from error
        return sha256

    def get(self, sha256: str) -> bytes:
        """The bytes, checked against their hash."""
        import obstore

        try:
            content = bytes(obstore.get(self._store, shelf(sha256)).bytes())
        except FileNotFoundError as error:
            raise BlobMissing(sha256, place=self._place) from error
        except obstore.exceptions.BaseError as error:
            raise self._unusable(error) from error
        return checked(sha256, content, place=self._place)

    def has(self, sha256: str) -> bool:
        """Whether bytes of this hash are kept."""
        return self._head(sha256) is not None

    def all(self) -> Iterator[str]:
        """The hashes of everything kept."""
        import obstore

        try:
            for batch in obstore.list(self._store):
                names = (found["path"].rpartition("/")[2] for found in batch)
                yield from (name for name in names if is_sha256(name))
        except obstore.exceptions.BaseError as error:
            raise self._unusable(error) from error

    def remove(self, sha256: str) -> None:
        """Let go of the bytes."""
        import obstore

        try:
            obstore.delete(self._store, shelf(sha256))
        except FileNotFoundError:
            return
        except obstore.exceptions.BaseError as error:
            raise self._unusable(error) from error

    def verify(self) -> Iterator[str]:
        """A sentence for each blob that is not what its name says."""
        return faults(self)

    def _head(self, sha256: str) -> Any:
        import obstore

        try:
            return obstore.head(self._store, shelf(sha256))
        except FileNotFoundError:
            return None
        except obstore.exceptions.BaseError as error:
            raise self._unusable(error) from error

    def _unusable(self, error: Exception) -> StoreUnavailable:
        return StoreUnavailable(self._place, reason=f"the object store refused ({type(error).__name__})")
