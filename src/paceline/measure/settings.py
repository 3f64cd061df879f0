"""Settings with dates: what was true of the athlete and the bike on the day of the ride.

They stand in `paceline.yaml`, beside the rides. A value is given once, or as a list of values with the day from which
each held; nothing is assumed of the days before the first.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, TypeAlias, TypeVar
from zoneinfo import ZoneInfo

from paceline.domain.cameras import Filmed
from paceline.domain.errors import UnknownName
from paceline.domain.tracks import Track
from paceline.measure.settings_values import ATHLETE, BIKE, Value, checked

if TYPE_CHECKING:
    from paceline.measure.settings_file import Place

FILE_NAME = "paceline.yaml"

TRIMP_FACTORS = MappingProxyType({"male": 1.92, "female": 1.67})
"""Exponent of the training impulse by sex (Banister), where the file doesn't give `trimp_factor` itself."""

Dated: TypeAlias = tuple[tuple[dt.date | None, Value], ...]


@dataclass(frozen=True, slots=True)
class Setting:
    """A value, and since when it has held.

    Attributes:
        name: a quantity of kind "setting".
        value: scalar, or a tuple for zones, in the quantity's unit.
        since: ISO date it was set for, or None where it has always held.
        file: the settings file it stands in.
    """

    name: str
    value: Value
    since: str | None
    file: str


@dataclass(frozen=True, eq=False)
class Settings:
    """All that a settings file says.

    Attributes:
        file: its path as it was given.
        zone: whose wall clock reports show, or None: then the recorder's own.
        units: what reports are written in.
        bike: name of the bike that is meant where none is named, or None.
        bikes: the names of the bikes.
        track: the velodrome on which rides without positions were ridden, or None.
        station: name of the weather station that speaks for the rides, or None.
        cameras: those around the track, each with the file of its keypoints.
    """

    file: str
    zone: ZoneInfo | None = None
    units: Literal["metric", "imperial"] = "metric"
    bike: str | None = None
    track: Track | None = None
    station: str | None = None
    cameras: tuple[Filmed, ...] = ()
    _athlete: Mapping[str, Dated] = field(default_factory=dict)
    _bikes: Mapping[str, Mapping[str, Dated]] = field(default_factory=dict)
    _transponders: tuple[tuple[dt.date | None, str], ...] = ()

    @property
    def bikes(self) -> tuple[str, ...]:
        """The names of the bikes, in the file's order."""
        return tuple(self._bikes)

    def on(self, day: dt.date, *, bike: str | None = None) -> Mapping[str, Setting]:
        """What held on a day, by name; what the file doesn't say of that day is not there.

        Args:
            day: on the athlete's own calendar.
            bike: which bike; the file's default, or its only one, if left out.

        Raises:
            UnknownName: the file has no bike of that name.
        """
        found = {}
        for name, dated in self._all(bike).items():
            held = [(since, value) for since, value in dated if since is None or since <= day]
            if held:
                since, value = held[-1]
                found[name] = Setting(name, value, None if since is None else since.isoformat(), self.file)
        return MappingProxyType(found)

    def transponder(self, day: dt.date) -> str | None:
        """What the athlete's transponder was called on a day. It names a person: for matching, never for messages."""
        held = [name for since, name in self._transponders if since is None or since <= day]
        return held[-1] if held else None

    def not_yet(self, day: dt.date, *, bike: str | None = None) -> Mapping[str, str]:
        """Settings that the file gives for later days only: name → a sentence saying so.

        Args and errors are those of `on`.
        """
        return MappingProxyType(
            {
                name: f"{Path(self.file).name} gives {name} from {dated[0][0]} on; the ride is of {day}."
                for name, dated in self._all(bike).items()
                if dated[0][0] is not None and dated[0][0] > day
            }
        )

    def _all(self, bike: str | None) -> dict[str, Dated]:
        chosen = self.bike if bike is None else bike
        if chosen is None:
            return dict(self._athlete)
        if chosen not in self._bikes:
            raise UnknownName("bike", chosen, known=self._bikes)
        return {**self._athlete, **self._bikes[chosen]}


def find(ride: str | Path) -> Path | None:
    """The settings file that speaks for a ride: `paceline.yaml` in the ride's folder, else in the folder above it.

    It looks no further: a file that lies high up would speak for other people's rides.

    Args:
        ride: path of a ride; it need not exist.
    """
    folder = Path(ride).absolute().parent
    return next((path for place in (folder, folder.parent) if (path := place / FILE_NAME).is_file()), None)


