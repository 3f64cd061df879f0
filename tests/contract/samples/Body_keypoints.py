"""OpenPose's frames, one a line: two people who change places, a joint that was not seen, and an empty frame."""

from __future__ import annotations

import json


def person(left: float, step: int) -> dict[str, object]:
    joints: list[float] = []
    for number in range(25):
        unseen = number == 24 or (number == 4 and step == 1)
        joints += [0, 0, 0] if unseen else [left + 3.0 * number + step, 200.0 + 7.5 * number, 0.9]
    return {"person_id": [-1], "pose_keypoints_2d": joints, "face_keypoints_2d": []}


def sample() -> bytes:
    frames = [[person(100.0, 0)], [person(100.0, 1), person(600.0, 1)], [], [person(100.0, 3)]]
    return "".join(json.dumps({"version": 1.3, "people": people}) + "\n" for people in frames).encode()
