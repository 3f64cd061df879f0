"""Keras on the JAX backend trains candidates in turn until one reaches a macro F1; run by `.venv-peers`.

python peers_search.py FOLDER     FOLDER/task.npz and FOLDER/candidates.json → CPU seconds, candidates and the score
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

os.environ["KERAS_BACKEND"] = "jax"

import keras
import numpy as np
from sklearn.metrics import f1_score


def main(folder):
    data = np.load(Path(folder) / "task.npz")
    plan = json.loads((Path(folder) / "candidates.json").read_text())
    begun, tried, score = time.process_time(), 0, 0.0
    for one in plan["candidates"]:
        tried += 1
        keras.utils.set_random_seed(one["seed"] % 2**31)
        layers = [keras.layers.Input(data["train"].shape[1:]), keras.layers.Flatten()]
        layers += [keras.layers.Dense(width, activation=one["activation"]) for width in one["hidden"]]
        layers += [keras.layers.Dropout(one["dropout"]), keras.layers.Dense(plan["labels"])]
        model = keras.Sequential(layers)
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        model.compile(optimizer=keras.optimizers.AdamW(one["rate"], weight_decay=1e-3), loss=loss)
        model.fit(data["train"], data["labels"], batch_size=64, epochs=plan["epochs"], verbose=0)
        said = model.predict(data["test"], verbose=0).argmax(axis=1)
        score = float(f1_score(data["truth"], said, average="macro"))
        if score >= plan["target"]:
            break
    print(json.dumps({"seconds": time.process_time() - begun, "tried": tried, "score": score}))


if __name__ == "__main__":
    main(sys.argv[1])
