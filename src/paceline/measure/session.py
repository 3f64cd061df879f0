"""A session: one athlete's recordings of one ride, its efforts, and every metric that can be asked of them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from paceline.domain.efforts import SECOND, Effort
from paceline.domain.errors import UnknownName
from paceline.domain.tracks import Track
from paceline.measure import flow
from paceline.measure.catalogue import entry
from paceline.measure.efforts import detect
from paceline.measure.quantities import said
from paceline.measure.results import Result, Results, check
from paceline.measure.settings import Setting
from paceline.measure.sources import Constant, Served, Source, serve
from paceline.record.quality import Finding
from paceline.record.recordings import RawFile, Recording
from paceline.record.repairs import Option, Repair, repair
from paceline.record.streams import Flag, Nanoseconds, Stream

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl

    from paceline.measure.clocks import Reclocking


ALIKE = SECOND
"""ns: ends of an effort on two devices that are less than two of these apart may be the same."""


@dataclass(frozen=True, eq=False)
class Session(Mapping[str, Result]):
    """One ride, however many devices recorded it. As a mapping it holds the metrics of the whole ride.

    Attributes:
        recordings: one a device or file, with a flag for every reading; the first named comes first.
        findings: what is doubtful about the readings, in time order.
        files: the files they came from.
        settings: what was true of the athlete and the bike on the day, by name.
        zone: the athlete's wall clock.
        not_yet: settings that the file gives for later days only, by name, with a sentence saying so.
        units: what the settings ask reports to be written in.
        repairs: what was repaired on somebody's word, in that order; results that rest on it name it.
        clocks: number of a recording, from 0 → what was done to bring it to the timing loops' clock.
        derived: what several devices say together: the place by loops and wheel, place and posture by video.
        track: the velodrome on which it was ridden, or None.
    """

    recordings: tuple[Recording, ...]
    findings: tuple[Finding, ...]
    files: tuple[RawFile, ...]
    settings: Mapping[str, Setting]
    zone: tzinfo
    not_yet: Mapping[str, str] = field(default_factory=dict)
    units: Literal["metric", "imperial"] = "metric"
    repairs: tuple[Repair, ...] = ()
    clocks: Mapping[int, Reclocking] = field(default_factory=dict)
    derived: tuple[Recording, ...] = ()
    track: Track | None = None

    @cached_property
    def whole(self) -> Effort:
        """From the first usable sample to the end of the last one; other streams, as the weather, don't lengthen it."""
        streams = [s for r in self.recordings for s in r.streams.values() if usable_times(s).size]
        ridden = [s for s in streams if s.name == "record"] or [s for s in streams if s.name != "weather"] or streams
        clocks = [usable_times(stream) for stream in ridden]
        steps = [np.median(np.diff(np.sort(clock))) if clock.size > 1 else SECOND for clock in clocks]
        start = min(int(clock.min()) for clock in clocks)
        stop = max(int(clock.max()) + max(int(step), 1) for clock, step in zip(clocks, steps, strict=True))
        return Effort("whole ride", start, stop, "whole", sport=self.recordings[0].sport)

    @property
    def dated(self) -> bool:
        """Whether at least one of its files says when it was recorded."""
        return any(recording.dated for recording in self.recordings)

    def __repr__(self) -> str:
        """When, how long, and from what: a notebook shows this."""
        lasted = str(timedelta(seconds=int(self.whole.duration)))
        files = ", ".join(Path(file.file).name for file in self.files)
        when = f"{self.start:%Y-%m-%d %H:%M %Z}" if self.dated else "undated"
        return f"<Session {when}, {lasted}, {self.whole.sport or 'sport unknown'}, {files}>"

    @property
    def start(self) -> datetime:
        """When it began, on the athlete's wall clock; microseconds are as fine as Python's clock goes."""
        return self.local(self.whole.start)

    def local(self, instant: int) -> datetime:
        """An instant (int64 ns UTC) on the athlete's wall clock."""
        return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=instant // 1000)).astimezone(self.zone)

    @cached_property
    def efforts(self) -> tuple[Effort, ...]:
        """The sport sessions, laps and pool lengths as the devices drew them, in time order, each once.

        What a second device drew within a second or so of the first one's is the same; where it gave a name to
        something else, the name says whose it is.
        """
        drawn: list[Effort] = []
        for number, recording in enumerate(self.recordings, 1):
            found = (*recording.sessions, *recording.laps, *recording.lengths)
            known = {(e.origin, e.start // ALIKE, e.stop // ALIKE) for e in drawn}
            new = [effort for effort in found if not _drawn(effort, known)]
            names = {e.name for e in drawn}
            drawn += [replace(e, name=f"{e.name} (recording {number})") if e.name in names else e for e in new]
        return tuple(sorted(drawn, key=lambda e: (e.start, -e.stop)))

    @cached_property
    def detected(self) -> tuple[Effort, ...]:
        """The work intervals and sprints that the power shows, in time order; none where there is no power."""
        power = self.served().values.get("power")
        return () if power is None else detect(np.asarray(power), 1.0, self.whole.start)

    def effort(self, name: str) -> Effort:
        """The effort of that name, a detected one if no device drew it.

        Raises:
            UnknownName: there is none; the message names close ones.
        """
        named = {e.name: e for e in (*self.efforts, self.whole)}
        if name not in named:
            named |= {e.name: e for e in self.detected if e.name not in named}
        if name not in named:
            raise UnknownName("effort", name, known=named)
        return named[name]

    def served(self, effort: Effort | str | None = None, *, step: float = 1.0) -> Served:
        """The quantities that metrics start from, over an effort, and what serves each."""
        return serve(self.recordings, self._effort(effort), step=step, constants=self._constants, derived=self.derived)

    def metrics(
        self, effort: Effort | str | None = None, *, only: Collection[str] | None = None, step: float = 1.0
    ) -> Results:
        """Every metric of an effort that can be had, and why the others can't.

        Args:
            effort: an interval in continuous time, its name, or the whole ride if left out.
            only: names of metrics; all of the catalogue if left out.
            step: s, of the grid on which the streams meet.

        Raises:
            UnknownName: there is no effort or metric of that name.
        """
        asked = self._effort(effort)
        leaves = None if only is None else set().union(*(flow.touches(name) for name in only))
        served = serve(
            self.recordings, asked, step=step, wanted=leaves, constants=self._constants, derived=self.derived
        )
        quantities: dict[str, Any] = {**{name: s.value for name, s in self.settings.items()}, **served.values}
        if self.track is not None:
            quantities["velodrome"] = self.track
        values = flow.compute(quantities, only)
        missing = {name: self._reason(value) for name, value in values.items() if isinstance(value, flow.NotHad)}
        found = {name: self._result(name, v, served) for name, v in values.items() if name not in missing}
        return Results(asked, found, missing)

    @property
    def _constants(self) -> dict[str, Constant]:
        """The settings that are one number, as derivations take them."""
        return {
            name: Constant(float(s.value), f"{said(name)} of {Path(s.file).name}")
            for name, s in self.settings.items()
            if isinstance(s.value, int | float)
        }

    def _reason(self, reason: flow.NotHad) -> flow.NotHad:
        later = [self.not_yet[need] for need in reason.needs if need in self.not_yet]
        return replace(reason, why=" ".join([reason.why, *later])) if later else reason

    def _result(self, name: str, value: Any, served: Served) -> Result:
        leaves = flow.rests_on(name, {*served.values, *self.settings})
        sources = tuple(self._named(served.sources[leaf]) for leaf in sorted(leaves) if leaf in served.sources)
        settings = tuple(self.settings[leaf] for leaf in sorted(leaves) if leaf in self.settings)
        metric = entry(name)
        return Result(metric, value, sources, settings, check(metric, value))

    def _named(self, source: Source) -> Source:
        done = [f"{r.name} ({r.count:,} readings)" for r in self.repairs if r.channel in (source.quantity, "time")]
        return replace(source, name=f"{source.name}, repaired: {', '.join(done)}") if done else source

    def repaired(
        self, channel: str, kind: str, *, stream: str = "record", recording: int = 0, **options: Option
    ) -> Session:
        """The same session with one channel repaired by name; this one stays as it is.

        Args:
            channel: what to repair; "time" for the repair "clock".
            kind: a name of `paceline.record.repairs.REPAIRS`.
            stream: which stream of the recording.
            recording: which recording, from 0.
            options: the repair's own.

        Raises:
            UnknownName: there is no such recording, stream, channel, repair or option.
        """
        done = repair(self._stream(stream, recording), channel, kind, **options)
        there = self.recordings[recording]
        made = replace(there, streams={**there.streams, stream: done.stream})
        recordings = (*self.recordings[:recording], made, *self.recordings[recording + 1 :])
        return replace(self, recordings=recordings, repairs=(*self.repairs, done.repair))

    def _effort(self, effort: Effort | str | None) -> Effort:
        if effort is None:
            return self.whole
        return self.effort(effort) if isinstance(effort, str) else effort

    @cached_property
    def _whole_metrics(self) -> Results:
        return self.metrics()

    def __getitem__(self, name: str) -> Result:
        """One metric of the whole ride."""
        return self._whole_metrics[name]

    def __iter__(self) -> Iterator[str]:
        """The names of the metrics that the whole ride has."""
        return iter(self._whole_metrics)

    def __len__(self) -> int:
        """How many metrics the whole ride has."""
        return len(self._whole_metrics)

    def table(self, stream: str = "record", *, recording: int = 0) -> pl.DataFrame:
        """The samples of one stream as a polars table, as recorded: time in UTC, a column a channel, absent is null.

        Raises:
            UnknownName: there is no such recording, or it has no such stream.
        """
        return self._stream(stream, recording).table()

    def _stream(self, name: str, recording: int) -> Stream:
        if not 0 <= recording < len(self.recordings):
            raise UnknownName("recording", str(recording), known=map(str, range(len(self.recordings))))
        streams = self.recordings[recording].streams
        if name not in streams:
            raise UnknownName("stream", name, known=streams)
        return streams[name]

    @property
    def tables(self) -> dict[str, pl.DataFrame]:
        """Every stream of the first recording as a polars table, by name."""
        return {name: stream.table() for name, stream in self.recordings[0].streams.items()}

    def pandas(self, stream: str = "record", *, recording: int = 0) -> pd.DataFrame:
        """The samples of one stream as a pandas table with time as its index; absent is NaN.

        Raises:
            UnknownName: there is no such recording, or it has no such stream.
        """
        import pandas as pd

        found = self._stream(stream, recording)
        return pd.DataFrame(dict(found.values), index=pd.DatetimeIndex(found.time, tz="UTC", name="time"))


def _drawn(effort: Effort, known: Collection[tuple[str, int, int]]) -> bool:
    """Whether another device drew the same effort: whole seconds and a moment's delay lie between them."""
    start, stop, around = effort.start // ALIKE, effort.stop // ALIKE, (-1, 0, 1)
    return any((effort.origin, start + i, stop + j) in known for i in around for j in around)


def usable_times(stream: Stream) -> Nanoseconds:
    """The times of a stream that nobody doubts, int64 ns UTC."""
    return stream.time[(stream.flags["time"] & Flag.TIME) == 0] if "time" in stream.flags else stream.time
