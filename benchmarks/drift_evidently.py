"""Drift of columns by Evidently's preset; run by an environment that has it, with pandas before 3.

python drift_evidently.py ROWS COLUMNS
"""

from __future__ import annotations

import json
import sys
import time

import numpy as np
import pandas as pd
from evidently import Report
from evidently.presets import DataDriftPreset


def main() -> None:
    """Print the seconds of the processor that it takes."""
    rows, columns = map(int, sys.argv[1:])
    random = np.random.default_rng(1)
    before, now = random.normal(size=(columns, rows)), random.normal(0.1, 1.0, size=(columns, rows))
    names = [f"c{number}" for number in range(columns)]
    old, new = (pd.DataFrame(dict(zip(names, side, strict=True))) for side in (before, now))
    begin = time.process_time()
    Report([DataDriftPreset()]).run(new, old)
    print(json.dumps({"seconds": time.process_time() - begin}))


if __name__ == "__main__":
    main()
