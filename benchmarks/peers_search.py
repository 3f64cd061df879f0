"""Keras on the JAX backend trains candidates in turn until one reaches a macro F1; run by `.venv-peers`.

python peers_search.py FOLDER     FOLDER/task.npz and FOLDER/candidates.json → CPU seconds, candidates and the score

It trains as ours does: the same turned windows (made beforehand, not on its clock), the same rise and fall of the rate,
label smoothing, decay and dropout. A score after each epoch ends training once the target is reached.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

os.environ["KERAS_BACKEND"] = "jax"
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"  # threads that wait cost CPU: this is its cheapest

import keras
import numpy as np
from sklearn.metrics import f1_score

BATCH = 64


class Turned(keras.utils.PyDataset):
    """Batches of windows that are turned another way in each epoch."""

    def __init__(self, windows, wanted, seed):
        super().__init__()
        self.windows, self.wanted, self.epoch = windows, wanted, 0
        self.generator = np.random.default_rng(seed)
        self.order = self.generator.permutation(len(wanted))

    def __len__(self):
        return (len(self.wanted) + BATCH - 1) // BATCH

    def __getitem__(self, index):
        chosen = np.resize(self.order, len(self) * BATCH)[index * BATCH : (index + 1) * BATCH]  # one size, one program
        epoch = min(self.epoch, len(self.windows) - 1)  # Keras looks one batch ahead
        return self.windows[epoch][chosen], self.wanted[chosen]

    def on_epoch_end(self):
        self.epoch += 1
        self.order = self.generator.permutation(len(self.wanted))


class Reached(keras.callbacks.Callback):
    """Ends training once the target is reached."""

    def __init__(self, data, target):
        super().__init__()
        self.data, self.target, self.score = data, target, 0.0

    def on_epoch_end(self, epoch, logs=None):  # noqa: ARG002
        self.score = scored(self.model, self.data)
        self.model.stop_training = self.score >= self.target


def scored(model, data):
    said = model.predict(data["test"], batch_size=1024, verbose=0).argmax(axis=1)
    return float(f1_score(data["truth"], said, average="macro"))


def built(one, samples, labels):
    inputs = keras.layers.Input(samples)
    values = inputs
    for width, kernel, stride in one["convolutions"]:
        values = keras.layers.Conv1D(width, kernel, strides=stride, activation=one["activation"])(values)
    if one["convolutions"]:
        pooled = [keras.layers.GlobalAveragePooling1D()(values), keras.layers.GlobalMaxPooling1D()(values)]
        values = keras.layers.Concatenate()(pooled)
    else:
        values = keras.layers.Flatten()(values)
    for width in one["hidden"]:
        values = keras.layers.Dense(width, activation=one["activation"])(values)
    values = keras.layers.Dropout(one["dropout"])(values)
    return keras.Model(inputs, keras.layers.Dense(labels)(values))


def main(folder):
    data = dict(np.load(Path(folder) / "task.npz"))
    plan = json.loads((Path(folder) / "candidates.json").read_text())
    wanted = np.eye(plan["labels"], dtype=np.float32)[data["labels"]]
    steps = plan["epochs"] * -(-len(wanted) // BATCH)
    begun, tried, best = time.process_time(), 0, 0.0
    for one in plan["candidates"]:
        tried += 1
        keras.utils.set_random_seed(one["seed"] % 2**31)
        model = built(one, data["test"].shape[1:], plan["labels"])
        rising = int(0.2 * steps)
        rate = keras.optimizers.schedules.CosineDecay(
            one["rate"] / 25, steps - rising, alpha=1e-5, warmup_target=one["rate"], warmup_steps=rising
        )
        loss = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.1)
        model.compile(optimizer=keras.optimizers.AdamW(rate, weight_decay=1e-3), loss=loss)
        watch = Reached(data, plan["target"])
        turned = Turned(data[f"turned_{one['flip']}"], wanted, one["seed"])
        model.fit(turned, epochs=plan["epochs"], verbose=0, callbacks=[watch], shuffle=False)
        best = max(best, watch.score)
        if best >= plan["target"]:
            break
    print(json.dumps({"seconds": time.process_time() - begun, "tried": tried, "score": best}))


if __name__ == "__main__":
    main(sys.argv[1])
