"""What is ridden: so far, or so long; from which start; over which hills and through which wind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from paceline.decide.pacing.plausibility import require
from paceline.domain.errors import NotPlausible
from paceline.measure.resistance import GRAVITY

Floats: TypeAlias = npt.NDArray[np.float64]

_COURSE = {
    "length": (100.0, 400_000.0, "m"),
    "duration": (30.0, 100_000.0, "s"),
    "start_speed": (0.0, 25.0, "m/s"),
    "mark": (10.0, 100_000.0, "m"),
    "gravity": (9.7, 9.9, "m/s²"),
}

_PROFILE = {
    "slope": (-0.3, 0.3, ""),
    "head_wind": (-30.0, 30.0, "m/s"),
    "speed_ratio": (0.8, 1.0, ""),
}


@dataclass(frozen=True, eq=False, slots=True)
class Profile:
    """What changes along a course; straight lines between the points, constant beyond them.

    Attributes:
        distance: (point,), m from the start, rising.
        slope: (point,), rise over horizontal distance.
        head_wind: (point,), m/s against the direction of travel; negative from behind.
        speed_ratio: (point,), speed of the centre of mass over speed of the wheels: below 1 where a bend leans the
            rider inwards.

    Raises:
        NotPlausible: NaN, a value that no road has, or arrays that do not fit each other.
    """

    distance: Floats
    slope: Floats
    head_wind: Floats
    speed_ratio: Floats

    def __post_init__(self) -> None:
        """Shapes and ranges are checked here once."""
        require(self, _PROFILE)
        shape = np.shape(self.distance)
        if len(shape) != 1 or any(np.shape(getattr(self, name)) != shape for name in _PROFILE):
            raise NotPlausible("profile", expected="one value of each quantity for each distance")
        if shape[0] < 2 or not np.all(np.diff(self.distance) > 0.0):
            raise NotPlausible("profile", expected="at least two distances, rising")

    def at(self, distance: Floats) -> tuple[Floats, Floats, Floats]:
        """Slope, head wind and speed ratio at distances, (…,) each."""
        columns = (self.slope, self.head_wind, self.speed_ratio)
        slope, wind, ratio = (np.interp(distance, self.distance, column) for column in columns)
        return slope, wind, ratio


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """A race against the clock.

    Attributes:
        name: what people call it.
        length: m, or None where the time is given.
        duration: s, where as far as possible is to be ridden, or None.
        start_speed: m/s when the clock starts; 0 is a start from rest, which needs the rider's `maximal_force`.
        mark: m between two lines at which the schedule says a time: half a lap on the track.
        profile: hills, wind and bends; None for a level track without wind.
        gravity: m/s².

    Raises:
        NotPlausible: neither or both of length and duration, or a value that no course has.
    """

    name: str
    length: float | None = None
    duration: float | None = None
    start_speed: float = 1.0
    mark: float = 125.0
    profile: Profile | None = None
    gravity: float = GRAVITY

    def __post_init__(self) -> None:
        """Every value is checked here once."""
        require(self, _COURSE)
        if (self.length is None) == (self.duration is None):
            raise NotPlausible("length", expected="given where duration is not, and the other way round")
        if 0.0 < self.start_speed < 0.5:
            raise NotPlausible("start_speed", expected="0, or 0.5 to 25 m/s")


def individual_pursuit(length: float = 4000.0, *, start_speed: float = 1.0, gravity: float = GRAVITY) -> Course:
    """The individual pursuit on a 250 m track: 4 km, or 3 km.

    >>> individual_pursuit(3000).name
    'individual pursuit, 3 km'
    """
    return Course(
        name=f"individual pursuit, {length / 1000:g} km", length=length, start_speed=start_speed, gravity=gravity
    )


def kilometre(*, start_speed: float = 1.0, gravity: float = GRAVITY) -> Course:
    """The kilometre on a 250 m track."""
    return Course(name="kilometre", length=1000.0, start_speed=start_speed, gravity=gravity)


def hour(*, duration: float = 3600.0, start_speed: float = 1.0, gravity: float = GRAVITY) -> Course:
    """The hour: as far as possible in that time, on a 250 m track."""
    return Course(name="hour", duration=duration, start_speed=start_speed, gravity=gravity)


def time_trial(
    distance: npt.ArrayLike,
    *,
    slope: npt.ArrayLike = 0.0,
    head_wind: npt.ArrayLike = 0.0,
    start_speed: float = 1.0,
    mark: float = 1000.0,
) -> Course:
    """A time trial on the road, from its start to the last of the distances.

    Args:
        distance: (point,), m from the start, rising from 0.
        slope: (point,) or one value, rise over horizontal distance.
        head_wind: (point,) or one value, m/s; negative from behind.
        start_speed: m/s.
        mark: m between two lines of the schedule.

    Raises:
        NotPlausible: arrays that do not fit, or values that no road has.

    >>> time_trial([0, 5000, 20_000], slope=[0, 0.04, 0]).length
    20000.0
    """
    points = np.atleast_1d(np.asarray(distance, np.float64))
    if points[0] != 0.0:
        raise NotPlausible("profile", expected="a first distance of 0")
    try:
        along = [np.broadcast_to(np.asarray(each, np.float64), points.shape) for each in (slope, head_wind, 1.0)]
    except ValueError as error:
        raise NotPlausible("profile", expected="one value of each quantity for each distance") from error
    profile = Profile(points, *along)
    return Course(name="time trial", length=float(points[-1]), start_speed=start_speed, mark=mark, profile=profile)
