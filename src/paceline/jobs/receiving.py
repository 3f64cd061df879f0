"""One file taken in, in a worker process: its bytes kept, what it holds decoded, and each ride in it measured at once.

Measuring it here saves decoding it again; should it turn out to be of a ride that is known already, that session is
measured anew with all its recordings.
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
from paceline.jobs.measuring import TOO_LONG, Sources, is_context
from paceline.jobs.session_rows import Frames, month_of, parts, session_rows, unmeasured
from paceline.keep.blobs import Blobs
from paceline.keep.envelopes import Envelope, written
from paceline.keep.lake import Placed
from paceline.measure.grids import CELLS
from paceline.measure.sessions import Session, sessions
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
        frames: its rows, with a session still to be named.
    """

    sha256: str
    size: int
    start: int | None
    end: int | None
    context: bool
    frames: Frames = field(repr=False)


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
    """A file, kept, decoded and measured; one that is refused says why, and stops nobody else's."""
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
        if envelope.plain:
            made.append(_ride(ride, (found.sha256, found.size), order.settings, context=context))
        else:
            key = _kept(blobs, envelope)
            alone = _enveloped(raw, envelope, key[0], order.settings)
            made.append(_ride(alone, key, order.settings, context=context))
    return replace(named, rides=tuple(made))


def _enveloped(raw: RawFile, envelope: Envelope, sha256: str, settings: Known) -> Session:
    """The ride as it will be read again by its envelope: its recordings alone, under the envelope's name."""
    chosen = range(len(raw.recordings)) if envelope.recordings is None else envelope.recordings
    file = replace(raw, sha256=sha256, recordings=tuple(raw.recordings[number] for number in chosen))
    return max(sessions([file], settings=settings.settings, together=True), key=lambda ride: ride.whole.duration)


def _ride(ride: Session, key: tuple[str, int], settings: Known, *, context: bool) -> Ride:
    sha256, size = key
    start, end = (ride.whole.start, ride.whole.stop) if ride.dated else (None, None)
    placed = Placed("", "", month_of(start))
    if ride.whole.duration > CELLS:
        return Ride(sha256, size, start, end, context, unmeasured(TOO_LONG, placed=placed, recordings=(sha256,)))
    frames = session_rows(ride, placed=placed, recordings=(sha256,), settings=settings.mark)
    return Ride(sha256, size, start, end, context, frames)


def _kept(blobs: Blobs, envelope: Envelope) -> tuple[str, int]:
    content = written(envelope)
    return blobs.put(content), len(content)
