"""A simulated gym as the packets that the watches would have left, and the truth as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np

from paceline.domain.errors import WriteError
from paceline.record.formats.muvr_blocks import Block, Kind, encoded
from paceline.record.formats.packed_samples import HIGHEST, packed
from paceline.record.recordings import Recording
from paceline.record.streams import Stream
from paceline.record.whole import folder as made
from paceline.record.whole import write_whole
from paceline.simulate.gym import GRAVITY, GymSession

TRUTH = "truth.json"
CLAIMED = 50
PACKET = 98
"""Samples of one packet."""

_COHORT = ("age_group", "sex", "proficiency")
_UNITS = {"acceleration": 1000.0 / GRAVITY, "rotation": 1000.0}
_MILLISECOND = 1_000_000


def write_gym(
    sessions: tuple[GymSession, ...], folder: Path, *, seed: int = 0, again: float = 0.1, lost: float = 0.0
) -> tuple[Path, ...]:
    """A file of packets for each session and place, and `truth.json`.

    Args:
        sessions: simulated.
        folder: made if need be; an earlier simulated gym there is replaced.
        seed: of which packets come twice or get lost.
        again: share of packets that come twice.
        lost: share that never comes.

    Raises:
        WriteError: the folder holds files that are no simulated gym, or can't be written to.
    """
    if any(made(folder).iterdir()) and not (folder / TRUTH).exists():
        raise WriteError(str(folder), reason="it holds other files, and theirs could be lost: name another folder")
    generator = np.random.default_rng(seed)
    written, truth = [], []
    for session in sessions:
        files = {}
        for recording in session.recordings:
            place = recording.notes["place"]
            path = folder / f"{session.name}-{place.replace(' ', '-')}.raw"
            write_whole(path, packets(recording, generator, again=again, lost=lost))
            written.append(path)
            files[place] = path.name
        sets = [asdict(one) for one in session.sets]
        who = {key: value for key, value in asdict(session.athlete).items() if key in _COHORT and value}
        named = {"athlete": session.athlete.name, "session": session.name, "files": files}
        truth.append({**named, **who, "sets": sets})
    write_whole(folder / TRUTH, (json.dumps(truth, indent=1) + "\n").encode())
    return (*written, folder / TRUTH)


def packets(recording: Recording, generator: np.random.Generator, *, again: float, lost: float) -> bytes:
    """The second generation's blocks of acceleration and rotation, some twice, some missing."""
    out = []
    for kind in ("acceleration", "rotation"):
        for block in _blocks(recording.streams[kind], "acceleration" if kind == "acceleration" else "rotation"):
            if generator.random() >= lost:
                out += [block] * (2 if generator.random() < again else 1)
    return b"".join(map(encoded, out))


def _blocks(stream: Stream, kind: Kind) -> list[Block]:
    axes = np.column_stack([stream.values[f"{kind}_{axis}"] for axis in "xyz"]) * _UNITS[kind]
    whole = np.clip(np.rint(axes), -HIGHEST, HIGHEST).astype(np.int64)  # the watch clamps
    step = (stream.time[-1] - stream.time[0]) / (len(stream) - 1)
    found = []
    for number, begin in enumerate(range(0, len(stream), PACKET)):
        part = whole[begin : begin + PACKET]
        start = round(int(stream.time[begin]) / _MILLISECOND)
        length = max(round(len(part) * step / _MILLISECOND), 1)
        found.append(
            Block("2", kind, CLAIMED, packed(part), sequence=number % 256, end=start + length, duration=length)
        )
    return found
