"""Keypoints that come one file a frame, and the clock that keypoints don't bring along."""

from __future__ import annotations

import hashlib
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TypeAlias

import numpy as np

from paceline.domain.efforts import SECOND
from paceline.domain.errors import Damaged, FileUnreadable, NoSamples, NotPlausible, TooLarge, UnknownName
from paceline.record.files import LIMIT
from paceline.record.formats import Source, keypoints
from paceline.record.formats.json_values import json_values
from paceline.record.formats.loose_json import text_of
from paceline.record.formats.readings import Findings
from paceline.record.recordings import RawFile, Recording
from paceline.record.streams import Nanoseconds

MOST_FILES = 1_000_000

Entry: TypeAlias = tuple[int, int, Callable[[], bytes]]
"""A frame's number, how many bytes its file has, and how to get them."""

_FRAME = re.compile(r"(\d{1,12})(?:_keypoints)?\.json$", re.ASCII | re.IGNORECASE)


def read_frames(path: str | Path, *, start: int | None = None) -> RawFile:
    """What OpenPose's `--write_json` wrote: a folder, or a zip archive, of one file a frame.

    Args:
        path: of the folder or archive. A frame's number is the last one in its file's name
            ("ride_000000000012_keypoints.json" is frame 12); files without one are left out.
        start: int64 ns UTC of frame 0, if it is known.

    Returns:
        One recording a person, as the format "Body keypoints" gives it; `on_clock` gives them a frame rate.

    Raises:
        FileUnreadable: there is no such folder or archive.
        NoSamples: there is no frame in it.
        Damaged: the archive is broken.
        TooLarge: the frames have more than `files.LIMIT` bytes together.
    """
    findings, digest, seen, file = Findings(), hashlib.sha256(), [], str(path)
    number = -1
    for number, content in _contents(Path(path), file):
        digest.update(content)
        values, damage = json_values(text_of(content, findings), findings)
        if damage:
            findings.add("frame_file", "A frame's file is damaged; what stood before is kept.")
        seen += [replace(one, frame=number) for one in keypoints.people([(v, number) for v, _ in values], findings)]
    if number < 0:
        raise NoSamples(file, expected="files named for their frame, such as 000012_keypoints.json", found="none")
    recordings = keypoints.recordings(seen, Source(file, start), findings)
    return RawFile(file, f"{keypoints.NAME} (frames)", digest.hexdigest(), recordings, findings.problems())


def on_clock(
    recording: Recording,
    *,
    frame_rate: float | None = None,
    times: Sequence[int] | None = None,
    start: int | None = None,
) -> Recording:
    """The same keypoints on a clock.

    Args:
        recording: with the stream "keypoints".
        frame_rate: frames in a second; or
        times: int64 ns UTC of frame 0, 1, …, as a sidecar file of the camera lists them.
        start: int64 ns UTC of frame 0, with a frame rate; without it the recording stays undated.

    Raises:
        UnknownName: it has no keypoints.
        NotPlausible: neither or both of the two are given, a rate that is not above 0, or too few times.

    >>> from paceline.record.streams import Stream
    >>> made = Stream("keypoints", np.array([0, 1]), {"frame": np.array([3.0, 4.0])}, {}, keypoints.channels([]))
    >>> on_clock(Recording({"keypoints": made}), frame_rate=50.0).streams["keypoints"].time.tolist()
    [60000000, 80000000]
    """
    if "keypoints" not in recording.streams:
        raise UnknownName("stream", "keypoints", known=recording.streams)
    stream = recording.streams["keypoints"]
    frames = stream.values["frame"].astype(np.int64)
    if (frame_rate is None) == (times is None):
        raise NotPlausible("the clock", expected="either a frame rate or the times of the frames")
    if times is not None:
        if frames.size and int(frames.max()) >= len(times):
            raise NotPlausible("times", expected=f"one for each frame up to {int(frames.max())}")
        clock: Nanoseconds = np.asarray(times, np.int64)[frames]
    elif frame_rate is None or not 0.0 < frame_rate < np.inf:
        raise NotPlausible("the frame rate", expected="above 0 frames a second")
    else:
        clock = (start or 0) + np.rint(frames / frame_rate * SECOND).astype(np.int64)
    dated = recording.dated if frame_rate and start is None else True
    moved = replace(stream, time=clock)
    return replace(recording, streams={**recording.streams, "keypoints": moved}, dated=dated)


def _contents(path: Path, file: str) -> Iterator[tuple[int, bytes]]:
    """The frames' numbers and bytes, in the order of the frames."""
    try:
        if path.is_dir():
            files = [entry for entry in path.iterdir() if entry.is_file()]
            yield from _limited([(_number(f.name), f.stat().st_size, f.read_bytes) for f in files], file)
            return
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            yield from _limited(
                [(_number(m.filename), m.file_size, partial(_member, archive, m)) for m in members], file
            )
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise Damaged(file, expected="a folder or zip archive of frames", found="a broken archive") from error
    except OSError as error:
        if isinstance(error, FileUnreadable):
            raise
        raise FileUnreadable(file, reason=error.strerror or "can't be read") from error


def _limited(entries: Sequence[Entry], file: str) -> Iterator[tuple[int, bytes]]:
    frames = sorted((entry for entry in entries if entry[0] >= 0), key=lambda entry: entry[0])
    if len(frames) > MOST_FILES or sum(size for _, size, _ in frames) > LIMIT:
        raise TooLarge(file, expected=f"at most {MOST_FILES:,} frames of {LIMIT:,} bytes together", found="more")
    for number, _, content in frames:
        yield number, content()


def _member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    """No more than the archive's list of contents says: the list was measured, what unpacks was not."""
    with archive.open(member) as stream:
        return stream.read(member.file_size)


def _number(name: str) -> int:
    match = _FRAME.search(name)
    return int(match[1]) if match else -1
