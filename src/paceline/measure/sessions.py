"""Sessions from files: which recordings are of one ride, and what else speaks of it: passings, weather, settings.

A ride is what devices on the bike or the athlete recorded. Passings of timing loops belong to the ride of whoever
carried the transponder, weather to every ride of its time; where there is no ride, each stands for itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, timedelta, timezone, tzinfo
from pathlib import Path

from paceline.domain.efforts import SECOND
from paceline.domain.errors import NoSamples, SeveralRides
from paceline.measure import conditions
from paceline.measure.session import Session, usable_times
from paceline.measure.settings import Settings, find, load
from paceline.measure.track.logs import Assessed, is_timing
from paceline.record.files import read_file
from paceline.record.quality import assess
from paceline.record.recordings import RawFile, Recording
from paceline.record.sameness import on_one_clock, rides

__all__ = ["Session", "read", "read_all", "sessions"]


def read(
    *paths: str | Path,
    settings: Settings | str | Path | None = None,
    bike: str | None = None,
    start: int | None = None,
    columns: Mapping[str, str] | None = None,
    station: str | None = None,
) -> Session:
    """One ride, from one file or from several devices' files of the same ride, with its passings and its weather.

    Args:
        paths: the files, the one to be preferred first.
        settings: settings or the file they stand in; the `paceline.yaml` beside the first file if left out.
        bike: which bike of the settings was ridden; the settings' own default if left out.
        start: int64 ns UTC of the first sample, for files that do not say.
        columns: column name → channel, for CSV files of no known dialect.
        station: which weather station speaks for the ride; the one of the settings if left out.

    Raises:
        ReadError: a file can't be read, or holds no samples.
        SeveralRides: the files hold more than one ride; `read_all` gives each.
        SettingsError: the settings can't be used.
    """
    found = read_all(paths, settings=settings, bike=bike, start=start, columns=columns, station=station)
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
    station: str | None = None,
) -> tuple[Session, ...]:
    """Every ride that the files hold, in time order, each counted once however many devices recorded it.

    Args and errors are those of `read`.
    """
    files = [read_file(path, start=start, columns=columns) for path in paths]
    return sessions(files, settings=settings, bike=bike, station=station)


def sessions(
    files: Sequence[RawFile],
    *,
    settings: Settings | str | Path | None = None,
    bike: str | None = None,
    zone: tzinfo | None = None,
    station: str | None = None,
    together: bool = False,
) -> tuple[Session, ...]:
    """The rides in files that have been read; see `read_all`.

    A `zone` given here comes before the settings' own. `together` is for whoever knows that these are recordings of one
    ride: that is then not looked for in what they hold.
    """
    home = {id(recording): file for file in files for recording in file.recordings if _has_samples(recording)}
    recordings = [recording for file in files for recording in file.recordings if id(recording) in home]
    if not recordings:
        names = ", ".join(file.file for file in files)
        raise NoSamples(names, expected="samples over time", found="a file without any (settings, a workout, totals)")
    known = settings if isinstance(settings, Settings) else _settings(settings, files[0].file) or Settings("")
    asked = _Asked(known, bike, zone, station or known.station, home)
    weather = [r for r in recordings if conditions.is_conditions(r)]
    timing = [r for r in recordings if is_timing(r)]
    filmed = _filmed(recordings, asked)
    alone = {id(r) for r in (*weather, *timing, *(r for people in filmed.values() for r in people))}
    ridden = tuple(r for r in recordings if id(r) not in alone)
    groups = ((ridden,) if ridden else ()) if together else rides(ridden)
    found = [_timed(group, timing, asked) for group in groups]
    found += _without_ride([r for r in timing if not any(home[id(r)] in session.files for session in found)], asked)
    found = _in_video(found, filmed, asked) if filmed else found
    found = [_in_weather(session, weather, asked) for session in found] or [_plain((r,), asked)[0] for r in weather]
    return tuple(sorted(found, key=lambda session: session.whole.start))


@dataclass(frozen=True, eq=False)
class _Asked:
    """What was said of the rides, and the file of each recording."""

    settings: Settings
    bike: str | None
    zone: tzinfo | None
    station: str | None
    home: Mapping[int, RawFile]


def _plain(group: Sequence[Recording], asked: _Asked) -> tuple[Session, list[Assessed]]:
    """What the devices of one ride recorded, with settings; and what was found out of each recording."""
    files = tuple(dict.fromkeys(asked.home[id(recording)] for recording in group))
    aligned = on_one_clock(group)
    assessed = [assess(recording) for recording in aligned]
    findings = tuple(sorted((f for a in assessed for f in a.findings), key=lambda f: f.start))
    clock = asked.zone or asked.settings.zone or _offset(group)
    session = Session(tuple(a.recording for a in assessed), findings, files, {}, clock)
    day = session.start.date()
    held, later = asked.settings.on(day, bike=asked.bike), asked.settings.not_yet(day, bike=asked.bike)
    made = replace(session, settings=held, not_yet=later, units=asked.settings.units)
    shifts = [_shift(before, after) for before, after in zip(group, aligned, strict=True)]
    return made, [Assessed(a.findings, shift) for a, shift in zip(assessed, shifts, strict=True)]


def _shift(before: Recording, after: Recording) -> float:
    """s by which a recording was moved to agree with another one of the same ride."""
    pairs = zip(before.streams.values(), after.streams.values(), strict=True)
    return next((float(b.time[0] - a.time[0]) / SECOND for a, b in pairs if len(a)), 0.0)


def _timed(group: Sequence[Recording], timing: Sequence[Recording], asked: _Asked) -> Session:
    """A ride with the passings of its rider, where there are any."""
    session, found = _plain(group, asked)
    if not timing and asked.settings.track is None:
        return session
    from paceline.measure.track import joined as passings  # with all that clocks take, where there are passings

    near = {
        id(r): cut for r in timing if (cut := passings.within(r, session.whole, zone=_said_zone(r, session, asked)))
    }
    made = passings.with_passings(session, list(near.values()), asked.settings, found)
    if any(passings.is_shifted(cut, r) for r in timing if (cut := near.get(id(r))) is not None):
        made = replace(made, findings=(*made.findings, passings.in_zone(session)))
    files = dict.fromkeys(asked.home[key] for key in near)
    return replace(made, files=tuple(dict.fromkeys((*session.files, *files))))


def _said_zone(timing: Recording, session: Session, asked: _Asked) -> tzinfo | None:
    """The athlete's zone, for a log whose times are local without saying so."""
    local = any(problem.kind == "zone" for problem in asked.home[id(timing)].problems)
    return session.zone if local else None


