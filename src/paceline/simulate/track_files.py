"""A simulated session as the files that the devices would have left, and the truth as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from paceline.domain.cameras import Filmed
from paceline.domain.efforts import SECOND
from paceline.domain.errors import WriteError
from paceline.domain.tracks import TRACKS, Track
from paceline.record.export import write
from paceline.record.recordings import Recording
from paceline.record.whole import folder as made
from paceline.record.whole import write_whole
from paceline.simulate.track import TrackSession
from paceline.simulate.track_cameras import keypoints_json, shots
from paceline.simulate.track_devices import TRANSPONDER

SETTINGS = """\
# What the analyst of this simulated session is told; the truth is in truth.json.
track: {track}
athlete: {{mass: {rider:.2f}, transponder: "{transponder}"}}
bike: {{bike_mass: {bike}, wheel_circumference: {circumference}, crr: {crr:.5f}}}
"""

TRUTH = "truth.json"

_BIKE = 8.0
"""kg of what is told of rider and bike together."""


def write_session(session: TrackSession, folder: Path, *, video: bool = False) -> tuple[Path, ...]:
    """The recordings, the settings and the truth, as files in a folder that is made if need be.

    Args:
        session: simulated.
        folder: where; an earlier simulated session there is replaced.
        video: whether four cameras filmed it.

    Returns:
        What was written.

    Raises:
        WriteError: the folder holds files that are no simulated session, or can't be written to.
    """
    if any(made(folder).iterdir()) and not (folder / TRUTH).exists():
        raise WriteError(str(folder), reason="it holds other files, and theirs could be lost: name another folder")
    written = []
    for name, (file, save) in _FILES.items():
        path = folder / file
        if name in session.recordings:
            save(session.recordings[name], path)
            written.append(path)
        else:
            path.unlink(missing_ok=True)
    told = session.told
    settings = SETTINGS.format(
        track=_place(session.track),
        transponder=TRANSPONDER,
        rider=told.mass - _BIKE,
        bike=_BIKE,
        circumference=told.circumference,
        crr=max(told.crr, 0.0),
    )
    truth = truth_document(session)
    filmed = shots(session, seed=session.truth.seed) if video else ()
    if filmed:
        settings += _cameras([shot.filmed for shot in filmed])
        truth["cameras"] = {shot.filmed.camera.name: {"clock_ahead_s": shot.ahead} for shot in filmed}
    texts = {shot.filmed.keypoints: keypoints_json(shot.recording) for shot in filmed}
    for file, text in {**texts, "paceline.yaml": settings, TRUTH: json.dumps(truth, indent=1)}.items():
        write_whole(folder / file, text.encode())
        written.append(folder / file)
    return tuple(written)


def _cameras(filmed: Sequence[Filmed]) -> str:
    """The cameras as the settings file has them; JSON is YAML."""
    rows = [
        {
            "name": f.camera.name,
            "keypoints": f.keypoints,
            "frame_rate_hz": f.frame_rate,
            "start": _iso(f.start),
            "size_px": f.camera.size,
            "focal_px": f.camera.focal,
            "centre_px": f.camera.centre,
            "distortion": f.camera.distortion,
            "rotation": f.camera.rotation,
            "position_m": f.camera.position,
        }
        for f in filmed
    ]
    return "cameras:\n" + "".join(f"  - {json.dumps(row)}\n" for row in rows)


def _place(track: Track) -> str:
    """A known track's name, or its figures as the settings file has them."""
    known = next((name for name, one in TRACKS.items() if one == track), None)
    if known is not None:
        return json.dumps(known)
    figures = {name: getattr(track, name) for name in ("name", "length", "straight", "radius", "banking_straight",
               "banking_bend", "width")}  # fmt: skip
    return json.dumps({**figures, "loops": {int(loop): at for loop, at in track.loops.items()}})


def truth_document(session: TrackSession) -> dict[str, Any]:
    """The truth as JSON, in the catalogue's units; times are ISO 8601 on the clock that is named."""
    truth, told = session.truth, session.told
    return {
        "seed": truth.seed,
        "track": session.track.name,
        "rider": asdict(truth.rider),
        "hall": asdict(truth.hall),
        "told": asdict(told),
        "efforts": [
            {"name": e.name, "start": _iso(e.start), "stop": _iso(e.stop), "cda_m2": truth.cda[e.name]}
            for e in truth.efforts
        ],
        "clocks": {name: {"offset_s": c.offset, "drift_s_per_s": c.drift} for name, c in truth.clocks.items()},
        "power_scale": truth.power_scale,
        "pitot_factor": truth.pitot_factor,
        "loops_m": {str(loop): at for loop, at in truth.loops.items()},
        "faults": {
            name: [
                {"kind": f.kind, "channel": f.channel, "start": _iso(f.start), "stop": _iso(f.stop)} for f in of_device
            ]
            for name, of_device in truth.faults.items()
        },
    }


def _iso(instant: int) -> str:
    return f"{_moment(instant):%Y-%m-%dT%H:%M:%S}.{instant % SECOND // 1000:06d}Z"


def _moment(instant: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=instant // SECOND)


def _exported(recording: Recording, path: Path) -> None:
    write(recording, path, overwrite=True)


def _passings(recording: Recording, path: Path) -> None:
    """As velotrain publishes them, logged with their topic as `mosquitto_sub -v` prints it."""
    stream, gate = recording.streams["passings"], recording.streams["gate"]
    rows = [
        (t, int(n), recording.device.serial) for t, n in zip(stream.time.tolist(), stream.values["loop"], strict=True)
    ]
    rows += [(t, int(n), "gate") for t, n in zip(gate.time.tolist(), gate.values["loop"], strict=True)]
    lines = []
    for index, (time, loop, refid) in enumerate(sorted(rows, key=lambda row: row[0])):
        moment = _moment(time)
        clock = f"{moment:%H:%M:%S}.{time % SECOND // 1_000_000:03d}"
        fields = {"index": index, "date": f"{moment:%Y-%m-%d}", "time": clock, "mpid": loop, "refid": refid}
        lines.append(f"velotrain/passing {json.dumps(fields)}\n")
    write_whole(path, "".join(lines).encode())


def _weather(recording: Recording, path: Path) -> None:
    stream = recording.streams["weather"]
    names = ("temperature", "pressure", "relative_humidity")
    columns = np.stack([stream.values[name] * factor for name, factor in zip(names, (1.0, 0.01, 100.0), strict=True)])
    lines = ["Time,Temperature [°C],QFE [hPa],Relative humidity [%]\n"]
    for time, (temperature, pressure, humidity) in zip(stream.time.tolist(), columns.T.tolist(), strict=True):
        lines.append(f"{_iso(time)},{temperature:.1f},{pressure:.1f},{humidity:.0f}\n")
    write_whole(path, "".join(lines).encode())


_FILES: Mapping[str, tuple[str, Callable[[Recording, Path], None]]] = {
    "loops": ("passings.jsonl", _passings),
    "hub": ("hub.csv", _exported),
    "head_unit": ("head_unit.fit", _exported),
    "weather": ("weather.csv", _weather),
}
"""Device → its file, and how that is written."""
