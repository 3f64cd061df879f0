"""Are habits as sure as they are right, for athletes whose next exercise is drawn from known chances?

Budget: expected calibration error at most 0.07, and less log loss than the plain suffix Markov, smoothed with one
sighting of every exercise. These athletes deviate at random in a third of their exercises, which no habit foretells;
`next_exercise` tells the calibration on sessions that people wrote. Each simulated athlete has a plan of each of
three types of session, does 2 to 4 sets of each exercise, leaves one out with a chance of 0.1, puts another first
with 0.1, and does a set more or less with 0.15.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np

from paceline.decide.habits import PastSession, next_exercise
from paceline.domain.exercise_catalogue import catalogue
from paceline.domain.exercises import exercise_type, of_type

ATHLETES, SESSIONS = 8, 18
TYPES = [exercise_type(f"resistanceTargeted:{groups}") for groups in ("arms,back", "legs,core", "chest,shoulders")]
WORST = 0.07


def score() -> dict[str, Any]:
    """Calibration and log loss over every set of every athlete."""
    confidence, right, ours, theirs = [], [], [], []
    for seed in range(ATHLETES):
        history: list[PastSession] = []
        for session in athlete(np.random.default_rng(seed)):
            for i, true in enumerate(session.exercises):
                told = next_exercise(session.exercises[:i], session=session.type, history=history)
                best = told.best or ""
                confidence.append(told.probability(best))
                right.append(best == true)
                ours.append(-np.log2(told.probability(true)))
                theirs.append(-np.log2(markov(session.exercises[:i], session, history).get(true, 1e-3)))
            history.append(session)
    error = calibration_error(np.array(confidence), np.array(right))
    bits, plain = float(np.mean(ours)), float(np.mean(theirs))
    return {"met": error <= WORST and bits < plain, "ours": round(bits, 3), "theirs": round(plain, 3),
            "peer": "plain suffix Markov, smoothed", "unit": "bits a set", "ratio": round(plain / bits, 2),
            "calibration_error": round(error, 3), "accuracy": round(float(np.mean(right)), 3),
            "sets": len(right)}  # fmt: skip


def athlete(random: np.random.Generator) -> Iterator[PastSession]:
    """Sessions of three types in turn."""
    plans = []
    for kind in TYPES:
        names = random.choice(of_type(catalogue(), kind), 6, replace=False)
        plans.append([(str(name), int(random.integers(2, 5))) for name in names])
    for number in range(SESSIONS):
        plan = list(plans[number % len(TYPES)])
        if random.random() < 0.1:
            plan.pop(int(random.integers(len(plan))))
        if random.random() < 0.1:
            plan.insert(0, plan.pop(int(random.integers(len(plan)))))
        sets = [max(1, n + int(random.random() < 0.15) - int(random.random() < 0.15)) for _, n in plan]
        done = tuple(name for (name, _), n in zip(plan, sets, strict=True) for _ in range(n))
        yield PastSession(TYPES[number % len(TYPES)], done)


def markov(done: tuple[str, ...], session: PastSession, history: list[PastSession]) -> dict[str, float]:
    """What followed the longest suffix seen before, each exercise of the session's type counted once more in all."""
    steps = [name for one in history if one.type == session.type for name in one.exercises] + list(done)
    known = of_type(catalogue(), session.type)
    for length in range(min(16, len(steps)), 0, -1):
        suffix = steps[-length:]
        after = Counter(steps[i] for i in range(length, len(steps)) if steps[i - length : i] == suffix)
        if after:
            return {name: (after[name] + 1 / len(known)) / (after.total() + 1) for name in known}
    return dict.fromkeys(known, 1 / len(known))


def calibration_error(confidence: np.ndarray[Any, Any], right: np.ndarray[Any, Any]) -> float:
    """Mean distance of confidence and accuracy over tenths of confidence, weighted by how many fall in each."""
    tenth = np.minimum((confidence * 10).astype(int), 9)
    return float(sum((tenth == t).mean() * abs(confidence[tenth == t].mean() - right[tenth == t].mean())
                     for t in range(10) if (tenth == t).any()))  # fmt: skip
