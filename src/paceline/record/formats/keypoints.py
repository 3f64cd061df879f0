"""Body keypoints, frame by frame, as pose estimators write them beside a video.

Three shapes are taken: a list of detections `{"image_id": …, "keypoints": [x, y, c, …], "score": …}` of 17 joints
(COCO's results format, which AlphaPose writes too), the same one detection or one frame's list a line, and OpenPose's
`{"version": 1.3, "people": [{"pose_keypoints_2d": [x, y, c, …]}]}` of 25 joints, one frame a line. A folder or archive
of OpenPose's own files, one frame each, is read by `record.keypoint_frames`.

Each person is a recording with the stream "keypoints". A joint of confidence 0 was not seen: it is NaN, whatever the
coordinates say. People are told apart by `track_id`, `idx` or `person_id`; where there is none, or one of them comes
twice in a frame, by their order in the frame, which is no tracking, and that is reported. The files don't say how fast
the frames came: a frame is one second on the clock until `keypoint_frames.on_clock` knows better.

Source: cocodataset.org, results format, and the order of the 17 joints in the category "person"; OpenPose,
doc/02_output.md (github.com/CMU-Perceptual-Computing-Lab/openpose); AlphaPose, docs/output.md, and its issue 761 for
`idx`; PoseTrack's annotations for `track_id`.
"""

from __future__ import annotations

import math
import re
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from paceline.domain.devices import Device
from paceline.domain.efforts import SECOND
from paceline.domain.errors import Damaged
from paceline.record.formats import Source
from paceline.record.formats.json_values import json_values
from paceline.record.formats.keypoint_joints import PARTS, SKELETONS, channels
from paceline.record.formats.loose_json import text_of
from paceline.record.formats.readings import Findings, reason
from paceline.record.recordings import Problem, Recording
from paceline.record.streams import Floats, Stream

NAME = "Body keypoints"
MEANING = (
    "Joints of the body in each frame of a video, as OpenPose, AlphaPose and others in COCO's results format write."
)

LAST_FRAME = 1_000_000_000
MOST_PEOPLE = 100
_TRACKS = ("track_id", "idx", "person_id")
_DIGITS = re.compile(r"(\d{1,18})\D*$", re.ASCII)
_LARGEST = 1e9

_MESSAGES = {
    "rate": "The file does not say how fast the frames came: each is one second long until a frame rate is given.",
    "people": "Several people and no usable tracks: they are kept by their order in the frame, and may change places.",
    "many": f"More than {MOST_PEOPLE} people: those beyond are left out.",
    "skeleton": "A detection has neither 17 nor 25 joints and is left out.",
    "detection": "Something that is no detection is left out.",
    "frame": "A detection whose frame can't be told is left out.",
    "scaled": "All coordinates lie between -1 and 1: they are scaled, not pixels.",
}


@dataclass(frozen=True, slots=True)
class Seen:
    """One person in one frame.

    Attributes:
        frame: number of the image.
        order: of the person among those of the frame, from 0.
        track: who it is, as the file says, or None.
        numbers: x, y, confidence of each joint in turn.
    """

    frame: int
    order: int
    track: float | None
    numbers: array[float]


def sniff(head: bytes) -> bool:
    """Whether it is JSON that speaks of keypoints."""
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if start[:1] not in {b"[", b"{"}:
        return False
    coco = re.search(rb'"keypoints"\s*:\s*\[', start) and re.search(rb'"(image_id|category_id)"\s*:', start)
    return bool(coco or re.search(rb'"pose_keypoints_2d"\s*:|"people"\s*:\s*\[', start))


def decode(data: bytes, source: Source) -> tuple[tuple[Recording, ...], tuple[Problem, ...]]:
    """One recording a person, in the order in which they were first seen.

    Raises:
        Damaged: nothing stands before the damage.
    """
    findings = Findings()
    values, damage = json_values(text_of(data, findings), findings)
    seen = list(people(values, findings))
    found = recordings(seen, source, findings)
    if damage and not found:
        raise Damaged(source.file, expected="a detection", found=reason(damage), offset=damage.offset)
    return found, (*findings.problems(), *([damage] if damage else []))


