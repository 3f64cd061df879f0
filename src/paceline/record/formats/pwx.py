"""TrainingPeaks' workout files: samples at an offset from a start on the athlete's wall clock, with segments as laps.

Source: the schema PWX 1.0 (peaksware.com/PWX/1/0) as its writers use it. What it does not say, this reader decides so:

- Each workout is one recording. A sample's time is the workout's time plus its timeoffset.
- A segment, and the workout's own summary, begins `beginning` seconds after that time and lasts `duration` seconds,
  stopped time included.
- The time usually names no zone. It is then read as UTC and reported: the day and the wall clock are right, the instant
  is off by the athlete's distance from Greenwich.
- `pwrright` is the power of the right leg in W: the catalogue has only shares, so it is the described channel
  `right_power`.
- The athlete's name and body mass are not read.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from paceline.domain.channels import Channel
from paceline.domain.devices import Device
from paceline.domain.efforts import SECOND, Effort, Origin
from paceline.domain.units import UNITS
from paceline.record.formats import Source, markup
from paceline.record.formats.markup import Tree
from paceline.record.formats.readings import Findings, Readings, number
from paceline.record.formats.sports import sport
from paceline.record.formats.timestamps import Instant, instant, nanoseconds
from paceline.record.recordings import Problem, Recording

NAME = "PWX"
MEANING = "TrainingPeaks workout file, also written by Timex, IpBike, Device Agent and GoldenCheetah."

_RANGES = {
    "hr": "heart_rate",
    "spd": "speed",
    "pwr": "power",
    "torq": "torque",
    "cad": "cadence",
    "alt": "altitude",
    "temp": "temperature",
}
"""Elements of a summary that hold a range in attributes; of a sample, that hold a reading."""
_EXTREMES = {"min": "minimum", "avg": "average", "max": "maximum"}
_SUMMARY: Tree = {
    "": "summary",
    "beginning": "beginning",
    "duration": "duration",
    "durationstopped": "stopped_time",
    "work": "work",
    "dist": "distance",
    "climbingelevation": "ascent",
    "descendingelevation": "descent",
    **{element: {"": channel} for element, channel in _RANGES.items()},
}
_SAMPLE: Tree = {
    **_RANGES,
    "": "sample",
    "timeoffset": "timeoffset",
    "dist": "distance",
    "lat": "latitude",
    "lon": "longitude",
    "pwrright": "right_power",
    "torque_effectiveness_left": "left_torque_effectiveness",
    "torque_effectiveness_right": "right_torque_effectiveness",
    "pedal_smoothness_left": "left_pedal_smoothness",
    "pedal_smoothness_right": "right_pedal_smoothness",
}
_WORKOUT: Tree = {
    "": "workout",
    "sportType": "sport",
    "title": "title",
    "code": "code",
    "goal": "goal",
    "cmt": "notes",
    "rpe": "perceived_exertion",
    "device": {"make": "make", "model": "model"},
    "time": "time",
    "summarydata": _SUMMARY,
    "segment": {"": "segment", "name": "name", "summarydata": _SUMMARY},
    "sample": _SAMPLE,
}
_TREE: Tree = {"pwx": {"workout": _WORKOUT}}
_FACTS = {"sport", "title", "code", "goal", "notes", "perceived_exertion", "make", "model"}
_NOTES = ("title", "code", "goal", "notes", "perceived_exertion")
_UNITS = dict.fromkeys(
    (
        "left_torque_effectiveness",
        "right_torque_effectiveness",
        "left_pedal_smoothness",
        "right_pedal_smoothness",
    ),
    "%",
)
_DESCRIBED = {"right_power": Channel("right_power", "W", 0.0, 3000.0, "Mechanical power of the right leg.")}

_QUARTER = 900 * SECOND
_FARTHEST = 14 * 3600 * SECOND
"""No zone is further from UTC, and all are whole quarters of an hour from it."""


def sniff(head: bytes) -> bool:
    """Whether the root element is pwx."""
    return markup.root(head) == "pwx"


def decode(data: bytes, source: Source) -> tuple[tuple[Recording, ...], tuple[Problem, ...]]:
    """The workouts in the file, in its order.

    Raises:
        Damaged: no sample stands before the damage, or the file declares a document type.
    """
    findings = Findings()
    document = _Workouts()
    damage = markup.walk(data, _TREE, document, file=source.file, findings=findings)
    kept = [workout for workout in document.workouts if workout.readings or workout.parts]
    recordings = tuple(workout.recording(source.start, findings) for workout in kept)
    return markup.finished(recordings, damage=damage, file=source.file, findings=findings)


@dataclass
class _Part:
    """A segment, or the whole workout, while it is read."""

    origin: Origin
    name: str = ""
    summary: dict[str, float] = field(default_factory=dict)

    def effort(self, start: int, sport_name: str | None) -> Effort | None:
        beginning = nanoseconds(self.summary.pop("beginning", math.nan))
        duration = nanoseconds(self.summary.pop("duration", math.nan))
        if beginning is None or duration is None or duration < 0:
            return None
        begun = start + beginning
        return Effort(self.name, begun, begun + duration, self.origin, self.summary, sport_name)


class _Workout:
    """A workout while it is read: its clock starts at 0 until its time is known, which may stand anywhere."""

    def __init__(self) -> None:
        self.readings = Readings()
        self.parts: list[_Part] = []
        self.facts: dict[str, str] = {}
        self.start: Instant | None = None

    def recording(self, start: int | None, findings: Findings) -> Recording:
        begun, zone = self._begun(start, findings)
        name = sport(self.facts.get("sport", ""))
        stream = self.readings.stream("record", units=_UNITS, described=_DESCRIBED, start=begun or 0)
        efforts = self._efforts(begun or 0, name, findings)
        return Recording(
            {"record": stream} if len(stream) else {},
            device=Device(maker=self.facts.get("make") or None, product=self.facts.get("model") or None),
            sport=name,
            laps=tuple(e for e in efforts if e.origin == "lap"),
            sessions=tuple(e for e in efforts if e.origin == "session"),
            dated=begun is not None,
            utc_offset=zone,
            notes={key: text for key in _NOTES if (text := self.facts.get(key))},
        )

    def _begun(self, start: int | None, findings: Findings) -> tuple[int | None, int | None]:
        """UTC of timeoffset 0 and the zone's offset in s; a person may know when the first sample was."""
        moment = self.start
        if moment and moment.zone is not None:
            return moment.time, moment.zone or None
        if start is not None:
            begun = start - (self.readings.times[0] if self.readings else 0)
            ahead = moment.time - begun if moment else None
            known = ahead is not None and ahead % _QUARTER == 0 and abs(ahead) <= _FARTHEST
            return begun, ahead // SECOND if known and ahead is not None else None
        findings.add("zone" if moment else "undated")
        return moment.time if moment else None, None

    def _efforts(self, start: int, name: str | None, findings: Findings) -> list[Effort]:
        efforts = []
        for count, part in enumerate((p for p in self.parts if p.origin == "lap"), start=1):
            part.name = part.name or f"lap {count}"
        for part in self.parts:
            effort = part.effort(start, name)
            if effort is None:
                findings.add("lap")
            else:
                efforts.append(effort)
        return sorted(efforts, key=lambda e: e.start)


