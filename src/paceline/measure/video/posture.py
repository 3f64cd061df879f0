"""Posture as a recording: channels that the metrics of posture start from, from several cameras or from one."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from paceline.domain.channels import CHANNELS, Channel
from paceline.domain.devices import Device
from paceline.domain.errors import UnknownName
from paceline.domain.tracks import Track
from paceline.measure.posture import (
    INNER,
    OUTLINE,
    SLOPES,
    angles,
    frontal_box,
    inner_angle,
    slope_angle,
    standard_error,
)
from paceline.measure.quantities import Floats
from paceline.measure.video.motion import Motion
from paceline.measure.video.places import Placed
from paceline.measure.video.views import View
from paceline.record.recordings import Recording
from paceline.record.streams import Stream

SIDES = ("left", "right")

_UPRIGHT = (0.0, 0.0, 1.0)


def in_space(
    found: Motion,
    place: Placed | None = None,
    *,
    heading: Floats,
    up: Floats | Sequence[float] = _UPRIGHT,
    track: Track | None = None,
) -> Recording:
    """The posture of a rider whose joints are known in space.

    Args:
        found: the joints.
        place: where on the track, if that is known; it becomes the stream "place".
        heading: (instant, 3) or (3,), the direction of riding, of unit length: the front is seen along it.
        up: (instant, 3) or (3,), what counts as up: the track's vertical, or the bike's own where it leans.
        track: where; with it the stream "place" has the place on the lap too, which metrics take.

    Returns:
        Streams "posture_left" and "posture_right", one a side of the body, with the angles in °, their standard errors
        as the described channels "torso_angle_error", …, and "frontal_area" in m². A metric takes the side that was
        seen more often, and names it.
    """
    points = {joint: found.position[:, index] for index, joint in enumerate(found.joints)}
    upward, along = np.asarray(up, np.float64), np.asarray(heading, np.float64)
    area = _area(points, across=np.cross(upward, along), up=upward)
    streams = {}
    for side in SIDES:
        columns: dict[str, Floats] = dict(angles(points, side=side, up=upward, ahead=along))
        columns |= {f"{name}_error": _error(found, name, side, (upward, along)) for name in tuple(columns)}
        if area is not None:
            columns["frontal_area"] = area
        if columns:
            name = f"posture_{side}"
            streams[name] = Stream(name, found.time, columns, {}, _described(columns))
    if not streams:
        raise UnknownName("joint", "left_hip", known=found.joints)
    if place is not None:
        streams["place"] = _place(place, track)
    return Recording(streams, Device("camera"), sport="cycling")


def from_side(seen: View, *, up: Sequence[float] = (0.0, -1.0)) -> Recording:
    """The posture of a rider whom one camera sees from the side; it needs no calibration but a lens without distortion.

    What is seen is the projection of the angles on the image: right only as far as the camera looks squarely at the
    side of the bike. From 20° to the front or the back of that, a back of 12° looks like one of 12.8°. The far side is
    often a guess of the estimator: take the near one.

    Args:
        seen: the keypoints; the camera's pose is not used.
        up: in the image, px across and down; (0, −1) for a level camera.

    Returns:
        Streams "posture_left" and "posture_right" with the angles in °; areas and errors can't be had from one view.

    Raises:
        UnknownName: no angle has all its joints.
    """
    points = {joint: seen.pixels[:, index] for index, joint in enumerate(seen.joints)}
    streams = {}
    for side in SIDES:
        if columns := angles(points, side=side, up=up):
            streams[f"posture_{side}"] = Stream(f"posture_{side}", seen.time, columns)
    if not streams:
        raise UnknownName("joint", "left_hip", known=seen.joints)
    return Recording(streams, Device("camera"), sport="cycling")


def upright(found: Motion, *, heading: Floats) -> Floats:
    """The bike's own upright, (instant, 3): from between the ankles to between the hips, at right angles to the riding.

    The feet go around the bottom bracket, so that their middle stays in the plane of the bike however far it leans.

    Args:
        found: the joints.
        heading: (instant, 3) or (3,), the direction of riding, of unit length.

    Raises:
        UnknownName: ankles or hips are not among the joints.
    """
    low, high = ((found.joint(f"left_{name}")[0] + found.joint(f"right_{name}")[0]) / 2 for name in ("ankle", "hip"))
    along = np.asarray(heading, np.float64)
    rise = high - low
    rise = rise - np.sum(rise * along, axis=1, keepdims=True) * along
    return np.asarray(rise / np.linalg.norm(rise, axis=1, keepdims=True))


def _area(points: Mapping[str, Floats], *, across: Floats, up: Floats) -> Floats | None:
    if any(joint not in points for joint in OUTLINE):
        return None
    body = np.stack([points[joint] for joint in OUTLINE], axis=1)
    return frontal_box(body, across=across, up=up)


def _error(found: Motion, name: str, side: str, axes: tuple[Floats, Floats]) -> Floats:
    joints = [found.joint(f"{side}_{joint}") for joint in (*SLOPES.get(name, ()), *INNER.get(name, ()))]
    points, covariances = [joint[0] for joint in joints], [joint[1] for joint in joints]

    def slope(lower: Floats, upper: Floats) -> Floats:
        return slope_angle(lower, upper, up=axes[0], ahead=axes[1])

    return standard_error(slope if name in SLOPES else inner_angle, points, covariances)


def _described(columns: Mapping[str, Floats]) -> dict[str, Channel]:
    found = {}
    for name in columns:
        if name not in CHANNELS:
            words = name.removesuffix("_error").replace("_", " ")
            found[name] = Channel(
                name, "°", 0.0, math.inf, f"Standard error of the {words}, from the keypoints' noise."
            )
    return found


def _place(place: Placed, track: Track | None) -> Stream:
    described = {
        "track_distance": Channel(
            "track_distance", "m", -math.inf, math.inf, "Along the black line, on over the laps."
        ),
        "track_distance_error": Channel("track_distance_error", "m", 0.0, math.inf, "Standard error of the distance."),
        "track_outward": Channel("track_outward", "m", -20.0, 20.0, "Hips outside of the black line on the map."),
        "hip_height": Channel("hip_height", "m", -1.0, 10.0, "Hips above the black line."),
    }
    columns = (place.distance, place.error, place.outward, place.height)
    values = dict(zip(described, columns, strict=True))
    if track is not None:
        known = ~np.isnan(place.distance) & ~np.isnan(place.error)
        values["video_position"] = np.where(known, np.mod(place.distance, track.length), np.nan)
        values["video_position_error"] = np.where(known, place.error, np.nan)
    return Stream("place", place.time, values, {}, described)
