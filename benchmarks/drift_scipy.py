"""Drift of columns by scipy's Kolmogorov-Smirnov and the usual NumPy recipe for population stability.

python drift_scipy.py ROWS COLUMNS
"""

from __future__ import annotations

import json
import sys
import time

import numpy as np
from scipy.stats import ks_2samp


def main() -> None:
    """Print the seconds that it takes, and what it finds."""
    rows, columns = map(int, sys.argv[1:])
    random = np.random.default_rng(1)
    before, now = random.normal(size=(columns, rows)), random.normal(0.1, 1.0, size=(columns, rows))
    ks_2samp(before[0][:1000], now[0][:1000], method="asymp")
    begin = time.process_time()
    found = [
        (stability(old, new), float(ks_2samp(old, new, method="asymp").statistic))
        for old, new in zip(before, now, strict=True)
    ]
    print(json.dumps({"seconds": time.process_time() - begin, "found": found}))


def stability(old, new):
    """Ten bins by the reference's deciles."""
    edges = [-np.inf, *np.quantile(old, np.arange(1, 10) / 10, method="higher"), np.inf]
    p, q = (np.maximum(np.histogram(side, edges)[0] / len(side), 1e-4) for side in (old, new))
    return float(np.sum((q - p) * np.log(q / p)))


if __name__ == "__main__":
    main()
