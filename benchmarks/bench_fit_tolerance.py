"""How many FIT files does each reader refuse, how many records does it get out of them, and do the values agree?

Files: every FIT file under PACELINE_DATA, also gzipped and zipped ones; those that are really damaged too.
Budget: fewer refused than any of fitdecode, fitparse, garmin-fit-sdk and fitfast; of each file at least as many
`record` messages as the best of them; every number that both have equal: to 1e-6 of it, and speeds to a millimetre a
second, which fitfast rounds to. Where a file is damaged inside, values are compared up to the damage.

A peer refuses a file where it raises an error, or reports one; the records that it handed out before count as well.

    python -m benchmarks fit_tolerance
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.fit_files import content, fit_files, peer
from paceline.domain.errors import PacelineError
from paceline.record.formats import Source, fit
from paceline.record.formats.fit_columns import Floats
from paceline.record.formats.fit_messages import FitFile, files

PEERS = ("fitdecode", "fitparse", "garmin-fit-sdk", "fitfast")
DAMAGE = {"undefined", "definition"}
NOT_COMPARED = {
    "left_right_balance": "some peers give a text or drop the side",
    "event_timestamp": "an array",
}


def refused(path: Path) -> bool:
    """Whether our own reader gives nothing back."""
    try:
        fit.decode(content(path), Source(path.name))
    except PacelineError:
        return True
    return False


def column(found: tuple[FitFile, ...], name: str) -> Floats:
    """One field of all records of all chained files."""
    return np.concatenate([np.empty(0), *(file.messages("record").column(name) for file in found)])


def differences(path: Path, table: Any, records: int) -> tuple[int, dict[str, int]]:
    """How many numbers were compared, and by field how many differ."""
    found = files(content(path))
    sound = _sound(found)
    compared, differing = 0, {}
    for name in table.files:
        theirs = table[name]
        if name in NOT_COMPARED or name.startswith("unknown") or len(theirs) != records:
            continue
        ours = column(found, name)[: len(theirs)]
        theirs = theirs[: len(ours)]
        both = ~np.isnan(ours) & ~np.isnan(theirs)
        both[sound:] = False
        away = np.abs(ours - theirs)[both] > np.maximum(1e-6 * np.abs(ours[both]), 1e-3 if "speed" in name else 1e-9)
        compared += int(both.sum())
        if away.any():
            differing[name] = int(away.sum())
    return compared, differing


def _sound(found: tuple[FitFile, ...]) -> int:
    """How many records stand before the first damage inside a file."""
    count = 0
    for file in found:
        records = file.messages("record")
        damage = [p.offset for p in file.index.problems if p.kind in DAMAGE and p.offset is not None]
        if damage:
            return count + max(int(np.searchsorted(records.offsets, damage[0])) - 1, 0)
        count += len(records)
    return count


def main() -> None:
    """Print a table of peers and one line of JSON."""
    paths = fit_files()
    ours = {path: sum(len(file.messages("record")) for file in files(content(path))) for path in paths}
    own_refusals = [path for path in paths if refused(path)]
    print(f"{'reader':15} {'refused':>8} {'records':>9} {'fewer':>6} {'compared':>10} {'differ':>7}")
    print(f"{'paceline':15} {len(own_refusals):8} {sum(ours.values()):9,}")
    rows = []
    for name in PEERS:
        with tempfile.TemporaryDirectory() as folder:
            theirs = peer("read", name, folder, paths)
            more = [path.name for path in paths if theirs[path]["records"] > ours[path]]
            compared, differing = 0, {}
            for number, path in enumerate(paths):
                with np.load(Path(folder) / f"{number}.npz") as table:
                    count, found = differences(path, table, theirs[path]["records"])
                compared += count
                differing |= {f"{path.name}: {field}": times for field, times in found.items()}
        failed = sum(result["error"] is not None for result in theirs.values())
        records = sum(result["records"] for result in theirs.values())
        differ = sum(differing.values())
        print(f"{name:15} {failed:8} {records:9,} {len(more):6} {compared:10,} {differ:7,}")
        for place, times in differing.items():
            print(f"    {place}: {times:,} differ")
        assert not more, f"{name} reads more records of {more}"
        assert not differing, f"{name} reads other values"
        rows.append({"peer": name, "refused": failed, "records": records, "compared": compared, "differ": differ})
    best = min(rows, key=lambda row: row["refused"])
    result = {"id": "fit_tolerance_v1", "ours": len(own_refusals), "theirs": best["refused"], "peer": best["peer"]}
    ratio = round((len(paths) - len(own_refusals)) / (len(paths) - best["refused"]), 3)
    counted = {"unit": "files refused", "ratio": ratio, "files": len(paths), "records": sum(ours.values())}
    print(json.dumps({**result, **counted, "rows": rows}))


if __name__ == "__main__":
    main()
