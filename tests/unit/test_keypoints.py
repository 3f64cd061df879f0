"""Keypoints of pose estimators: three shapes, people, joints that were not seen, and the clock."""

from __future__ import annotations

import io
import json
import zipfile

import numpy as np
import pytest

from paceline.domain.efforts import SECOND
from paceline.domain.errors import Damaged, FileUnreadable, NoSamples, NotPlausible
from paceline.record.files import read_bytes
from paceline.record.formats import Source
from paceline.record.formats.keypoint_joints import BODY_25, COCO_17
from paceline.record.keypoint_frames import on_clock, read_frames
from paceline.record.streams import Flag


def skeleton(joints, left=100.0, unseen=()):
    numbers = []
    for place, joint in enumerate(joints):
        numbers += [0, 0, 0] if joint in unseen else [left + place, 50.0 + 2 * place, 0.8]
    return numbers


def coco(frame, left=100.0, **more):
    image = f"ride_{frame:06d}.jpg"
    return {"image_id": image, "category_id": 1, "keypoints": skeleton(COCO_17, left), "score": 2.5, **more}


def openpose(*lefts, unseen=()):
    people = [{"person_id": [-1], "pose_keypoints_2d": skeleton(BODY_25, left, unseen)} for left in lefts]
    return {"version": 1.3, "people": people}


def read(content, start=None):
    data = content if isinstance(content, bytes) else json.dumps(content).encode()
    return read_bytes(data, Source("made", start))


def kinds(raw):
    return {problem.kind for problem in raw.problems}


def test_joints_come_in_the_order_of_their_skeletons():
    stream = read([coco(7)]).recordings[0].streams["keypoints"]
    assert (stream.values["nose_x"][0], stream.values["right_ankle_x"][0]) == (100.0, 116.0)
    stream = read([openpose(100.0)]).recordings[0].streams["keypoints"]
    assert (stream.values["neck_x"][0], stream.values["left_hip_y"][0]) == (101.0, 50.0 + 2 * 12)
    assert stream.channel("left_hip_x").unit == "px"


def test_a_joint_of_no_confidence_is_missing_and_not_at_the_corner():
    stream = read([openpose(100.0, unseen=("left_knee",))]).recordings[0].streams["keypoints"]
    assert np.isnan([stream.values["left_knee_x"][0], stream.values["left_knee_y"][0]]).all()
    assert stream.values["left_knee_confidence"][0] == 0.0
    assert stream.flag("left_knee_x")[0] == Flag.MISSING


def test_the_frame_is_the_last_number_of_the_image_and_absent_frames_stay_absent():
    stream = read([coco(12), coco(10)]).recordings[0].streams["keypoints"]
    assert stream.values["frame"].tolist() == [10.0, 12.0]
    assert stream.time.tolist() == [10 * SECOND, 12 * SECOND]


def test_tracks_tell_people_apart_whatever_their_order():
    raw = read([coco(1, 100.0, idx=2), coco(1, 500.0, idx=1), coco(2, 510.0, idx=1), coco(2, 110.0, idx=2)])
    lefts = [r.streams["keypoints"].values["nose_x"].tolist() for r in raw.recordings]
    assert lefts == [[100.0, 110.0], [500.0, 510.0]]
    assert "people" not in kinds(raw)


@pytest.mark.parametrize("more", [{}, {"idx": 0.0}, {"idx": [[0.0], [0.0]]}])
def test_people_without_usable_tracks_keep_their_order_and_that_is_reported(more):
    raw = read([coco(1, 100.0, **more), coco(1, 500.0, **more), coco(2, 510.0, **more)])
    lefts = [r.streams["keypoints"].values["nose_x"].tolist() for r in raw.recordings]
    assert lefts == [[100.0, 510.0], [500.0]]
    assert "people" in kinds(raw)


def test_lines_are_frames_and_a_bad_line_costs_itself_alone():
    lines = [json.dumps(openpose(float(left))) for left in (100, 200, 300)]
    raw = read("\n".join([lines[0], '{"version": 1.3, "peo', lines[2]]).encode())
    assert raw.recordings[0].streams["keypoints"].values["frame"].tolist() == [0.0, 2.0]
    assert {(p.kind, p.line) for p in raw.problems if p.line} == {("syntax", 2)}


def test_a_list_that_breaks_off_keeps_what_stood_before():
    whole = json.dumps([coco(1), coco(2)]).encode()
    raw = read(whole[:-30])
    assert raw.recordings[0].streams["keypoints"].values["frame"].tolist() == [1.0]
    assert "truncated" in kinds(raw)
    with pytest.raises(Damaged):
        read(whole[:200])


@pytest.mark.parametrize(
    ("entry", "kind"),
    [
        ({**coco(1), "keypoints": [1.0, 2.0, 0.5]}, "skeleton"),
        ({**coco(1), "keypoints": None}, "detection"),
        ({**coco(1), "image_id": "no number"}, "frame"),
        ({**coco(1), "keypoints": ["x", *skeleton(COCO_17)[1:]]}, "number"),
    ],
)
def test_what_can_not_be_used_is_reported(entry, kind):
    assert kind in kinds(read([coco(0), entry]))


def test_scaled_coordinates_are_reported():
    entry = coco(1)
    entry["keypoints"] = [number / 1000 for number in entry["keypoints"]]
    assert "scaled" in kinds(read([entry]))


def test_a_clock_comes_from_a_rate_or_from_times():
    recording = read([coco(0), coco(3)]).recordings[0]
    assert not recording.dated
    at_rate = on_clock(recording, frame_rate=50.0, start=SECOND)
    assert at_rate.streams["keypoints"].time.tolist() == [SECOND, SECOND + 60_000_000]
    assert at_rate.dated
    times = [5, 6, 7, 9]
    assert on_clock(recording, times=times).streams["keypoints"].time.tolist() == [5, 9]
    for wrong in ({}, {"frame_rate": 0.0}, {"frame_rate": 1.0, "times": times}, {"times": [1]}):
        with pytest.raises(NotPlausible):
            on_clock(recording, **wrong)


def test_a_folder_and_an_archive_of_frames_are_the_same(tmp_path):
    frames = {3: openpose(100.0), 4: openpose(), 11: openpose(120.0, 700.0)}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for number, frame in frames.items():
            (tmp_path / f"ride_{number:012d}_keypoints.json").write_text(json.dumps(frame))
            archive.writestr(f"out/ride_{number:012d}_keypoints.json", json.dumps(frame))
    (tmp_path / "notes.txt").write_text("not a frame")
    path = tmp_path / "frames.zip"
    path.write_bytes(packed.getvalue())
    one, other = read_frames(tmp_path), read_frames(path)
    for raw in (one, other):
        assert [r.streams["keypoints"].values["frame"].tolist() for r in raw.recordings] == [[3.0, 11.0], [11.0]]
    assert one.sha256 == other.sha256


def test_what_is_no_folder_of_frames_is_refused(tmp_path):
    with pytest.raises(FileUnreadable):
        read_frames(tmp_path / "nowhere")
    with pytest.raises(NoSamples):
        read_frames(tmp_path)
    (tmp_path / "broken.zip").write_bytes(b"PK\x03\x04 and no more")
    with pytest.raises(Damaged):
        read_frames(tmp_path / "broken.zip")
