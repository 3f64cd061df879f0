"""The cameras around a track together: their clocks, the rider's place and posture, all on the ride's clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from paceline.domain.cameras import Filmed
from paceline.domain.efforts import SECOND, Effort
from paceline.domain.errors import NotIdentifiable, TooFewSamples, UnknownName
from paceline.domain.tracks import Track
from paceline.measure.clock_fits import ClockFit
from paceline.measure.clocks import reclocked
from paceline.measure.estimates import Estimate
from paceline.measure.grids import NOT_USED
from paceline.measure.quantities import Floats
from paceline.measure.video.motion import Motion, motion
from paceline.measure.video.places import Placed, placed
from paceline.measure.video.posture import in_space, upright
from paceline.measure.video.ride_clock import by_place, by_speed
from paceline.measure.video.synchrony import clock_offsets
from paceline.measure.video.views import View, view
from paceline.record.keypoint_frames import on_clock
from paceline.record.quality import Finding
from paceline.record.recordings import Recording
from paceline.record.streams import Nanoseconds, Stream

WINDOW = 20
"""s of film by which the cameras' clocks are compared: a lap at racing speed, in which they all see the rider."""

MOVING = ("left_hip", "right_hip", "left_knee", "right_knee", "left_ankle", "right_ankle")
"""Joints by which that is done: those of the legs go up and down, across what any camera sees of the ride."""

HALF = SECOND // 4
"""ns before and after an instant, over which its speed is taken: a place is off by centimetres."""

FASTEST = 40.0
"""m/s that nobody rides."""

LONGEST = 1_000_000
"""Instants of one film: five hours at 50 frames in a second."""


@dataclass(frozen=True, eq=False)
class Film:
    """What the cameras say together.

    Attributes:
        recording: place and posture on the first camera's clock, or None where they say nothing.
        notes: sentences on what was done, and what could not be: kind, sentence, how many readings it is about.
    """

    recording: Recording | None
    notes: tuple[tuple[str, str, int], ...]

    def findings(self, whole: Effort) -> tuple[Finding, ...]:
        """The notes as findings of a ride."""
        return tuple(Finding(kind, "keypoints", "time", whole.start, whole.stop, count, message)
                     for kind, message, count in self.notes)  # fmt: skip


def film(people: Mapping[str, Sequence[Recording]], cameras: Sequence[Filmed], track: Track | None) -> Film:
    """Place and posture of the rider whom calibrated cameras filmed.

    Args:
        people: name of a keypoints' file → everybody in it.
        cameras: of the settings.
        track: in whose frame the cameras stand.
    """
    if track is None:
        return _silent("Keypoints are there, but not the track: name it in the settings file.")
    views, notes = [], []
    for one in cameras:
        found = people.get(one.keypoints, ())
        if len(found) > 1:
            message = f"Camera {one.camera.name} shows {len(found)} people, and which is the rider is not told: "
            notes.append(_note(f"{message}it is left out. Film the rider alone, or track one person.", len(found)))
        elif found:
            clocked = on_clock(found[0], frame_rate=one.frame_rate, start=one.start)
            views.append(view(clocked, one.camera))
    if len(views) < 2:
        message = f"The place by video takes two cameras; keypoints of {len(views)} are there that can be used."
        return Film(None, (*notes, _note(message, len(views))))
    try:
        offsets, said = _offsets(views)
        seen = motion(views, offsets=offsets, instants=_instants(views, offsets))
        place = placed(seen, track)
    except (TooFewSamples, NotIdentifiable, UnknownName) as error:
        return Film(None, (*notes, _note(f"No place by video. {error}", len(views))))
    notes += [said, _typical(place, len(views))]
    return Film(_recording(seen, place, track), tuple(notes))


def on_ride(found: Film, others: Sequence[Recording], *, derived: Sequence[Recording], track: Track) -> Film:
    """The same on the clock of a ride's devices, where what both measured tells how far they are apart.

    Args:
        found: what the cameras say.
        others: of the ride, on its clock; the first with a speed is taken, where there is no place by loops.
        derived: what they say together; the place by loops and wheel tells most.
        track: where.
    """
    if found.recording is None:
        return found
    try:
        fit = _clock(found.recording.streams["place"], others, derived, track)
    except (TooFewSamples, NotIdentifiable) as error:
        return replace(found, notes=(*found.notes, ("clock", f"Clock of the cameras: left as recorded. {error}", 0)))
    if fit is None:
        return found
    off = fit.offset
    message = (
        f"Clock of the cameras: {off.value:+.3f} s (± {off.standard_error:.3f} s) bring it to the ride's, "
        f"by the {fit.method}. A moved copy is used."
    )
    moved = reclocked(found.recording, fit)[0]
    return Film(moved, (*found.notes, ("clock", message, int(fit.residuals.size))))


def overlaps(recording: Recording, whole: Effort) -> bool:
    """Whether the film shows any of a ride."""
    time = recording.streams["place"].time
    return bool(time.size and time[0] <= whole.stop and time[-1] >= whole.start)


def _silent(message: str) -> Film:
    return Film(None, (_note(message, 0),))


def _note(message: str, count: int) -> tuple[str, str, int]:
    return "video", message, count


def _typical(place: Placed, cameras: int) -> tuple[str, str, int]:
    known = ~np.isnan(place.error)
    error = float(np.sqrt(np.mean(place.error[known] ** 2))) if known.any() else float("nan")
    return _note(f"Place and posture by video, from {cameras} cameras: the hips' place is known to {error:.2f} m, root "
                 "mean square, by the keypoints' noise alone.", int(np.count_nonzero(known)))  # fmt: skip


