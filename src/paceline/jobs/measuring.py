"""From the recordings of a session, as they are kept, to the session and its rows; what worker processes do.

Nothing here writes to the journal or the lake: a worker reads blobs and answers, and one process writes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from paceline.domain.errors import PacelineError, StoreDamaged
from paceline.jobs.athlete_settings import Known
from paceline.jobs.session_rows import Frames, metric_rows, session_rows, unmeasured, whose
from paceline.keep.blobs import Blobs, open_blobs
from paceline.keep.envelopes import raw_file
from paceline.keep.lake import Placed
from paceline.measure import conditions
from paceline.measure.grids import CELLS
from paceline.measure.sessions import Session, sessions
from paceline.measure.track.logs import is_timing
from paceline.record.recordings import RawFile, Recording

TOO_LONG = "More days lie between its first reading and its last than any ride has, so a clock is wrong."


@dataclass(frozen=True, slots=True)
class Sources:
    """Where a worker finds raw bytes."""

    place: str
    options: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def blobs(self) -> Blobs:
        """The blobs, opened once in each process."""
        return _opened(self.place, tuple(sorted(self.options.items())))


@lru_cache(maxsize=8)
def _opened(place: str, options: tuple[tuple[str, str], ...]) -> Blobs:
    return open_blobs(place, options=dict(options))


@dataclass(frozen=True, slots=True)
class Task:
    """One session to be measured.

    Attributes:
        placed: whose it is, and where its rows go.
        recordings: the ids of its recordings, in the order in which they came.
        context: the ids of recordings of weather and passings of its time.
        settings: what was true of the athlete.
        names: recording → the file's name, where it is known.
        only: these metrics alone; everything of the session where it is empty.
        files: what recordings hold, by their ids, where they were decoded a moment ago; the others are read again.
    """

    placed: Placed
    recordings: tuple[str, ...]
    context: tuple[str, ...] = ()
    settings: Known = field(default_factory=Known)
    names: Mapping[str, str] = field(default_factory=dict, repr=False)
    only: tuple[str, ...] = ()
    files: Mapping[str, RawFile] = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Measured:
    """What became of a task.

    Attributes:
        task: the task.
        frames: table → rows.
        reason: why it could not be measured, for people; empty where it could.
    """

    task: Task
    frames: Frames
    reason: str = ""


def measured(sources: Sources, task: Task) -> Measured:
    """The rows of a session; what can't be measured says why, and stops nobody else's."""
    try:
        session = session_of(sources.blobs, task)
        task = replace(task, files={})  # they travelled here, and need not travel back
        if session.whole.duration > CELLS:
            return _unmeasured(task, TOO_LONG)
        if task.only:
            efforts = (session.whole, *session.efforts, *session.detected)
            rows = metric_rows(session, efforts, only=task.only)
            return Measured(task, {"metrics": whose(rows, task.placed)})
        mark, used = task.settings.mark, (*task.recordings, *task.context)
        return Measured(task, session_rows(session, placed=task.placed, recordings=used, settings=mark))
    except PacelineError as error:
        return _unmeasured(replace(task, files={}), str(error))


def _unmeasured(task: Task, reason: str) -> Measured:
    return Measured(task, unmeasured(reason, placed=task.placed, recordings=(*task.recordings, *task.context)), reason)


def session_of(blobs: Blobs, task: Task, *, bike: str | None = None) -> Session:
    """The session, from its recordings and the weather and passings of its time.

    That they are of one session is a fact of the journal, and not looked for again in what they hold.

    Raises:
        StoreDamaged: its recordings no longer make one ride that holds the first of them.
        ReadError: one of them can't be read any more.
    """
    files = [_file(blobs, task, sha256) for sha256 in task.recordings]
    beside = [_file(blobs, task, sha256) for sha256 in task.context]
    found = sessions([*files, *beside], settings=task.settings.settings, bike=bike, together=True)
    return _chosen(found, files)


def _file(blobs: Blobs, task: Task, sha256: str) -> RawFile:
    held = task.files.get(sha256)
    return raw_file(blobs, sha256, name=task.names.get(sha256, "")) if held is None else held


def _chosen(found: Sequence[Session], files: Sequence[RawFile]) -> Session:
    """The ride that holds the first recording; of passings alone, which may be of several riders, the longest."""
    own = [session for file in files for session in found if any(held is file for held in session.files)]
    if not own:
        raise StoreDamaged("the session", found="its recordings make no ride any more")
    first = [session for session in own if any(held is files[0] for held in session.files)] or own
    return max(first, key=lambda session: session.whole.duration)


def is_context(recording: Recording) -> bool:
    """Whether a recording says nothing of an athlete by itself: weather, or passings of timing loops."""
    return conditions.is_conditions(recording) or is_timing(recording)
