"""A recording: all streams of one device; and the file it came in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from paceline.domain.devices import Device, Event
from paceline.domain.efforts import SECOND, Effort
from paceline.record.streams import Stream


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that was wrong with the input and did not stop the reading.

    Attributes:
        kind: a stable word for programs: "crc", "truncated", "clock", "field_size", …
        message: a sentence for people; it never holds an athlete's values.
        offset: the byte (after unpacking) at which it was found, or None where it concerns the whole file.
        line: the line, for text formats, from 1.
        count: how often it was found; the place is the first one.
    """

    kind: str
    message: str
    offset: int | None = None
    line: int | None = None
    count: int = 1

    def __str__(self) -> str:
        """Place, sentence and count in one line."""
        place = f"line {self.line}: " if self.line is not None else ""
        place = f"byte {self.offset:,}: " if not place and self.offset is not None else place
        return f"{place}{self.message}{f' ({self.count:,} times)' if self.count > 1 else ''}"


@dataclass(frozen=True, eq=False)
class Recording:
    """All streams of one device over one period, and what it noted beside them.

    Attributes:
        streams: by name; each on its own clock. "record" holds the head unit's samples where there are any.
        device: the one that wrote it.
        sport: in lower case as the device named it ("cycling", "running", …), or None.
        laps: the device's laps, in time order.
        sessions: the sport sessions of the file: several in a triathlon.
        lengths: pool lengths.
        events: timer starts and stops, gear changes, alerts.
        sensors: the devices that took part.
        dated: False where the file does not say when it was made: its clock then starts at 1970-01-01T00:00:00Z.
        utc_offset: seconds that the athlete's wall clock was ahead of UTC, or None where the file does not say.
        notes: free text facts of the file by name ("workout", "title"), for people; may be personal.
    """

    streams: Mapping[str, Stream]
    device: Device = field(default_factory=Device)
    sport: str | None = None
    laps: tuple[Effort, ...] = ()
    sessions: tuple[Effort, ...] = ()
    lengths: tuple[Effort, ...] = ()
    events: tuple[Event, ...] = ()
    sensors: tuple[Device, ...] = ()
    dated: bool = True
    utc_offset: int | None = None
    notes: Mapping[str, str] = field(default_factory=dict)

    def shifted(self, seconds: int) -> Recording:
        """The same recording on a clock that reads so many whole seconds later."""
        shift = seconds * SECOND

        def moved(effort: Effort) -> Effort:
            return replace(effort, start=effort.start + shift, stop=effort.stop + shift)

        return replace(
            self,
            streams={name: replace(stream, time=stream.time + shift) for name, stream in self.streams.items()},
            laps=tuple(map(moved, self.laps)),
            sessions=tuple(map(moved, self.sessions)),
            lengths=tuple(map(moved, self.lengths)),
            events=tuple(replace(event, time=event.time + shift) for event in self.events),
        )


@dataclass(frozen=True, eq=False)
class RawFile:
    """What one file held.

    Attributes:
        file: the name as it was given.
        format: the registry's name of the format, with "+gz" or "+zip" where it was packed.
        sha256: of the bytes as they lie on the disk, in hexadecimal.
        recordings: several where the file chains activities; none where it holds only settings, say.
        problems: everything that was wrong and was survived, in the order it was met.
    """

    file: str
    format: str
    sha256: str
    recordings: tuple[Recording, ...]
    problems: tuple[Problem, ...] = ()

    @property
    def records(self) -> int:
        """How many samples it holds: those of the streams "record", or "course" where it was planned and not ridden."""
        return sum(len(s) for r in self.recordings for name, s in r.streams.items() if name in ("record", "course"))