def _offsets(views: Sequence[View]) -> tuple[tuple[Estimate, ...], tuple[str, str, int]]:
    """What to add to each camera's clock, and a sentence on it."""
    joints = [joint for joint in MOVING if all(joint in one.joints for one in views)]
    try:
        found = clock_offsets([_busiest(one.of(joints or one.joints), views) for one in views])
    except (TooFewSamples, NotIdentifiable) as error:
        none = tuple(Estimate(0.0, 0.0, used=0) for _ in views)
        return none, ("clock", f"Clocks of the cameras: taken as they are. {error}", 0)
    widest = max(found, key=lambda one: abs(one.value))
    message = (
        f"Clocks of the cameras: moved by up to {abs(widest.value):.3f} s (± {widest.standard_error:.4f} s) to the "
        f"first one's, {views[0].camera.name}."
    )
    return found, ("clock", message, sum(one.used for one in found))


def _busiest(one: View, views: Sequence[View]) -> View:
    """The stretch of film in which most cameras see the rider at once."""
    start = min(int(v.time[0]) for v in views)
    size = (max(int(v.time[-1]) for v in views) - start) // SECOND + 1
    sees = np.zeros((len(views), int(size)), np.int64)
    for row, other in zip(sees, views, strict=True):
        seen = other.time[(other.confidence > 0.0).any(axis=1)]
        row[np.unique((seen - start) // SECOND)] = 1
    together = np.where(sees.sum(axis=0) >= 2, sees.sum(axis=0), 0)
    sums = np.convolve(together, np.ones(WINDOW, np.int64), "valid") if size > WINDOW else np.zeros(1)
    first = start + int(np.argmax(sums)) * SECOND
    inside = (one.time >= first) & (one.time < first + WINDOW * SECOND)
    if np.count_nonzero(inside) < 2:
        inside = np.ones(len(one.time), np.bool_)
    return replace(one, time=one.time[inside], pixels=one.pixels[inside], confidence=one.confidence[inside])


def _instants(views: Sequence[View], offsets: Sequence[Estimate]) -> Nanoseconds:
    """One clock through all the film, at the pace of the first camera's frames; where two see the rider at least."""
    step = round(views[0].step * SECOND)
    clocks = [one.later(offset.value).time for one, offset in zip(views, offsets, strict=True)]
    zero = int(clocks[0][0])
    first = -(-(min(int(c[0]) for c in clocks) - zero) // step)
    last = (max(int(c[-1]) for c in clocks) - zero) // step
    cells = [np.unique(np.concatenate([(c - zero) // step, (c - zero) // step + 1])) for c in clocks]
    number, count = np.unique(np.concatenate(cells), return_counts=True)
    good = number[(count >= 2) & (number >= first) & (number <= last)]
    if good.size > LONGEST:
        raise NotIdentifiable("the place by video", why=f"the film has more than {LONGEST:,} frames",
                              advice="Cut it into efforts.")  # fmt: skip
    return np.asarray(zero + good * step, np.int64)


def _recording(seen: Motion, place: Placed, track: Track) -> Recording:
    try:
        up: Floats | tuple[float, float, float] = upright(seen, heading=place.heading)
    except UnknownName:
        up = (0.0, 0.0, 1.0)
    return in_space(seen, place, heading=place.heading, up=up, track=track)


def _clock(place: Stream, others: Sequence[Recording], derived: Sequence[Recording], track: Track) -> ClockFit | None:
    """By the place if the loops tell it, else by the speed; None where nothing else was recorded."""
    refused: TooFewSamples | NotIdentifiable | None = None
    by_loops = next((s for r in derived for s in r.streams.values() if "loop_position" in s.values), None)
    if by_loops is not None:
        try:
            return by_place(by_loops, place, lap=track.length)
        except (TooFewSamples, NotIdentifiable) as error:
            refused = error
    wheel = next((s for r in others for stream in r.streams.values() if (s := _speed(stream)) is not None), None)
    if wheel is not None:
        return by_speed(wheel, _moving(place))
    if refused is not None:
        raise refused
    return None


def _speed(stream: Stream) -> Stream | None:
    """The wheel's speed as "speed", its doubtful readings left out."""
    name = next((n for n in ("wheel_speed", "speed") if n in stream.values), None)
    if name is None:
        return None
    usable = ((stream.flag(name) & NOT_USED) == 0) & ~np.isnan(stream.values[name])
    if np.count_nonzero(usable) < 2:
        return None
    return Stream("record", stream.time[usable], {"speed": stream.values[name][usable]})


def _moving(place: Stream) -> Stream:
    """Speed along the black line by the cameras, four times a second."""
    known = ~np.isnan(place.values["track_distance"])
    time, distance = place.time[known], place.values["track_distance"][known]
    instants = np.arange(time[0] + HALF, time[-1] - HALF, HALF)
    zero = time[0]

    def at(moments: Nanoseconds) -> Floats:
        after = np.clip(np.searchsorted(time, moments), 1, time.size - 1)
        near = time[after] - time[after - 1] <= HALF
        return np.where(near, np.interp((moments - zero) / SECOND, (time - zero) / SECOND, distance), np.nan)

    speed = (at(instants + HALF) - at(instants - HALF)) / (2 * HALF / SECOND)
    speed = np.where(np.abs(speed) <= FASTEST, speed, np.nan)  # after a hole the lap may have been miscounted
    return Stream("record", instants, {"speed": speed})