def _without_ride(timing: Sequence[Recording], asked: _Asked) -> list[Session]:
    """Passings that no device recorded the ride of: of the transponder that is named, else of each."""
    if not timing:
        return []
    from paceline.measure.track import joined as passings

    found = [_plain((recording,), asked)[0] for recording in timing]
    named = [session for session in found if passings.is_of(session, asked.settings)]
    return [passings.alone(session, asked.settings.track) for session in named or found]


def _filmed(recordings: Sequence[Recording], asked: _Asked) -> dict[str, list[Recording]]:
    """Keypoints of the settings' cameras: name of their file → everybody in it."""
    named = {camera.keypoints for camera in asked.settings.cameras}
    found: dict[str, list[Recording]] = {}
    for recording in recordings:
        file = Path(asked.home[id(recording)].file).name
        if file in named and "keypoints" in recording.streams:
            found.setdefault(file, []).append(recording)
    return found


def _in_video(found: list[Session], filmed: Mapping[str, Sequence[Recording]], asked: _Asked) -> list[Session]:
    """Rides with what the cameras around the track saw of them; where nothing else was recorded, that stands alone."""
    from paceline.measure.track.joined import lapping
    from paceline.measure.video import joined as video

    track = asked.settings.track
    seen = video.film(filmed, asked.settings.cameras, track)
    files = tuple(dict.fromkeys(_answered(asked.home[id(r)]) for people in filmed.values() for r in people))
    if not found:
        alone = seen.recording or next(r for people in filmed.values() for r in people)
        made = _plain((alone,), replace(asked, home={**asked.home, id(alone): files[0]}))[0]
        made = replace(made, files=files, findings=(*made.findings, *seen.findings(made.whole)))
        return [lapping(made, track) if track is not None else made]
    joined = []
    for session in found:
        on_ride = seen
        if track is not None:
            on_ride = video.on_ride(seen, session.recordings, derived=session.derived, track=track)
        if on_ride.recording is not None and not video.overlaps(on_ride.recording, session.whole):
            joined.append(session)
            continue
        derived = () if on_ride.recording is None else (on_ride.recording,)
        made = lapping(session, track) if derived and track is not None else session
        told = (*session.findings, *on_ride.findings(session.whole))
        joined.append(replace(made, derived=(*session.derived, *derived), findings=told,
                              files=tuple(dict.fromkeys((*session.files, *files)))))  # fmt: skip
    return joined


def _answered(file: RawFile) -> RawFile:
    """A file of keypoints without the questions that the settings answer: how fast its frames came, and when."""
    return replace(file, problems=tuple(p for p in file.problems if p.kind not in {"rate", "undated"}))


def _in_weather(session: Session, weather: Sequence[Recording], asked: _Asked) -> Session:
    """A ride in the air of its time."""
    there = dict(enumerate(weather))
    files = {number: asked.home[id(recording)].file for number, recording in there.items()}
    chosen, why = conditions.joined(there, session.whole, files=files, station=asked.station)
    found = tuple(sorted((*session.findings, *why), key=lambda f: f.start))
    near = conditions.near(there, session.whole)
    return replace(
        session,
        recordings=(*session.recordings, *(conditions.ranged(there[number]) for number in chosen)),
        findings=found,
        files=tuple(dict.fromkeys((*session.files, *(asked.home[id(there[number])] for number in near)))),
    )


def _offset(group: Sequence[Recording]) -> tzinfo:
    offsets = [r.utc_offset for r in group if r.utc_offset is not None]
    return timezone(timedelta(seconds=offsets[0])) if offsets else UTC


def _settings(named: str | Path | None, beside: str) -> Settings | None:
    path = Path(named) if named is not None else find(Path(beside))
    return None if path is None else load(path)


def _has_samples(recording: Recording) -> bool:
    return any(usable_times(stream).size for stream in recording.streams.values())
