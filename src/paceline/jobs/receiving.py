"""One file taken in, in a worker process: its bytes kept, what it holds decoded, and the rides in it told apart.

What was decoded is handed back: which session it belongs to is settled by facts, and the session is then measured once,
with all its recordings, without decoding any of them again.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import zlib
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

from paceline.domain.errors import NoSamples, PacelineError
from paceline.jobs.athlete_settings import Known
from paceline.jobs.measuring import Sources, is_context
from paceline.jobs.session_rows import parts
from paceline.keep.blobs import Blobs
from paceline.keep.envelopes import Envelope, written
from paceline.measure.sessions import sessions
from paceline.record.files import LIMIT, file_bytes, read_bytes
from paceline.record.formats import Source
from paceline.record.recordings import RawFile


@dataclass(frozen=True, slots=True)
class Order:
    """One file to be taken in.

    Attributes:
        path: where it lies.
        settings: what is true of the athlete.
        known: hashes of files that are taken in already: they are looked at no further.
        start: int64 ns UTC of the first sample, for files that do not say.
        columns: column name → channel, for CSV files of no known dialect.
    """

    path: Path
    settings: Known = field(default_factory=Known)
    known: frozenset[str] = frozenset()
    start: int | None = None
    columns: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ride:
    """One ride of a file.

    Attributes:
        sha256: the recording's id: the file's own, or that of an envelope where the file holds several rides.
        size: bytes of that blob.
        start, end: int64 ns UTC; None where it does not say when it was.
        context: whether it is weather or passings, which other sessions use.
        file: what it holds, as it will be read again by its id.
    """

    sha256: str
    size: int
    start: int | None
    end: int | None
    context: bool
    file: RawFile = field(repr=False)


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a file.

    Attributes:
        path: where it lies.
        sha256: of its bytes, unpacked; empty where the system would not give them.
        size: bytes, unpacked.
        format: as the registry calls it; empty where no reader knows it.
        rides: what it holds; none where nothing in it can be measured, or it was known.
        known: whether it had been taken in before.
        refused: why no reader could make anything of it; empty where one could.
    """

    path: Path
    sha256: str = ""
    size: int = 0
    format: str = ""
    rides: tuple[Ride, ...] = ()
    known: bool = False
    refused: str = ""


def taken(sources: Sources, order: Order) -> Taken:
    """A file, kept and decoded; one that is refused says why, and stops nobody else's."""
    try:
        content = unpacked(file_bytes(order.path))
    except PacelineError as error:
        return Taken(order.path, refused=str(error))
    sha256 = hashlib.sha256(content).hexdigest()
    found = Taken(order.path, sha256, len(content))
    if sha256 in order.known:
        return replace(found, known=True)
    kept = _writer().submit(sources.blobs.put, content)  # the disk is waited for while the file is decoded
    try:
        found = _read(sources.blobs, content, found, order)
    except PacelineError as error:
        found = replace(found, refused=str(error))
    kept.result()
    return found


def unpacked(data: bytes) -> bytes:
    """The bytes without gzip, so that a file is the same packed or not; a broken or monstrous parcel stays closed."""
    if data[:2] != b"\x1f\x8b":
        return data
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as stream:
            content = stream.read(LIMIT + 1)
    except (OSError, EOFError, zlib.error):
        return data
    return data if len(content) > LIMIT else content


@cache
def _writer() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=2, thread_name_prefix="blobs")


def _read(blobs: Blobs, content: bytes, found: Taken, order: Order) -> Taken:
    raw = read_bytes(content, Source(order.path.name, order.start, dict(order.columns)))
    raw = replace(raw, sha256=found.sha256)
    named = replace(found, format=raw.format)
    try:
        rides = sessions([raw], settings=order.settings.settings)
    except NoSamples:
        return named
    hints = Envelope(found.sha256, None, order.start, order.columns)
    made = []
    for ride in rides:
        own = tuple(sorted(part for sha256, part in parts(ride) if sha256))
        context = all(is_context(raw.recordings[part]) for part in own)
        envelope = hints if len(rides) == 1 else replace(hints, recordings=own)
        sha256, size = (found.sha256, found.size) if envelope.plain else _kept(blobs, envelope)
        file = raw if envelope.recordings is None else replace(raw, recordings=tuple(raw.recordings[n] for n in own))
        start, end = (ride.whole.start, ride.whole.stop) if ride.dated else (None, None)
        made.append(Ride(sha256, size, start, end, context, replace(file, sha256=sha256)))
    return replace(named, rides=tuple(made))


def _kept(blobs: Blobs, envelope: Envelope) -> tuple[str, int]:
    content = written(envelope)
    return blobs.put(content), len(content)
