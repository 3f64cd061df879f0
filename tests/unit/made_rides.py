"""Small made rides for the tests of reports: a few streams, straight lines, nothing of anybody's."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from paceline.domain.devices import Device
from paceline.domain.efforts import SECOND, Effort
from paceline.measure.sessions import Session, sessions
from paceline.record.recordings import Problem, RawFile, Recording
from paceline.record.streams import Stream

START = 1_714_809_600 * SECOND
"""2024-05-04T08:00:00Z."""

SETTINGS = """
zone: Europe/London
athlete:
  mass: 70
  threshold_power: [{from: 2024-01-01, value: 250}]
  critical_power: 240
  w_prime: 20000
  threshold_heart_rate: 165
"""


def channels(seconds: int) -> dict[str, np.ndarray]:
    """Everything a head unit records, once a second: easy, five minutes hard, easy again."""
    at = np.arange(seconds, dtype=float)
    hard = (at >= seconds // 3) & (at < seconds // 3 + 300)
    return {
        "power": np.where(hard, 300.0, 150.0) + at % 3,
        "heart_rate": np.where(hard, 165.0, 130.0) + at % 4,
        "cadence": 88.0 + at % 5,
        "speed": np.full(seconds, 10.0) + 0.01 * (at % 7),
        "distance": 10.0 * at,
        "altitude": 100.0 + 20.0 * np.sin(at / 200.0),
        "temperature": np.full(seconds, 20.0) + at % 2,
    }


def ride(
    *only: str,
    seconds: int = 1500,
    settings: Path | None = None,
    shift: int = 0,
    lap_name: str = "lap 2",
    file: str = "/nowhere/rides/ride.fit",
    dated: bool = True,
) -> Session:
    """A ride with the channels named, or all of them."""
    values = {name: column for name, column in channels(seconds).items() if not only or name in only}
    start = START + shift * SECOND if dated else 0
    laps = (
        Effort("lap 1", start, start + seconds // 3 * SECOND, "lap"),
        Effort(lap_name, start + seconds // 3 * SECOND, start + seconds * SECOND, "lap"),
    )
    recording = Recording(
        {"record": Stream("record", start + np.arange(seconds) * SECOND, values)},
        device=Device("recorder", maker="Maker", product="Unit", serial="SERIAL-4711"),
        sport="cycling",
        laps=laps,
        dated=dated,
        notes={"athlete": "Jane Roe"},
    )
    problem = Problem("crc", "The checksum does not fit.", offset=12)
    found = sessions([RawFile(file, "fit", "ab" * 32, (recording,), (problem,))], settings=settings)
    return found[0]


def written_settings(folder: Path) -> Path:
    """The settings as a file."""
    path = folder / "paceline.yaml"
    path.write_text(SETTINGS, encoding="utf-8")
    return path
