"""How much CPU does the search take to a macro F1, against Keras training the same candidates in turn?

Data: windows of a simulated gym, two athletes to learn from and one to score on. Both try the same dense candidates in
the same order of drawing: Keras (JAX backend) each in full, until one reaches the target; ours by short looks, the
better half longer ones, until one reaches it. CPU seconds of the process, compilation included, imports not. Budget: at
least 4 times less. Where neither reaches the target both have tried everything, and that is printed.

    python -m benchmarks search
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.timing import emit, peer
from paceline.learn.candidates import Candidate, drawn
from paceline.learn.motion import joined, within
from paceline.learn.scores import macro_f1
from paceline.learn.sets import MotionSet
from paceline.learn.training import trained
from paceline.learn.windows import Cut, Windows, windows
from paceline.simulate.gym import simulate_gym

TARGET, EPOCHS, RUNGS = 0.9, 40, (5, 15, 40)
CANDIDATES = 8


def main() -> None:
    """Both on one task."""
    import jax  # noqa: F401  # imported before the clock, as Keras is
    import optax  # noqa: F401

    train, labels, test, truth = task()
    generator = np.random.default_rng(4)
    candidates: list[Candidate] = []
    while len(candidates) < CANDIDATES:
        one = drawn(generator)
        candidates += [one] if one.kind == "dense" else []
    begun = time.process_time()
    score, looks = ours(candidates, train, labels, test, truth)
    mine = time.process_time() - begun
    with tempfile.TemporaryDirectory() as folder:
        np.savez(
            Path(folder) / "task.npz", train=train.values / 9.8, labels=labels, test=test.values / 9.8, truth=truth
        )
        plan = {"candidates": [one.parameters() for one in candidates], "epochs": EPOCHS, "target": TARGET,
                "labels": int(labels.max()) + 1}  # fmt: skip
        (Path(folder) / "candidates.json").write_text(json.dumps(plan))
        theirs = peer("peers_search.py", folder)
    print(f"ours: {looks} looks, macro F1 {score:.3f}, {mine:.1f} s; Keras: {theirs}")
    figures = {
        "ours": round(mine, 2),
        "theirs": round(theirs["seconds"], 2),
        "ratio": round(theirs["seconds"] / mine, 2),
    }
    reached = {"target": TARGET, "our_macro_f1": round(score, 3), "their_macro_f1": round(theirs["score"], 3)}
    emit({"id": "search_v1", **figures, "peer": "Keras (JAX)", "unit": "CPU s", **reached})


def ours(
    candidates: Sequence[Candidate], train: Windows, labels: np.ndarray, test: Windows, truth: np.ndarray
) -> tuple[float, int]:
    """The best score and how many looks it took."""
    alive, looks, best = list(candidates), 0, 0.0
    for epochs in RUNGS:
        found = []
        for one in alive:
            architecture = one.architecture(samples=train.cut.samples, channels=3, outputs=int(labels.max()) + 1)
            network = trained(
                train.values, labels, weights=np.ones(len(labels)), architecture=architecture,
                recipe=one.recipe(epochs=epochs),
            )  # fmt: skip
            score = macro_f1(truth, network.probabilities(test.values).argmax(axis=1))
            looks, best = looks + 1, max(best, score)
            found.append((score, one))
            if best >= TARGET:
                return best, looks
        found.sort(key=lambda pair: -pair[0])
        alive = [one for _, one in found[: max(len(found) // 2, 1)]]
    return best, looks


def task() -> tuple[Windows, np.ndarray, Windows, np.ndarray]:
    """Windows of two athletes, and of a third one."""
    sets = []
    for session in simulate_gym(2, athletes=3, sessions=1, sets=2):
        stream = session.recordings[0].streams["acceleration"]
        for number, one in enumerate(session.sets):
            time_, values, names = joined({"acceleration": within(stream, one.start, one.stop)}, rate=25.0)
            name = f"{session.name}-{number}"
            sets.append(MotionSet(name, session.athlete.name, session.name, one.exercise, time_, values, names))
    names = sorted({one.label for one in sets})
    cut = windows(sets, Cut(5.0, 1.0, 25.0))
    label = np.array([names.index(sets[owner].label) for owner in cut.owner])
    unseen = np.array([sets[owner].athlete == "athlete-3" for owner in cut.owner])
    parts = [Windows(cut.values[keep], cut.owner[keep], cut.start[keep], cut.cut) for keep in (~unseen, unseen)]
    return parts[0], label[~unseen], parts[1], label[unseen]


if __name__ == "__main__":
    main()
