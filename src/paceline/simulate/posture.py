"""A rider of known posture pedals along a track of known shape, and virtual cameras see the joints: with noise, joints
that are not seen, joints that are seen elsewhere, and clocks that are off.

The rider is a stick figure: limbs of constant length, feet on the cranks, hands on the bars, the whole leaning in the
bends as `measure.track.lean` says. It is made to test measurements against; no athlete is like that.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from paceline.domain.cameras import Camera, Triple, looking_at
from paceline.domain.devices import Device
from paceline.domain.efforts import SECOND
from paceline.domain.tracks import Track
from paceline.measure.quantities import Floats, Metres, Seconds
from paceline.measure.track.geometry import curvature, plan
from paceline.measure.track.lean import lean_sine
from paceline.measure.video.projection import pixels_of
from paceline.record.formats.keypoint_joints import COCO_17, channels
from paceline.record.recordings import Recording
from paceline.record.streams import Stream

HIP_HEIGHT, CRANK_AHEAD, CRANK_HEIGHT = 1.03, 0.12, 0.28
THIGH, SHANK, TORSO, UPPER_ARM, FOREARM, NECK = 0.42, 0.43, 0.50, 0.29, 0.26, 0.22
ANKLE = (-0.05, 0.11)
"""m ahead of the pedal's axle and above it."""

HANDS = (0.33, -0.20)
"""m ahead of the shoulders and above them: on aero bars, with elbows about square."""

_WIDTHS = {"hip": 0.13, "knee": 0.115, "ankle": 0.10, "shoulder": 0.17, "elbow": 0.15, "wrist": 0.12, "ear": 0.075}
"""m, half the distance between left and right."""


@dataclass(frozen=True, slots=True)
class Ride:
    """A rider on a track.

    Attributes:
        track: which.
        start: position of the hips along the black line at time 0, m.
        speed: of the hips along the line, m/s.
        cadence: 1/min.
        torso: angle of the back above the horizontal, °.
        head: angle of the line from the shoulders to the ears above the horizontal, °.
        sway: ° by which the back rises and falls, twice a turn of the cranks.
        crank: length, m.
        path: s, and m along the black line on over the laps at those times, of a rider who does not ride evenly;
            `start` and `speed` then say nothing.
    """

    track: Track
    start: float
    speed: float
    cadence: float = 105.0
    torso: float = 12.0
    head: float = 35.0
    sway: float = 1.0
    crank: float = 0.17
    path: tuple[Seconds, Metres] | None = None

    def distance(self, seconds: Seconds) -> Metres:
        """Where the hips are along the black line, m, not wrapped at the finish line."""
        return np.asarray(self.start + self.speed * seconds) if self.path is None else np.interp(seconds, *self.path)

    def speed_at(self, seconds: Seconds) -> Floats:
        """How fast they go along it, m/s."""
        around = 0.05
        return np.asarray(self.distance(seconds + around) - self.distance(seconds - around)) / (2 * around)

    def torso_at(self, seconds: Seconds) -> Floats:
        """Angle of the back above the horizontal in the plane of the bike, °."""
        return np.asarray(self.torso + self.sway * np.sin(4 * np.pi * self.cadence / 60 * seconds))

    def joints_at(self, seconds: Seconds) -> Metres:
        """The 17 joints of COCO in the track's frame, (instant, joint, 3), m.

        Args:
            seconds: (instant,), s.
        """
        ahead, left, up, origin = self.frame_at(seconds)
        own = self._in_bike(seconds)
        return np.asarray(
            origin[:, None] + own[..., :1] * ahead[:, None] + own[..., 1:2] * left[:, None] + own[..., 2:] * up[:, None]
        )

    def frame_at(self, seconds: Seconds) -> tuple[Metres, Metres, Metres, Metres]:
        """The bike's axes ahead, to its left and up, and the point on the black line below the hips, (instant, 3)."""
        place, reach = self.distance(seconds), 0.01
        (x, y), (x0, y0), (x1, y1) = (plan(place + off, self.track) for off in (0.0, -reach, reach))
        heading = np.arctan2(y1 - y0, x1 - x0)
        zero = np.zeros(heading.shape)
        ahead = np.stack([np.cos(heading), np.sin(heading), zero], axis=1)
        inward = np.stack([-np.sin(heading), np.cos(heading), zero], axis=1)
        sine = np.asarray(lean_sine(self.speed_at(seconds), curvature(place, self.track)))[:, None]
        cosine, above = np.sqrt(1.0 - sine**2), np.array([0.0, 0.0, 1.0])
        return ahead, cosine * inward - sine * above, sine * inward + cosine * above, np.stack([x, y, zero], axis=1)

    def _in_bike(self, seconds: Seconds) -> Metres:
        """Joints in m ahead of the hips, to the left and above the black line, (instant, joint, 3)."""
        hip = np.stack(np.broadcast_arrays(np.zeros(seconds.shape), HIP_HEIGHT), axis=1)
        back, face = np.radians(self.torso_at(seconds)), np.radians(np.full(seconds.shape, self.head))
        shoulder = hip + TORSO * np.stack([np.cos(back), np.sin(back)], axis=1)
        ear = shoulder + NECK * np.stack([np.cos(face), np.sin(face)], axis=1)
        wrist = shoulder + np.array(HANDS)
        elbow = _bent(shoulder, wrist, UPPER_ARM, FOREARM, side=-1.0)
        found = {"nose": (ear + np.array([0.09, -0.03]), 0.0)}
        for side, sign, turn in (("left", 1.0, 0.0), ("right", -1.0, np.pi)):
            angle = 2 * np.pi * self.cadence / 60 * seconds + turn
            circle = self.crank * np.stack([np.sin(angle), np.cos(angle)], axis=1)
            ankle = np.array([CRANK_AHEAD, CRANK_HEIGHT]) + circle + ANKLE
            knee = _bent(hip, ankle, THIGH, SHANK, side=1.0)
            for name, at in (("hip", hip), ("knee", knee), ("ankle", ankle), ("shoulder", shoulder),
                             ("elbow", elbow), ("wrist", wrist), ("ear", ear)):  # fmt: skip
                found[f"{side}_{name}"] = (at, sign * _WIDTHS[name])
            found[f"{side}_eye"] = (ear + np.array([0.07, 0.02]), sign * 0.03)
        parts = [(at[:, 0], np.full(seconds.shape, across), at[:, 1]) for at, across in (found[j] for j in COCO_17)]
        return np.stack([np.stack(part, axis=1) for part in parts], axis=1)


