"""Does it know at which station an athlete stands, as surely as it says, and without flickering?

Budget: expected calibration error at most 0.05; right more often than the nearest beacon; fewer changes a minute than
it. An athlete walks between the stations of a gym, 1 to 4 minutes at each, with 10 s on the way, away from all. Signals
fall with the distance and scatter by 4 to 8 dB, which varies from gym to gym as the model does not know; one in ten is
not heard.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from benchmarks.decisions_habits import calibration_error
from paceline.decide.places import Beacon, Heard, Place, Station, Whereabouts, at_station

GYMS, SECONDS = 12, 1200
WORST = 0.05


def score() -> dict[str, Any]:
    """Over every second of every gym."""
    confidence, right, ours, theirs, changes, flickers = [], [], [], [], 0, 0
    for seed in range(GYMS):
        gym, moments = walk(np.random.default_rng(seed))
        now, shown, nearest = Whereabouts(), None, None
        for true, heard in moments:
            now = at_station(now, heard, place=gym)
            changes += now.chosen != shown
            loudest = max(heard, key=lambda one: one.strength, default=None)
            guess = None if loudest is None else f"station {loudest.beacon.minor}"
            flickers += guess != nearest
            shown, nearest = now.chosen, guess
            best = now.beliefs.best or ""
            confidence.append(max(now.beliefs.probability(best), now.beliefs.other))
            right.append((best if now.beliefs.probability(best) >= now.beliefs.other else None) == true)
            if true is not None:
                ours.append(shown == true)
                theirs.append(guess == true)
    error = calibration_error(np.array(confidence), np.array(right))
    minutes = GYMS * SECONDS / 60
    wrong, plain = 1 - float(np.mean(ours)), 1 - float(np.mean(theirs))
    return {"met": error <= WORST and wrong < plain and changes < flickers, "ours": round(wrong, 3),
            "theirs": round(plain, 3), "peer": "nearest beacon", "unit": "of seconds at the wrong station",
            "ratio": round(plain / wrong, 2), "calibration_error": round(error, 3),
            "changes_a_minute": [round(changes / minutes, 2), round(flickers / minutes, 2)]}  # fmt: skip


def walk(random: np.random.Generator) -> tuple[Place, list[tuple[str | None, list[Heard]]]]:
    """A gym, and for each second the station one is at, None on the way, with what is heard there."""
    beacons = [Beacon("gym", 1, minor) for minor in range(5)]
    spots = random.uniform(0, 15, (5, 2))
    stations = tuple(Station(f"station {b.minor}", b, frozenset()) for b in beacons)
    scatter = random.uniform(4, 8)
    found = [(true, list(heard(random, beacons, spots, where, scatter))) for true, where in path(random, spots)]
    return Place("gym", 0.0, 0.0, stations=stations), found


def path(random: np.random.Generator, spots: np.ndarray[Any, Any]) -> Iterator[tuple[str | None, np.ndarray[Any, Any]]]:
    """Where one is, second by second."""
    now, left = int(random.integers(len(spots))), 0
    for _ in range(SECONDS):
        if left <= -10:
            now = int((now + random.integers(1, len(spots))) % len(spots))
            left = int(random.integers(60, 240))
            spot = spots[now] + random.normal(0, 0.5, 2)
        elif left > 0 or _ == 0:
            left = left or int(random.integers(60, 240))
            spot = spots[now] + random.normal(0, 0.5, 2)
        else:
            spot = np.array([7.5, 25.0]) + random.normal(0, 1, 2)
        yield (f"station {now}" if left > 0 else None), spot
        left -= 1


def heard(
    random: np.random.Generator, beacons: list[Beacon], spots: np.ndarray[Any, Any], where: np.ndarray[Any, Any],
    scatter: float,
) -> Iterator[Heard]:  # fmt: skip
    """The beacons of one second."""
    for beacon, spot in zip(beacons, spots, strict=True):
        metres = max(float(np.linalg.norm(where - spot)), 0.3)
        if random.random() < 0.9:
            yield Heard(beacon, float(-59 - 20 * np.log10(metres) + random.normal(0, scatter)))
