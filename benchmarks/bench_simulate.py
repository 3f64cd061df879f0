"""How many hours of a track session are simulated in a second, with every device around it?

A session is 13 km in three blocks, a hundred samples a second of power, speed and place, and what hub, head unit, loops
and weather station make of them: about half an hour with the rests. The peer is the loop of the ride alone, the same
source run by Python itself, over a part of a block; what it gives is held against ours, sample for sample.

    python -m benchmarks simulate
"""

from __future__ import annotations

import time

import numpy as np

from benchmarks.timing import best, emit
from paceline.domain.tracks import TRACKS
from paceline.simulate import kernels, track_motion
from paceline.simulate.track import simulate_track
from paceline.simulate.track_plans import TrackRider

SECONDS = 20


def main() -> None:
    """Time both on the same physics."""
    made = simulate_track(1)
    length = len(made.truth.happened.stream) / track_motion.RATE
    taken = best(lambda: simulate_track(1), runs=3)
    ours = length / 3600.0 / taken
    theirs = by_python() / 3600.0
    emit({"id": "simulate_v1", "ours": round(ours, 3), "theirs": round(theirs, 5), "unit": "h/s",
          "peer": "the loop of the ride alone, by Python", "ratio": round(ours / theirs, 1),
          "session_s": round(length), "ms": round(taken * 1e3)})  # fmt: skip


def by_python() -> float:
    """Seconds of a ride in a second."""
    track, rider = TRACKS["adelaide"], TrackRider(80.0, 0.21, 0.002, 2.096)
    places = np.arange(25_000) / 100
    bank = np.radians(track_motion.geometry.banking(places, track))
    lap = np.stack([track_motion.geometry.curvature(places, track), np.sin(bank), np.cos(bank)], axis=1)
    constants = np.array([80.0, 1.6, 0.002, 0.976, 1.1, 2.096, 58 / 15, rider.largest_force])
    weather = np.tile([0.0, 1.15, 0.0, 0.0], (SECONDS * 100, 1))
    block, steady = np.array([4000.0, 6.0, 0.0, 0.21, 2.5]), np.full(4000, 400.0)
    fast, slow = np.zeros((SECONDS * 100, 5)), np.zeros((SECONDS * 100, 5))
    kernels.ride(lap, 100, constants, block, steady, weather, fast)
    began = time.perf_counter()
    kernels.ride.__wrapped__(lap, 100, constants, block, steady, weather, slow)
    taken = time.perf_counter() - began
    np.testing.assert_allclose(slow, fast, rtol=1e-9)
    return SECONDS / taken


if __name__ == "__main__":
    main()
