"""How long from a file of a two-hour ride to all its metrics, warm and from a cold process?

Budget: a cold `paceline report` under 1 s with kernels and modules compiled; `cold_cpu` is the processor's time of the
same, which other work on the machine adds little to. The ride is simulated (7,200 s with faults); where
PACELINE_DATA has the 8,357-record ride of sweatpy_rides it is timed too. The peer computes five numbers from the same
file with fitfast and NumPy; ours computes every metric of the catalogue, so the ratio is not a race but a measure of
what the rest costs.

    python -m benchmarks report
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.timing import PEERS, ROOT, best, emit, peer, process, processor
from paceline.measure.sessions import read
from paceline.record.export import write
from paceline.simulate.ride import simulate_ride

BUDGET = 1.0
DATA = Path(os.environ.get("PACELINE_DATA", ROOT.parent / "shared" / "data"))


def main() -> None:
    """Time each ride, and print the simulated one as the headline."""
    process([sys.executable, "-m", "paceline", "compile"])
    with TemporaryDirectory() as folder:
        made = Path(folder) / "ride.fit"
        write(simulate_ride(1, duration=7200.0).recording, made)
        rides = {"simulated, 2 h": made}
        real = DATA / "sweatpy_rides" / "4078723797.fit"
        if real.exists():
            rides["real, 8,357 records"] = real
        rows = [row(name, path) for name, path in rides.items()]
    cold = rows[0]["cold"]
    emit({"id": "report_v1", "ours": cold, "theirs": BUDGET, "peer": "budget, cold process", "unit": "s",
          "ratio": round(BUDGET / cold, 2), "rows": rows})  # fmt: skip


def row(name: str, path: Path) -> dict[str, object]:
    """Ours and the peer's times of one ride."""
    theirs = peer("peers_report.py", str(path), "warm")
    session = read(path)
    served = session.served().values
    if name.startswith("real"):
        assert np.isclose(session["work"].value, theirs["work"])
        assert np.isclose(session["mean_max"].value[299], theirs["best_300"])
    ours = best(lambda: dict(read(path)), runs=5)
    command = [sys.executable, "-m", "paceline", "report", str(path)]
    assert "weighted" in process(command).lower()
    cold = best(lambda: process(command), runs=5)
    cpu = processor(command, runs=5)
    peer_cold = best(lambda: process([str(PEERS), "benchmarks/peers_report.py", str(path), "once"]), runs=5)
    return {"ride": name, "samples": len(served["power"]), "metrics": len(session), "warm": round(ours, 4),
            "cold": round(cold, 3), "cold_cpu": round(cpu, 3), "peer": "fitfast and NumPy, 5 numbers",
            "peer_warm": round(theirs["seconds"], 4), "peer_cold": round(peer_cold, 3)}  # fmt: skip