def _bent(first: Metres, last: Metres, upper: float, lower: float, *, side: float) -> Metres:
    """Where a limb of two lengths bends between its ends, (instant, 2), to one side of the line between them."""
    line = last - first
    far = np.linalg.norm(line, axis=1)
    along = (upper**2 - lower**2 + far**2) / (2 * far)
    across = np.sqrt(np.maximum(upper**2 - along**2, 0.0))
    unit = line / far[:, None]
    normal = side * np.stack([-unit[:, 1], unit[:, 0]], axis=1)
    return np.asarray(first + along[:, None] * unit + across[:, None] * normal)


def standing(name: str, position: Triple, target: Triple, *, focal: float = 1500.0) -> Camera:
    """A level camera of 1920 × 1080 px with a slightly bent lens, looking from one place at another."""
    bend = (-0.08, 0.015, 0.0004, -0.0003, 0.0)
    return Camera(name, (focal, focal), (960.0, 540.0), looking_at(position, target), position, bend)


@dataclass(frozen=True, slots=True)
class Faults:
    """What is wrong with a camera and the estimator behind it.

    Attributes:
        noise: px, standard deviation of a keypoint of confidence 1, each way; less sure ones are the noisier.
        unseen: share of the joints that are not seen.
        wild: share that is seen far from where it is.
        ahead: s that the camera's clock reads too late.
    """

    noise: float = 1.5
    unseen: float = 0.03
    wild: float = 0.01
    ahead: float = 0.0


def seen(
    ride: Ride, camera: Camera, seconds: Seconds, *, generator: np.random.Generator, faults: Faults = Faults()
) -> Recording:
    """What a pose estimator makes of the camera's images.

    Args:
        ride: what happened.
        camera: who saw it.
        seconds: (frame,), s, when its shutter opened, by the true clock.
        generator: draws noise and faults.
        faults: how much of them.

    Returns:
        A recording as the format "Body keypoints" gives it, on the camera's clock.
    """
    truth = pixels_of(ride.joints_at(seconds), camera)
    shape = truth.shape[:2]
    sure = generator.uniform(0.5, 1.0, shape)
    found = truth + generator.normal(0.0, faults.noise, truth.shape) / sure[..., None]
    wild = generator.random(shape) < faults.wild
    turn, far = generator.uniform(0.0, 2 * np.pi, shape), generator.uniform(40.0, 150.0, shape)
    found = np.where(wild[..., None], truth + np.stack([far * np.cos(turn), far * np.sin(turn)], axis=2), found)
    with np.errstate(invalid="ignore"):
        inside = ((found >= 0.0) & (found < camera.size)).all(axis=2)
    there = inside & (generator.random(shape) >= faults.unseen)
    columns: dict[str, Floats] = {"frame": np.arange(shape[0], dtype=np.float64)}
    for place, joint in enumerate(COCO_17):
        for axis, part in enumerate("xy"):
            columns[f"{joint}_{part}"] = np.where(there[:, place], found[:, place, axis], np.nan)
        columns[f"{joint}_confidence"] = np.where(there[:, place], sure[:, place], 0.0)
    time = np.rint((seconds + faults.ahead) * SECOND).astype(np.int64)
    return Recording({"keypoints": Stream("keypoints", time, columns, {}, channels(COCO_17))}, Device("camera"))
