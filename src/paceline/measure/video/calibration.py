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

from pathlib import Path

from paceline.domain.cameras import Camera
from paceline.domain.errors import NotPlausible
from paceline.measure.settings_file import Place, document
from paceline.record.formats.readings import number

_REQUIRED = ("name", "focal_px", "centre_px", "rotation", "position_m", "size_px")
_LARGEST = 1e6


def cameras(path: str | Path) -> tuple[Camera, ...]:
    """The cameras of a calibration file, in its order.

    Raises:
        FileUnreadable: the file can't be opened.
        SettingsError: something in it is absent, unknown, of another kind, or no camera has it; names come once.
    """
    parts = Place(str(path), "the file", document(path)).mapping(("cameras",), required=True)
    listed = parts["cameras"]
    if not isinstance(listed.content, list) or not listed.content:
        raise listed.error("a list of cameras")
    found = tuple(_camera(place) for place in listed.elements())
    if len({camera.name for camera in found}) < len(found):
        raise listed.error("each name once", "one of them again")
    return found


def _camera(place: Place) -> Camera:
    parts = place.mapping((*_REQUIRED, "distortion"))
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
