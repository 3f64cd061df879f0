"""Labelled sets of real recordings under PACELINE_DATA, for the benchmarks of recognition.

muvr: a set a file; the session is in the file's name. The raw packets of a set, where they lie here, say whether it is
complete. MetaMotion: a set a pair of files, the athlete's letter first; heavy sets have five repetitions, medium ten.
"""

from __future__ import annotations

import os
import re
from dataclasses import replace
from pathlib import Path

import numpy as np

from paceline.learn.motion import joined
from paceline.learn.sets import NONE, MotionSet, relabelled
from paceline.record.files import read_file

DATA = Path(os.environ.get("PACELINE_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))

ALIASES = {
    "dummbell-chest-press-twist": "dumbbell-chest-press-twist",
    "biceps-curl-happer": "biceps-curl-hammer",
    "tricep-dips": "triceps-dips",
    "barbel-biceps-curl": "barbell-biceps-curl",
}
DAYS = {
    "arms-2": "jan-arms-24-05", "back-1": "jan-back-01-06", "back-2": "jan-back-22-05", "chest-1": "jan-chest-06-06",
    "chest-2": "jan-chest-12-06", "chest-3": "jan-chest-25-05", "shoulders-2": "jan-shoulders-21-05",
}  # fmt: skip
"""Session of a labelled file → folder of its packets: found by laying the signals over each other."""
_MUVR = re.compile(r"labelled_(\w+)_jan-(\d+)_(\d+)")
_BARBELL = re.compile(r"(\w)-(\w+)-(heavy|medium|sitting|standing)")
REPETITIONS = {"heavy": 5, "medium": 10}


def muvr_sets() -> list[MotionSet]:
    """Every labelled set, at its own 50 Hz; `lossy` where its packets say so."""
    found = []
    for path in sorted((DATA / "muvr" / "labelled_head").glob("*/*.csv")):
        recording = read_file(path).recordings[0]
        lap, stream = recording.laps[0], recording.streams["acceleration"]
        match = _MUVR.match(path.name)
        session = f"{match[1]}-{match[2]}" if match else path.parent.name
        values = np.stack(list(stream.values.values()), axis=1).astype(np.float32)
        count = lap.summary.get("repetitions")
        found.append(
            MotionSet(
                f"{session}/{path.stem}", "jan", session, lap.name, stream.time, values, tuple(stream.values),
                path.parent.name, None if count is None else int(count), bool(_lossy(session, match)),
            )
        )  # fmt: skip
    return list(relabelled(found, ALIASES))


def _lossy(session: str, match: re.Match[str] | None) -> bool | None:
    """Whether the packets say that parts are missing; None where they don't lie here."""
    raw = _raw(session, match[3]) if match else None
    if raw is None:
        return None
    return any(problem.kind == "lossy" for problem in read_file(raw).problems)


def _raw(session: str, number: str) -> Path | None:
    path = DATA / "muvr" / "sessions_2015" / DAYS.get(session, "none") / f"{number}.raw"
    return path if path.exists() else None


def has_packets(one: MotionSet) -> bool:
    """Whether a muvr set's packets lie here, so that what is complete is known."""
    match = _MUVR.match(one.name.partition("/")[2])
    return match is not None and _raw(one.session, match[3]) is not None


def barbell_sets(*, rate: float = 25.0, folder: str = "") -> list[MotionSet]:
    """Every set of the wristband, both sensors on one grid."""
    found = []
    for path in sorted((DATA / "barbell_metamotion" / folder).glob("*Accelerometer*.csv")):
        match = _BARBELL.match(path.name)
        other = path.with_name(path.name.replace("Accelerometer_12.500", "Gyroscope_25.000").replace("half _", "half_"))
        streams = read_file(path).recordings[0].streams
        if other.exists():
            streams = {**streams, **read_file(other).recordings[0].streams}
        time, values, names = joined(streams, rate=rate)
        who, label, load = match.groups() if match else (path.name[0], "bench", "form")
        label = NONE if label == "rest" else label
        found.append(MotionSet(path.stem, who, who, label, time, values, names, repetitions=REPETITIONS.get(load)))
    return found


def barbell_signals() -> list[MotionSet]:
    """The accelerometer's readings as they stand in the files: what copies are looked for in."""
    found = []
    for path in sorted((DATA / "barbell_metamotion").glob("*Accelerometer*.csv")):
        match = _BARBELL.match(path.name)
        stream = read_file(path).recordings[0].streams["acceleration"]
        values = np.stack(list(stream.values.values()), axis=1).astype(np.float32)
        found.append(MotionSet(path.stem, match[1], match[1], match[2], stream.time, values, tuple(stream.values)))
    return found


def of_one_sensor(sets: list[MotionSet], kind: str = "acceleration") -> list[MotionSet]:
    """The same sets with one sensor's channels alone."""
    keep = [index for index, name in enumerate(sets[0].channels) if kind in name]
    names = tuple(sets[0].channels[index] for index in keep)
    return [replace(one, values=one.values[:, keep], channels=names) for one in sets]
