"""The rider's joints in space at every instant, from all cameras together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from paceline.domain.errors import NotIdentifiable, TooFewSamples, UnknownName
from paceline.measure.estimates import Estimate
from paceline.measure.quantities import Floats, Metres
from paceline.measure.video.triangulation import Triangulated, triangulate
from paceline.measure.video.views import View, drawn
from paceline.record.streams import Nanoseconds


@dataclass(frozen=True, eq=False)
class Motion:
    """Joints in the track's frame.

    Attributes:
        time: (instant,), int64 ns by the first camera's clock.
        joints: names, in the order of the arrays.
        position: (instant, joint, 3), m; NaN where it can't be told.
        covariance: (instant, joint, 3, 3), m²; of the keypoints' noise alone: what calibration and clocks are off by
            moves the whole rider, and is not in it.
        residual: (camera, instant, joint), px by which each camera saw the joint elsewhere; NaN where unseen.
        used: (camera, instant, joint), which views were used.
        noise: (joint,), px, standard deviation of a keypoint of confidence 1; NaN for a joint that can't be had.
        offsets: (camera,), s that were added to each camera's clock.
    """

    time: Nanoseconds
    joints: tuple[str, ...]
    position: Metres
    covariance: Floats
    residual: Floats
    used: npt.NDArray[np.bool_]
    noise: Floats
    offsets: tuple[Estimate, ...]

    def joint(self, name: str) -> tuple[Metres, Floats]:
        """Position, (instant, 3), and covariance, (instant, 3, 3), of one joint.

        Raises:
            UnknownName: no camera gives such a joint.
        """
        if name not in self.joints:
            raise UnknownName("joint", name, known=self.joints)
        place = self.joints.index(name)
        return self.position[:, place], self.covariance[:, place]


def motion(
    views: Sequence[View], *, offsets: Sequence[Estimate] | None = None, instants: Nanoseconds | None = None
) -> Motion:
    """All joints that the views have in common, at the instants of the first view's frames or at any others.

    Each joint has a pixel noise of its own: wrists are found less exactly than hips.

    Args:
        views: of one rider by calibrated cameras, two at least.
        offsets: s to add to each camera's clock, as `synchrony.clock_offsets` gives them; none if left out, which is
            right for cameras that are triggered together.
        instants: (instant,), int64 ns by the first camera's clock, rising; the first view's frames if left out. Cameras
            around a track see the rider one after the other: take a clock that goes on through all of them.

    Raises:
        TooFewSamples: fewer than two views, or no joint is seen by two of them often enough.
        NotIdentifiable: the cameras stand in one place.
    """
    if len(views) < 2:
        raise TooFewSamples("the motion in space", need=2, got=len(views))
    shifts = tuple(offsets) if offsets is not None else tuple(Estimate(0.0, 0.0, used=0) for _ in views)
    joints = tuple(joint for joint in views[0].joints if all(joint in other.joints for other in views))
    instants = views[0].time if instants is None else instants
    both = [_between(view.of(joints).later(shift.value), instants) for view, shift in zip(views, shifts, strict=True)]
    pixels, confidence = (np.stack(part) for part in zip(*both, strict=True))
    cameras = [view.camera for view in views]
    found: list[Triangulated | None] = []
    refused: TooFewSamples | NotIdentifiable = TooFewSamples("the motion in space", need=1, got=0)
    for place in range(len(joints)):
        try:
            found.append(triangulate(pixels[:, :, place], cameras=cameras, confidence=confidence[:, :, place]))
        except (TooFewSamples, NotIdentifiable) as error:
            found.append(None)
            refused = error
    if not any(found):
        raise refused
    return _joined(found, joints, instants, len(views), shifts)


def _between(view: View, instants: Nanoseconds) -> tuple[Floats, Floats]:
    """Pixels and confidence at other instants: what is drawn between frames is as sure as its spread says."""
    sure = np.where(view.confidence > 0.0, view.confidence, np.nan)
    found = drawn(view.time, view.pixels, 1.0 / sure, instants)
    return found.values, np.nan_to_num(1.0 / found.spread)


def _joined(
    found: Sequence[Triangulated | None],
    joints: tuple[str, ...],
    instants: Nanoseconds,
    cameras: int,
    offsets: tuple[Estimate, ...],
) -> Motion:
    size, count = len(instants), len(joints)
    position, covariance = np.full((size, count, 3), np.nan), np.full((size, count, 3, 3), np.nan)
    residual, used = np.full((cameras, size, count), np.nan), np.zeros((cameras, size, count), np.bool_)
    noise = np.full(count, np.nan)
    for place, joint in enumerate(found):
        if joint is not None:
            position[:, place], covariance[:, place] = joint.position, joint.covariance
            residual[:, :, place], used[:, :, place], noise[place] = joint.residual, joint.used, joint.noise
    return Motion(instants, joints, position, covariance, residual, used, noise, offsets)
