"""Does a repetition's score rank bad ones below good ones, by the athlete's own way?

Budget: on made athletes, a bad repetition (short, hurried, jerky) stands below a good one of the same athlete and
exercise in at least .85 of all pairs, each fault in at least .75, and more often than when it is compared with the good
ones of everybody. The own way is learned from the repetitions of one session that were good; other sessions are scored.
Where the real recordings lie, each of the two files of bad bench presses (half the way; touching high) has to stand
below that athlete's other presses in more than half of all pairs, each set compared with the others.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np

from benchmarks.motion_data import DATA, barbell_sets, of_one_sensor
from paceline.domain.efforts import SECOND
from paceline.learn.form import OwnWay, Repetition, form, own_way, repetitions
from paceline.learn.motion import joined, within
from paceline.learn.sets import Floats32
from paceline.simulate.gym import GymSession, TrueSet, simulate_gym

ATHLETES, SESSIONS, FAULTY = 8, 4, 0.2
BUDGET, EACH = 0.85, 0.75
RATE = 25.0

Done = tuple[Repetition, str]


def score() -> dict[str, Any]:
    """Share of pairs of a good and a bad repetition that are ranked right; ties count half."""
    learned, asked = sessions()
    common = {name: [one for (_, exercise), good in learned.items() if exercise == name for one in good]
              for _, name in learned}  # fmt: skip
    ours, theirs = (ranked(asked, ways) for ways in (
        {key: own_way(good) for key, good in learned.items()}, {key: own_way(common[key[1]]) for key in learned}
    ))  # fmt: skip
    mine, peers = (float(np.mean([right for pairs in told.values() for right in pairs])) for told in (ours, theirs))
    by_fault = {fault: round(float(np.mean(pairs)), 3) for fault, pairs in ours.items()}
    real = bad_files()
    met = mine >= BUDGET and min(by_fault.values()) >= EACH and mine > peers and all(v > 0.5 for v in real.values())
    return {"met": met, "ours": round(1 - mine, 3), "theirs": round(1 - peers, 3), "peer": "everybody's good ones",
            "unit": "of pairs ranked wrong", "ratio": round((1 - peers) / max(1 - mine, 1e-3), 2),
            "ranked_right_by_fault": by_fault, "ranked_right_of_real_files": real}  # fmt: skip


def sessions() -> tuple[dict[tuple[str, str], list[Repetition]], dict[tuple[str, str], list[Done]]]:
    """By athlete and exercise: the good repetitions of the first session, and all of the others with their faults."""
    learned: dict[tuple[str, str], list[Repetition]] = defaultdict(list)
    asked: dict[tuple[str, str], list[Done]] = defaultdict(list)
    for session in simulate_gym(1, athletes=ATHLETES, sessions=SESSIONS, sets=2, faulty=FAULTY):
        for one in session.sets:
            key, found = (session.athlete.name, one.exercise), done(session, one)
            if session.name.endswith("-1"):
                learned[key] += [repetition for repetition, fault in found if not fault]
            else:
                asked[key] += found
    return learned, asked


def done(session: GymSession, one: TrueSet) -> list[Done]:
    """The repetitions that were found in a set, each with the fault of the one that was going on at its middle."""
    stream = within(session.recordings[0].streams["acceleration"], one.start, one.stop)
    time, values, _ = joined({"acceleration": stream}, rate=RATE)
    whole = np.isfinite(values).all(axis=1)
    found = repetitions(values[whole], rate=RATE)
    middles = [int(time[whole][0]) + round((r.start + r.seconds / 2) * SECOND) for r in found]
    which = np.clip(np.searchsorted(one.begins, middles, side="right") - 1, 0, len(one.faults) - 1)
    return [(repetition, one.faults[k]) for repetition, k in zip(found, which.tolist(), strict=True)]


def ranked(asked: dict[tuple[str, str], list[Done]], ways: dict[tuple[str, str], OwnWay]) -> dict[str, list[float]]:
    """Fault → for each pair with a good repetition of the same athlete and exercise, whether the bad one is below."""
    found: dict[str, list[float]] = defaultdict(list)
    for key, told in asked.items():
        away = [(form(one, ways[key]).distance, fault) for one, fault in told]
        good = np.array([distance for distance, fault in away if not fault])
        for distance, fault in away:
            if fault:
                found[fault] += above(distance, good).tolist()
    return found


def above(distance: float, good: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """1 where it is further from the own way than the good one, half for a tie."""
    return np.where(distance > good, 1.0, np.where(distance == good, 0.5, 0.0))


def bad_files() -> dict[str, float]:
    """Share of pairs ranked right for each file of bad form; none where the recordings don't lie here."""
    if not (DATA / "barbell_metamotion" / "form").is_dir():
        return {}
    bad = {("half" if "half" in one.name else "high"): motion(one.values)
           for one in of_one_sensor(barbell_sets(folder="form"))}  # fmt: skip
    good = [motion(one.values) for one in of_one_sensor(barbell_sets()) if (one.athlete, one.label) == ("A", "bench")]
    every = own_way([one for of in good for one in of])
    usual = [[form(one, own_way([r for j, of in enumerate(good) if j != k for r in of])).distance for one in told]
             for k, told in enumerate(good)]  # fmt: skip
    flat = np.array([distance for one in usual for distance in one])
    return {
        name: round(float(np.mean([above(form(one, every).distance, flat) for one in told])), 3)
        for name, told in bad.items()
    }


def motion(values: Floats32) -> tuple[Repetition, ...]:
    """Repetitions of a recording without its ragged ends."""
    return repetitions(values[np.isfinite(values).all(axis=1)], rate=RATE)
