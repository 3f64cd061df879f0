"""A session: one athlete's recordings of one ride, its efforts, and every metric that can be asked of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from paceline.domain.efforts import SECOND, Effort
from paceline.domain.errors import NoSamples, SeveralRides, UnknownName
from paceline.measure import flow
from paceline.measure.catalogue import entry
from paceline.measure.efforts import detect
from paceline.measure.results import Result, Results, check
from paceline.measure.settings import Setting, Settings, find, load
from paceline.measure.sources import Served, Source, serve
from paceline.record.files import read_file
from paceline.record.quality import Finding, assess
from paceline.record.recordings import RawFile, Recording
from paceline.record.repairs import Option, Repair, repair
from paceline.record.sameness import on_one_clock, rides
from paceline.record.streams import Flag, Nanoseconds

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl


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
    """

    recordings: tuple[Recording, ...]
    findings: tuple[Finding, ...]
    files: tuple[RawFile, ...]
    settings: Mapping[str, Setting]
    zone: tzinfo
    not_yet: Mapping[str, str] = field(default_factory=dict)
    units: Literal["metric", "imperial"] = "metric"
    repairs: tuple[Repair, ...] = ()

    @cached_property
    def whole(self) -> Effort:
        """From the first usable sample to the end of the last one; other streams, as the weather, don't lengthen it."""
        streams = [s for r in self.recordings for s in r.streams.values() if _usable(s.time, s.flags).size]
        ridden = [s for s in streams if s.name == "record"] or [s for s in streams if s.name != "weather"] or streams
        clocks = [_usable(stream.time, stream.flags) for stream in ridden]
        steps = [np.median(np.diff(np.sort(clock))) if clock.size > 1 else SECOND for clock in clocks]
        start = min(int(clock.min()) for clock in clocks)
        stop = max(int(clock.max()) + max(int(step), 1) for clock, step in zip(clocks, steps, strict=True))
        return Effort("whole ride", start, stop, "whole", sport=self.recordings[0].sport)

    @property
    def dated(self) -> bool:
        """Whether at least one of its files says when it was recorded."""
        return any(recording.dated for recording in self.recordings)

    @property
    def start(self) -> datetime:
        """When it began, on the athlete's wall clock; microseconds are as fine as Python's clock goes."""
        return self.local(self.whole.start)

    def local(self, instant: int) -> datetime:
        """An instant (int64 ns UTC) on the athlete's wall clock."""
        return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=instant // 1000)).astimezone(self.zone)

    @cached_property
    def efforts(self) -> tuple[Effort, ...]:
        """The sport sessions, laps and pool lengths as the devices drew them, in time order, each once."""
        drawn = {
            (e.start, e.stop, e.origin): e
            for r in reversed(self.recordings)
            for e in (*r.sessions, *r.laps, *r.lengths)
        }
        return tuple(sorted(drawn.values(), key=lambda e: (e.start, -e.stop)))

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
        return serve(self.recordings, self._effort(effort), step=step)

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
        served = serve(self.recordings, asked, step=step, wanted=leaves)
        quantities: dict[str, Any] = {**{name: s.value for name, s in self.settings.items()}, **served.values}
        values = flow.compute(quantities, only)
        missing = {name: self._reason(value) for name, value in values.items() if isinstance(value, flow.NotHad)}
        found = {name: self._result(name, v, served) for name, v in values.items() if name not in missing}
        return Results(asked, found, missing)

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
            UnknownName: there is no such stream, channel, repair or option.
        """
        there = self.recordings[recording]
        if stream not in there.streams:
            raise UnknownName("stream", stream, known=there.streams)
        done = repair(there.streams[stream], channel, kind, **options)
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
            UnknownName: the recording has no such stream.
        """
        streams = self.recordings[recording].streams
        if stream not in streams:
            raise UnknownName("stream", stream, known=streams)
        return streams[stream].table()

    @property
    def tables(self) -> dict[str, pl.DataFrame]:
        """Every stream of the first recording as a polars table, by name."""
        return {name: stream.table() for name, stream in self.recordings[0].streams.items()}

    def pandas(self, stream: str = "record", *, recording: int = 0) -> pd.DataFrame:
        """The samples of one stream as a pandas table with time as its index; absent is NaN."""
        import pandas as pd

        streams = self.recordings[recording].streams
        if stream not in streams:
            raise UnknownName("stream", stream, known=streams)
        found = streams[stream]
        return pd.DataFrame(dict(found.values), index=pd.DatetimeIndex(found.time, tz="UTC", name="time"))


