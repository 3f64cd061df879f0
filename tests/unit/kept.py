"""A house for tests: made rides as files, and stores in a folder of the test's own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from paceline.domain.efforts import SECOND, Effort
from paceline.jobs.wiring import Settings, open_store
from paceline.keep.store import Store
from paceline.record.export import write
from paceline.record.recordings import Recording
from paceline.record.streams import Stream

BEGIN = 1_700_000_000 * SECOND
DAY = 86_400 * SECOND


def recording(*, begin: int = BEGIN, length: int = 900, seed: int = 1, more: dict | None = None) -> Recording:
    """A ride with power, heart rate and speed, that no other seed's could be taken for."""
    random = np.random.default_rng(seed)
    at = np.arange(length)
    phase = 10.0 * seed
    values = {
        "power": (200 + 80 * np.sin(at / 20 + phase) + random.normal(0, 20, length)).round(),
        "heart_rate": (140 + 15 * np.sin(at / 60 + phase) + random.normal(0, 2, length)).round(),
        "speed": (8.0 + np.sin(at / 30 + phase)).round(3),
    }
    laps = (
        Effort("lap 1", begin, begin + length // 2 * SECOND, "lap"),
        Effort("lap 2", begin + length // 2 * SECOND, begin + length * SECOND, "lap"),
    )
    stream = Stream("record", begin + at * SECOND, values | (more or {}))
    return Recording({"record": stream}, sport="cycling", laps=laps)


def ride_file(path: Path, **more) -> Path:
    """A made ride as a file of the format that its name asks for."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write(recording(**more), path)
    return path


def half(made: Recording, *, first: bool) -> Recording:
    """The first or the second half of a recording, as two files that were saved apart."""
    stream = made.streams["record"]
    middle = len(stream) // 2
    chosen = slice(None, middle) if first else slice(middle, None)
    values = {name: column[chosen] for name, column in stream.values.items()}
    return replace(made, streams={"record": Stream("record", stream.time[chosen], values)}, laps=())


def house(folder: Path) -> Store:
    """The stores of a house in a folder."""
    return open_store(Settings(folder / "house"))


def athlete(store: Store, name: str = "Jane Roe") -> str:
    """Somebody new."""
    return store.people.enrol(name=name, by="owner")


def rows(store: Store) -> dict:
    """Every row of the lake, table by table, in an order of their own."""
    found = {name: store.lake.read(name) for name in store.lake.tables()}
    kept = {name: frame for name, frame in found.items() if frame.height}
    return {name: frame.select(sorted(frame.columns)).sort(pl_columns(frame)) for name, frame in kept.items()}


def pl_columns(frame) -> list[str]:
    """What rows are told apart by."""
    order = ("session", "recording", "part", "stream", "channel", "sample", "number", "effort", "metric")
    return [name for name in order if name in frame.columns]
