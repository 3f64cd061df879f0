"""How soon is a change found, and how often is one found that is none?

Budget: at the stated rate, no more false alarms than it says, and a delay no longer than ADWIN's. Elec2 and the weather
of Offutt, whose rows are brought into a new order within two eras, so that it is known where they change: errors of a
model of the first rows, and every feature. River's ADWIN beside, with its own setting, on the same signals; and, on the
streams as they were recorded, what a model is worth that is fitted anew at each alarm, beside one that never is and
beside saying that nothing changes: the next class is the last one. The ratio is ADWIN's median delay over ours, at one
alarm over nothing in 100,000, over the features of both streams.

    PACELINE_DATA=… python -m benchmarks drift_streams
"""

from __future__ import annotations

import os
import time
from pathlib import Path

import numpy as np

from benchmarks.drift_policy import FIT, accuracy, signals, streams, told
from benchmarks.timing import ROOT, emit, peer
from paceline.ship.watch.bets import first_alarm
from paceline.ship.watch.ranks import number_ranks

RATES = (10_000.0, 100_000.0)


def main() -> None:
    """Ours at two rates, then ADWIN."""
    folder = Path(os.environ.get("PACELINE_DATA", ROOT.parent / "shared" / "data"))
    begin, rows = time.process_time(), []
    delays = []
    for name, (features, classes) in streams(folder).items():
        for every in RATES:
            results = []
            for draw, (kind, calm, turned) in enumerate(signals(features, classes)):
                found = [alarms(values, every=every, seed=100_000 * draw) for values in (calm, turned)]
                results.append((kind, len(found[0]), next(iter(found[1]), None)))
            share, refits, _ = accuracy(
                features, classes, lambda errors, every=every: bool(alarms(errors, every=every))
            )
            table = told(results)
            assert table["errors"]["false_alarms_per_10000"] <= 1e4 / every + 1.5  # a few looks of 8,000 values
            rows.append(
                {
                    "stream": name,
                    "detector": f"1 in {every:,.0f}",
                    **table,
                    "accuracy": round(share, 4),
                    "refits": refits,
                }
            )
            delays += [table["feature"]["delay"]] if every == RATES[1] else []
        never, _, _ = accuracy(features, classes, None)
        same = float(np.mean(classes[FIT:] == classes[FIT - 1 : -1]))
        rows.append({"stream": name, "detector": "never fitted anew", "accuracy": round(never, 4)})
        rows.append({"stream": name, "detector": "no change", "accuracy": round(same, 4)})
    seconds = time.process_time() - begin
    theirs = peer("drift_adwin.py", str(folder))
    rows += [{"stream": name, "detector": "ADWIN", **found} for name, found in theirs["found"].items()]
    adwin = [theirs["found"][name]["feature"]["delay"] for name in ("elec", "weather")]
    for row in rows:
        print(row)
    ours, his = float(np.mean(delays)), float(np.mean(adwin))
    emit({"id": "drift_streams_v1", "ours": ours, "theirs": his, "peer": "river ADWIN", "unit": "values",
          "ratio": round(his / ours, 2), "seconds": round(seconds, 1), "rows": rows})  # fmt: skip


def alarms(values: np.ndarray, *, every: float, seed: int = 0) -> list[int]:
    """Where each alarm was raised; the detector begins anew after each, with lots of its own."""
    found, start = [], 0
    while (alarm := first_alarm([number_ranks(values[start:], seed=seed + start)], every=every)) is not None:
        start += alarm.at + 1
        found.append(start - 1)
    return found


if __name__ == "__main__":
    main()