class _Workouts(markup.Document):
    """The state of the walk: the workout, segment and sample that are open."""

    rows = frozenset({"sample"})

    def __init__(self) -> None:
        self.workouts: list[_Workout] = []
        self.row: dict[str, float] | None = None
        self.segment: _Part | None = None
        self.summary: dict[str, float] = {}

    def opened(self, name: str, attributes: Mapping[str, str]) -> str | None:
        if name == "sample":
            self.row = {}
        elif name == "workout":
            self.workouts.append(_Workout())
        elif name == "segment":
            self.segment = _Part("lap")
            self.workouts[-1].parts.append(self.segment)
        elif name == "summary":
            part = self.segment or _Part("session", "workout")
            self.summary = part.summary
            if part is not self.segment:
                self.workouts[-1].parts.append(part)
        else:
            return self._range(name, attributes)
        return None

    def closed(self, name: str) -> str | None:
        if name == "segment":
            self.segment = None
        if name != "sample" or self.row is None:
            return None
        row, self.row = self.row, None
        offset = nanoseconds(row.pop("timeoffset", math.nan))
        if offset is None:
            return "no_time"
        self.workouts[-1].readings.add(offset, row)
        return None

    def read(self, name: str, text: str) -> str | None:
        if name in _FACTS:
            self.workouts[-1].facts[name] = text
        elif name == "time":
            self.workouts[-1].start = moment = instant(text)
            return None if moment else "time"
        elif name == "name":
            if self.segment:
                self.segment.name = text
        else:
            return self._number(name, text)
        return None

    def _number(self, name: str, text: str) -> str | None:
        value = number(text)
        if self.row is not None:
            self.row[name] = math.nan if value is None else value
        elif value is not None:
            self.summary[name] = value * (UNITS["kJ"].factor if name == "work" else 1.0)
        return "number" if value is None else None

    def _range(self, channel: str, attributes: Mapping[str, str]) -> str | None:
        wrong = None
        for attribute, word in _EXTREMES.items():
            if attribute in attributes:
                wrong = self._number(f"{word}_{channel}", attributes[attribute]) or wrong
        return wrong
