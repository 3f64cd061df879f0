"""GPX, the exchange format of GPS tracks: positions, heights and times, with sensor readings in extensions.

Source: the schemas GPX 1.0 and 1.1 (topografix.com), Garmin's TrackPointExtension v1 and v2 and PowerExtension v1, and
Cluetrust's gpxdata. What they do not say, this reader decides so:

- Each track is one recording. A new segment means that the receiver paused: that is noted as timer events.
- A track or route in which no point has a time is a plan, not a recording: its points are kept in their order as the
  stream "course", whose clock stands still at 1970-01-01T00:00:00Z. In a track with times, a point without one is left
  out.
- A file of waypoints or metadata alone holds no recording. Waypoints are not read.
- Speed and distance are there only where the file says them; nothing is computed from positions.
- An extension is known by the local names of its elements, whatever its namespace or prefix.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from paceline.domain.devices import Device, Event
from paceline.record.formats import Source, markup
from paceline.record.formats.markup import Tree
from paceline.record.formats.readings import Findings, Readings, number
from paceline.record.formats.sports import sport
from paceline.record.formats.timestamps import instant
from paceline.record.recordings import Problem, Recording

NAME = "GPX"
MEANING = "GPS Exchange Format, exported by nearly every receiver, phone app and portal."

_SENSORS: dict[str, Tree | str] = {
    "hr": "heart_rate",
    "heartrate": "heart_rate",
    "cad": "cadence",
    "cadence": "cadence",
    "power": "power",
    "watts": "power",
    "PowerInWatts": "power",
    "atemp": "temperature",
    "temp": "temperature",
    "speed": "speed",
    "distance": "distance",
    "course": "heading",
    "verticalSpeed": "vertical_speed",
}
_SENSORS["*"] = _SENSORS
_POINT: Tree = {**_SENSORS, "": "point", "ele": "altitude", "time": "time"}
_TRACK: Tree = {
    "": "track",
    "name": "title",
    "desc": "description",
    "cmt": "comment",
    "type": "sport",
    "trkseg": {"": "segment", "trkpt": _POINT},
}
_ROUTE: Tree = {"": "route", "name": "title", "desc": "description", "cmt": "comment", "rtept": _POINT}
_TREE: Tree = {"gpx": {"": "file", "trk": _TRACK, "rte": _ROUTE}}


_FACTS = {"title", "description", "comment", "sport"}


def sniff(head: bytes) -> bool:
    """Whether the root element is gpx."""
    return markup.root(head) == "gpx"


def decode(data: bytes, source: Source) -> tuple[tuple[Recording, ...], tuple[Problem, ...]]:
    """The tracks and planned courses in the file, in its order.

    Raises:
        Damaged: no track point stands before the damage, or the file declares a document type.
    """
    findings = Findings()
    document = _Tracks()
    damage = markup.walk(data, _TREE, document, file=source.file, findings=findings)
    if any(not track.timed for track in document.tracks if track.planned):
        findings.add("course")
    recordings = tuple(t.recording(document.creator) for t in document.tracks if t.timed or t.planned)
    return markup.finished(recordings, damage=damage, file=source.file, findings=findings)


class _Track:
    """A track or route while it is read."""

    def __init__(self) -> None:
        self.timed, self.planned = Readings(), Readings()
        self.events: list[Event] = []
        self.facts: dict[str, str] = {}
        self.zone: int | None = None

    def recording(self, creator: str | None) -> Recording:
        stream = self.timed.stream("record") if self.timed else self.planned.stream("course")
        return Recording(
            {stream.name: stream},
            device=Device(product=creator),
            sport=sport(self.facts.pop("sport", "")),
            events=tuple(self.events),
            dated=bool(self.timed),
            utc_offset=self.zone or None,
            notes={name: text for name, text in self.facts.items() if text},
        )


class _Tracks(markup.Document):
    """The state of the walk: the track and point that are open."""

    rows = frozenset({"point"})

    def __init__(self) -> None:
        self.tracks: list[_Track] = []
        self.creator: str | None = None
        self.row: dict[str, float] = {}
        self.time: str | None = None
        self.paused = False

    def opened(self, name: str, attributes: Mapping[str, str]) -> str | None:
        if name == "point":
            self.row, self.time = {}, None
            wrong = self.read("latitude", attributes.get("lat", ""))
            return self.read("longitude", attributes.get("lon", "")) or wrong
        if name in {"track", "route"}:
            self.tracks.append(_Track())
        elif name == "segment":
            self.paused = bool(self.tracks[-1].timed)
        elif name == "file":
            self.creator = attributes.get("creator") or None
        return None

    def closed(self, name: str) -> str | None:
        if name != "point":
            return None
        track = self.tracks[-1]
        moment = instant(self.time) if self.time else None
        if moment is None:
            track.planned.add(0, self.row)
            return "time" if self.time else "no_time"
        if self.paused:
            track.events += [Event(track.timed.times[-1], "timer", "stop"), Event(moment.time, "timer", "start")]
            self.paused = False
        track.timed.add(moment.time, self.row)
        track.zone = moment.zone
        return "zone" if moment.zone is None else None

    def read(self, name: str, text: str) -> str | None:
        if name == "time":
            self.time = text
        elif name in _FACTS:
            self.tracks[-1].facts[name] = text
        else:
            value = number(text)
            self.row[name] = math.nan if value is None else value
            return "number" if value is None else None
        return None
