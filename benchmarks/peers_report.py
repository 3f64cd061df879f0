"""The peer of `bench_report`: the fastest libraries an analyst can install, put together with care.

fitfast's columns, then NumPy: average, weighted power with full windows, work, the whole mean-maximal curve from prefix
sums, and W′ balance in its differential form. Run by the environment of the peers:

    .venv-peers/bin/python benchmarks/peers_report.py FILE once|warm
"""

from __future__ import annotations

import json
import sys
import time

import fitfast
import numpy as np


def numbers(path: str) -> dict[str, float]:
    """What the ride was worth."""
    power = np.nan_to_num(np.asarray(fitfast.records(path)["power"], float))
    sums = np.concatenate([[0.0], np.cumsum(power)])
    rolling = (sums[30:] - sums[:-30]) / 30
    best = np.array([(sums[n:] - sums[:-n]).max() / n for n in range(1, len(sums))])
    balance = lowest = 20_000.0
    for watts in power.tolist():
        spent = watts - 250.0
        balance -= spent if spent >= 0 else spent * (20_000.0 - balance) / 20_000.0
        lowest = min(lowest, balance)
    return {"average": power.mean(), "weighted": (rolling**4).mean() ** 0.25, "work": power.sum(),
            "best_300": best[299], "lowest": lowest}  # fmt: skip


if __name__ == "__main__":
    file, how = sys.argv[1:]
    answer = numbers(file)
    if how == "warm":
        taken = []
        for _ in range(5):
            begin = time.perf_counter()
            numbers(file)
            taken.append(time.perf_counter() - begin)
        answer["seconds"] = min(taken)
    print(json.dumps({name: float(value) for name, value in answer.items()}))
