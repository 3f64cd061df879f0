"""How much CPU does the search take to a macro F1, against Keras training the same candidates in turn?

Data: seconds of motion in a simulated gym with bad repetitions, six athletes to learn from and two to score on. Eight
candidates, networks as the search draws them, for each of five seeds; the target is a macro F1 of 0.97. Ours is the
search itself: short looks, the best third longer ones, then another run from the best, until one reaches it. The peer
is Keras (JAX backend) in the order of drawing until one reaches it, up to the epochs of our longest look each, with our
recipe, scored after each epoch so that it can end with the first that will do. CPU seconds of the process, compilation
included, imports and the peer's turned windows not, summed over the seeds. Budget: at least 4 times less.

    python -m benchmarks search
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.timing import emit, peer
from paceline.domain.errors import NotPlausible
from paceline.learn.candidates import Candidate, drawn
from paceline.learn.descent import descended
from paceline.learn.motion import joined, within
from paceline.learn.scores import macro_f1
from paceline.learn.search import Plan, searched
from paceline.learn.sets import MotionSet
from paceline.learn.training import varied
from paceline.learn.trials import Result, Trials
from paceline.learn.windows import Cut, Windows, windows
from paceline.simulate.gym import simulate_gym

TARGET, RUNGS = 0.97, (3, 9, 27)
CANDIDATES, SEEDS = 8, (11, 12, 13, 14, 15)


AGAIN = 4
"""Runs at most; each begins with the best of those before, and changes some."""


class Reached(BaseException):
    """The target is reached: the search is over."""


def main() -> None:
    """Both on one task."""
    given = task()
    rows = [seeded(given, seed) for seed in SEEDS]
    mine, theirs = (sum(row[name] for row in rows) for name in ("ours", "theirs"))
    figures = {"ours": round(mine, 2), "theirs": round(theirs, 2), "ratio": round(theirs / mine, 2)}
    emit({"id": "search_v2", **figures, "peer": "Keras (JAX)", "unit": "CPU s", "target": TARGET,
          "rows": rows})  # fmt: skip


Given = tuple[Windows, np.ndarray, Windows, np.ndarray]


def seeded(given: Given, seed: int) -> dict[str, Any]:
    """Both with the candidates of one seed."""
    train, labels, test, truth = given
    generator = np.random.default_rng(seed)
    candidates: list[Candidate] = []
    while len(candidates) < CANDIDATES:
        one = drawn(generator)
        candidates += [one] if fits(one, train) else []
    with tempfile.TemporaryDirectory() as name, threadpool_limits(1):
        folder = Path(name)
        begun = time.process_time()
        score, looks = ours(candidates, given, folder / "trials.sqlite")
        mine = time.process_time() - begun
        turned = {f"turned_{flip}": turned_windows(train, flip) for flip in (0.0, 0.2)}
        np.savez(folder / "task.npz", labels=labels, test=test.values / 9.8, truth=truth, **turned)
        plan = {"candidates": [one.parameters() for one in candidates], "epochs": RUNGS[-1], "target": TARGET,
                "labels": int(labels.max()) + 1}  # fmt: skip
        (folder / "candidates.json").write_text(json.dumps(plan))
        said = peer("peers_search.py", name)
    print(f"seed {seed}: {looks} looks, macro F1 {score:.3f}, {mine:.2f} s; Keras {said}")
    return {"title": f"seed {seed}", "ours": round(mine, 2), "theirs": round(said["seconds"], 2),
            "ratio": round(said["seconds"] / mine, 2), "our_macro_f1": round(score, 3),
            "their_macro_f1": round(said["score"], 3), "our_looks": looks,
            "their_candidates": said["tried"]}  # fmt: skip


def turned_windows(train: Windows, flip: float) -> np.ndarray:
    """(epoch, window, sample, channel): what our recipe makes of the windows, for a library that has none."""
    recipe, generator = Candidate(flip=flip).recipe(epochs=1), np.random.default_rng(0)
    return np.stack([varied(train.values, recipe, generator) / 9.8 for _ in range(RUNGS[-1])]).astype(np.float32)


def fits(one: Candidate, train: Windows) -> bool:
    """Whether it is a network for windows of this length."""
    left = train.cut.samples
    for _, kernel, stride in one.convolutions:
        left = (left - kernel) // stride + 1 if left >= kernel else 0
    return one.kind != "trees" and left > 0


def ours(candidates: Sequence[Candidate], given: Given, path: Path) -> tuple[float, int]:
    """The best score of the search and how many looks it took."""
    train, labels, test, truth = given
    scores: list[float] = []

    def looked(one: Candidate, epochs: int) -> Result:
        if not fits(one, train):
            raise NotPlausible("a candidate", expected="a network for windows of this length")
        size = {"samples": train.cut.samples, "channels": 3, "outputs": int(labels.max()) + 1}
        network = descended(
            train.values, labels, weights=np.ones(len(labels)), architecture=one.architecture(**size),
            recipe=one.recipe(epochs=epochs),
        )  # fmt: skip
        scores.append(macro_f1(truth, network.probabilities(test.values).argmax(axis=1)))
        if scores[-1] >= TARGET:
            raise Reached
        return Result(scores[-1], scores[-1], scores[-1])

    trials = Trials(path)
    rows = [{"name": f"c{n:03}", "parameters": one.parameters(), "parent": None} for n, one in enumerate(candidates)]
    trials.plan("run-0", rows, data="gym", code="benchmark")
    with suppress(Reached):
        for number in range(AGAIN):
            plan = Plan(f"run-{number}", "gym", "benchmark", CANDIDATES, RUNGS, keep=1 / 3, seed=number)
            searched(looked, trials, plan)
    return max(scores), len(scores)


def task() -> Given:
    """Windows of six athletes, and of two others."""
    sets = []
    for session in simulate_gym(2, athletes=8, sessions=1, sets=2, faulty=0.2):
        stream = session.recordings[0].streams["acceleration"]
        for number, one in enumerate(session.sets):
            time_, values, names = joined({"acceleration": within(stream, one.start, one.stop)}, rate=25.0)
            name = f"{session.name}-{number}"
            sets.append(MotionSet(name, session.athlete.name, session.name, one.exercise, time_, values, names))
    names = sorted({one.label for one in sets})
    cut = windows(sets, Cut(1.0, 1.0, 25.0))
    label = np.array([names.index(sets[owner].label) for owner in cut.owner])
    unseen = np.array([sets[owner].athlete in ("athlete-7", "athlete-8") for owner in cut.owner])
    parts = [Windows(cut.values[keep], cut.owner[keep], cut.start[keep], cut.cut) for keep in (~unseen, unseen)]
    return parts[0], label[~unseen], parts[1], label[unseen]


if __name__ == "__main__":
    main()
