"""Cameras from a file, YAML or JSON, read strictly.

```yaml
cameras:
  - name: infield
    size_px: [1920, 1080]
    focal_px: [1500.0, 1500.0]
    centre_px: [960.0, 540.0]
    distortion: [-0.12, 0.03, 0.0, 0.0, 0.0]       # k1, k2, p1, p2, k3; left out: none
    rotation: [[1, 0, 0], [0, 0, -1], [0, 1, 0]]   # rows; from the track's frame to the camera's
    position_m: [0.0, -8.0, 1.2]                   # in the track's frame
```
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

from paceline.domain.cameras import Camera, Filmed
from paceline.domain.errors import NotPlausible
from paceline.measure.settings_file import Place, document
from paceline.record.formats.readings import number

MOST = 64
"""Cameras of one session."""

FASTEST = 10_000.0
"""Frames in a second."""

_FILMED = ("keypoints", "frame_rate_hz", "start")
_REQUIRED = ("name", "focal_px", "centre_px", "rotation", "position_m", "size_px")
_LARGEST = 1e6


def cameras(path: str | Path) -> tuple[Camera, ...]:
    """The cameras of a calibration file, in its order.

    Raises:
        FileUnreadable: the file can't be opened.
        SettingsError: something in it is absent, unknown, of another kind, or no camera has it; names come once.
    """
    parts = Place(str(path), "the file", document(path)).mapping(("cameras",), required=True)
    found = tuple(_camera(place) for place in _cameras(parts["cameras"]))
    return _once(parts["cameras"], found, [camera.name for camera in found])


def filmed(place: Place) -> tuple[Filmed, ...]:
    """The cameras of a settings file, each with the keypoints that were found in its images.

    Args:
        place: a list; beside the keys of a calibration each camera has `keypoints`, the name of a file,
            `frame_rate_hz`, and `start`, when frame 0 was, with its zone.

    Raises:
        SettingsError: as for `cameras`.
    """
    found = tuple(_filmed(one) for one in _cameras(place))
    return _once(place, _once(place, found, [f.camera.name for f in found]), [f.keypoints for f in found])


T = TypeVar("T")


def _cameras(place: Place) -> list[Place]:
    if not isinstance(place.content, list) or not 0 < len(place.content) <= MOST:
        raise place.error(f"a list of 1 to {MOST} cameras")
    return list(place.elements())


def _once(place: Place, found: tuple[T, ...], names: Sequence[str]) -> tuple[T, ...]:
    if len(set(names)) < len(names):
        raise place.error("each name once", "one of them again")
    return found


def _filmed(place: Place) -> Filmed:
    camera, parts = _camera(place, beside=_FILMED), place.mapping(None)
    if absent := [name for name in _FILMED if name not in parts]:
        raise place.error(" and ".join(_FILMED), f"no {absent[0]}")
    rate = _number(parts["frame_rate_hz"])
    if not 0.0 < rate <= FASTEST:
        raise parts["frame_rate_hz"].error(f"above 0 and at most {FASTEST:g} frames a second", "another number")
    return Filmed(camera, parts["keypoints"].text(), rate, _instant(parts["start"]))


def _instant(place: Place) -> int:
    """YAML makes a moment of what looks like one; JSON leaves it text."""
    content = place.content
    try:
        moment = dt.datetime.fromisoformat(content) if isinstance(content, str) else content
    except ValueError:
        moment = None
    if not isinstance(moment, dt.datetime) or moment.tzinfo is None:
        raise place.error("a moment with its zone, such as 2024-05-04T10:00:00.250Z", "none")
    since = moment - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
    return (since // dt.timedelta(microseconds=1)) * 1000


def _camera(place: Place, *, beside: Sequence[str] = ()) -> Camera:
    parts = place.mapping((*_REQUIRED, "distortion", *beside))
    if absent := [name for name in _REQUIRED if name not in parts]:
        raise place.error(" and ".join(_REQUIRED), f"no {absent[0]}")
    rows = list(_listed(parts["rotation"], 3, "three rows of three numbers"))
    first, second, third = (_three(row) for row in rows)
    bend = _numbers(parts["distortion"], 5) if "distortion" in parts else [0.0] * 5
    try:
        return Camera(
            parts["name"].text(),
            focal=_two(parts["focal_px"]),
            centre=_two(parts["centre_px"]),
            rotation=(first, second, third),
            position=_three(parts["position_m"]),
            distortion=(bend[0], bend[1], bend[2], bend[3], bend[4]),
            size=_two(parts["size_px"]),
        )
    except NotPlausible as error:
        raise place.error(f"{error.quantity} to be {error.expected}", "other numbers") from None


def _two(place: Place) -> tuple[float, float]:
    one, two = _numbers(place, 2)
    return one, two


def _three(place: Place) -> tuple[float, float, float]:
    one, two, three = _numbers(place, 3)
    return one, two, three


def _listed(place: Place, count: int, expected: str) -> list[Place]:
    if not isinstance(place.content, list) or len(place.content) != count:
        raise place.error(expected)
    return list(place.elements())


def _numbers(place: Place, count: int) -> list[float]:
    return [_number(element) for element in _listed(place, count, f"{count} numbers")]


def _number(place: Place) -> float:
    """JSON writes 1e-05, which YAML 1.1 takes for text."""
    content = number(place.content) if isinstance(place.content, str) else place.content
    if isinstance(content, bool) or not isinstance(content, int | float):
        raise place.error("a number")
    if not abs(content) <= _LARGEST:
        raise place.error("a finite number of px, m or none", "one that is out of all measure")
    return float(content)
