"""Raw files, kept for ever by the hash of what they hold: whatever was derived from them can be derived again.

A blob is written once, whole or not at all, and its hash is checked each time it is read. Two adapters keep them: a
folder, and an object store named by a URL; one contract suite holds for both.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Protocol

from paceline.domain.errors import BlobDamaged, BlobMissing

__all__ = ["Blobs", "checked", "faults", "open_blobs", "shelf"]


class Blobs(Protocol):
    """Where raw bytes are kept."""

    def put(self, content: bytes) -> str:
        """Keep the bytes; once this returns they outlive a power cut. What is kept already costs a look.

        Returns:
            The SHA-256 of the bytes in hexadecimal, by which to ask for them.

        Raises:
            StoreUnavailable: the place is full, read-only or out of reach; nothing was kept.
        """
        ...

    def get(self, sha256: str) -> bytes:
        """The bytes, checked against their hash.

        Raises:
            BlobMissing: they are not kept here.
            BlobDamaged: what lies there is something else by now.
            StoreUnavailable: the place is out of reach.
        """
        ...

    def has(self, sha256: str) -> bool:
        """Whether bytes of this hash are kept; it does not read them."""
        ...

    def all(self) -> Iterator[str]:
        """The hashes of everything kept, in no order."""
        ...

    def remove(self, sha256: str) -> None:
        """Let go of the bytes, for erasure and retention alone; what is not there is no error."""
        ...

    def verify(self) -> Iterator[str]:
        """A sentence for each blob that is not what its name says."""
        ...


def open_blobs(place: str, *, options: Mapping[str, str] | None = None) -> Blobs:
    """The blobs of a place: a folder's path, or a URL such as `s3://bucket/prefix`.

    Args:
        place: where.
        options: the object store's own: keys, region, endpoint.
    """
    if "://" in place:
        from paceline.keep.blobs.objects import ObjectBlobs

        return ObjectBlobs(place, options=options)
    from paceline.keep.blobs.folder import FolderBlobs

    return FolderBlobs(place)


def shelf(sha256: str) -> str:
    """Where a blob lies under its place: two levels of folders, so that none holds too many.

    Raises:
        ValueError: this is no SHA-256 in hexadecimal, so it can't name a blob.

    >>> shelf("ab" * 32)[:9]
    'ab/ab/aba'
    """
    if not is_sha256(sha256):
        raise ValueError("A blob is named by 64 hexadecimal digits in lower case.")
    return f"{sha256[:2]}/{sha256[2:4]}/{sha256}"


def is_sha256(text: str) -> bool:
    """Whether a text is a SHA-256 as blobs are named by.

    >>> is_sha256("ab" * 32), is_sha256("../../etc")
    (True, False)
    """
    return len(text) == 64 and set(text) <= set("0123456789abcdef")


def checked(sha256: str, content: bytes, *, place: str) -> bytes:
    """The bytes, if they are what their name says.

    Raises:
        BlobDamaged: they are not.
    """
    if hashlib.sha256(content).hexdigest() != sha256:
        raise BlobDamaged(sha256, place=place)
    return content


def faults(blobs: Blobs) -> Iterator[str]:
    """A sentence for each blob that can't be read as what it was."""
    for sha256 in sorted(blobs.all()):
        try:
            blobs.get(sha256)
        except (BlobDamaged, BlobMissing) as error:
            yield str(error)
