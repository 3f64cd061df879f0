"""The joints of the two skeletons that pose estimators agree on, and the channels they become."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from paceline.domain.channels import Channel

COCO_17 = (
    "nose", "left_eye", "right_eye", "left_ear", "right_ear", "left_shoulder", "right_shoulder", "left_elbow",
    "right_elbow", "left_wrist", "right_wrist", "left_hip", "right_hip", "left_knee", "right_knee", "left_ankle",
    "right_ankle",
)  # fmt: skip
"""In the order of COCO's category "person"."""

BODY_25 = (
    "nose", "neck", "right_shoulder", "right_elbow", "right_wrist", "left_shoulder", "left_elbow", "left_wrist",
    "middle_hip", "right_hip", "right_knee", "right_ankle", "left_hip", "left_knee", "left_ankle", "right_eye",
    "left_eye", "right_ear", "left_ear", "left_big_toe", "left_small_toe", "left_heel", "right_big_toe",
    "right_small_toe", "right_heel",
)  # fmt: skip
"""In the order of OpenPose's model of that name."""

SKELETONS: Mapping[int, tuple[str, tuple[str, ...]]] = MappingProxyType(
    {17: ("COCO-17", COCO_17), 25: ("BODY-25", BODY_25)}
)
"""How many joints there are → what the skeleton is called, and its joints."""

PARTS = ("x", "y", "confidence")


def channels(joints: Iterable[str]) -> dict[str, Channel]:
    """The channels of some joints, by name, three a joint; the frame's number comes first."""
    found = [Channel("frame", "1", 0.0, math.inf, "Number of the image in the video.")]
    for joint in joints:
        words = joint.replace("_", " ")
        found += [
            Channel(f"{joint}_x", "px", -math.inf, math.inf, f"The {words} in the image, from the left edge."),
            Channel(f"{joint}_y", "px", -math.inf, math.inf, f"The {words} in the image, from the upper edge."),
            Channel(f"{joint}_confidence", "1", 0.0, math.inf, f"How sure the estimator is of the {words}."),
        ]
    return {channel.name: channel for channel in found}
