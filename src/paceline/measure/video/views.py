"""Keypoints beside the camera that saw them, on the camera's own clock, and what it would have seen between frames."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from paceline.domain.cameras import Camera
from paceline.domain.efforts import SECOND
from paceline.domain.errors import TooFewSamples, UnknownName
from paceline.measure.quantities import Floats
from paceline.record.recordings import Recording
from paceline.record.streams import Nanoseconds

_HOLE = 1.5
"""Longest step between frames that is drawn across, in usual steps."""


@dataclass(frozen=True, eq=False)
class View:
    """One rider as one camera saw them.

    Attributes:
        camera: where it stands.
        time: (frame,), int64 ns, rising, on the camera's clock.
        joints: names, in the order of the arrays.
        pixels: (frame, joint, 2), px; NaN where a joint was not seen.
        confidence: (frame, joint), 0 where a joint was not seen. A keypoint's standard deviation is taken as inversely
            proportional to it.
    """

    camera: Camera
    time: Nanoseconds
    joints: tuple[str, ...]
    pixels: Floats
    confidence: Floats

    @property
    def step(self) -> float:
        """The usual time between two frames, s."""
        return float(np.median(np.diff(self.time))) / SECOND

    def later(self, seconds: float) -> View:
        """The same on a clock that reads so much later."""
        return replace(self, time=self.time + round(seconds * SECOND))

    def of(self, joints: Sequence[str]) -> View:
        """The same with these joints alone, in this order.

        Raises:
            UnknownName: it has not all of them.
        """
        if absent := [joint for joint in joints if joint not in self.joints]:
            raise UnknownName("joint", absent[0], known=self.joints)
        places = [self.joints.index(joint) for joint in joints]
        return replace(self, joints=tuple(joints), pixels=self.pixels[:, places], confidence=self.confidence[:, places])


def view(recording: Recording, camera: Camera, *, least_confidence: float = 0.0) -> View:
    """The keypoints of one recording beside its camera.

    Args:
        recording: with the stream "keypoints", on a clock (see `record.keypoint_frames.on_clock`).
        camera: the one that saw it.
        least_confidence: joints that the estimator was less sure of count as not seen.

    Raises:
        UnknownName: there are no keypoints.
        TooFewSamples: fewer than two frames.
    """
    if "keypoints" not in recording.streams:
        raise UnknownName("stream", "keypoints", known=recording.streams)
    stream = recording.streams["keypoints"]
    time, first = np.unique(stream.time, return_index=True)
    if time.size < 2:
        raise TooFewSamples("a view", need=2, got=int(time.size))
    joints = tuple(name.removesuffix("_x") for name in stream.values if name.endswith("_x"))
    parts = [np.stack([stream.values[f"{joint}_{part}"][first] for joint in joints], 1) for part in ("x", "y")]
    sure = np.stack([stream.values[f"{joint}_confidence"][first] for joint in joints], 1)
    pixels = np.stack(parts, axis=2)
    seen = ~np.isnan(pixels).any(axis=2) & (np.nan_to_num(sure) > max(least_confidence, 0.0))
    return View(camera, time, joints, np.where(seen[..., None], pixels, np.nan), np.where(seen, sure, 0.0))


@dataclass(frozen=True, eq=False)
class Drawn:
    """Values between frames, by a cubic through four of them or a line between two.

    Attributes:
        values: (instant, joint, 2); NaN in holes, outside, and where a neighbour is absent.
        spread: (instant, joint), standard deviation of the values; at a frame itself that of the frame.
    """

    values: Floats
    spread: Floats


def drawn(time: Nanoseconds, values: Floats, spread: Floats, instants: Nanoseconds) -> Drawn:
    """A series of points between its samples.

    Args:
        time: (frame,), int64 ns, rising.
        values: (frame, joint, 2); NaN where absent.
        spread: (frame, joint), standard deviations.
        instants: (instant,), int64 ns.
    """
    seconds, asked = (time - time[0]) / SECOND, (instants - time[0]) / SECOND
    after = np.clip(np.searchsorted(seconds, asked, side="right"), 1, seconds.size - 1)
    line = _through(seconds, values, spread, asked, after[:, None] + np.array([-1, 0]))
    if seconds.size < 4:
        return line
    cubic = _through(seconds, values, spread, asked, np.clip(after, 2, seconds.size - 2)[:, None] + np.arange(-2, 2))
    inner = (after >= 2) & (after <= seconds.size - 2)
    better = inner[:, None] & ~np.isnan(cubic.spread)
    return Drawn(np.where(better[..., None], cubic.values, line.values), np.where(better, cubic.spread, line.spread))


def _through(seconds: Floats, values: Floats, spread: Floats, asked: Floats, nodes: Nanoseconds) -> Drawn:
    """Lagrange's polynomial through the nodes, (instant, node); a node that counts for nothing may be absent."""
    at = seconds[nodes]
    share = np.ones(nodes.shape)
    for one in range(nodes.shape[1]):
        for other in range(nodes.shape[1]):
            if other != one:
                share[:, one] *= (asked - at[:, other]) / (at[:, one] - at[:, other])
    counts = share != 0.0
    steps = np.diff(at, axis=1)
    usual = float(np.median(np.diff(seconds)))
    whole = (steps <= _HOLE * usual).all(axis=1) & (asked >= seconds[0]) & (asked <= seconds[-1])
    whole |= (counts.sum(axis=1) == 1) & (asked >= seconds[0]) & (asked <= seconds[-1])
    parts = np.where(counts[..., None, None], values[nodes] * share[..., None, None], 0.0)
    squares = np.where(counts[..., None], (spread[nodes] * share[..., None]) ** 2, 0.0)
    total, error = parts.sum(axis=1), np.sqrt(squares.sum(axis=1))
    good = whole[:, None] & ~np.isnan(total).any(axis=2) & ~np.isnan(error)
    return Drawn(np.where(good[..., None], total, np.nan), np.where(good, error, np.nan))
