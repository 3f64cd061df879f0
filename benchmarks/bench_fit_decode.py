"""How fast does a whole FIT file become scaled float64 columns, with its checksum checked?

Files: all FIT files of 0.1 MB and more in fit_corpus, goldencheetah_rides and sweatpy_rides under PACELINE_DATA.
Budget: the median file at least 8 times as fast as the columns of `fitfast.records()`, 400 times as fast as fitparse.
Each time is the best of several runs, ours before and after each peer's; fitparse, fitdecode and garmin-fit-sdk run
once, as seconds need no repetition.
A file that a peer refuses counts for the other peers only. Asserted: as many records as the peer has, and equal sums of
power and heart rate.

    python -m benchmarks fit_decode
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from benchmarks.fit_files import content, fit_files, peer
from paceline.record.formats.fit_messages import Messages, files

FOLDERS = ("fit_corpus", "goldencheetah_rides", "sweatpy_rides")
RUNS = {"fitfast": 15, "fitparse": 1, "fitdecode": 1, "garmin-fit-sdk": 1}
OURS = 25


def decoded(data: bytes) -> list[Messages]:
    """What is timed: every chained file's records."""
    return [file.messages("record") for file in files(data)]


def best(data: bytes) -> float:
    """Seconds of the fastest of several runs."""
    times = []
    for _ in range(OURS):
        started = time.perf_counter()
        decoded(data)
        times.append(time.perf_counter() - started)
    return min(times)


def agree(path: Path, theirs: dict[str, Any]) -> None:
    """Nothing is compared that was not decoded alike."""
    ours = decoded(content(path))
    assert sum(map(len, ours)) >= theirs["records"], path
    if sum(map(len, ours)) == theirs["records"]:
        for name, total in theirs["sums"].items():
            assert np.isclose(sum(np.nansum(messages.column(name)) for messages in ours), total), (path, name)


def main() -> None:
    """Print a line for each peer and one of JSON."""
    paths = fit_files(FOLDERS, least=100_000)
    decoded(content(paths[0]))
    ours = {path: best(content(path)) for path in paths}
    sizes = {path: len(content(path)) for path in paths}
    rows = []
    for name, runs in RUNS.items():
        theirs = {p: result for p, result in peer("time", name, str(runs), paths).items() if result["error"] is None}
        ours = {path: min(seconds, best(content(path))) for path, seconds in ours.items()}
        for path, result in theirs.items():
            agree(path, result)
        ratios = sorted(result["seconds"] / ours[path] for path, result in theirs.items())
        rows.append(
            {
                "peer": name,
                "files": len(theirs),
                "ours": round(1e3 * median(ours[path] for path in theirs), 3),
                "theirs": round(1e3 * median(result["seconds"] for result in theirs.values()), 3),
                "ratio": round(median(ratios), 1),
                "least": round(ratios[0], 1),
                "most": round(ratios[-1], 1),
            }
        )
        print(f"{name:15} {rows[-1]}")
    speed = median(sizes[path] / ours[path] / 1e6 for path in paths)
    print(f"{len(paths)} files, ours: median {speed:.0f} MB/s")
    first = rows[0]
    result = {"id": "fit_decode_v1", "ours": first["ours"], "theirs": first["theirs"], "peer": "fitfast", "unit": "ms"}
    print(json.dumps({**result, "ratio": first["ratio"], "megabytes_per_second": round(speed), "rows": rows}))


if __name__ == "__main__":
    main()
