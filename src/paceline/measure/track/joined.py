"""A ride and its passings put together: whose transponder, on which track, and every device on the loops' clock."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, tzinfo

import numpy as np

from paceline.domain.efforts import SECOND, Effort
from paceline.domain.errors import NoSamples, NotIdentifiable, TooFewSamples, UnknownName
from paceline.domain.tracks import Track
from paceline.measure.clock_fits import ClockFit
from paceline.measure.clocks import Reclocking, by_correlation, reclocked
from paceline.measure.estimates import Estimate
from paceline.measure.session import Session
from paceline.measure.settings import Setting, Settings
from paceline.measure.track.logs import Assessed
from paceline.measure.track.loop_clock import clock_fit, left_over, roll_out
from paceline.measure.track.loop_places import loop_place
from paceline.measure.track.timing import placed
from paceline.record.formats.passings import transponder
from paceline.record.quality import Finding
from paceline.record.recordings import Recording
from paceline.record.streams import Stream

AROUND = 60 * SECOND
"""ns before and after a ride in which its passings may still be: its device's clock may be off as much."""

FEWEST = 2
"""Passings in a ride's time that make a transponder one that may be the rider's."""

SHARED = ("power", "cadence", "wheel_speed", "speed", "heart_rate")
"""What two devices on one bike are brought together by, the first that both have."""

ROLL_OUT = "the roll-out between timing loops"
NO_TRACK = "The loops' passings are there, but not the track: name it in the settings file."
FOREIGN = "None of the loops that were passed is one of the track's: give their numbers and places in the settings."


