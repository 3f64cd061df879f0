"""Cameras around the simulated track, the keypoints that they make of the rider, and the files these would lie in.

The rider of the physics pedals as the stick figure of `simulate.posture`; the hips go where the transponder goes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from paceline.domain.cameras import Camera, Filmed
from paceline.domain.efforts import SECOND
from paceline.measure.quantities import Metres, Seconds
from paceline.record.formats.keypoint_joints import COCO_17
from paceline.record.recordings import Recording
from paceline.simulate.posture import Faults, Ride, seen, standing
from paceline.simulate.track import TrackSession
from paceline.simulate.track_motion import START

FRAME_RATE = 25.0
CLOCKS = 0.05
"""s, standard deviation of each camera's clock."""

_CORNERS = {"south west": (-55.0, -12.0), "south east": (55.0, -12.0), "north east": (55.0, 60.0),
            "north west": (-55.0, 60.0)}  # fmt: skip
_HEIGHT = 9.0
_FOCAL = 950.0


@dataclass(frozen=True, eq=False)
class Shot:
    """What one camera around the track made of a session.

    Attributes:
        filmed: the camera as it is told: with its file and the start of its clock.
        recording: the keypoints, on the camera's own clock.
        ahead: s that this clock is ahead of the loops': the truth.
    """

    filmed: Filmed
    recording: Recording
    ahead: float


USUAL = Faults()


def shots(session: TrackSession, *, seed: int, faults: Faults = USUAL) -> tuple[Shot, ...]:
    """The session as four cameras above the corners of the hall saw it.

    Args:
        session: simulated.
        seed: of noise, faults and clocks.
        faults: of each camera; the clocks are drawn anew.
    """
    generator = np.random.default_rng([seed, 7])
    clock, along = _path(session)
    ride = Ride(session.track, 0.0, 0.0, path=(clock, along))
    frames = np.arange(0.0, clock[-1], 1.0 / FRAME_RATE)
    made = []
    for name, camera in around(session).items():
        ahead = float(generator.normal(0.0, CLOCKS))
        of = Faults(faults.noise, faults.unseen, faults.wild, ahead)
        found = seen(ride, camera, frames, generator=generator, faults=of).shifted(START // SECOND)
        file = f"{name.replace(' ', '_')}.json"
        start = START + round(ahead * 1e6) * 1000
        made.append(Shot(Filmed(camera, file, FRAME_RATE, start), found, ahead))
    return tuple(made)


def around(session: TrackSession) -> Mapping[str, Camera]:
    """Four cameras above the corners, as large as the track: each sees nearly all of it."""
    size = session.track.length / 250.0
    middle = 22.5 * size
    return {
        name: standing(name, (x * size, (y - 24.0) * size + middle, _HEIGHT), (0.0, middle, 0.5), focal=_FOCAL)
        for name, (x, y) in _CORNERS.items()
    }


def keypoints_json(recording: Recording) -> str:
    """A list of detections, COCO's results format, without the frames in which nobody was seen."""
    values = recording.streams["keypoints"].values
    table = np.stack([values[f"{joint}_{part}"] for joint in COCO_17 for part in ("x", "y", "confidence")], axis=1)
    there = np.flatnonzero(np.nansum(table[:, 2::3], axis=1) > 0.0)
    rows = np.round(np.nan_to_num(table[there]), 2).tolist()
    return "[" + ",\n".join(
        json.dumps({"image_id": int(frame), "category_id": 1, "keypoints": row, "score": 1.0}, separators=(",", ":"))
        for frame, row in zip(values["frame"][there].tolist(), rows, strict=True)
    ) + "]\n"  # fmt: skip


def _path(session: TrackSession) -> tuple[Seconds, Metres]:
    """s since the session's start, and m along the black line, on over the laps; at rest it stays."""
    stream, lap = session.truth.happened.stream, session.track.length
    place = np.unwrap(stream.values["track_position"], period=lap)
    return (stream.time - START) / SECOND, place