def load(path: str | Path) -> Settings:
    """The settings that a file holds.

    Args:
        path: the YAML file, at most 64 KiB.

    Raises:
        FileUnreadable: the system would not give us the file.
        SettingsError: it says something that can't be used; the message names the place, never the value.
    """
    from paceline.measure.settings_file import Place, document  # the YAML library, where there is a file to read

    file = str(path)
    top = Place(file, "the file", document(path)).mapping(
        {"zone", "units", "athlete", "bike", "bikes", "track", "station", "cameras"}
    )
    default, bikes = _bikes(top)
    athlete = top["athlete"].mapping({*ATHLETE, "sex", "transponder"}) if "athlete" in top else {}
    return Settings(
        file,
        zone=_zone(top["zone"]) if "zone" in top else None,
        units=_units(top["units"]) if "units" in top else "metric",
        bike=default,
        track=_track(top["track"]) if "track" in top else None,
        station=top["station"].text() if "station" in top else None,
        cameras=_cameras(top["cameras"]) if "cameras" in top else (),
        _athlete=_athlete(athlete),
        _bikes=bikes,
        _transponders=_dated(athlete["transponder"], _label) if "transponder" in athlete else (),
    )


def _track(place: Place) -> Track:
    from paceline.measure.settings_track import venue

    return venue(place)


def _cameras(place: Place) -> tuple[Filmed, ...]:
    from paceline.measure.video.calibration import filmed

    return filmed(place)


def _label(place: Place) -> str:
    """A transponder's number or name as text; YAML takes digits for a number, and zeros before it would be lost."""
    content = place.content
    if isinstance(content, int) and not isinstance(content, bool) and content >= 0:
        return str(content)
    if not (isinstance(content, str) and content.strip()):
        raise place.error("a transponder's number or name")
    return content.strip()


def _zone(place: Place) -> ZoneInfo:
    try:
        return ZoneInfo(place.text())
    except (LookupError, ValueError, OSError):
        raise place.error("an IANA time zone such as Europe/London", "an unknown one") from None


def _units(place: Place) -> Literal["metric", "imperial"]:
    units = place.one_of(("metric", "imperial"))
    return "imperial" if units == "imperial" else "metric"


def _athlete(entries: Mapping[str, Place]) -> dict[str, Dated]:
    known = {name: _value(entry, name) for name, entry in entries.items() if name in ATHLETE}
    if "sex" in entries:
        factor = TRIMP_FACTORS[entries["sex"].one_of(tuple(TRIMP_FACTORS))]
        known.setdefault("trimp_factor", ((None, factor),))
    return known


def _bikes(top: Mapping[str, Place]) -> tuple[str | None, dict[str, dict[str, Dated]]]:
    """`bike` is the only bike, or names the default among `bikes`."""
    if "bikes" in top:
        bikes = {name: _bike(entry) for name, entry in top["bikes"].mapping(None).items()}
        only = next(iter(bikes)) if len(bikes) == 1 else None
        return (top["bike"].one_of(tuple(bikes)) if "bike" in top else only), bikes
    if "bike" in top:
        return "bike", {"bike": _bike(top["bike"])}
    return None, {}


def _bike(place: Place) -> dict[str, Dated]:
    return {name: _value(entry, name) for name, entry in place.mapping(set(BIKE)).items()}


def _value(place: Place, name: str) -> Dated:
    return _dated(place, partial(checked, name=name))


T = TypeVar("T")


def _dated(place: Place, read: Callable[[Place], T]) -> tuple[tuple[dt.date | None, T], ...]:
    """One value for all days, or a list of `{from, value}` with rising days."""
    if not (isinstance(place.content, list) and place.content and isinstance(place.content[0], dict)):
        return ((None, read(place)),)
    found: list[tuple[dt.date | None, T]] = []
    last = dt.date.min
    for step in place.elements():
        entries = step.mapping({"from", "value"}, required=True)
        since = entries["from"].date()
        if found and since <= last:
            raise entries["from"].error("a later day than the one before", "an earlier or equal one")
        last = since
        found.append((since, read(entries["value"])))
    return tuple(found)
