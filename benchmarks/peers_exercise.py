"""MiniRocket with a ridge classifier (aeon) on windows, run by the interpreter of `.venv-peers`.

python peers_exercise.py FOLDER      for each fold-N.npz with train, labels, test: fold-N.scores.npy, (window, label)
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import numpy as np
from aeon.transformations.collection.convolution_based import MiniRocket
from sklearn.linear_model import RidgeClassifierCV


def main(folder):
    started = time.perf_counter()
    for path in sorted(Path(folder).glob("fold-*.npz")):
        fold = np.load(path)
        train, test = (np.ascontiguousarray(fold[name].transpose(0, 2, 1), np.float32) for name in ("train", "test"))
        rocket = MiniRocket(random_state=0, n_jobs=1)
        ridge = RidgeClassifierCV(np.logspace(-3, 3, 10)).fit(rocket.fit_transform(train), fold["labels"])
        np.save(path.with_suffix(".scores.npy"), ridge.decision_function(rocket.transform(test)))
        np.save(path.with_suffix(".classes.npy"), ridge.classes_)
    print(json.dumps({"seconds": time.perf_counter() - started}))


if __name__ == "__main__":
    main(sys.argv[1])
