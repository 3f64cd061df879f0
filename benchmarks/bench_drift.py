"""How long does it take to see whether 100 columns of 100,000 rows have moved?

Budget: at most a third of scipy's processor time; aim for 1 s in all. Population stability and Kolmogorov-Smirnov of
each column, against scipy's `ks_2samp` (asymptotic, as large samples get it) and the usual NumPy recipe of the index,
on the same made columns; what both find is compared. Both run on one core and are told in processor time. Evidently
beside where PACELINE_EVIDENTLY names a Python that has it: it needs a pandas of its own, so it is not among the peers.

    python -m benchmarks drift
"""

from __future__ import annotations

import json
import os
import time

import numpy as np

from benchmarks.timing import ROOT, emit, peer, process
from paceline.ship.drift import shift

ROWS, COLUMNS = 100_000, 100


def main() -> None:
    """Ours, then scipy's."""
    random = np.random.default_rng(1)
    before, now = random.normal(size=(COLUMNS, ROWS)), random.normal(0.1, 1.0, size=(COLUMNS, ROWS))
    taken = []
    for _ in range(3):
        begin = time.process_time()
        found = [shift(old, new) for old, new in zip(before, now, strict=True)]
        taken.append(time.process_time() - begin)
    theirs = peer("drift_scipy.py", str(ROWS), str(COLUMNS))
    np.testing.assert_allclose([one.distance for one in found], [ks for _, ks in theirs["found"]], atol=1e-12)
    np.testing.assert_allclose([one.stability for one in found], [index for index, _ in theirs["found"]], rtol=0.05)
    ours = min(taken)
    rows = []
    if python := os.environ.get("PACELINE_EVIDENTLY"):
        said = process([python, str(ROOT / "benchmarks" / "drift_evidently.py"), str(ROWS), str(COLUMNS)])
        seconds = json.loads(said.splitlines()[-1])["seconds"]
        rows.append({"peer": "Evidently", "theirs": round(seconds, 1), "ratio": round(seconds / ours, 1)})
    emit({"id": "drift_v1", "ours": round(ours, 2), "theirs": round(theirs["seconds"], 2), "peer": "scipy", "unit": "s",
          "ratio": round(theirs["seconds"] / ours, 1), "rows": rows})  # fmt: skip


if __name__ == "__main__":
    main()