def people(values: Iterable[tuple[Any, int]], findings: Findings) -> Iterator[Seen]:
    """Everybody in every frame.

    Args:
        values: the JSON values, each with its number from 0: that of the frame where the value does not say.
        findings: takes what is wrong.
    """
    orders: Counter[int] = Counter()
    for value, index in values:
        for entry, numbers, frame in _detections(value, index):
            if frame is None or not 0 <= frame < LAST_FRAME:
                _note(findings, "frame")
            elif (joints := _numbers(numbers, findings)) is not None:
                yield Seen(frame, orders[frame], _track(entry), joints)
                orders[frame] += 1
            else:
                _note(findings, "skeleton" if isinstance(numbers, list) else "detection")


def recordings(seen: Sequence[Seen], source: Source, findings: Findings) -> tuple[Recording, ...]:
    """The people as recordings; what can't be told for certain is noted."""
    apart = Counter((one.frame, one.track) for one in seen)
    tracked = all(one.track is not None for one in seen) and all(count == 1 for count in apart.values())
    if not tracked and any(one.order for one in seen):
        _note(findings, "people")
    people: dict[tuple[float, int], list[Seen]] = {}
    for one in seen:
        who = one.track if tracked and one.track is not None else float(one.order)
        people.setdefault((who, len(one.numbers)), []).append(one)
    if not people:
        findings.add("empty")
        return ()
    _note(findings, "rate")
    if source.start is None:
        findings.add("undated")
    if len(people) > MOST_PEOPLE:
        _note(findings, "many")
    return tuple(_recording(own, source, findings) for own in list(people.values())[:MOST_PEOPLE])


def _recording(own: Sequence[Seen], source: Source, findings: Findings) -> Recording:
    name, joints = SKELETONS[len(own[0].numbers) // 3]
    frames = np.array([one.frame for one in own], np.int64)
    order = np.argsort(frames, kind="stable")
    table = np.array([one.numbers for one in own], np.float64)[order].reshape(len(own), len(joints), 3)
    unseen = np.isnan(table).any(axis=2) | (table[..., 2] <= 0.0)
    table[unseen, :2] = np.nan
    if not unseen.all() and np.nanmax(np.abs(table[..., :2])) <= 1.0:
        _note(findings, "scaled")
    columns: dict[str, Floats] = {"frame": frames[order].astype(np.float64)}
    for place, joint in enumerate(joints):
        columns |= {f"{joint}_{part}": table[:, place, index].copy() for index, part in enumerate(PARTS)}
    time = (source.start or 0) + frames[order] * SECOND
    stream = Stream("keypoints", time, columns, {}, channels(joints))
    device = Device(role="camera")
    return Recording({"keypoints": stream}, device, dated=source.start is not None, notes={"skeleton": name})


def _detections(value: Any, index: int) -> Iterator[tuple[Mapping[str, Any], Any, int | None]]:
    """What stands in one value: the entry, its numbers and its frame."""
    for entry in value if isinstance(value, list) else [value]:
        if not isinstance(entry, dict):
            yield {}, None, index
        elif isinstance(entry.get("people"), list):
            for person in entry["people"]:
                known = person if isinstance(person, dict) else {}
                yield known, known.get("pose_keypoints_2d"), _frame(entry, index)
        else:
            yield entry, entry.get("keypoints"), _frame(entry, index if isinstance(value, list) else None)


def _frame(entry: Mapping[str, Any], index: int | None) -> int | None:
    """The frame's number: said outright, or the last digits of the image's name."""
    for key in ("image_id", "frame", "frame_id"):
        said = entry.get(key)
        if isinstance(said, int) and not isinstance(said, bool):
            return said
        if isinstance(said, str):
            digits = _DIGITS.search(said[:300].rpartition(".")[0] or said[:300])
            return int(digits[1]) if digits else None
    return index


def _track(entry: Mapping[str, Any]) -> float | None:
    for key in _TRACKS:
        said = entry.get(key)
        if isinstance(said, list) and len(said) == 1:
            said = said[0]
        if isinstance(said, int | float) and not isinstance(said, bool) and 0 <= said < _LARGEST:
            return float(said)
    return None


def _numbers(content: Any, findings: Findings) -> array[float] | None:
    """The numbers of one skeleton; what is none is NaN, and reported."""
    if not isinstance(content, list) or len(content) % 3 or len(content) // 3 not in SKELETONS:
        return None
    numbers = array("d")
    for said in content:
        if isinstance(said, int | float) and not isinstance(said, bool) and abs(said) < _LARGEST:
            numbers.append(float(said))
        else:
            if said is not None:
                findings.add("number")
            numbers.append(math.nan)
    return numbers


def _note(findings: Findings, kind: str) -> None:
    findings.add(kind, _MESSAGES[kind])
