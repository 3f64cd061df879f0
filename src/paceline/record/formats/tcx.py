"""Garmin's Training Center XML: activities with laps and trackpoints, as watches, head units and portals export them.

Source: the schemas TrainingCenterDatabasev2.xsd and ActivityExtensionv2.xsd (garmin.com/xmlschemas). What they do not
say, this reader decides so:

- Each Activity is one recording, and so is each Transition of a multi-sport session.
- A lap starts at its StartTime and stops after TotalTimeSeconds. That time does not run in a pause: where a trackpoint
  of the lap comes later, the lap reaches to it. It never reaches beyond the start of the next lap.
- A second Track inside one lap means that the timer stood still between the two: that is noted as timer events.
- A Course is nobody's ride: its trackpoints are kept as the stream "course", with the times of its virtual rider.
- RunCadence counts the steps of one foot, as `cadence` does.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from paceline.domain.devices import Device, Event
from paceline.domain.efforts import Effort
from paceline.domain.units import UNITS
from paceline.record.formats import Source, markup
from paceline.record.formats.markup import Tree
from paceline.record.formats.readings import Findings, Readings, number
from paceline.record.formats.sports import sport
from paceline.record.formats.timestamps import instant, nanoseconds
from paceline.record.recordings import Problem, Recording

NAME = "TCX"
MEANING = "Garmin Training Center XML, exported by most watches, head units and training portals."

_POINT_EXTENSIONS: dict[str, Tree | str] = {"Speed": "speed", "Watts": "power", "RunCadence": "cadence"}
_POINT_EXTENSIONS["*"] = _POINT_EXTENSIONS
_LAP_EXTENSIONS: dict[str, Tree | str] = {
    "AvgSpeed": "average_speed",
    "AvgWatts": "average_power",
    "MaxWatts": "maximum_power",
    "AvgRunCadence": "average_cadence",
    "MaxRunCadence": "maximum_cadence",
    "MaxBikeCadence": "maximum_cadence",
    "Steps": "steps",
}
_LAP_EXTENSIONS["*"] = _LAP_EXTENSIONS
_TRACK: Tree = {
    "": "track",
    "Trackpoint": {
        "": "point",
        "Time": "time",
        "Position": {"LatitudeDegrees": "latitude", "LongitudeDegrees": "longitude"},
        "AltitudeMeters": "altitude",
        "DistanceMeters": "distance",
        "HeartRateBpm": {"Value": "heart_rate"},
        "Cadence": "cadence",
        "Extensions": _POINT_EXTENSIONS,
    },
}
_LAP: Tree = {
    "": "lap",
    "TotalTimeSeconds": "timer_time",
    "DistanceMeters": "distance",
    "MaximumSpeed": "maximum_speed",
    "Calories": "energy",
    "AverageHeartRateBpm": {"Value": "average_heart_rate"},
    "MaximumHeartRateBpm": {"Value": "maximum_heart_rate"},
    "Cadence": "average_cadence",
    "Extensions": _LAP_EXTENSIONS,
    "Track": _TRACK,
}
_CREATOR: Tree = {
    "Name": "product",
    "UnitId": "serial",
    "ProductID": "number",
    "Version": {"VersionMajor": "major", "VersionMinor": "minor"},
}
_ACTIVITY: Tree = {
    "": "activity",
    "Lap": _LAP,
    "Notes": "notes",
    "Training": {"Plan": {"Name": "workout"}},
    "Creator": _CREATOR,
}
_SPORT: Tree = {"Activity": _ACTIVITY, "Transition": {**_LAP, "": "transition"}}
_COURSE: Tree = {"": "course", "Name": "title", "Notes": "notes", "Track": _TRACK, "Creator": _CREATOR}
_TREE: Tree = {
    "TrainingCenterDatabase": {
        "Activities": {"Activity": _ACTIVITY, "MultiSportSession": {"FirstSport": _SPORT, "NextSport": _SPORT}},
        "Courses": {"Course": _COURSE},
    }
}
_FACTS = {"notes", "workout", "title", "product", "serial", "number", "major", "minor"}


def sniff(head: bytes) -> bool:
    """Whether the root element is a TrainingCenterDatabase."""
    return markup.root(head) == "TrainingCenterDatabase"


def decode(data: bytes, source: Source) -> tuple[tuple[Recording, ...], tuple[Problem, ...]]:
    """The activities in the file, in its order.

    Raises:
        Damaged: no activity stands before the damage, or the file declares a document type.
    """
    findings = Findings()
    document = _Activities()
    damage = markup.walk(data, _TREE, document, file=source.file, findings=findings)
    if any(activity.kind == "course" for activity in document.activities):
        findings.add("course")
    recordings = tuple(a.recording() for a in document.activities if a.readings or a.laps)
    return markup.finished(recordings, damage=damage, file=source.file, findings=findings)


@dataclass
class _Lap:
    """A lap while it is read."""

    start: int | None
    last: int | None = None
    tracks: int = 0
    summary: dict[str, float] = field(default_factory=dict)


class _Activity:
    """An activity, transition or course while it is read."""

    def __init__(self, kind: str, name: str) -> None:
        self.kind, self.sport = kind, sport(name)
        self.readings = Readings()
        self.laps: list[_Lap] = []
        self.events: list[Event] = []
        self.facts: dict[str, str] = {}
        self.zone: int | None = None

    def recording(self) -> Recording:
        stream = self.readings.stream("course" if self.kind == "course" else "record")
        notes = {name: text for name in ("title", "workout", "notes") if (text := self.facts.get(name))}
        return Recording(
            {stream.name: stream} if len(stream) else {},
            device=self._device(),
            sport=self.sport,
            laps=tuple(self._efforts()),
            events=tuple(self.events),
            utc_offset=self.zone or None,
            notes=notes,
        )

    def _device(self) -> Device:
        facts = {name: text for name, text in self.facts.items() if text not in {"", "0"}}
        version = ".".join(self.facts[part] for part in ("major", "minor") if part in self.facts)
        product = facts.get("product", "").partition(" (Unit ID")[0]  # some write the serial number into the name
        return Device(
            product=product or facts.get("number"),
            serial=facts.get("serial"),
            software=version if version.strip("0.") else None,
        )

    def _efforts(self) -> list[Effort]:
        laps = [(lap.start, lap) for lap in self.laps if lap.start is not None]
        following = [start for start, _ in laps[1:]] + [None]
        efforts = []
        for count, ((start, lap), limit) in enumerate(zip(laps, following, strict=False), start=1):
            stop = max(start + (nanoseconds(lap.summary.get("timer_time", 0.0)) or 0), lap.last or start)
            if limit is not None and limit >= start:
                stop = min(stop, limit)
            efforts.append(Effort(f"lap {count}", start, stop, "lap", lap.summary, self.sport))
        return efforts


class _Activities(markup.Document):
    """The state of the walk: the activity, lap and point that are open."""

    rows = frozenset({"point"})

    def __init__(self) -> None:
        self.activities: list[_Activity] = []
        self.row: dict[str, float] = {}
        self.time: str | None = None
        self.in_point = False
        self.paused = False

    def opened(self, name: str, attributes: Mapping[str, str]) -> str | None:
        if name == "point":
            self.row, self.time, self.in_point = {}, None, True
        elif name in {"activity", "course"}:
            self.activities.append(_Activity(name, attributes.get("Sport", "")))
        elif name == "transition":
            self.activities.append(_Activity(name, name))
            return self._lap(attributes)
        elif name == "lap":
            return self._lap(attributes)
        elif name == "track" and self.activities[-1].laps:
            self.activities[-1].laps[-1].tracks += 1
            self.paused = self.activities[-1].laps[-1].tracks > 1
        return None

    def closed(self, name: str) -> str | None:
        if name != "point":
            return None
        self.in_point = False
        moment = instant(self.time) if self.time else None
        if moment is None:
            return "time" if self.time else "no_time"
        activity = self.activities[-1]
        if self.paused and len(activity.readings):
            activity.events.append(Event(activity.readings.times[-1], "timer", "stop"))
            activity.events.append(Event(moment.time, "timer", "start"))
        self.paused = False
        activity.readings.add(moment.time, self.row)
        activity.zone = moment.zone
        if activity.laps:
            activity.laps[-1].last = moment.time
        return "zone" if moment.zone is None else None

    def read(self, name: str, text: str) -> str | None:
        if name == "time":
            self.time = text
            return None
        if name in _FACTS:
            self.activities[-1].facts[name] = text
            return None
        value = number(text)
        if self.in_point:
            self.row[name] = math.nan if value is None else value
        elif value is not None:
            self.activities[-1].laps[-1].summary[name] = value * (UNITS["kcal"].factor if name == "energy" else 1.0)
        return "number" if value is None else None

    def _lap(self, attributes: Mapping[str, str]) -> str | None:
        moment = instant(attributes.get("StartTime", "").strip())
        self.activities[-1].laps.append(_Lap(moment.time if moment else None))
        return None if moment else "lap"
