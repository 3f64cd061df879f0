"""How much slower is it to take a folder in than to decode its files?

Budget: at least half the speed of decoding alone (ratio 0.5), in one run. Taking in is all that `paceline import` does:
bytes and facts flushed to the disk, rides told apart, every session measured and its rows written. Decoding alone is
`read_file` on the same files, in the same number of processes, which are started and have their modules loaded before
either clock starts. The folder is simulated: rides of one to three hours as FIT or TCX, every third as both. The rows
tell apart what the measuring costs: `decoded` is the peer, `measured` is decoding, measuring and keeping the bytes in
the same processes, without facts or tables.

    python -m benchmarks ingest
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.timing import emit
from paceline.jobs.executor import ordered
from paceline.jobs.importing import import_files
from paceline.jobs.measuring import Sources, Task, measured
from paceline.jobs.process_executor import pool
from paceline.jobs.receiving import Order, taken
from paceline.jobs.wiring import Settings, open_store
from paceline.keep.lake import Placed
from paceline.record.export import write
from paceline.record.files import read_file
from paceline.simulate.ride import simulate_ride

RIDES, RUNS = 24, 3
FORMATS = ("fit", "tcx", "fit")
NOBODY = Placed("", "", "")


def main() -> None:
    """Time both, alternating, and print the best of each."""
    with TemporaryDirectory() as folder:
        files = _folder(Path(folder) / "rides")
        with pool(len(files)) as executor:
            decode = partial(_walk, executor, _decoded, files)
            measure = partial(_walk, executor, partial(_measured, Path(folder) / "bare"), files)
            decode(), measure()  # every process has loaded and compiled what it needs
            found = [(_timed(decode), _timed(measure), _import(executor, files, run)) for run in range(RUNS)]
    alone, worked, imported = (min(times) for times in zip(*found, strict=True))
    size = len(files)
    rows = [
        {"what": what, "files": size, "seconds": round(seconds, 3), "files_per_second": round(size / seconds, 1)}
        for what, seconds in (("decoded", alone), ("measured", worked), ("imported", imported))
    ]
    emit({"id": "ingest_v1", "ours": round(imported, 3), "theirs": round(alone, 3), "peer": "decoding alone",
          "unit": "s", "ratio": round(alone / imported, 3), "rows": rows})  # fmt: skip


def _folder(folder: Path) -> list[Path]:
    folder.mkdir()
    files = []
    for number in range(RIDES):
        made = simulate_ride(number, duration=3600.0 * (1 + number % 3)).recording
        made = made.shifted(number * 2 * 86_400)
        names = [FORMATS[number % 3], *(["tcx"] if number % 3 == 0 else [])]
        for name in names:
            files.append(folder / f"{number:02d}.{name}")
            write(made, files[-1])
    return files


def _walk(executor, work: Callable[[Path], int], files: list[Path]) -> int:
    return sum(answer for _, answer in ordered(executor, work, files))


def _decoded(path: Path) -> int:
    return read_file(path).records


def _measured(place: Path, path: Path) -> int:
    sources, found = Sources(str(place)), taken(Sources(str(place)), Order(path))
    tasks = [Task(NOBODY, (ride.sha256,), files={ride.sha256: ride.file}) for ride in found.rides]
    return sum(len(measured(sources, task).frames) for task in tasks)


def _timed(work: Callable[[], object]) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def _import(executor, files: list[Path], run: int) -> float:
    with TemporaryDirectory() as folder, open_store(Settings(Path(folder))) as store:
        subject = store.people.enrol(name="Somebody", by="owner")
        begin = time.perf_counter()
        done = import_files(store, files, subject=subject, executor=executor)
        seconds = time.perf_counter() - begin
        assert done.count("new") == len(files), run
        assert len(done.sessions) == RIDES
        assert not done.unmeasured
    return seconds
