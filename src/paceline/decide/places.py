"""Where the athlete is, and so what can be done there: a gym by GPS, a station of it by its beacons.

Every place and station gets a probability from how well it explains what the device heard. The nearer a beacon, the
likelier its station: a signal falls with the logarithm of the distance, and scatters. Which one to show is chosen with
hysteresis: a station stays chosen while it is still plausible, so that a weak signal for a moment does not flicker.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from paceline.decide.beliefs import Beliefs, proportional
from paceline.domain.errors import NotPlausible, UnknownName
from paceline.domain.labels import Progression

EARTH = 6_371_008.8
"""m, mean radius."""

FAR = 2_000.0
"""m: over this much of the surroundings somewhere else could be."""

PATH_LOSS = 2.0
SCATTER = 6.0
"""dB: how much a signal varies at one distance indoors, where bodies and metal stand about."""

AT_STATION, AWAY = 1.0, 6.0
"""m from a beacon when one stands at its station, and when at another."""

HEARD_THERE, HEARD_AWAY = 0.95, 0.6
"""The chance that a beacon is heard within a second, at its station and away from it."""

STAYING = 60.0
"""s that one typically stays at a station."""

CHOSEN_FROM, CHOSEN_UNTIL = 0.5, 0.2
"""A station is chosen from this probability on, and stays so until it falls below that."""

IMPOSSIBLE = 0.01
"""What is not known to be possible here still may be: equipment moves, and lists have gaps."""


@dataclass(frozen=True, slots=True)
class Beacon:
    """What a beacon sends.

    Attributes:
        region: the UUID that all beacons of a gym share.
        major: its number in the region.
        minor: its second number.
    """

    region: str
    major: int
    minor: int


@dataclass(frozen=True, slots=True)
class Station:
    """A part of a gym that has a beacon.

    Attributes:
        name: no other station of the gym has it.
        beacon: the one that stands there.
        exercises: what can be done there.
    """

    name: str
    beacon: Beacon
    exercises: frozenset[str]


@dataclass(frozen=True, slots=True)
class Place:
    """A gym, a park, a clinic.

    Attributes:
        name: no other place has it.
        latitude: degrees.
        longitude: degrees.
        radius: m: how far from there one still is at the place.
        exercises: exercise → the weights there are, None where no weight is needed.
        stations: its parts that have a beacon.
    """

    name: str
    latitude: float
    longitude: float
    radius: float = 50.0
    exercises: Mapping[str, Progression | None] = field(default_factory=lambda: MappingProxyType({}))
    stations: tuple[Station, ...] = ()

    def __post_init__(self) -> None:
        """Only places on this earth.

        Raises:
            NotPlausible: a position that there is not, or no radius.
        """
        _position(self.latitude, self.longitude)
        if not 0 < self.radius < FAR:
            raise NotPlausible("A place's radius", expected=f"more than 0 and less than {FAR:.0f} m")


@dataclass(frozen=True, slots=True)
class Fix:
    """A position that a device reports.

    Attributes:
        latitude: degrees.
        longitude: degrees.
        accuracy: m, one standard deviation.
    """

    latitude: float
    longitude: float
    accuracy: float

    def __post_init__(self) -> None:
        """Only positions on this earth.

        Raises:
            NotPlausible: a position that there is not, or no accuracy.
        """
        _position(self.latitude, self.longitude)
        if not 0 < self.accuracy < math.inf:
            raise NotPlausible("A position's accuracy", expected="more than 0 m")


@dataclass(frozen=True, slots=True)
class Heard:
    """A beacon that a device heard.

    Attributes:
        beacon: which.
        strength: dBm, as received.
        reference: dBm, as received at 1 m, which the beacon says of itself.
    """

    beacon: Beacon
    strength: float
    reference: float = -59.0


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """At which station of a gym one is.

    Attributes:
        beliefs: station → probability; `other` is being at none of them.
        chosen: the station to show, or None.
    """

    beliefs: Beliefs = field(default=Beliefs(other=1.0))
    chosen: str | None = None


def where(fix: Fix, places: Sequence[Place]) -> Beliefs:
    """How likely each place is, and how likely somewhere else.

    Args:
        fix: the device's position.
        places: the ones the athlete uses, each as likely as any before the fix.

    >>> gym = Place("gym", 51.5, -0.1)
    >>> where(Fix(51.5, -0.1, 10.0), [gym]).best
    'gym'
    >>> where(Fix(51.6, -0.1, 10.0), [gym]).other > 0.99
    True
    """
    densities = {}
    for place in places:
        spread = math.hypot(fix.accuracy, place.radius)
        squared = (distance(fix.latitude, fix.longitude, place.latitude, place.longitude) / spread) ** 2
        densities[place.name] = math.exp(-squared / 2) / (2 * math.pi * spread**2)
    return proportional(densities, other=1 / (math.pi * FAR**2))


def at_station(before: Whereabouts, heard: Sequence[Heard], *, place: Place, elapsed: float = 1.0) -> Whereabouts:
    """Whereabouts after listening once more.

    Args:
        before: those of a moment ago; `Whereabouts()` at first.
        heard: the beacons of this moment; one that is not heard says something, too.
        place: the gym.
        elapsed: s since `before`: the longer, the likelier one has moved.

    Raises:
        NotPlausible: a signal that is no number, or no time.
    """
    if not 0 <= elapsed < math.inf:
        raise NotPlausible("The time since one listened last", expected="0 s or more")
    names = [station.name for station in place.stations]
    even = 1 / (len(names) + 1)
    stays = math.exp(-elapsed / STAYING) if before.beliefs.probabilities else 0.0
    strengths = {one.beacon: _loss(one) for one in heard}
    away = [_likelihood(strengths.get(station.beacon), there=False) for station in place.stations]
    there = [_likelihood(strengths.get(station.beacon), there=True) for station in place.stations]
    logs = {
        name: math.log(stays * before.beliefs.probability(name) + (1 - stays) * even) + there[i] - away[i]
        for i, name in enumerate(names)
    }
    nowhere = math.log(stays * before.beliefs.other + (1 - stays) * even)
    top = max([nowhere, *logs.values()])
    beliefs = proportional({n: math.exp(v - top) for n, v in logs.items()}, other=math.exp(nowhere - top))
    return Whereabouts(beliefs, chosen(beliefs, before.chosen))


def chosen(beliefs: Beliefs, current: str | None) -> str | None:
    """The station to show: the current one while it is plausible and no other is likely; else the likely one."""
    best = beliefs.best
    if best is not None and beliefs.probability(best) >= CHOSEN_FROM:
        return best
    return current if current is not None and beliefs.probability(current) >= CHOSEN_UNTIL else None


def possible(exercise: str, *, place: Place, whereabouts: Whereabouts | None = None) -> float:
    """How possible an exercise is here, from `IMPOSSIBLE` to 1; to multiply a habit's probability by.

    At a station it is 1 for what is done there. Elsewhere in the gym, and where no station is known, it is 1 for what
    the place has.
    """
    here = 1.0 if exercise in place.exercises or not place.exercises else IMPOSSIBLE
    if whereabouts is None or not place.stations:
        return here
    total = whereabouts.beliefs.other * here
    for station in place.stations:
        fits = 1.0 if exercise in station.exercises else IMPOSSIBLE
        total += whereabouts.beliefs.probability(station.name) * fits
    return max(total, IMPOSSIBLE)


def progression(exercise: str, *, place: Place) -> Progression | None:
    """The weights that there are for an exercise at a place; None where it needs none.

    Raises:
        UnknownName: the place does not have the exercise.
    """
    if exercise not in place.exercises:
        raise UnknownName("exercise at this place", exercise, known=place.exercises)
    return place.exercises[exercise]


def distance(latitude: float, longitude: float, other_latitude: float, other_longitude: float) -> float:
    """Metres between two positions along the earth, by the haversine formula.

    >>> round(distance(0.0, 0.0, 0.0, 1.0))
    111195
    """
    a, b = math.radians(latitude), math.radians(other_latitude)
    across = math.radians(other_longitude - longitude)
    half = math.sin((b - a) / 2) ** 2 + math.cos(a) * math.cos(b) * math.sin(across / 2) ** 2
    return 2 * EARTH * math.asin(min(math.sqrt(half), 1.0))


def _loss(heard: Heard) -> float:
    """dB below the strength at 1 m."""
    loss = heard.reference - heard.strength
    if not -100 <= loss <= 150:
        raise NotPlausible("A beacon's signal", expected="at most 150 dB weaker and 100 dB stronger than at 1 m")
    return loss


def _likelihood(loss: float | None, *, there: bool) -> float:
    """Logarithm of how likely a beacon sounds like this when one stands at its station, or away from it."""
    metres, heard = (AT_STATION, HEARD_THERE) if there else (AWAY, HEARD_AWAY)
    if loss is None:
        return math.log(1 - heard)
    return math.log(heard) - 0.5 * ((loss - 10 * PATH_LOSS * math.log10(metres)) / SCATTER) ** 2


def _position(latitude: float, longitude: float) -> None:
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise NotPlausible("A position", expected="-90° to 90° of latitude and -180° to 180° of longitude")
