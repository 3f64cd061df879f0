"""How long does the exact mean-maximal power take, at every duration of a five-hour ride?

Budget: at most a quarter of the time of NumPy's prefix-sum loop on every input, a twentieth on real rides. 18,000
samples are made from a fixed seed, also of kinds that leave a search nothing to skip; where PACELINE_DATA has them, two
real rides are timed at their own length. Every curve is first compared with the peer's: for whole watts the numbers are
the same. The headline is the row in which we are least ahead.

    python -m benchmarks mean_max
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.timing import ROOT, best, emit
from paceline.measure import kernels
from paceline.measure.metrics.mean_max import mean_max

SAMPLES = 18_000
DATA = Path(os.environ.get("PACELINE_DATA", ROOT.parent / "shared" / "data"))
REAL = (
    "sweatpy_rides/4078723797.fit",
    "goldencheetah_rides/rides/Karoo-Botley_BW_Swanmore_Wickham-2025-05-09-1238.fit",
)

Watts = npt.NDArray[np.float64]


def main() -> None:
    """Time every input, and print the worst as the headline."""
    kernels.warm()
    rows = [row(name, watts) for name, watts in {**made(), **recorded()}.items()]
    worst = min(rows, key=lambda r: float(r["ratio"]))
    emit({"id": "mean_max_v1", "ours": worst["ours"], "theirs": worst["theirs"], "peer": "numpy prefix sums",
          "unit": "ms", "ratio": worst["ratio"], "rows": rows})  # fmt: skip


def row(name: str, watts: Watts) -> dict[str, str | int | float]:
    """Ours and the peer's time of one input, after a check that they agree."""
    whole = bool(np.all(watts == np.rint(watts)))
    np.testing.assert_allclose(mean_max(watts, 1.0), prefix_sums(watts), rtol=0, atol=0 if whole else 1e-7)
    ours = best(lambda: mean_max(watts, 1.0)) * 1e3
    theirs = best(lambda: prefix_sums(watts)) * 1e3
    return {"input": name, "samples": watts.size, "ours": round(ours, 2), "theirs": round(theirs, 1),
            "ratio": round(theirs / ours, 1)}  # fmt: skip


def prefix_sums(watts: Watts) -> Watts:
    """The peer: one vectorised pass for every duration."""
    sums = np.concatenate([[0.0], np.cumsum(watts)])
    return np.array([(sums[k:] - sums[:-k]).max() / k for k in range(1, watts.size + 1)])


def made() -> dict[str, Watts]:
    """Easy and hard inputs of a fixed seed."""
    random = np.random.default_rng(1)
    sprints = np.zeros(SAMPLES)
    for start in range(500, SAMPLES, 900):
        sprints[start : start + 12] = random.integers(700, 1100)
    ramp = np.floor(np.linspace(0.0, 1000.0, SAMPLES))
    intervals = np.resize(np.repeat([320.0, 120.0], [180, 120]), SAMPLES)
    every_other = np.resize([0.0, 500.0], SAMPLES)
    return {
        "constant": np.full(SAMPLES, 250.0),
        "random": random.integers(0, 1000, SAMPLES).astype(float),
        "intervals, perfectly repeated": intervals,
        "intervals, with noise": np.rint(intervals + random.normal(0.0, 15.0, SAMPLES)),
        "every other second": every_other,
        "zeros with sprints": sprints,
        "rising": ramp,
        "falling": ramp[::-1].copy(),
        "random, not whole watts": random.random(SAMPLES) * 1000.0,
        "every other second, not whole watts": every_other + 0.1,
    }


def recorded() -> dict[str, Watts]:
    """Real rides once a second, without a reading as 0, where they are there."""
    from paceline.measure.sessions import read

    there = [DATA / name for name in REAL if (DATA / name).exists()]
    served = {f"real ride {n}": read(path).served().values["power"] for n, path in enumerate(there, start=1)}
    return {name: np.nan_to_num(watts) for name, watts in served.items()}


if __name__ == "__main__":
    main()