def read(
    *paths: str | Path,
    settings: Settings | str | Path | None = None,
    bike: str | None = None,
    start: int | None = None,
    columns: Mapping[str, str] | None = None,
) -> Session:
    """One ride, from one file or from several devices' files of the same ride.

    Args:
        paths: the files, the one to be preferred first.
        settings: settings or the file they stand in; the `paceline.yaml` beside the first file if left out.
        bike: which bike of the settings was ridden; the settings' own default if left out.
        start: int64 ns UTC of the first sample, for files that do not say.
        columns: column name → channel, for CSV files of no known dialect.

    Raises:
        ReadError: a file can't be read, or holds no samples.
        SeveralRides: the files hold more than one ride; `read_all` gives each.
        SettingsError: the settings can't be used.
    """
    found = read_all(paths, settings=settings, bike=bike, start=start, columns=columns)
    if len(found) > 1:
        raise SeveralRides([str(p) for p in paths], rides=len(found))
    return found[0]


def read_all(
    paths: Iterable[str | Path],
    *,
    settings: Settings | str | Path | None = None,
    bike: str | None = None,
    start: int | None = None,
    columns: Mapping[str, str] | None = None,
) -> tuple[Session, ...]:
    """Every ride that the files hold, in time order, each counted once however many devices recorded it.

    Args and errors are those of `read`.
    """
    files = [read_file(path, start=start, columns=columns) for path in paths]
    return sessions(files, settings=settings, bike=bike)


def sessions(
    files: Sequence[RawFile],
    *,
    settings: Settings | str | Path | None = None,
    bike: str | None = None,
    zone: tzinfo | None = None,
) -> tuple[Session, ...]:
    """The rides in files that have been read; see `read_all`. A `zone` given here comes before the settings' own."""
    home = {id(recording): file for file in files for recording in file.recordings if _has_samples(recording)}
    recordings = [recording for file in files for recording in file.recordings if id(recording) in home]
    if not recordings:
        names = ", ".join(file.file for file in files)
        raise NoSamples(names, expected="samples over time", found="a file without any (settings, a workout, totals)")
    known = settings if isinstance(settings, Settings) else _settings(settings, files[0].file)
    found = [_session(group, home, known, bike=bike, zone=zone) for group in rides(recordings)]
    return tuple(sorted(found, key=lambda session: session.whole.start))


def _session(
    group: Sequence[Recording],
    home: Mapping[int, RawFile],
    settings: Settings | None,
    *,
    bike: str | None,
    zone: tzinfo | None,
) -> Session:
    files = tuple(dict.fromkeys(home[id(recording)] for recording in group))
    assessed = [assess(recording) for recording in on_one_clock(group)]
    findings = tuple(sorted((f for a in assessed for f in a.findings), key=lambda f: f.start))
    clock = zone or _zone(group, settings)
    session = Session(tuple(a.recording for a in assessed), findings, files, {}, clock)
    if settings is None:
        return session
    day = session.start.date()
    held, later = settings.on(day, bike=bike), settings.not_yet(day, bike=bike)
    return replace(session, settings=held, not_yet=later, units=settings.units)


def _zone(group: Sequence[Recording], settings: Settings | None) -> tzinfo:
    if settings is not None and settings.zone is not None:
        return settings.zone
    offsets = [r.utc_offset for r in group if r.utc_offset is not None]
    return timezone(timedelta(seconds=offsets[0])) if offsets else UTC


def _settings(named: str | Path | None, beside: str) -> Settings | None:
    path = Path(named) if named is not None else find(Path(beside))
    return None if path is None else load(path)


def _has_samples(recording: Recording) -> bool:
    return any(_usable(s.time, s.flags).size for s in recording.streams.values())


def _usable(time: Nanoseconds, flags: Mapping[str, Any]) -> Nanoseconds:
    return time[(flags["time"] & Flag.TIME) == 0] if "time" in flags else time
