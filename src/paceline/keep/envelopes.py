"""Recordings that are not simply a file: one of several rides in it, or a file that somebody had to explain.

Every recording is named by the SHA-256 of a blob. Where a file holds several rides, or does not say by itself when it
was made or what its columns are, that blob is an envelope: a few lines that name the file's own blob and say the rest.
So whoever has the journal and the blobs has everything.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from paceline.domain.errors import StoreDamaged
from paceline.keep.blobs import Blobs, is_sha256
from paceline.record.files import read_bytes
from paceline.record.formats import Source
from paceline.record.recordings import RawFile

HEAD = b"paceline envelope 1\n"


@dataclass(frozen=True, slots=True)
class Envelope:
    """What is said of a file beside its bytes.

    Attributes:
        of: the file's own SHA-256.
        recordings: which of its recordings are meant, from 0; all where it is None.
        start: int64 ns UTC of the first sample, where the file does not say.
        columns: column name → channel name, for CSV files of no known dialect.
    """

    of: str
    recordings: tuple[int, ...] | None = None
    start: int | None = None
    columns: Mapping[str, str] = field(default_factory=dict)

    @property
    def plain(self) -> bool:
        """Whether it says no more than the file itself, so that none is needed."""
        return self.recordings is None and self.start is None and not self.columns


def written(envelope: Envelope) -> bytes:
    """The envelope as bytes; the same envelope gives the same bytes.

    >>> opened(written(Envelope("ab" * 32, (1, 2)))).recordings
    (1, 2)
    """
    columns = dict(sorted(envelope.columns.items()))
    said = {"of": envelope.of, "recordings": envelope.recordings, "start": envelope.start, "columns": columns}
    return HEAD + json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def opened(content: bytes) -> Envelope | None:
    """What an envelope says, or None where the bytes are none."""
    if not content.startswith(HEAD):
        return None
    try:
        said = json.loads(content[len(HEAD) :])
        chosen = None if said["recordings"] is None else tuple(int(number) for number in said["recordings"])
        columns = {str(theirs): str(ours) for theirs, ours in said["columns"].items()}
        envelope = Envelope(str(said["of"]), chosen, said["start"], columns)
    except (ValueError, TypeError, LookupError, AttributeError):
        return None  # somebody's file that begins like one
    return envelope if is_sha256(envelope.of) else None


def raw_file(blobs: Blobs, sha256: str, *, name: str = "") -> RawFile:
    """What a recording holds, decoded anew from the bytes as they were received.

    Args:
        blobs: where they are.
        sha256: the recording's.
        name: what to call the file; the beginning of its hash if left out.

    Raises:
        ReadError: no reader can make anything of it.
        BlobMissing, BlobDamaged: the bytes are not what they were.
    """
    return decoded(blobs.get(sha256), sha256=sha256, name=name or sha256[:12], base=blobs.get)


def decoded(content: bytes, *, sha256: str, name: str, base: Callable[[str], bytes]) -> RawFile:
    """What bytes hold, with `base` to get the bytes of the file that an envelope names."""
    envelope = opened(content)
    if envelope is None:
        return replace(read_bytes(content, Source(name)), sha256=sha256)
    found = read_bytes(base(envelope.of), Source(name, envelope.start, dict(envelope.columns)))
    if envelope.recordings is None:
        return replace(found, sha256=sha256)
    if any(number >= len(found.recordings) for number in envelope.recordings):
        reason = f"recording {sha256[:12]}… is no longer among those that its file is read as"
        raise StoreDamaged(name, found=reason, advice="Import the file again: paceline import.")
    chosen = tuple(found.recordings[number] for number in envelope.recordings)
    return replace(found, sha256=sha256, recordings=chosen)
