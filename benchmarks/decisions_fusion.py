"""Is the joined answer never worse than habit, place or movement alone, at any second?

Budget: at each second the joined accuracy is not below that of the best part beyond a 95 % bootstrap interval over the
exercises, and its log loss is less than that of each part; expected calibration error at most 0.05. Simulated
movement tells a little each second, and its seconds resemble each other, so that it is surer than it is right; weights
are fitted on 300 exercises and scored on 600 others. Peer: the plain product of all parts.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from benchmarks.decisions_habits import calibration_error
from paceline.decide.beliefs import Beliefs
from paceline.decide.fusion import Answer, Weights, posterior
from paceline.decide.fusion import Sensed as Movement
from paceline.decide.fusion_weights import Example, fit

NAMES = tuple(f"exercise {i}" for i in range(8))
TIMES = (1, 2, 3, 5, 8, 12)
PLAIN = Weights(habit=1.0, habit_growth=0.0, place=1.0, sensor=1.0, sensor_growth=0.0)
WORST = 0.05
ALONE = ("habit", "place", "sensor")


def score() -> dict[str, Any]:
    """Accuracies by second, of the joined answer and of each part."""
    random = np.random.default_rng(1)
    weights = fit(list(simulated(random, 300)), seconds=TIMES)
    unseen = list(simulated(random, 600))
    table = {second: at(unseen, weights, second) for second in TIMES}
    worse = {second: worse_by(random, rows) for second, rows in table.items()}
    ours = float(np.mean([rows["loss"]["joined"] for rows in table.values()]))
    plain = float(np.mean([rows["loss"]["product"] for rows in table.values()]))
    least = all(rows["loss"]["joined"] < min(rows["loss"][part] for part in ALONE) for rows in table.values())
    error = max(rows["calibration_error"] for rows in table.values())
    accuracy = {s: {k: round(float(v.mean()), 3) for k, v in rows["hits"].items()} for s, rows in table.items()}
    return {"met": not any(worse.values()) and least and error <= WORST, "ours": round(ours, 3),
            "theirs": round(plain, 3), "peer": "plain product", "unit": "nats an exercise",
            "ratio": round(plain / ours, 2), "accuracy": accuracy, "worse_than_best_part": worse,
            "calibration_error": round(error, 3)}  # fmt: skip


def simulated(random: np.random.Generator, count: int) -> Iterator[Example]:
    """Exercises with a habit that is as often right as it says, a place, and a model that is too sure of itself."""
    for _ in range(count):
        habit = random.dirichlet(np.full(len(NAMES), 0.35))
        true = int(random.choice(len(NAMES), p=habit))
        fits = random.random(len(NAMES)) < 0.5
        fits[true] = random.random() < 0.97
        shared = random.normal(0, 1.0, len(NAMES))
        scores = shared + random.normal(0, 1.5, (max(TIMES), len(NAMES)))
        scores[:, true] += 1.2
        rows = np.exp(1.5 * scores)
        rows /= rows.sum(axis=1, keepdims=True)
        possible = {name: 1.0 if fit_ else 0.05 for name, fit_ in zip(NAMES, fits, strict=True)}
        beliefs = Beliefs(dict(zip(NAMES, habit.tolist(), strict=True)))
        yield Example(NAMES[true], beliefs, Movement(NAMES, rows), possible)


def at(examples: list[Example], weights: Weights, second: int) -> dict[str, Any]:
    """Hits and log losses of the joined answer, the product and each part, after so many seconds."""
    flat = Beliefs(dict.fromkeys(NAMES, 1 / len(NAMES)))
    answers: dict[str, list[Answer]] = {"joined": [], "product": [], "habit": [], "place": [], "sensor": []}
    for one in examples:
        whole = {"habit": one.habit, "place": one.possible, "sensor": one.sensor, "seconds": second}
        answers["joined"].append(posterior(**whole, weights=weights))
        answers["product"].append(posterior(**whole, weights=PLAIN))
        answers["habit"].append(posterior(habit=one.habit, weights=PLAIN))
        answers["place"].append(posterior(habit=flat, place=one.possible, weights=PLAIN))
        answers["sensor"].append(posterior(sensor=one.sensor, seconds=second, weights=PLAIN))
    hits = {k: np.array([a.beliefs.best == e.true for a, e in zip(v, examples, strict=True)])
            for k, v in answers.items()}  # fmt: skip
    loss = {k: float(-np.mean([np.log(max(a.beliefs.probability(e.true), 1e-9))
                               for a, e in zip(v, examples, strict=True)])) for k, v in answers.items()}  # fmt: skip
    confidence = np.array([a.beliefs.probability(a.beliefs.best or "") for a in answers["joined"]])
    return {"hits": hits, "loss": loss, "calibration_error": calibration_error(confidence, hits["joined"])}


def worse_by(random: np.random.Generator, rows: dict[str, Any]) -> bool:
    """Whether the best part is ahead beyond what a bootstrap over the exercises leaves open."""
    best = max(ALONE, key=lambda part: rows["hits"][part].mean())
    gain = rows["hits"]["joined"].astype(float) - rows["hits"][best]
    return bool(np.quantile(random.choice(gain, (1000, len(gain))).mean(axis=1), 0.975) < 0)
