"""Does the learned sequence of exercises come to serve the goal, without ever crossing a bound?

Budget: regret in the last ten of 60 sessions at most a third of that in the first ten; less in all than the greedy
choice of what is known to serve best; no bound crossed. Simulated athletes differ in what each of ten exercises brings,
early and late, and in what a muscle worked twice in a row costs. A physiotherapist forbids one exercise, bounds the
weight of another and the load of the session.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from paceline.decide.bounds import Condition, crossed, set_load
from paceline.decide.progress import Choice, Outcome, Serves, best, features, learned, tried_next, unlearned
from paceline.domain.exercise_catalogue import catalogue
from paceline.domain.labels import Labels
from paceline.domain.plans import Bounds, PlannedSet

ATHLETES, SESSIONS, LENGTH, NOISE = 10, 60, 4, 0.5
NAMES = [name for name in catalogue() if name.startswith("resistanceTargeted:")][::8][:10]
SETS = {name: PlannedSet(name, labels=Labels(weight=20.0 + 2 * i, repetitions=10)) for i, name in enumerate(NAMES)}
BOUNDS = {NAMES[1]: Bounds(forbidden=True), NAMES[2]: Bounds(weight=18.0), "*": Bounds(session_load=1000.0, pain=4.0)}
CHOICE = Choice(SETS, BOUNDS, Condition(pain={"*": 2.0}))

Propose = Callable[[Serves, np.random.Generator], tuple[PlannedSet, ...]]


def score() -> dict[str, Any]:
    """Regrets over all athletes."""
    ours, broken = regrets(lambda serves, random: tried_next(serves, CHOICE, length=LENGTH, random=random))
    greedy, _ = regrets(lambda serves, _: best(serves, CHOICE, length=LENGTH))
    first, last = float(ours[:, :10].mean()), float(ours[:, -10:].mean())
    total, other = float(ours.sum(axis=1).mean()), float(greedy.sum(axis=1).mean())
    return {"met": last <= first / 3 and total < other and not broken, "ours": round(total, 2),
            "theirs": round(other, 2), "peer": "greedy", "unit": "regret over 60 sessions",
            "ratio": round(other / total, 2), "first_ten": round(first, 3), "last_ten": round(last, 3),
            "greedy_last_ten": round(float(greedy[:, -10:].mean()), 3), "bounds_crossed": broken}  # fmt: skip


def regrets(propose: Propose) -> tuple[np.ndarray[Any, Any], int]:
    """(athlete, session): what the best sequence within the bounds would have brought more; and bounds crossed."""
    found, broken = np.zeros((ATHLETES, SESSIONS)), 0
    for seed in range(ATHLETES):
        random = np.random.default_rng(seed)
        weights = random.normal(0, 1, 2 * len(NAMES) + 2)
        weights[len(NAMES) + 1 :] /= 2
        serves = unlearned(NAMES, goal="recovery from injury", noise=NOISE)
        known = Serves(serves.goal, serves.exercises, weights, serves.covariance, NOISE)
        top = worth(weights, best(known, CHOICE, length=LENGTH))
        for session in range(SESSIONS):
            sets = propose(serves, random)
            broken += crossings(sets)
            value = worth(weights, sets)
            found[seed, session] = top - value
            outcome = Outcome(tuple(one.exercise for one in sets), value + float(random.normal(0, NOISE)))
            serves = learned(serves, [outcome])
    return found, broken


def worth(weights: np.ndarray[Any, Any], sets: tuple[PlannedSet, ...]) -> float:
    """What a sequence truly brings."""
    return float(features([one.exercise for one in sets], known=NAMES) @ weights)


def crossings(sets: tuple[PlannedSet, ...]) -> int:
    """How many sets cross a bound, counting the load before them."""
    load, found = 0.0, 0
    for one in sets:
        found += bool(crossed(one, BOUNDS, condition=Condition(pain={"*": 2.0}, load=load)))
        load += set_load(one) or 0.0
    return found
