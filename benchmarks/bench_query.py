"""How long does a coach wait for one athlete's year of metrics, and for the plot of one long session?

Budget: a year of metrics of one athlete of eight under 50 ms; the plot data of one channel of a 3 h × 100 Hz session
under 200 ms, thinned to 2,000 points that keep its peaks. Both are read from a lake that is opened anew each time, as
a request would. `bare` is polars reading exactly the files that hold these rows, found before the clock.

    python -m benchmarks query
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import polars as pl

from benchmarks.timing import best, emit
from paceline.keep.lake import Lake, Placed
from paceline.measure.catalogue import catalogue

ATHLETES, SESSIONS, RATE, HOURS, POINTS = 8, 300, 100, 3, 2000
BUDGETS = {"a year of metrics": 0.050, "a session's plot": 0.200}
MONTHS = [f"2024-{month:02d}" for month in range(1, 13)]


def main() -> None:
    """Fill a lake, ask it both questions, and print the answers' times."""
    with TemporaryDirectory() as folder:
        lake = Lake(str(Path(folder) / "lake"))
        for athlete in range(ATHLETES):
            placed, metrics = _year(f"athlete-{athlete}")
            lake.replace({"metrics": metrics}, placed=placed)
        long = Placed("long", "athlete-3", "2024-06")
        lake.replace({"samples_acceleration": _samples(long)}, placed=[long])
        rows = [_asked("a year of metrics", lake, _metrics, "metrics", "athlete-3"), _plotted(lake, long)]
    slowest = min(rows, key=lambda row: row["ratio"])
    emit({"id": "query_v1", "ours": slowest["ours"], "theirs": slowest["budget"], "peer": f"budget, {slowest['what']}",
          "unit": "s", "ratio": slowest["ratio"], "rows": rows})  # fmt: skip


def _year(subject: str) -> tuple[list[Placed], pl.DataFrame]:
    random = np.random.default_rng(len(subject))
    names = list(catalogue())
    placed = [Placed(f"{subject}-{n}", subject, MONTHS[n * 12 // SESSIONS]) for n in range(SESSIONS)]
    columns = {
        "subject": [p.subject for p in placed for _ in names],
        "month": [p.month for p in placed for _ in names],
        "session": [p.session for p in placed for _ in names],
        "start": np.repeat(np.arange(SESSIONS) * 10**14, len(names)),
        "metric": names * SESSIONS,
        "value": random.random(SESSIONS * len(names)),
        "sources": ["[]"] * (SESSIONS * len(names)),
        "flow_version": ["0123456789abcdef"] * (SESSIONS * len(names)),
    }
    return placed, pl.DataFrame(columns).with_columns(number=pl.lit(0), effort=pl.lit("whole ride"))


def _samples(placed: Placed) -> pl.DataFrame:
    count = HOURS * 3600 * RATE
    random = np.random.default_rng(1)
    axes = {f"acceleration_{axis}": random.normal(0, 3, count).round(3) for axis in "xyz"}
    whose = {"subject": placed.subject, "month": placed.month, "session": placed.session}
    named = {**whose, "recording": "ab" * 32, "stream": "acceleration"}
    frame = pl.DataFrame({"sample": np.arange(count), "t": np.arange(count) * (10**9 // RATE), **axes})
    return frame.with_columns(**{name: pl.lit(value) for name, value in named.items()}, part=pl.lit(0))


def _metrics(lake: Lake) -> pl.DataFrame:
    where = {"subject": "athlete-3", "month": MONTHS, "number": 0}
    return lake.read("metrics", where=where, columns=["session", "start", "metric", "value"])


def _asked(what: str, lake: Lake, ask, table: str, subject: str) -> dict[str, object]:
    assert ask(lake).height == SESSIONS * len(catalogue())
    files = list(_files(lake, table, subject))
    columns = ["session", "start", "metric", "value"]
    bare = best(lambda: pl.read_parquet(files, columns=columns))
    return _row(what, best(lambda: ask(Lake(lake.place))), bare)


def _plotted(lake: Lake, placed: Placed) -> dict[str, object]:
    found = _plot(lake, placed)
    assert len(found) <= POINTS
    whole = _channel(lake, placed)["acceleration_x"]
    assert found["acceleration_x"].max() == whole.max()
    files = list(_files(lake, "samples_acceleration", placed.subject))
    bare = best(lambda: pl.read_parquet(files, columns=["t", "acceleration_x"]))
    return _row("a session's plot", best(lambda: _plot(Lake(lake.place), placed)), bare)


def _channel(lake: Lake, placed: Placed) -> pl.DataFrame:
    where = {"subject": placed.subject, "month": placed.month, "session": placed.session}
    return lake.read("samples_acceleration", where=where, columns=["t", "acceleration_x"])


def _plot(lake: Lake, placed: Placed) -> pl.DataFrame:
    from tsdownsample import MinMaxLTTBDownsampler

    rows = _channel(lake, placed)
    kept = MinMaxLTTBDownsampler().downsample(rows["t"].to_numpy(), rows["acceleration_x"].to_numpy(), n_out=POINTS)
    return rows[kept]


def _files(lake: Lake, table: str, subject: str) -> Iterator[str]:
    opened = lake.opened(table)
    assert opened is not None
    return (file for file in opened.file_uris() if f"subject={subject}/" in file)


def _row(what: str, ours: float, bare: float) -> dict[str, object]:
    budget = BUDGETS[what]
    return {"what": what, "ours": round(ours, 4), "bare": round(bare, 4), "budget": budget,
            "ratio": round(budget / ours, 2)}  # fmt: skip