def within(timing: Recording, whole: Effort, *, zone: tzinfo | None = None) -> Recording | None:
    """The passings of one transponder in a ride's time, or None where there are hardly any.

    Args:
        timing: its whole log.
        whole: the ride.
        zone: the athlete's, where the log has local times without saying so; they are taken as they stand, or as of
            this zone, whichever has more passings in the ride's time.
    """
    tried = [timing]
    if zone is not None and "passings" in timing.streams:
        middle = datetime.fromtimestamp(whole.start // SECOND, UTC).astimezone(zone).utcoffset()
        tried += [timing.shifted(-round(middle.total_seconds()))] if middle else []
    counts = [_inside(t.streams["passings"], whole).sum() if "passings" in t.streams else 0 for t in tried]
    if max(counts) < FEWEST:
        return None
    best = tried[int(np.argmax(counts))]
    streams = {name: _cut(stream, whole) for name, stream in best.streams.items()}
    return replace(best, streams=streams)


def is_shifted(cut: Recording, timing: Recording) -> bool:
    """Whether the passings that were cut from a log stand at other times than there."""
    return not np.isin(cut.streams["passings"].time, timing.streams["passings"].time).all()


def in_zone(session: Session) -> Finding:
    """That the log's times were taken as local ones."""
    message = f"The passings' times say no time zone: read in the athlete's, {session.zone}, they fall into the ride."
    return _said("time_zone", message, session.whole, 0)


def own(near: Sequence[Recording], named: str | None) -> Recording | None:
    """The rider's among the transponders that passed during a ride: the one named, else the only one."""
    if named is not None:
        return next((r for r in near if (transponder(r) or "").casefold() == named.casefold()), None)
    return near[0] if len(near) == 1 else None


def unknown(count: int, whole: Effort, *, named: bool) -> Finding:
    """Why none of the transponders was taken."""
    said = (
        f"{count} transponders passed the loops during the ride, none of them the one that the settings name."
        if named
        else f"{count} transponders passed the loops during the ride, and none is named."
    )
    advice = "None is used; put the rider's own in the settings file: athlete, transponder."
    return Finding("transponder", "passings", "time", whole.start, whole.stop, count, f"{said} {advice}")


def is_of(session: Session, settings: Settings) -> bool:
    """Whether passings that stand for themselves are of the athlete's own transponder."""
    named = settings.transponder(session.start.date())
    return named is not None and own(session.recordings, named) is not None


def alone(session: Session, track: Track | None) -> Session:
    """Passings that no device recorded the ride of, on their track."""
    if track is None:
        return session
    try:
        timed = placed(session.recordings[0], track)
    except NoSamples:
        return replace(session, findings=(*session.findings, _said("track", FOREIGN, session.whole, 0)))
    return replace(lapping(session, track), recordings=(timed, *session.recordings[1:]))


def with_passings(
    session: Session, near: Sequence[Recording], settings: Settings, assessed: Sequence[Assessed]
) -> Session:
    """A ride with the passings of its rider, every device on the loops' clock where that can be told.

    Args:
        session: what the devices recorded; their streams stay as they are, moved ones are copies.
        near: the transponders that passed in its time, each cut to it.
        settings: which of them is the rider's, and the track; a track without passings is taken for where the ride was
            unless it has positions of its own.
        assessed: what is known of each recording.
    """
    track, whole = settings.track, session.whole
    if track is not None and (near or not any("latitude" in s.values for r in session.recordings for s in _all(r))):
        session = lapping(session, track)
    named = settings.transponder(session.start.date())
    timing = own(near, named)
    if timing is None:
        why = (unknown(len(near), whole, named=named is not None),) if near else ()
        return replace(session, findings=(*session.findings, *why))
    if track is None:
        added = _said("track", NO_TRACK, whole, 0)
        return replace(session, recordings=(*session.recordings, timing), findings=(*session.findings, added))
    try:
        timed = placed(timing, track)
    except NoSamples:
        return replace(session, findings=(*session.findings, _said("track", FOREIGN, whole, 0)))
    return _together(session, timed, track, assessed)


def _together(session: Session, timed: Recording, track: Track, assessed: Sequence[Assessed]) -> Session:
    set_ = session.settings.get("wheel_circumference")
    circumference = float(set_.value) if set_ is not None and isinstance(set_.value, int | float) else None
    fits, told = _fits(session, timed, track, assessed, circumference=circumference)
    moved, clocks, findings = list(session.recordings), dict[int, Reclocking](), list(told)
    for number, known in enumerate(assessed):
        if number in fits:
            moved[number], done = reclocked(session.recordings[number], fits[number])
            reference = done.reference - round(known.shift * SECOND)
            clocks[number] = replace(done, offset=done.offset + known.shift, reference=reference)
        findings += [_moved(finding, fits.get(number)) for finding in known.findings]
    settings = dict(session.settings)
    rolls = _roll_out(moved, timed, track)
    if rolls is not None:
        findings.append(_rolled(rolls, session.whole, used=circumference is None))
        settings.setdefault("wheel_circumference", Setting("wheel_circumference", rolls.value, None, ROLL_OUT))
    placed_by = [_record(moved[number]) for number in fits] or [_record(recording) for recording in moved]
    place = loop_place(placed_by, timed, track, wheel_circumference=circumference or (rolls.value if rolls else None))
    derived = session.derived if place is None else (*session.derived, Recording({"place": place}))
    return replace(
        session,
        recordings=(*moved, timed),
        findings=tuple(findings),
        clocks=clocks,
        settings=settings,
        derived=derived,
    )


def lapping(session: Session, track: Track) -> Session:
    """The session as ridden on the track, the length of its lap among the settings."""
    length = Setting("lap_length", track.length, None, track.name)
    return replace(session, settings={**session.settings, "lap_length": length}, track=track)


def _moved(finding: Finding, fit: ClockFit | None) -> Finding:
    if fit is None:
        return finding
    start, stop = fit.moved(np.array([finding.start, finding.stop])).tolist()
    return replace(finding, start=start, stop=stop)


def _all(recording: Recording) -> Iterable[Stream]:
    return recording.streams.values()


def _fits(
    session: Session, timed: Recording, track: Track, assessed: Sequence[Assessed], *, circumference: float | None
) -> tuple[dict[int, ClockFit], list[Finding]]:
    """Each device's clock by its own wheel, and who has none by another device whose clock is known."""
    ride, whole = session.recordings, session.whole
    fits, findings, refused = dict[int, ClockFit](), list[Finding](), dict[int, str]()
    for number, recording in enumerate(ride):
        try:
            fits[number] = clock_fit(_record(recording), timed, track, wheel_circumference=circumference)
        except (TooFewSamples, NotIdentifiable, UnknownName) as error:
            refused[number] = str(error)
    trusted = [_record(reclocked(ride[number], fit)[0]) for number, fit in fits.items()]
    by_wheel = set(fits)
    for number, why in refused.items():
        if (fit := _by_another(trusted, _record(ride[number]))) is not None:
            fits[number] = fit
        else:
            message = f"Clock of {_device(number, ride[number])}: left as recorded. {why}"
            findings.append(_said("clock", message, whole, 0))
    for number, fit in fits.items():
        unit, device = "m" if number in by_wheel else "", _device(number, ride[number])
        findings.append(_clock(device, fit, whole, shift=assessed[number].shift, unit=unit))
    return fits, findings


def _by_another(trusted: Sequence[Stream], stream: Stream) -> ClockFit | None:
    for other in trusted:
        for channel in SHARED:
            if channel in other.values and channel in stream.values:
                try:
                    return by_correlation(other, stream, channel)
                except (TooFewSamples, NotIdentifiable):
                    continue
    return None


def _roll_out(ride: Sequence[Recording], timed: Recording, track: Track) -> Estimate | None:
    for recording in ride:
        if "wheel_revolutions" in _record(recording).values:
            try:
                return roll_out(_record(recording), timed, track)
            except TooFewSamples:
                continue
    return None


def _record(recording: Recording) -> Stream:
    return recording.streams.get("record") or Stream("record", np.empty(0, np.int64), {})


def _inside(stream: Stream, whole: Effort) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    return np.asarray((stream.time >= whole.start - AROUND) & (stream.time <= whole.stop + AROUND))


def _cut(stream: Stream, whole: Effort) -> Stream:
    inside = _inside(stream, whole)
    values = {name: column[inside] for name, column in stream.values.items()}
    flags = {name: column[inside] for name, column in stream.flags.items()}
    return Stream(stream.name, stream.time[inside], values, flags, stream.described)


def _device(number: int, recording: Recording) -> str:
    product = recording.device.product
    return f"recording {number + 1}" + (f" ({product})" if product else "")


def _clock(device: str, fit: ClockFit, whole: Effort, *, shift: float, unit: str) -> Finding:
    drift = "" if fit.drift is None else f", and {fit.drift.value * 3600:+.3f} s an hour"
    left = f"; {left_over(fit):.2f} {unit} are left over, root mean square" if unit else ""
    message = (
        f"Clock of {device}: {fit.offset.value + shift:+.3f} s (± {fit.offset.standard_error:.3f} s)"
        f"{drift} bring it to the timing loops' clock, by {fit.method}{left}. A moved copy is used."
    )
    return _said("clock", message, whole, int(fit.residuals.size))


def _rolled(rolls: Estimate, whole: Effort, *, used: bool) -> Finding:
    which = "It is used." if used else "The one of the settings is used."
    message = (
        f"The wheel rolls {rolls.value:.4f} m a turn (± {rolls.standard_error:.4f} m) by {rolls.used} laps between "
        f"loops, if they were ridden on the black line. {which}"
    )
    return _said("wheel", message, whole, rolls.used)


def _said(kind: str, message: str, whole: Effort, count: int) -> Finding:
    return Finding(kind, "passings", "time", whole.start, whole.stop, count, message)
