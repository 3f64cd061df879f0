"""The velodrome of the settings file: a known one by name, with figures of one's own, or one that is all one's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from types import MappingProxyType
from typing import Any

from paceline.domain.tracks import TRACKS, Track
from paceline.measure.settings_file import Place

FIGURES: Mapping[str, tuple[float, float, str]] = MappingProxyType(
    {
        "length": (50.0, 1000.0, "m"),
        "straight": (0.0, 400.0, "m"),
        "radius": (5.0, 150.0, "m"),
        "banking_straight": (0.0, 60.0, "°"),
        "banking_bend": (0.0, 60.0, "°"),
        "width": (1.0, 20.0, "m"),
        "finish_offset": (-500.0, 500.0, "m"),
    }
)
"""Figure → smallest, largest and unit."""

NEEDED = ("length", "straight", "radius", "banking_straight", "banking_bend", "width", "loops")
"""What a track that isn't a known one can't do without: nothing of a hall is guessed."""


def venue(place: Place) -> Track:
    """The track at a place of the file.

    Raises:
        SettingsError: no track of that name, a figure that is none, or figures that close no lap.
    """
    if isinstance(place.content, str):
        return TRACKS[place.one_of(tuple(TRACKS))]
    entries = place.mapping({"name", "transition_shape", "loops", *FIGURES})
    name = entries["name"].text() if "name" in entries else "the track"
    given: dict[str, Any] = {key: _figure(entries[key], *bounds) for key, bounds in FIGURES.items() if key in entries}
    if "transition_shape" in entries:
        given["transition_shape"] = entries["transition_shape"].one_of(("clothoid", "sine"))
    if "loops" in entries:
        given["loops"] = _loops(entries["loops"])
    known = TRACKS.get(name)
    absent = [key for key in NEEDED if key not in given]
    if known is None and absent:
        raise place.error(f"{', '.join(NEEDED)}, or a name of {', '.join(TRACKS)}", f"no {absent[0]}")
    try:
        return Track(name=name, source=place.file, **given) if known is None else _changed(known, given)
    except ValueError as error:
        raise place.error("figures that close a lap, with the loops on it", str(error)) from None


def _changed(known: Track, given: Mapping[str, Any]) -> Track:
    """A known track with figures of one's own, which are then no longer approximate."""
    own = {field.name for field in fields(Track)} & set(given)
    return replace(known, **given, approximate=tuple(name for name in known.approximate if name not in own))


def _figure(place: Place, low: float, high: float, unit: str) -> float:
    content = place.content
    if isinstance(content, bool) or not isinstance(content, int | float) or not low <= content <= high:
        raise place.error(f"{low:g} to {high:g} {unit}", None if isinstance(content, str) else "something else")
    return float(content)


def _loops(place: Place) -> Mapping[int, float]:
    """Number of each loop → m from the finish line; YAML's keys are numbers here."""
    if not isinstance(place.content, dict) or not place.content:
        raise place.error("a mapping of loop numbers to metres")
    for number in place.content:
        if isinstance(number, bool) or not isinstance(number, int) or not 0 < number < 100:
            raise place.error("loop numbers of 1 to 99", "another key")
    return MappingProxyType(
        {
            number: _figure(Place(place.file, f"{place.name}.{number}", at), 0.0, 1000.0, "m")
            for number, at in place.content.items()
        }
    )
