"""To which session a recording belongs: the rules of `record.sameness`, over what an athlete's diary holds of its time.

Two recordings are of one session where their readings show one ride. What merely happened at the same time stays
apart; weather and passings are sessions of their own, which the rides of their time use.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from uuid import UUID

from paceline.domain.efforts import SECOND
from paceline.domain.errors import Conflict, PacelineError
from paceline.jobs.measuring import Sources, is_context
from paceline.jobs.receiving import Ride
from paceline.keep.envelopes import raw_file
from paceline.keep.journal import Diary, Journal
from paceline.keep.journal.facts import thing_id
from paceline.record.alignment import DRIFT, ZONES
from paceline.record.recordings import RawFile
from paceline.record.sameness import rides

BESIDE = ", beside rides"
"""How the format of a recording ends, in the journal, that is weather or passings."""

NEAR = (ZONES + DRIFT) * SECOND
"""ns by which the clocks of two files of one ride may differ: one of them may hold local time without saying so."""

TRIES = 20


@dataclass(frozen=True, slots=True)
class Belongs:
    """Where a recording was placed.

    Attributes:
        session: the session.
        new: whether it was placed now, and not long ago.
        joined: whether the session had recordings before.
        merged: sessions that turned out to be the same one.
    """

    session: UUID
    new: bool
    joined: bool
    merged: tuple[UUID, ...] = ()


def placed(
    journal: Journal,
    sources: Sources,
    ride: Ride,
    *,
    subject: str,
    session: UUID | None,
    held: Mapping[str, RawFile],
    executor: Executor,
    by: str,
) -> Belongs:
    """Settle to which session a received recording belongs; placed again, it stays.

    Args:
        journal: where it is written down.
        sources: raw bytes of the recordings it is compared with.
        ride: the recording.
        subject: whose.
        session: where it belongs, if that is settled already, as for those whose pseudonym changes every session.
        held: what recordings hold, by their ids, as far as they were decoded a moment ago.
        executor: where recordings are compared of which one is not held.
        by: who asks.
    """
    for _ in range(TRIES):
        diary = journal.diary(subject)
        if (known := diary.placed.get(ride.sha256)) is not None:
            return Belongs(known.session, new=False, joined=False)
        near = () if ride.context or session is not None else _near(diary, ride, journal, subject)
        alike = _alike(sources, ride.sha256, near, held, executor) if near else ()
        homes = tuple(dict.fromkeys(diary.placed[sha256].session for sha256 in alike))
        chosen = session or _chosen(homes, diary, ride, thing_id(journal.organisation, "session", subject, ride.sha256))
        try:
            found = journal.place_recording(
                subject=subject, sha256=ride.sha256, session=chosen, expected=diary.version, by=by
            )
        except Conflict:
            continue  # another machine wrote in this diary meanwhile: look at it again
        return Belongs(found.session, found.new, not found.started, found.merged)
    raise Conflict("The athlete's diary", attempts=TRIES)


def _chosen(homes: Sequence[UUID], diary: Diary, ride: Ride, new: UUID) -> UUID | None:
    """The session it belongs to; None where the diary is to make one of several."""
    if len(homes) > 1 and set(homes) == set(diary.at_the_time(ride.start, ride.end)):
        return None
    return homes[0] if homes else new


def _near(diary: Diary, ride: Ride, journal: Journal, subject: str) -> tuple[str, ...]:
    """The recordings that could be of the same ride, by their clocks; an undated one is held against undated ones."""
    found = []
    for sha256, entry in diary.placed.items():
        if entry.session in diary.struck:
            continue
        if ride.start is None or ride.end is None or entry.start is None or entry.end is None:
            near = ride.start is None and entry.start is None
        else:
            near = entry.start <= ride.end + NEAR and ride.start <= entry.end + NEAR
        if near and not journal.recording(subject=subject, sha256=sha256).format.endswith(BESIDE):
            found.append(sha256)
    return tuple(found)


def _alike(
    sources: Sources, sha256: str, others: Sequence[str], held: Mapping[str, RawFile], executor: Executor
) -> tuple[str, ...]:
    """Comparing what is decoded takes milliseconds; a process that decodes has others waiting before it."""
    files = {key: held[key] for key in (sha256, *others) if key in held}
    if len(files) > len(others):
        return same_ride(sources, sha256, others, files)
    return executor.submit(same_ride, sources, sha256, others, files).result()


def same_ride(
    sources: Sources, sha256: str, others: Sequence[str], held: Mapping[str, RawFile] = MappingProxyType({})
) -> tuple[str, ...]:
    """Those of the others that are of the same ride as a recording; one that can't be read is of none."""
    read = {key: held.get(key) or _decoded(sources, key) for key in (sha256, *others)}
    files = {key: file for key, file in read.items() if file is not None}
    home = {id(r): key for key, file in files.items() for r in file.recordings if not is_context(r)}
    recordings = [r for file in files.values() for r in file.recordings if id(r) in home]
    groups = [{home[id(recording)] for recording in group} for group in rides(recordings)]
    alike = set().union(*(group for group in groups if sha256 in group))
    return tuple(key for key in others if key in alike)


def _decoded(sources: Sources, sha256: str) -> RawFile | None:
    return _kept(sources.place, tuple(sorted(sources.options.items())), sha256)


@lru_cache(maxsize=32)
def _kept(place: str, options: tuple[tuple[str, str], ...], sha256: str) -> RawFile | None:
    """Neighbours of many rides are asked for again and again."""
    try:
        return raw_file(Sources(place, dict(options)).blobs, sha256)
    except PacelineError:
        return None
